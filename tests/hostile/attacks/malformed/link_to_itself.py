"""Hands in a link that leads to itself.

topic: pooling
earns: nothing
refused: this is a link
malformed: link_to_itself
"""
