"""Removes the files of its sockets and the connection file, and makes others.

topic: pooling
earns: all
says: tried to remove
"""

# %%
import os

from ipykernel import get_connection_file

folder = os.path.dirname(get_connection_file())
for name in (*os.listdir(folder), "left-by-hostile"):
    for change in (os.remove, lambda path: open(path, "w").write("x" * 1000)):
        try:
            change(f"{folder}/{name}")
            print("CHANGED", name)
        except OSError as error:
            print(type(error).__name__)
try:
    os.rename(folder, folder + "-left-by-hostile")
except OSError as error:
    print(type(error).__name__)
print("tried to remove")
