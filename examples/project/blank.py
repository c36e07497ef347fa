"""Has opened the notebook and handed it in as it was, without a run.

base: blank

Deserves no points, and a page that says which step comes first.
"""
