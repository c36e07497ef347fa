"""Hands in a zip archive under the notebook's name: 1 MiB that holds 1 GiB.

topic: pooling
earns: nothing
refused: not a Jupyter notebook
malformed: zip_bomb
"""
