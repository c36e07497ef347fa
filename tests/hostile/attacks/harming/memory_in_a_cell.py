"""Fills 4 GiB of memory, a little at a time.

topic: pooling
earns: all
ends: memory or time
"""

# %%
hoard = []
for number in range(4096):
    try:
        hoard.append(b"x" * 2**20)
    except MemoryError:
        import time

        time.sleep(1)
