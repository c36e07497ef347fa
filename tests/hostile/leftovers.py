"""What a class leaves on the machine: processes, files, objects of the kernel."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

MARK = "left-by-hostile"  # in the name of whatever an attack tries to leave
KEY = 0x7E0D  # of the System V objects that attacks try to make
PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run")
PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 10.0  # seconds for what is ended already to be gone


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Processes below this one become its children when their parents end.

    So nothing that the grader started gets out of sight, whatever it calls itself.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def processes_since(before: set[int]) -> list[str]:
    """Processes below this one that are not in ``before``; they are ended.

    Those that are ending get some seconds to be gone.
    """
    started = [
        p for p in psutil.Process().children(recursive=True) if p.pid not in before
    ]
    _, alive = psutil.wait_procs(started, timeout=PATIENCE)
    left = []
    for process in alive:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                words = " ".join(process.cmdline())
                left.append(f"process {process.pid}: {words[:80]}")
                process.kill()
        except psutil.NoSuchProcess:
            continue
    return left


def files_in(scratch: Path, *folders: Path) -> list[str]:
    """What lies in the grader's ``scratch``, and what bears the mark anywhere else."""
    left = [f"file {path}" for path in sorted(scratch.iterdir())]
    for folder in (*map(Path, PLACES), *folders):
        if folder.is_dir():
            left += [f"file {path}" for path in sorted(folder.glob(f"*{MARK}*"))]
    return left


def kernel_objects() -> list[str]:
    """System V objects with the key that attacks use, and sockets with the mark."""
    left = []
    for kind in ("shm", "msg", "sem"):
        table = Path("/proc/sysvipc", kind)
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        keys = [int(line.split()[0]) for line in lines]
        left += [f"System V object in {table}"] * keys.count(KEY)
    sockets = Path("/proc/net/unix")
    if MARK in sockets.read_text():
        left.append(f"socket in {sockets}")
    return left
