"""Hands in a link to the folder of another student.

topic: pooling
earns: nothing
refused: this is a link
malformed: another_folder
"""
