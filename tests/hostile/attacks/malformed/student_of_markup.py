"""Is registered under a name full of marks for pages and patterns.

topic: pooling
earns: all
student: <b onclick=x>{student_id}%s
"""
