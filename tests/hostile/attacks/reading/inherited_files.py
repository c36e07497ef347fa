"""Reads every file descriptor that it was born with.

topic: pooling
earns: all
says: looked at descriptors
"""

# %%
import os
import select

for number in range(256):
    try:
        path = os.readlink(f"/proc/self/fd/{number}")
        print(number, path)
        if path.startswith("/") and not path.startswith("/dev"):
            print(os.pread(number, 2000, 0))
            print(os.listdir(f"/proc/self/fd/{number}/.."))
    except OSError as error:
        if number < 16:
            print(number, type(error).__name__)
print("looked at descriptors")
