"""Lays an archive beside the notebook whose entries lead out of the folder.

topic: pooling
earns: all
malformed: zip_beside
"""
