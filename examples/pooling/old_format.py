"""Saved the notebook in the format of 2011. The answers are right: all points.

tampering: old_format
"""
