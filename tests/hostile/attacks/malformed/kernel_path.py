"""Names a kernel by a path to a specification of its own.

topic: pooling
earns: all
malformed: kernel_path
"""
