"""Hands in a link to the source notebook with the solution.

topic: pooling
earns: nothing
refused: this is a link
malformed: link_to_solution
"""
