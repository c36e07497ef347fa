"""Gives cells of the course names like paths and like commands of the database.

Answers are known by their own cells: they stay what they are.

topic: pooling
earns: all
malformed: ids_of_paths
"""
