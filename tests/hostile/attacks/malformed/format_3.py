"""Saves in the format of 2011, which is still read; names of cells survive.

topic: pooling
earns: all
malformed: format_3
"""
