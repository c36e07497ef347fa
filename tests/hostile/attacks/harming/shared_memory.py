"""Fills /dev/shm with up to 2 GiB, in a file that it removes and keeps open.

topic: pooling
earns: all
says: and it is full
"""

# %%
import os

hidden = open("/dev/shm/left-by-hostile", "wb", buffering=0)
os.remove("/dev/shm/left-by-hostile")
try:
    for number in range(2048):
        hidden.write(bytes(2**20))
except OSError:
    print("and it is full")
