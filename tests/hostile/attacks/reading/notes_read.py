"""Looks for notes that an earlier student has left, in every place that two might share.

topic: pooling
earns: all
says: 0 notes
"""

# %%
import os
import socket
import sys

found = hasattr(sys, "left_by_hostile") + hasattr(np, "left_by_hostile")
found += "LEFT_BY_HOSTILE" in os.environ
for folder in ("/tmp", "/dev/shm", ".", np.__path__[0]):
    found += sum("left" in name for name in os.listdir(folder))
with socket.socket(socket.AF_UNIX) as other:
    found += other.connect_ex("\0left-by-hostile-note") == 0
print(found, "notes")
