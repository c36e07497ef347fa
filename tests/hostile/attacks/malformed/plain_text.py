"""Hands in a few notes.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
tampering: no_notebook
"""
