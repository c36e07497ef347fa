"""Reads the address 0.

topic: pooling
earns: all
ends: died
"""

# %%
import ctypes

ctypes.string_at(0)
