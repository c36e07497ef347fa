"""Settings that check themselves: how one is declared, and what is refused.

>>> @dataclass(frozen=True)
... class Oven(Checked):
...     heat: float = setting(180.0, "in °C", Interval(50, 250))
>>> Oven(heat=200).heat
200.0
>>> Oven(heat=400)
Traceback (most recent call last):
project.typed.ConfigError: heat = 400: it must be a number in [50, 250]
"""

from __future__ import annotations

import math
from dataclasses import Field, dataclass, field, fields
from itertools import pairwise
from typing import Any, ClassVar


class ConfigError(ValueError):
    """A setting is unknown, of the wrong type or out of range."""


@dataclass(frozen=True)
class Interval:
    """The numbers from ``low`` to ``high``; ``ends`` says which of both belong to it.

    >>> 0.0 in Interval(0, 1, "[)"), 1.0 in Interval(0, 1, "[)")
    (True, False)
    >>> print(Interval(0, ends="(]"), "|", Interval(1), "|", Interval(0, 1, "()"))
    above 0 | of at least 1 | in (0, 1)
    """

    low: float
    high: float = math.inf
    ends: str = "[]"

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.ends[0] == "[" else value > self.low
        below = value <= self.high if self.ends[1] == "]" else value < self.high
        return above and below and math.isfinite(value)

    def __str__(self) -> str:
        if self.high == math.inf:
            return (
                f"{'of at least' if self.ends[0] == '[' else 'above'} {self.low:.10g}"
            )
        return f"in {self.ends[0]}{self.low:.10g}, {self.high:.10g}{self.ends[1]}"


def setting(
    default: Any, about: str, allowed: Interval | tuple[str, ...] | None = None
) -> Any:
    """Declare a setting: its default, which fixes its type, its meaning and range."""
    return field(default=default, metadata={"about": about, "allowed": allowed})


@dataclass(frozen=True)
class Checked:
    """A group of settings; their values are checked as soon as they are given."""

    prefix: ClassVar[str] = ""  # where the group stands in the file, such as "train."

    def __post_init__(self) -> None:
        for entry in fields(self):
            if "about" in entry.metadata:
                value = checked(entry, getattr(self, entry.name))
                if value is None:
                    raise wrong(self.prefix, entry, getattr(self, entry.name))
                object.__setattr__(self, entry.name, value)


def checked(entry: Field[Any], value: Any) -> Any:
    """Return the value in the type of the setting, or None if it is not allowed."""
    allowed = entry.metadata["allowed"]
    match entry.default:
        case tuple():
            return _numbers(value, allowed)
        case float():
            number = _number(value)
            return number if number is not None and number in allowed else None
        case bool():
            return value if isinstance(value, bool) else None
        case int():
            whole = isinstance(value, int) and not isinstance(value, bool)
            return value if whole and value in allowed else None
        case str():
            if not isinstance(value, str) or not value.strip():
                return None
            fits = value in allowed if allowed else value.isprintable()
            return value if fits else None


def _number(value: Any) -> float | None:
    """Return a number as a float; None for all else (True is no number here)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return None


def _numbers(value: Any, allowed: Interval) -> tuple[float, ...] | None:
    if not isinstance(value, (list, tuple)) or not value:
        return None
    numbers = tuple(number for number in map(_number, value) if number is not None)
    if len(numbers) < len(value) or not all(number in allowed for number in numbers):
        return None
    ascending = all(a < b for a, b in pairwise(numbers))
    return numbers if ascending else None


def wrong(prefix: str, entry: Field[Any], value: Any) -> ConfigError:
    """Return the error that names the setting, its value and what is allowed."""
    shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:80] + " …"
    return ConfigError(f"{prefix}{entry.name} = {shown}: it must be {spoken(entry)}")


def spoken(entry: Field[Any]) -> str:
    """Say in words which values a setting may have."""
    allowed = entry.metadata["allowed"]
    match entry.default:
        case tuple():
            return f"a list of ascending numbers, each {allowed}"
        case float():
            return f"a number {allowed}"
        case bool():
            return "true or false"
        case int():
            return f"a whole number {allowed}"
    return " or ".join(allowed) if allowed else "a text of printable characters"


def written(value: Any) -> str:
    """Return a checked value as TOML.

    >>> written((0.1, 1e-6)), written(False), written("digits")
    ('[0.1, 1e-06]', 'false', '"digits"')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():  # it is printable: nothing else needs an escape
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case tuple():
            return f"[{', '.join(map(written, value))}]"
    return repr(value)


def parsed(entry: Field[Any], text: str) -> Any:
    """Return what a text from the command line says, in the type of the setting.

    The text itself where it says nothing of that type: then the check refuses it.
    """
    try:
        match entry.default:
            case bool():
                return {"true": True, "false": False}.get(text.lower(), text)
            case int():
                return int(text)
            case float():
                return float(text)
            case tuple():
                return tuple(map(float, text.strip("[]").split(",")))
    except ValueError:
        pass
    return text
