"""Leaves notes for the next student, in every place that two might share.

topic: pooling
earns: all
says: left notes
"""

# %%
import os
import socket
import sys

kept = socket.socket(socket.AF_UNIX)
for leave in (
    lambda: open("/tmp/left-by-hostile-note", "w").write("a note"),
    lambda: open("/dev/shm/left-by-hostile-note", "w").write("a note"),
    lambda: open("left-by-hostile-note", "w").write("a note"),
    lambda: open(f"{np.__path__[0]}/left_by_hostile.py", "w").write("note = 1"),
    lambda: setattr(sys, "left_by_hostile", "a note"),
    lambda: setattr(np, "left_by_hostile", "a note"),
    lambda: os.environ.update(LEFT_BY_HOSTILE="a note"),
    lambda: (kept.bind("\0left-by-hostile-note"), kept.listen()),
):
    try:
        leave()
    except OSError as error:
        print(type(error).__name__)
print("left notes")
