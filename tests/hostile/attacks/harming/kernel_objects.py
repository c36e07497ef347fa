"""Makes System V objects, queues and keys, which outlive every process.

topic: pooling
earns: all
says: tried to leave objects
"""

# %%
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
KEY = 0x7E0D
print("shm", libc.shmget(KEY, 1 << 20, 0o1666), ctypes.get_errno())
print("msg", libc.msgget(KEY, 0o1666), ctypes.get_errno())
print("sem", libc.semget(KEY, 1, 0o1666), ctypes.get_errno())
print("key", libc.syscall(248, b"user", b"left-by-hostile", b"x", 1, -4))
print("memory", libc.memfd_create(b"left-by-hostile", 0), ctypes.get_errno())
print("tried to leave objects")
