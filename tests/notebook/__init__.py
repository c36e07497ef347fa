"""Tests of what a learner does in JupyterLab."""
