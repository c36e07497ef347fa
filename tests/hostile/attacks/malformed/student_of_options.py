"""Is registered under a name that is an option.

topic: pooling
earns: all
student: --force
"""
