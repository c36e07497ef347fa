"""Saves in UTF-16.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: utf16
"""
