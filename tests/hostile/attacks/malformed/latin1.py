"""Saves with a letter that is no UTF-8.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: latin1
"""
