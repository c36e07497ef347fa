"""Hands in the first half of a notebook.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: truncated
"""
