"""Is registered under a name that stands for every student.

topic: pooling
earns: all
student: *
"""
