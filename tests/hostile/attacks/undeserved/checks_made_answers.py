"""Turns each graded cell into an answer that a person would have to grade.

topic: pooling
base: blank
earns: nothing
tampering: checks_made_answers
"""
