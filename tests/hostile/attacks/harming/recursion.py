"""Recurses as deep as it can, with the limit of Python lifted.

topic: pooling
earns: all
ends: died or memory or time
"""

# %%
import sys


def deeper(n):
    return [deeper(n + 1)]


sys.setrecursionlimit(10**8)
repr(deeper(0))
