"""Handed in a file without content.

tampering: empty_file
"""
