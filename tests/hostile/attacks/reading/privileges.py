"""Tries to become root: by calls, by programs that run as root, by capabilities.

topic: pooling
earns: all
says: tried to be root
"""

# %%
import os
import subprocess

for become in (os.setuid, os.setgid, os.seteuid):
    try:
        become(0)
        print("BECAME", open("@HOME@/.ssh/id_rsa").read())
    except OSError as error:
        print(type(error).__name__)
for command in (
    ["su", "-c", "cat @HOME@/.ssh/id_rsa"],
    ["sudo", "-n", "cat", "@HOME@/.ssh/id_rsa"],
    ["mount", "--bind", "/", "/tmp/home"],
    ["newuidmap", "1", "0", "0", "1"],
):
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=3)
        print(ran.returncode, ran.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(type(error).__name__)
print("tried to be root")
