"""Handed in a note instead of a notebook.

tampering: no_notebook
file: answers.txt
"""
