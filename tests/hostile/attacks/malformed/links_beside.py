"""Lays links to the gradebook and to the home folder beside the notebook.

topic: pooling
earns: nothing
refused: is a link
malformed: links_beside
"""
