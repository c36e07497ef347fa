"""Is a student's function called without harm to the session that calls it?"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograder import timed
from autograder.calling import (
    YIELDED,
    Callee,
    Kept,
    LocalCallee,
    Source,
    keep,
    own_globals,
)
from autograder.mishaps import Mishap


def mishap(function: Any, *arguments: Any, seconds: float = 5) -> Mishap:
    """The mishap that a call ends in."""
    with pytest.raises(Mishap) as caught:
        LocalCallee(function, seconds).invoke(arguments)
    return caught.value


def test_arguments_are_fresh_copies() -> None:
    """Can a function change what the check holds, or see an earlier call's change?"""
    x, config = np.zeros(2), {"velocity": np.zeros(1)}

    def greedy(x: Any, config: Any) -> float:
        x += 1
        config["velocity"] += 1
        return float(x.sum() + config["velocity"].sum())

    callee = LocalCallee(greedy)
    assert callee.invoke((x, config)).value == callee.invoke((x, config)).value == 3
    assert x.sum() == config["velocity"].sum() == 0


def test_arguments_come_back_as_left_where_wanted() -> None:
    """Is what a function did to its arguments seen, and left out otherwise?"""
    callee = LocalCallee(lambda x: x.fill(7))
    assert callee.invoke((np.zeros(1),), want_arguments=True).arguments[0] == [7]
    assert callee.invoke((np.zeros(1),)).arguments == ()


def test_caches_and_sources() -> None:
    """Is a cache wrapped, handed back unwrapped, and a source compiled?"""
    assert keep([1, 2], ()) == [1, 2]
    assert keep(3, (0,)) == 3
    _, cache = LocalCallee(lambda x: (x, "cache")).invoke((1,), opaque=(1,)).value
    assert isinstance(cache, Kept)
    assert LocalCallee(lambda c: c).invoke((cache,)).value == "cache"
    assert LocalCallee(lambda f: f(3)).invoke((Source("lambda x: x + 1"),)).value == 4
    assert isinstance(LocalCallee(len), Callee)


def test_what_a_lazy_function_yields_is_drained_within_the_limits() -> None:
    """Does a generator arrive as a list, end at the limit, and count its time?"""

    def batches(n: int) -> Iterator[int]:
        yield from range(n)

    def stuck(_: int) -> Iterator[int]:
        while True:
            time.sleep(0.01)
        yield 0

    assert LocalCallee(batches).invoke((3,), lazy=True).value == [0, 1, 2]
    assert len(LocalCallee(batches).invoke((10**9,), lazy=True).value) == YIELDED
    assert not isinstance(LocalCallee(batches).invoke((3,)).value, list)
    with pytest.raises(Mishap, match="did not return"):
        LocalCallee(stuck, seconds=0.2).invoke((3,), lazy=True)


class SilentError(Exception):
    """An exception that cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError


def bad_line(x: Any) -> Any:
    """Fail on a line that one should be shown."""
    return x.no_such_attribute


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("bad"), "raised ValueError: bad"),
        (ValueError(), "raised ValueError"),
        (SilentError(), "raised Silent"),
        (SystemExit(3), "raised SystemExit: 3"),
        (KeyboardInterrupt(), "raised KeyboardInterrupt"),
        (GeneratorExit(), "raised GeneratorExit"),
        (AssertionError("x" * 999), "x" * 300 + " …"),
        (NotImplementedError("soon"), "is not written yet"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_whatever_is_raised_is_a_mishap(error: BaseException, says: str) -> None:
    """Does no exception of the student's get past, and is its text kept?"""
    assert says in mishap(lambda: _raise(error)).message


def test_the_line_at_fault_is_quoted() -> None:
    """Is the innermost line of the student's own code shown?"""
    assert "`return x.no_such_attribute`" in mishap(bad_line, 3).message
    assert "at the line" not in mishap(np.reshape, np.ones(3), (2, 2)).message


def test_an_endless_function_is_left_behind() -> None:
    """Does the call return in time, and the thread end soon after?"""
    threads = threading.active_count()
    began = time.monotonic()

    def endless() -> None:
        while True:
            pass

    found = mishap(endless, seconds=0.3)
    assert time.monotonic() - began < 2
    assert (found.kind, found.fatal) == ("timeout", True)
    deadline = time.monotonic() + 3
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= threads


def test_prints_are_swallowed_and_bounded(capsys: Any) -> None:
    """Is nothing printed into the session, and a flood a mishap of its own?"""

    def chatty() -> int:
        print("x" * 1000)
        sys.stderr.write("y")
        return 1

    assert LocalCallee(chatty).invoke(()).value == 1
    said = capsys.readouterr()
    assert said.out + said.err == ""

    def flood() -> None:
        while True:
            print("x" * 100_000)

    found = mishap(flood)
    assert (found.kind, found.fatal) == ("output", True)
    assert sys.stdout.writable()


def test_a_warning_is_the_student_s() -> None:
    """Is a RuntimeWarning of NumPy's no error here, where warnings are errors?"""
    value = LocalCallee(lambda x: x / 0).invoke((np.ones(1),)).value
    assert np.isinf(value).all()


def test_stopping_by_hand_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the learner's own Ctrl-C not taken for an exception of the function's?"""

    class Interrupted:
        def put(self, item: Any) -> None:
            """Nobody waits for it."""

        def get(self, timeout: float | None = None) -> None:
            """Be interrupted while waiting; the thread is told to end."""
            if timeout is not None:
                raise KeyboardInterrupt

    monkeypatch.setattr(timed, "_FREE", [])
    monkeypatch.setattr(timed.queue, "SimpleQueue", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        LocalCallee(lambda: 1).invoke(())


def test_without_threads_functions_are_called_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a browser's Python, do values and exceptions come back?"""

    def no_threads(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(timed, "_FREE", [])
    monkeypatch.setattr(threading.Thread, "start", no_threads)
    assert LocalCallee(lambda: 3).invoke(()).value == 3
    assert "raised ValueError: x" in mishap(lambda: _raise(ValueError("x"))).message


def test_the_namespace_of_a_function() -> None:
    """Is a function's own module found, through wrappers, and nothing for others?"""
    import functools

    @functools.wraps(bad_line)
    def wrapped(x: Any) -> Any:
        return x

    assert own_globals(bad_line)["bad_line"] is bad_line
    assert own_globals(wrapped)["bad_line"] is bad_line
    assert own_globals(len) == {}
