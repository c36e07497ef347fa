"""What a sandbox holds, seen from outside: how many processes, how much memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from autograder.sandbox.limits import MIB


def inside(process: Any) -> Iterator[psutil.Process]:
    """Yield ``process``, a ``Popen`` or forked kernel, and all that it started."""
    waiting = list(getattr(process, "pids", (process.pid,)))
    while waiting:
        pid = waiting.pop()
        # psutil would look at every process of the machine.
        with suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        with suppress(psutil.Error):
            yield psutil.Process(pid)


def running(process: Any) -> int:
    """How many processes run in the sandbox of ``process``."""
    count = 0
    for each in inside(process):
        with suppress(psutil.Error):
            count += each.status() != psutil.STATUS_ZOMBIE
    return count


def memory(process: Any) -> int:
    """Bytes of memory that everything in the sandbox of ``process`` holds together.

    Pages that forked processes share count once (PSS); that is slow to read, so
    it is read only where there is more than one process of any size.
    """
    sizes = []
    for each in inside(process):
        with suppress(psutil.Error):
            sizes.append((each.memory_info().rss, each))
    large = [(rss, each) for rss, each in sizes if rss > 16 * MIB]
    if len(large) <= 1:
        return sum(rss for rss, _ in sizes)
    total = sum(rss for rss, _ in sizes) - sum(rss for rss, _ in large)
    for rss, each in large:
        try:
            total += each.memory_full_info().pss
        except (psutil.Error, AttributeError):
            total += rss
    return total
