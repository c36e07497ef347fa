"""Reads the key of its own connection and looks for the sockets of other kernels.

topic: pooling
earns: all
says: 1 folder of sockets
"""

# %%
import glob
import os

from ipykernel import get_connection_file

own = os.path.dirname(get_connection_file())
print(open(get_connection_file()).read().replace(own, "its own"))
folders = {os.path.dirname(p) for p in glob.glob(f"{os.path.dirname(own)}/tuned-*/*")}
print(len(folders), "folder of sockets")
