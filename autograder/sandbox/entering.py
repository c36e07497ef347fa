"""Entering a sandbox that is there already: become what a process in it is.

The template's children do it (:mod:`autograder.sandbox.template`). What a sandbox is
stands in one place, the command that makes it; here it is only taken over from the
*holder*, a process that was started in it, and compared with it at the end.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
from pathlib import Path

NAMESPACES = ("mnt", "net", "ipc", "uts", "cgroup", "user")
# Lines of /proc/self/status that say what a process may do.
RIGHTS = re.compile(
    r"(?m)^(Uid|Gid|Groups|Cap(?:Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):[ \t]*(.*)$"
)
# What a sandbox's command limits, as /proc/self/limits calls it.
LIMITS = {
    "address space": resource.RLIMIT_AS,
    "processes": resource.RLIMIT_NPROC,
    "file size": resource.RLIMIT_FSIZE,
    "core file size": resource.RLIMIT_CORE,
    "open files": resource.RLIMIT_NOFILE,
}
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 4, 22, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3, CAPABILITIES = 0x20080522, 64

libc = ctypes.CDLL(None, use_errno=True)
libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]


class Program(ctypes.Structure):
    """The kernel's ``struct sock_fprog``: a filter of so many steps."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


class Holder:
    """All that there is to be taken over of the process ``pid``, read from outside."""

    def __init__(self, pid: int) -> None:
        here = Path(f"/proc/{pid}")
        self.folder = os.readlink(here / "cwd")
        self.rights = rights_in(here)
        self.limits = (here / "limits").read_text()
        self.spaces = spaces_in(here)
        own = spaces_in(Path("/proc/self"))
        self.doors = [
            os.open(here / "ns" / name, os.O_RDONLY)
            for name in NAMESPACES
            if self.spaces[name] != own[name]
        ]
        self.processes = os.open(here / "ns" / "pid", os.O_RDONLY)

    def close(self) -> None:
        """Let go of its namespaces."""
        for door in (*self.doors, self.processes):
            os.close(door)

    def become(self, filter_: bytes) -> None:
        """Enter the holder's namespaces, with its user, limits and rights.

        ``filter_`` is the program for the filter of system calls. Raises ``OSError``;
        where something differs from the holder in the end, ``PermissionError``.
        """
        os.setsid()  # or a signal to its group would reach the template
        for door in self.doors:
            checked(libc.setns(door, 0))
        os.closerange(3, 1 << 20)
        nothing = os.open("/dev/null", os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        os.close(nothing)
        os.chdir(self.folder)
        os.environ["PWD"] = self.folder
        for name, limit in LIMITS.items():
            found = re.search(rf"(?m)^Max {name}\s+(\d+)\s+(\d+)", self.limits)
            if found:
                resource.setrlimit(limit, (int(found[1]), int(found[2])))
        take_rights(self.rights)
        refuse_calls(filter_)
        here = Path("/proc/self")
        found_here = rights_in(here), (here / "limits").read_text(), spaces_in(here)
        if found_here != (self.rights, self.limits, self.spaces):
            raise PermissionError("not what the holder is")


def let_children_enter(processes: int) -> None:
    """Let the children of this process be born in the pid namespace ``processes``."""
    checked(libc.setns(processes, 0))


def rights_in(process: Path) -> dict[str, str]:
    """Who a process is and what it may do, as its status says."""
    return dict(RIGHTS.findall((process / "status").read_text()))


def spaces_in(process: Path) -> dict[str, int]:
    """The namespaces that a process is in, by kind."""
    return {name: os.stat(process / "ns" / name).st_ino for name in NAMESPACES}


def take_rights(rights: dict[str, str]) -> None:
    """Take the user and group of ``rights``, no other group and no capability."""
    for capability in range(CAPABILITIES):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # that was the last one that there is
    uid, gid = int(rights["Uid"].split()[0]), int(rights["Gid"].split()[0])
    if uid != os.getuid():
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    checked(libc.capset(header, (ctypes.c_uint32 * 6)()))
    give_up_inheritance()
    # Its user has changed: as after an exec, what lies in /proc/self is its own again.
    checked(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))


def refuse_calls(filter_: bytes) -> None:
    """Install the filter of system calls; nothing can take it away."""
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if filter_:
        program = Program(len(filter_) // 8, filter_)
        where = ctypes.addressof(program)
        checked(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, where, 0, 0))


def give_up_inheritance() -> None:
    """Keep privileges for this process alone: what it executes gets none of them."""
    checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))


def checked(result: int) -> None:
    """Raise what a call of the C library left behind if it failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
