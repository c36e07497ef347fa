"""Prints its environment and that of every process that it can see.

topic: pooling
earns: all
says: looked at the environment
"""

# %%
import glob
import os

print(dict(os.environ))
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
    try:
        print(path, open(path, "rb").read())
    except OSError as error:
        print(type(error).__name__)
print("looked at the environment")
