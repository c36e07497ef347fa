"""Hands in a compressed notebook with 64 MiB of spaces.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: gzip_bomb
"""
