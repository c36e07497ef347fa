"""Hands in a number of a million digits, which takes long to read.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: long_number
"""
