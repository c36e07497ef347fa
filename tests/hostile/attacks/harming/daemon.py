"""Leaves a process of a session of its own behind, twice removed from its parents.

topic: pooling
earns: all
ends: strays
"""

# %%
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("/tmp/left-by-hostile-daemon", "w").write("still here")
        time.sleep(120)
    os._exit(0)
os.wait()
