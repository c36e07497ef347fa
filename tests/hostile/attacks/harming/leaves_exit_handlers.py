"""Asks Python to do more when it ends: print, fork, write, wait.

topic: pooling
earns: all
"""

# %%
import atexit
import os
import time


@atexit.register
def later():
    open("/tmp/left-by-hostile-exit", "w").write("x")
    if os.fork() == 0:
        time.sleep(60)
    time.sleep(60)


class Slow:
    def __del__(self):
        time.sleep(60)


slow = Slow()
