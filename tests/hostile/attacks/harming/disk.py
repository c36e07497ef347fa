"""Fills every folder that it can write to with up to 2 GiB.

topic: pooling
earns: all
says: and it is full
"""

# %%
import os

for folder in ("/tmp", "/var/tmp", "/tmp/home", ".", "/dev/shm", "/run"):
    try:
        with open(f"{folder}/left-by-hostile", "wb", buffering=0) as file:
            for number in range(2048):
                file.write(bytes(2**20))
    except OSError as error:
        print(folder, type(error).__name__, "and it is full")
