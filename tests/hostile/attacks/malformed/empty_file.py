"""Hands in a file of no bytes.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
tampering: empty_file
"""
