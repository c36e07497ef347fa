"""Calling a student's function in this process, without being harmed by it.

The sandbox has its own way of calling (:mod:`autograder.judge.proxy`); both keep
the promise of :class:`Callee`. Here the function runs in a daemon thread, so that
one that never returns can be left behind: this protects a learner's own session
from mistakes, not a teacher's machine from malice.
"""

from __future__ import annotations

import contextlib
import copy
import io
import linecache
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import FunctionType
from typing import Any, Protocol, runtime_checkable

from autograder import timed
from autograder.mishaps import Mishap, raised
from autograder.timed import Overrun, Raised, within

CALL_SECONDS = 5.0
OUTPUT_CHARACTERS = 1_000_000
YIELDED = 2_000
_OUR_FILES = (__file__, timed.__file__)


@dataclass(frozen=True)
class Source:
    """A function to hand to a student's function, as the source of an expression.

    It is compiled where the student's code runs, so that it carries nothing of
    the grader with it.

    >>> Source("lambda x: (x ** 2).sum()").compiled()(__import__("numpy").ones(3))
    np.float64(3.0)
    """

    text: str

    def compiled(self) -> Callable[..., Any]:
        """The function, compiled here with NumPy as ``np``: the same one each time.

        So a function that remembers what it found for an ``f`` meets that ``f`` again.
        """
        return _compiled(self.text)


@lru_cache(maxsize=64)
def _compiled(text: str) -> Callable[..., Any]:
    import numpy as np

    function: Callable[..., Any] = eval(text, {"np": np})  # noqa: S307
    return function


@dataclass(frozen=True, eq=False)
class Kept:
    """Something of the student's own that goes back to them unread: a cache.

    In this process it holds the object itself, for the sandbox a handle to it.
    """

    value: Any


@dataclass(frozen=True)
class Reply:
    """What a call gave: its value and, if wanted, the arguments as it left them."""

    value: Any
    arguments: tuple[Any, ...]


@runtime_checkable
class Callee(Protocol):
    """Something that can be called and either replies or has a :class:`Mishap`."""

    def invoke(
        self,
        arguments: tuple[Any, ...],
        opaque: tuple[int, ...] = (),
        want_arguments: bool = False,
        lazy: bool = False,
    ) -> Reply:
        """Call with fresh copies of ``arguments``.

        ``opaque`` lists the positions of the returned tuple that must come back
        to the function unread (a cache). What a ``lazy`` function yields arrives as
        a list, cut off where no honest one gets to. Raises :class:`Mishap`.
        """
        ...


class LocalCallee:
    """A function of this process, called with a time limit.

    >>> LocalCallee(lambda x: x + 1).invoke((1,)).value
    2
    """

    def __init__(
        self, function: Callable[..., Any], seconds: float = CALL_SECONDS
    ) -> None:
        self.function = function
        self.seconds = seconds

    def invoke(
        self,
        arguments: tuple[Any, ...],
        opaque: tuple[int, ...] = (),
        want_arguments: bool = False,
        lazy: bool = False,
    ) -> Reply:
        """Call the function with copies of ``arguments`` within the time limit."""
        handed = tuple(_fresh(argument) for argument in arguments)

        def job() -> Any:
            value = self.function(*handed)
            return drained(value) if lazy else value

        sink = _Sink(OUTPUT_CHARACTERS)

        try:
            # catch_warnings: a student's RuntimeWarning is theirs, not an error here.
            with (
                warnings.catch_warnings(),
                contextlib.redirect_stdout(sink),
                contextlib.redirect_stderr(sink),
            ):
                warnings.simplefilter("ignore")
                value = within(self.seconds, job)
        except Overrun:
            raise Mishap(
                "timeout",
                f"did not return within {self.seconds:g} s: is there a loop that "
                "never ends?",
                fatal=True,
            ) from None
        except Raised as outcome:
            error = outcome.error
            if isinstance(error, _Flood):
                raise Mishap(
                    "output",
                    f"printed more than {OUTPUT_CHARACTERS:,} characters; "
                    "remove the print calls",
                    fatal=True,
                ) from None
            raise raised(type(error).__name__, _text(error), _line(error)) from None
        return Reply(keep(value, opaque), handed if want_arguments else ())


def drained(value: Any) -> Any:
    """What an iterator yields, as a list of at most ``YIELDED`` items.

    >>> drained(n**2 for n in range(3)), drained([1, 2])
    ([0, 1, 4], [1, 2])
    """
    return list(islice(value, YIELDED)) if isinstance(value, Iterator) else value


def keep(value: Any, opaque: tuple[int, ...]) -> Any:
    """Wrap the ``opaque`` positions of a returned tuple in :class:`Kept`.

    >>> keep((1, {"mask": 0}), opaque=(1,))
    (1, Kept(value={'mask': 0}))
    """
    if not opaque or not isinstance(value, (tuple, list)):
        return value
    return tuple(
        Kept(item) if place in opaque else item for place, item in enumerate(value)
    )


class _Flood(Exception):  # noqa: N818 - a signal inside this module
    """More was printed than the sink takes."""


class _Sink(io.TextIOBase):
    def __init__(self, limit: int) -> None:
        self.left = limit

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise _Flood
        return len(text)


def _fresh(argument: Any) -> Any:
    if isinstance(argument, Source):
        return argument.compiled()
    if isinstance(argument, Kept):
        return argument.value
    return copy.deepcopy(argument)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _line(error: BaseException) -> str:
    """The innermost line of the student's own code, if its source is known."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and frame.filename not in _OUR_FILES
    ]
    if not own:
        return ""
    return own[-1].line or linecache.getline(own[-1].filename, own[-1].lineno or 0)


def own_globals(function: Callable[..., Any]) -> dict[str, Any]:
    """The module or notebook that a function was defined in, as a namespace."""
    import inspect

    plain = inspect.unwrap(function)
    return plain.__globals__ if isinstance(plain, FunctionType) else {}
