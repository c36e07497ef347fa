"""Gives every cell a dictionary as its text.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: sources_of_no_form
"""
