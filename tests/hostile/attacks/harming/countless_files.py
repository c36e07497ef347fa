"""Makes two hundred thousand empty files, as far as it gets.

topic: pooling
earns: all
ends: time or memory
"""

# %%
import itertools
import os
import time

for number in itertools.islice(itertools.count(), 200_000):
    try:
        os.close(os.open(f"/tmp/home/left-by-hostile-{number}", os.O_CREAT))
    except OSError:
        break
time.sleep(10)
