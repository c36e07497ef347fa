"""Hands in a pipe: who opens it waits for ever.

topic: pooling
earns: nothing
refused: no notebook
malformed: pipe
"""
