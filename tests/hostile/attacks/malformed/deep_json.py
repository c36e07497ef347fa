"""Hands in a hundred thousand lists, each in the other.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: deep_json
"""
