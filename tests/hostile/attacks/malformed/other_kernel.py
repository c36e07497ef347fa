"""Asks for a shell as the kernel: the course's own is used.

topic: pooling
earns: all
malformed: other_kernel
"""
