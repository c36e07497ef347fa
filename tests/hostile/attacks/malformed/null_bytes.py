"""Writes a zero byte into each answer, which no Python reads.

topic: pooling
earns: nothing
malformed: null_bytes
"""
