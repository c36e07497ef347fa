"""Opened the notebook, looked at it, and handed it in.

No points, and a page that says of each function that it is not written yet.

base: blank
"""
