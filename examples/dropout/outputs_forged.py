"""Saved full points as the output of each check.

What a submission brings along as output is thrown away. No answer: no points.

base: blank
tampering: outputs_forged
"""
