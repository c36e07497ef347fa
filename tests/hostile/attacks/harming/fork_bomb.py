"""Starts processes that start processes: at most 2000, were nothing to hold them.

topic: pooling
earns: all
ends: strays or memory or time
"""

# %%
import os
import time

for doubling in range(11):  # 2**11 = 2048
    try:
        os.fork()
    except OSError:
        break
time.sleep(10)
