"""Hands in a notebook that says it is graded, with scores and comments.

topic: pooling
base: blank
earns: nothing
malformed: scores_written
"""
