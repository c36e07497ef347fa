"""Names a file by a byte that is no text in any encoding of names.

topic: pooling
earns: all
malformed: name_of_no_text
"""
