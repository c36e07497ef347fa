"""Fills memory in eight processes of which none is too large.

topic: pooling
earns: all
ends: memory or strays or time
"""

# %%
import os
import time

for number in range(8):
    if os.fork() == 0:
        held = bytearray(os.urandom(2**20)) * 200
        time.sleep(10)
        os._exit(0)
time.sleep(10)
