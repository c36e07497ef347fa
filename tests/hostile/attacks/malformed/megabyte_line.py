"""Adds a cell that is one line of four megabytes.

topic: pooling
earns: all
malformed: megabyte_line
"""
