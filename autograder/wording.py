"""How the arguments of a call are told in a message."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.calling import Source

ROOM = 120  # characters
EXACT = 8  # as many characters of a number are shown as it is


def value_in_words(value: Any, room: int = ROOM) -> str:
    """A value in about ``room`` characters at most, never cut within a number.

    In a dictionary or a list an array is told by its shape, and a long fraction is
    rounded.

    >>> value_in_words({"eps": 0.5, "momentum": 1 / 3, "running_mean": np.zeros(3)})
    "{'eps': 0.5, 'momentum': 0.3333, 'running_mean': (3,)}"
    >>> value_in_words([1.0, 2.0, 3.0], room=10)
    '[1.0, 2.0, ...]'
    """
    if isinstance(value, dict):
        pairs = [f"{key!r}: {_item(held, room)}" for key, held in value.items()]
        return f"{{{_as_many_as_fit(pairs, room)}}}"
    if isinstance(value, (list, tuple)):
        inner = _as_many_as_fit([_item(held, room) for held in value], room)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    text = value.text if isinstance(value, Source) else repr(value)
    return text if len(text) <= room else f"{text[: room - 3]}..."


def _item(value: Any, room: int) -> str:
    """A value inside another, which must leave room for what stands beside it."""
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        exact = repr(value)
        return exact if len(exact) <= EXACT else f"{value:.4g}"
    return value_in_words(value, room // 3)


def _as_many_as_fit(items: list[str], room: int) -> str:
    """The first items, and dots where some were left out."""
    fitting: list[str] = []
    length = 0
    for item in items:
        length += len(item) + len(", ")
        if length > room and fitting:
            return ", ".join([*fitting, "..."])
        fitting.append(item)
    return ", ".join(fitting)
