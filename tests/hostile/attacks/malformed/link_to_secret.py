"""Hands in a link to a key in the grader's home folder.

topic: pooling
earns: nothing
refused: this is a link
malformed: link_to_secret
"""
