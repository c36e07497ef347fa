"""Does every function of the course get a readable verdict, whatever it returns?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograder import catalog, examine
from autograder.checks import all_checks
from benchmarks.solutions import namespace


class Evil:
    """An object that raises whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    def __hash__(self) -> int:
        return 0

    def __len__(self) -> int:
        return -1  # noqa: PLE0303 - it is evil


class Liar(np.ndarray):
    """An array that is equal to everything."""

    def __eq__(self, other: object) -> Any:
        return True

    def __hash__(self) -> int:
        return 0

    def __sub__(self, other: object) -> Any:
        return np.zeros(1)


def yields() -> Iterator[Any]:
    """A generator that never ends."""
    while True:
        yield np.zeros(3)


def not_written(*_: Any) -> Any:
    """Raise what the released cell raises."""
    raise NotImplementedError


def leaves(*_: Any) -> Any:
    """End the process, as a student's `exit()` would."""
    raise SystemExit(3)


RETURNED: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "too large a number": lambda: 10**400,
    "text": lambda: "done",
    "an object array": lambda: np.array([None, {}], dtype=object),
    "a generator": yields,
    "an evil object": Evil,
    "a function": lambda: len,
    "complex numbers": lambda: np.ones(3) * 1j,
    "NaN": lambda: np.full((3, 4), np.nan),
    "lying arrays": lambda: np.zeros((3, 4)).view(Liar),
    "a list in itself": lambda: (a := [], a.append(a))[0],
    "an array with no axis": lambda: np.array(np.nan),
}


def bad_functions(returns: int) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Functions that return each bad value, alone and in a tuple of ``returns``."""
    yield "not written", not_written
    yield "exit", leaves
    for name, make in RETURNED.items():
        yield name, lambda *_, make=make: make()
        if returns > 1:
            yield f"{name} in a tuple", lambda *_, make=make: (make(),) * returns


@pytest.mark.parametrize("name", catalog())
def test_whatever_comes_back_is_refused_in_plain_words(name: str) -> None:
    """Is each bad value refused, unnamed where nobody could know, and explained?"""
    check = all_checks()[name]
    right = namespace(check.topic)
    for what, function in bad_functions(len(check.signature.returns)):
        functions = {**right, name: function}
        verdict = examine(name, functions, seed=2)
        assert not verdict.passed, what
        assert verdict.score < 0.5, what
        assert verdict.message.strip(), what
        assert "Traceback" not in verdict.message
        assert "foreign_kind" not in verdict.message
        if "number" in what or "evil" in what:
            assert verdict.misconception is None, (what, verdict.message)
    missing = examine(name, {}, seed=2)
    assert f"{name} is not defined" in missing.message
