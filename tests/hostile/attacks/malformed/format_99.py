"""Claims a format of the future.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: format_99
"""
