"""Where the seconds of a run go, by part: a stopwatch around functions.

A second counts for the innermost part only: what a cell spends on starting its kernel
is time of the kernel's start.
"""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Part = str | Callable[..., str]


class Stopwatch:
    """Sums up seconds by part.

    >>> watch = Stopwatch()
    >>> with watch.measuring("outer"), watch.measuring("inner"):
    ...     pass
    >>> sorted(watch.seconds)
    ['inner', 'outer']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._running: list[str] = []
        self._since = time.perf_counter()

    @contextmanager
    def measuring(self, part: str) -> Iterator[None]:
        """Count what runs inside for ``part``."""
        self._count()
        self._running.append(part)
        try:
            yield
        finally:
            self._count()
            self._running.pop()

    def _count(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now

    @contextmanager
    def around(self, *places: tuple[Part, Any, str]) -> Iterator[None]:
        """Measure functions while this lasts: part, what holds it, and its name.

        A part that depends on a call's arguments is a function of them.
        """
        kept = [(owner, name, getattr(owner, name)) for _, owner, name in places]
        for (part, owner, name), (_, _, function) in zip(places, kept, strict=True):
            setattr(owner, name, self._measured(part, function))
        try:
            yield
        finally:
            for owner, name, function in kept:
                setattr(owner, name, function)

    def _measured(self, part: Part, function: Callable[..., Any]) -> Any:
        @functools.wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            with self.measuring(part if isinstance(part, str) else part(*args)):
                return function(*args, **kwargs)

        return measured
