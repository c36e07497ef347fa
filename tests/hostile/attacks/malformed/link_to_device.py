"""Hands in a link to the file that never ends.

topic: pooling
earns: nothing
refused: this is a link
malformed: link_to_device
"""
