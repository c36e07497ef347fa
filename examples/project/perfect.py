"""Has written every function and carried the recipe out: the run is handed in as well.

run: honest

Deserves all points.
"""
