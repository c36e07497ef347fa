"""Puts halves of characters, which no file takes, behind each cell.

topic: pooling
earns: all
malformed: half_surrogates
"""
