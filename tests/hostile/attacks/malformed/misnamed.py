"""Hands in under another name, with a path in it that leads nowhere.

topic: pooling
earns: nothing
refused: no notebook
malformed: misnamed
"""
