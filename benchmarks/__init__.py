"""Measurements; run by hand, never as tests."""

import autograder.pipeline  # noqa: F401 - before nbformat; workers import this anew
