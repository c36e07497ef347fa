"""Errors carried forward, where the student's own forward function may fail too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograder.exam import Exam
from autograder.mishaps import Mishap, Mismatch


def carried_through(layers: Iterable[Any], ask: Callable[[Any], None]) -> None:
    """Ask about each layer at which the student's forward function answers.

    Where it raises, it has been charged already. It must answer at the first layer,
    which is a plain one, and at two more.
    """
    answered = 0
    for layer in layers:
        try:
            ask(layer)
        except ForwardFailed as failed:
            if answered == 0 or failed.mishap.fatal:
                raise failed.mishap from None
        else:
            answered += 1
    if answered < 3:
        raise Mismatch("the forward function answers at too few layers")


class ForwardFailed(Exception):  # noqa: N818 - a signal to carried_through
    """The student's forward function did not answer at this layer."""

    def __init__(self, mishap: Mishap) -> None:
        super().__init__()
        self.mishap = mishap


def own_forward(exam: Exam, *arguments: Any) -> Any:
    """What the student's forward function returns, or :class:`ForwardFailed`."""
    try:
        return exam.forward(*arguments)
    except Mishap as mishap:
        raise ForwardFailed(mishap) from None
