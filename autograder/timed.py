"""Running a function within a time limit, and leaving it behind when it takes longer.

What is left behind needs a thread of its own. Starting one costs more than most
functions of the course take, and a check calls them a hundred times: so a thread that
is done waits for the next call.
"""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Callable
from contextvars import Context
from typing import Any

Job = Callable[[], Any]


class Raised(Exception):  # noqa: N818 - a signal to the caller
    """The job raised ``error``; the learner's own Ctrl-C is not one."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class Overrun(Exception):  # noqa: N818 - a signal to the caller
    """The job did not end in time."""


def within(seconds: float, job: Job) -> Any:
    """What ``job`` returns, from a daemon thread.

    Raises :class:`Raised` for whatever it raises, and :class:`Overrun` after
    ``seconds``. Without threads, as in a browser's Python, there is no limit.

    >>> within(5, lambda: 1 + 1)
    2
    """
    try:
        worker = _free_worker()
    except RuntimeError:
        done, result = _answer(job)
    else:
        done, result = worker.ask(job, seconds)
    if done:
        return result
    raise Raised(result)


def _answer(job: Job) -> tuple[bool, Any]:
    """Whether ``job`` returned, and what it returned or raised."""
    try:
        # A context of its own, as a new thread has: np.errstate ends with the call.
        return True, Context().run(job)
    except BaseException as error:
        return False, error


class _Worker:
    """A daemon thread that does one job after the other."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while (job := self.jobs.get()) is not None:
            self.answers.put(_answer(job))
            del job  # while it waits, it keeps nothing of the caller's alive

    def ask(self, job: Job, seconds: float) -> tuple[bool, Any]:
        """The answer to ``job``; the worker is free again, or ends."""
        try:
            self.jobs.put(job)
            answer = self.answers.get(timeout=seconds)
        except BaseException as stopped:  # too late, or the learner's own Ctrl-C
            self._end()
            if isinstance(stopped, queue.Empty):
                raise Overrun from None
            raise
        _FREE.append(self)
        return answer

    def _end(self) -> None:
        """Ask a runaway thread to end; one that swallows the request is left behind."""
        self.jobs.put(None)
        if self.thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.thread.ident), ctypes.py_object(SystemExit)
            )


_FREE: list[_Worker] = []


def _free_worker() -> _Worker:
    """A worker that waits for a job: one that was left free, or a new one."""
    try:
        while not (worker := _FREE.pop()).thread.is_alive():
            pass  # a fork does not take threads with it
    except IndexError:
        return _Worker()
    return worker
