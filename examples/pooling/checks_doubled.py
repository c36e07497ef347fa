"""Has written nothing, and puts a copy that returns full points around each check.

The copies are no checks: no points.

base: blank
tampering: checks_doubled
"""
