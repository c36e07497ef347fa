"""Replaces the cells by values of every other type.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: cells_of_no_form
"""
