"""Lays a file beside the notebook that claims a tebibyte.

topic: pooling
earns: nothing
refused: more than 64 MiB
malformed: large_files
"""
