"""Writes infinity for the points and NaN for the version of the format.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: not_json_numbers
"""
