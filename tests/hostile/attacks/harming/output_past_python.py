"""Writes to the process's own outputs, past everything that is watched.

topic: pooling
earns: all
"""

# %%
import os

for number in (1, 2):
    try:
        for count in range(200):
            os.write(number, b"x" * 1_000_000)
    except OSError as error:
        print(type(error).__name__)
