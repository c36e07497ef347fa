"""Starts eight processes that compute, and goes on as if nothing were.

topic: dropout
earns: all
ends: strays or time
"""

# %%
import os
import time

for number in range(8):
    if os.fork() == 0:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            pass
        os._exit(0)
