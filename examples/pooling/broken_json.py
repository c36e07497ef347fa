"""Handed in half a file: the upload broke off.

Nothing can be read, so there is no score to give; the page says what to do.

tampering: broken_json
"""
