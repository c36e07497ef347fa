"""Is registered under a name that looks like a path upwards.

topic: pooling
earns: all
student: ..s000
"""
