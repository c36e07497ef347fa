"""Stops its own process: it neither answers nor ends.

topic: pooling
earns: all
ends: time
"""

# %%
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
