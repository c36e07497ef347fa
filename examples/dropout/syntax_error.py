"""Forgot a colon in the last answer.

Only that cell cannot run; the page shows Python's own message.

tampering: colon_forgotten
"""
