"""Turned each check into an answer that a person would have to grade.

They are checks again before anything is graded. No answer: no points.

base: blank
tampering: checks_made_answers
"""
