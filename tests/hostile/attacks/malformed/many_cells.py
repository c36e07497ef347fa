"""Adds twenty thousand empty cells.

topic: pooling
earns: all
malformed: many_cells
"""
