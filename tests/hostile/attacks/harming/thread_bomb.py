"""Starts two thousand threads that sleep.

topic: pooling
earns: all
says: threads, and no more
"""

# %%
import threading

release = threading.Event()
threads = []
try:
    for number in range(2000):
        threads.append(threading.Thread(target=release.wait, daemon=True))
        threads[-1].start()
except RuntimeError:
    print("threads, and no more")
release.set()
