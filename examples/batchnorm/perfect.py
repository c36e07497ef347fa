"""Has read the book and done the work: every answer is right.

Deserves all points, and a page that says so.
"""
