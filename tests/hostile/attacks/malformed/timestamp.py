"""Claims a time of handing in that no calendar knows.

Only the exchange writes that file: the teacher is told, and nobody gets a zero.

topic: pooling
earns: nothing
failed: timestamp.txt holds no date
malformed: timestamp
"""
