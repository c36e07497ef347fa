"""Lays two thousand files beside the notebook.

topic: pooling
earns: nothing
refused: more than 500 files
malformed: many_files
"""
