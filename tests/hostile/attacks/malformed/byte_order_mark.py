"""Begins with the mark that some editors write: read as if it were not there.

topic: pooling
earns: all
malformed: byte_order_mark
"""
