"""The system calls that a sandbox refuses, as a program for the kernel's filter.

A sandbox's bounds hold for memory that processes map and for files in its own small
file systems. A few system calls get memory or disk past them: user namespaces allow
mounts of any size, `memfd_create` and System V segments hold memory that no process
maps, and whoever owns the folder of sockets may make it writable again. They are
refused here, with some that only widen the attack on the kernel.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
from collections.abc import Iterator
from contextlib import contextmanager

# By architecture: what the kernel calls it, and the numbers of the system calls.
X86_64, AARCH64 = 0xC000003E, 0xC00000B7
NUMBERS: dict[str, tuple[int, int]] = {  # name: (x86_64, aarch64); -1 is none
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "unshare": (272, 97),
    "setns": (308, 268),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "ptrace": (101, 117),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "clone": (56, 220),
    "clone3": (435, 435),
}
# These say that they succeeded and do nothing: shutil.copy() need not fail.
IDLE = {"chmod", "fchmod", "fchmodat", "fchmodat2"}
# Its flags lie in memory, out of the filter's sight; C libraries fall back to clone.
UNKNOWN = {"clone3"}
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, … NEWNET
X32 = 0x40000000

# Offsets in struct seccomp_data, operations and return values of the filter.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def program(machine: str = "") -> bytes:
    """The filter for this ``machine``, or nothing for one that is not known."""
    column = {"x86_64": 0, "aarch64": 1}.get(machine or platform.machine())
    if column is None:
        return b""
    no_such_call = _step(RETURN, REFUSE | errno.ENOSYS)
    steps = [
        _step(LOAD, ARCHITECTURE),
        _step(EQUAL, (X86_64, AARCH64)[column], then=1),
        no_such_call,
        _step(LOAD, NUMBER),
        _step(AT_LEAST, X32, otherwise=1),
        no_such_call,
    ]
    for name, numbers in NUMBERS.items():
        if numbers[column] < 0:
            continue
        if name == "clone":
            steps += [
                _step(EQUAL, numbers[column], otherwise=4),
                _step(LOAD, FIRST_ARGUMENT),
                _step(ANY_BIT, NEW_NAMESPACES, otherwise=1),
                _step(RETURN, REFUSE | errno.EPERM),
                _step(RETURN, ALLOW),
            ]
            continue
        code = errno.ENOSYS if name in UNKNOWN else errno.EPERM
        steps += [
            _step(EQUAL, numbers[column], otherwise=1),
            _step(RETURN, REFUSE | (0 if name in IDLE else code)),
        ]
    return b"".join([*steps, _step(RETURN, ALLOW)])


@contextmanager
def filter_file() -> Iterator[int]:
    """A file descriptor from which bubblewrap reads the filter; -1 without one."""
    text = program()
    if not text:
        yield -1
        return
    reading, writing = os.pipe()
    try:
        os.write(writing, text)
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


def _step(operation: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", operation, then, otherwise, value)
