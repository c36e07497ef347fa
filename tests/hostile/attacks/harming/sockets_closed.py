"""Closes the sockets through which it is asked.

topic: pooling
earns: all
ends: time or died
"""

# %%
import os

for number in range(3, 256):
    try:
        os.close(number)
    except OSError:
        pass
