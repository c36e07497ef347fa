"""Tries to leave its namespaces: a new one, another one, another root.

topic: pooling
earns: all
says: tried to leave
"""

# %%
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x08000000):
    print("unshare", libc.unshare(flags), ctypes.get_errno())
for kind in ("mnt", "pid", "net", "user", "ipc"):
    try:
        space = os.open(f"/proc/1/ns/{kind}", os.O_RDONLY)
        print("setns", libc.setns(space, 0), ctypes.get_errno())
    except OSError as error:
        print(type(error).__name__)
print("mount", libc.mount(b"/dev/vda1", b"/tmp/home", b"ext4", 0, None))
print("bind", libc.mount(b"/", b"/tmp/home", None, 4096, None))
print("umount", libc.umount2(b"/proc", 2), libc.umount2(b"/tmp", 2))
for change in (
    lambda: os.chroot("/proc/1/root"),
    lambda: os.mknod("/tmp/d", 0o60600, 0x800),
):
    try:
        change()
    except OSError as error:
        print(type(error).__name__)
try:
    print(open("@HOME@/.ssh/id_rsa").read())
except OSError as error:
    print(type(error).__name__)
print("tried to leave")
