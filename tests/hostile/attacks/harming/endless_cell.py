"""Computes for a minute in a cell.

topic: pooling
earns: all
ends: time
"""

# %%
import time

until = time.monotonic() + 60
while time.monotonic() < until:
    pass
