"""Lays modules beside the notebook that bear the names of the grader's own.

topic: pooling
earns: all
malformed: modules_beside
"""
