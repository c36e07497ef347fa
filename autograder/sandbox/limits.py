"""How much a submission may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024**2


@dataclass(frozen=True)
class Limits:
    """Bounds on what one submission may use, in seconds and bytes.

    ``memory`` bounds what all processes hold together, looked at several times a
    second; no single one may even ask for more than twice as much and ``addresses``,
    which is what libraries reserve and never fill. ``output`` is what a cell may
    print, ``flood`` what may arrive from the sandbox for one cell before it is ended,
    ``message`` the largest single message.
    """

    start_seconds: float = 30.0
    cell_seconds: float = 20.0
    call_seconds: float = 5.0
    submission_seconds: float = 120.0
    memory: int = 1024 * MIB
    addresses: int = 640 * MIB
    processes: int = 64
    disk: int = 64 * MIB
    output: int = 1 * MIB
    flood: int = 64 * MIB
    message: int = 64 * MIB
