"""Reads what others have put into /tmp, through every name that /tmp has.

topic: pooling
earns: all
says: looked at temporary files
"""

# %%
import os

for folder in ("@TMP@", "/tmp", "/var/tmp", "/dev/shm", "/run", "/proc/self/root/tmp"):
    try:
        for name in os.listdir(folder):
            print(folder, name)
            if os.path.isfile(f"{folder}/{name}"):
                print(open(f"{folder}/{name}", errors="replace").read(2000))
    except OSError as error:
        print(folder, type(error).__name__)
try:
    print(open("@TMP@/canary.txt").read())
except OSError as error:
    print(type(error).__name__)
print("looked at temporary files")
