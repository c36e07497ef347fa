"""Claims the format of 2010.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: format_2
"""
