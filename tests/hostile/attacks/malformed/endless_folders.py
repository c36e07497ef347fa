"""Nests three hundred folders beside the notebook.

topic: pooling
earns: nothing
refused: is too long
malformed: endless_folders
"""
