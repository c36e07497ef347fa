"""Reading what a student hands in: files and JSON, with every size bounded.

Whatever is wrong ends in one :class:`RunError`, a sentence that says where and what.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

MIB = 1024**2
DEEPEST = 12  # a ledger's line nests four deep
LARGEST = 2**53  # whole numbers up to here survive any reader of JSON
LONGEST = 200  # characters of a word: an id, a version, the name of a device


class RunError(ValueError):
    """A run directory that cannot be read; the message is for its author."""


def read_bytes(path: Path, limit: int) -> bytes:
    """The content of a plain file of at most ``limit`` bytes; raises RunError.

    Links are not followed: what they lead to was not handed in.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise RunError(f"{path.name} is missing in {path.parent.name}") from None
    except (OSError, ValueError):
        kind = "a link" if path.is_symlink() else "not readable"
        raise RunError(f"{path.name} is {kind}; a plain file is needed") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RunError(f"{path.name} is not a plain file")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise RunError(f"{path.name} is larger than {limit / MIB:g} MiB")
    return content


def decoded(content: bytes, where: str) -> str:
    """The text of ``content``; raises RunError where it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RunError(f"{where} is not UTF-8 (byte {error.start})") from None


def parse_object(text: str, where: str) -> dict[str, Any]:
    """One JSON object, read strictly; raises RunError.

    No NaN or Infinity, no number beyond a double, no key twice, no deep nesting:
    readers differ on all of these, and a ledger must say the same to everyone.

    >>> parse_object('{"rate": 0.1}', "line 1")
    {'rate': 0.1}
    >>> parse_object('{"rate": NaN}', "line 1")
    Traceback (most recent call last):
    autograder.project.reading.RunError: line 1: NaN is not JSON; null stands for it
    """

    def refuse(message: str) -> NoReturn:
        raise RunError(f"{where}: {message}")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in made if names.count(name) > 1)
            refuse(f"the key {quoted(twice)} stands twice in one object")
        return made

    def finite(digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            refuse(f"{quoted(digits)} is too large a number")
        return number

    def whole(digits: str) -> int:
        if len(digits) > 17 or abs(int(digits)) > LARGEST:
            refuse(f"{quoted(digits)} is too large a number")
        return int(digits)

    if _depth(text) > DEEPEST:
        refuse(f"it nests deeper than {DEEPEST} levels")
    try:
        made = json.loads(
            text,
            object_pairs_hook=unique,
            parse_float=finite,
            parse_int=whole,
            parse_constant=lambda name: refuse(
                f"{name} is not JSON; null stands for it"
            ),
        )
    except RunError:
        raise
    except ValueError as error:
        refuse(f"not JSON: {str(error).partition(':')[0]}")
    if not isinstance(made, dict):
        refuse(f"{_kind(made)} where an object is needed")
    return made


def _depth(text: str) -> int:
    """How deep brackets nest outside of strings."""
    depth = deepest = 0
    # A text without an end runs to the end, so that nothing is looked at twice.
    marks = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]'
    for match in re.finditer(marks, text, re.DOTALL):
        mark = match.group()
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def quoted(text: object) -> str:
    """Anything as a short quotation in one line.

    >>> quoted("a" * 90 + chr(10))[-6:]
    "aaa …'"
    """
    said = repr(text)
    return said if len(said) <= 64 else f"{said[:60]} …{said[-1]}"


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a whole number", float: "a number"}
    names |= {str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


class Fields:
    """The fields of one object, each asked for by name and kind; raises RunError."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def refuse(self, key: str, needed: str) -> NoReturn:
        """Say that ``key`` is missing or not what is ``needed``."""
        if key not in self.values:
            raise RunError(f"{self.where}: {quoted(key)} is missing ({needed})")
        got = self.values[key]
        said = _kind(got) if isinstance(got, (list, dict)) else quoted(got)
        raise RunError(f"{self.where}: {quoted(key)} is {said}, not {needed}")

    def text(self, key: str, *choices: str) -> str:
        """A short text, one of ``choices`` if there are any."""
        value = self.values.get(key)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
            self.refuse(key, f"a text of 1 to {LONGEST} characters")
        if choices and value not in choices:
            self.refuse(key, " or ".join(choices))
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.values.get(key)
        if not isinstance(value, bool):
            self.refuse(key, "true or false")
        return value

    def whole(self, key: str, low: int = 0, high: int = LARGEST) -> int:
        """A whole number in a range."""
        value = self.values.get(key)
        if type(value) is not int or not low <= value <= high:
            self.refuse(key, f"a whole number from {low} to {high}")
        return value

    def number(self, key: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A number in a range."""
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.refuse(key, "a number")
        if not low <= value <= high:  # nan too
            self.refuse(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def measured(
        self, key: str, low: float = -math.inf, high: float = math.inf
    ) -> float:
        """A number, or null for one that was not finite, which is nan here."""
        if key in self.values and self.values[key] is None:
            return math.nan
        return self.number(key, low, high)

    def measurements(self, key: str, most: int = 100_000) -> list[float]:
        """A list of such numbers."""
        items = self.items(key, most)
        return [
            Fields({key: item}, f"{self.where}, entry {place}").measured(key)
            for place, item in enumerate(items, 1)
        ]

    def texts(self, key: str, most: int = 10_000) -> list[str]:
        """A list of short texts."""
        items = self.items(key, most)
        return [
            Fields({key: item}, f"{self.where}, entry {place}").text(key)
            for place, item in enumerate(items, 1)
        ]

    def items(self, key: str, most: int = 10_000) -> list[Any]:
        """A list."""
        value = self.values.get(key)
        if not isinstance(value, list):
            self.refuse(key, "a list")
        if len(value) > most:
            raise RunError(f"{self.where}: {quoted(key)} has more than {most} entries")
        return value

    def inner(self, key: str) -> Fields:
        """The object under ``key``."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            self.refuse(key, "an object")
        return Fields(value, f"{self.where}, {quoted(key)}")

    def time(self, key: str) -> datetime:
        """A moment, as ISO 8601 writes it with its zone."""
        try:
            moment = datetime.fromisoformat(self.text(key))
            if moment.tzinfo is None:
                raise ValueError
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            if isinstance(error, RunError):
                raise
            self.refuse(key, "a time such as 2026-01-31T12:00:00.000Z")
