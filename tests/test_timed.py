"""Do calls share a thread without knowing of each other?"""

from __future__ import annotations

import threading
import time
import weakref

import numpy as np
import pytest

from autograder import timed
from autograder.timed import Overrun, Raised, within


@pytest.fixture(autouse=True)
def _nobody_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread waits from an earlier test."""
    monkeypatch.setattr(timed, "_FREE", [])


def test_one_thread_serves_many_calls() -> None:
    """Is a thread that is done used again, after an exception, too?"""
    first = within(5, threading.current_thread)
    with pytest.raises(Raised):
        within(5, lambda: 1 / 0)
    assert within(5, threading.current_thread) is first
    assert first is not threading.current_thread()


def test_calls_at_the_same_time_have_threads_of_their_own() -> None:
    """Does a call from inside another one not wait for it?"""
    inner, outer = within(
        5, lambda: (within(5, threading.current_thread), threading.current_thread())
    )
    assert inner is not outer
    assert len(timed._FREE) == 2


def test_what_a_call_sets_ends_with_it() -> None:
    """Does the next call know nothing of NumPy's error state in the last one?"""
    within(5, lambda: np.seterr(all="raise"))
    assert within(5, np.geterr)["divide"] == "warn"


def test_a_thread_left_behind_is_not_used_again() -> None:
    """After a call that took too long, does the next one get its own answer?"""
    left = within(5, threading.current_thread)

    def endless() -> None:
        while True:
            time.sleep(0.001)

    with pytest.raises(Overrun):
        within(0.05, endless)
    assert within(5, lambda: "in time") == "in time"
    assert within(5, threading.current_thread) is not left
    left.join(timeout=30)
    assert not left.is_alive()


def test_a_thread_that_a_fork_did_not_take_along_is_passed_over() -> None:
    """Is a thread that is no more found out, and replaced?"""
    gone = within(5, threading.current_thread)
    timed._FREE[0].jobs.put(None)
    gone.join(timeout=30)
    assert within(5, lambda: 3) == 3
    assert gone not in [worker.thread for worker in timed._FREE]


def test_a_thread_that_waits_keeps_nothing_alive() -> None:
    """Is what a call worked on freed although its thread lives?"""

    class Cache:
        pass

    def call() -> weakref.ref[Cache]:
        cache = Cache()
        within(5, lambda: cache)
        return weakref.ref(cache)

    kept = call()
    deadline = time.monotonic() + 30
    while kept() is not None and time.monotonic() < deadline:
        time.sleep(0.001)
    assert kept() is None
