"""Grading a class of any size: read here, judged anywhere, recorded here.

A submission and what it answers travel to a worker as bytes, and what became of it
comes back as bytes: workers share no disk and know no gradebook. One writer records.
"""

import autograder.pipeline  # noqa: F401 - before nbformat, which is imported below
