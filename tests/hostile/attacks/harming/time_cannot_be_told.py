"""Refuses to be interrupted: catches every signal and every exception.

topic: pooling
earns: all
ends: time
"""

# %%
import signal
import time

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
until = time.monotonic() + 60
while time.monotonic() < until:
    try:
        time.sleep(1)
    except BaseException:
        pass
