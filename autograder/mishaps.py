"""What can go wrong while a student's function is examined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograder.pictures import Picture


class Mismatch(Exception):  # noqa: N818 - a finding, not an error of the program
    """The function answered, and the answer is not right."""

    def __init__(self, message: str, picture: Picture | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.picture = picture


class Mishap(Exception):  # noqa: N818 - a finding, not an error of the program
    """The function did not answer: it raised, ran out of time, died, flooded.

    ``kind`` is a short stable name (the exception's type, or ``timeout``,
    ``died``, ``output``); ``fatal`` says that trying further calls is useless;
    ``text`` is what the exception said, if there was one.
    """

    def __init__(
        self, kind: str, message: str, *, fatal: bool = False, text: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.fatal = fatal
        self.text = text


def raised(kind: str, text: str, line: str = "") -> Mishap:
    """The mishap for an exception ``kind(text)`` raised at ``line``.

    >>> raised("ValueError", "bad shape", "out = x @ w").message
    'raised ValueError: bad shape, at the line `out = x @ w`'
    >>> raised("NotImplementedError", "").fatal
    True
    """
    if kind == "NotImplementedError":
        return Mishap(
            kind,
            "is not written yet: it still raises NotImplementedError",
            fatal=True,
        )
    text = text if len(text) <= 300 else text[:300] + " …"
    message = f"raised {kind}: {text}" if text else f"raised {kind}"
    if line:
        message += f", at the line `{line.strip()[:120]}`"
    return Mishap(kind, message, text=text)


@contextmanager
def hinting(hint: str) -> Iterator[None]:
    """Add ``hint`` to the message of a :class:`Mismatch` found inside.

    >>> with hinting("Look at the sign"):
    ...     raise Mismatch("out is -1")
    Traceback (most recent call last):
    autograder.mishaps.Mismatch: out is -1. Look at the sign
    """
    try:
        yield
    except Mismatch as found:
        raise Mismatch(f"{found.message}. {hint}", found.picture) from None
