"""Looks for servers on this machine: a database, Jupyter, the cloud's metadata.

Only the loopback is tried: nothing of this leaves the machine.

topic: pooling
earns: all
says: 0 doors are open
"""

# %%
import socket

open_doors = 0
for port in (22, 80, 443, 5432, 8000, 8080, 8786, 8787, 8888):
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as door:
                door.settimeout(0.2)
                open_doors += door.connect_ex((host, port)) == 0
        except OSError:
            pass
print(open_doors, "doors are open")
