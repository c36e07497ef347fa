"""Looks through /proc for roots, working folders and open files of other processes.

topic: pooling
earns: all
says: looked through proc
"""

# %%
import glob
import os

for pattern in ("/proc/*/fd/*", "/proc/*/root", "/proc/*/cwd", "/proc/*/map_files/*"):
    for path in glob.glob(pattern)[:500]:
        try:
            target = os.readlink(path)
            if not target.startswith(("/usr", "/dev/null", "socket", "anon", "pipe")):
                print(path, target)
        except OSError:
            pass
for path in (
    *("/proc/1/root@HOME@/.ssh/id_rsa", "/proc/1/cwd/../../@TMP@/canary.txt"),
    *("/proc/kcore", "/proc/kallsyms", "/proc/sched_debug", "/proc/keys"),
    *("/proc/sys/kernel/core_pattern", "/sys/kernel/uevent_helper"),
):
    try:
        print(path, open(path, "rb").read(200))
    except OSError as error:
        print(path, type(error).__name__)
print("looked through proc")
