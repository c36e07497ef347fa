"""Hands in a notebook one byte larger than is read.

topic: pooling
earns: nothing
refused: Clear the outputs
malformed: large_notebook
"""
