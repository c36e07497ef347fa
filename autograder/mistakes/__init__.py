"""Wrong implementations that people really write, and right ones that differ.

One module a topic. A mistake is a complete function; tests prove that the checks
refuse it and name it, and the grader names it when a submission behaves like it.
A right variant must pass, undiagnosed.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation of ``of``: what it is called and where it is explained.

    ``title`` names it in a line, ``hint`` points to the remedy without giving it
    away, ``see`` is an anchor in the book. ``partner`` is the forward function
    whose cache a wrong backward function reads.
    """

    of: str
    function: Function
    title: str
    hint: str
    see: str
    partner: Function | None = None

    @property
    def name(self) -> str:
        """The identifier: the function's own name."""
        return self.function.__name__


@dataclass(frozen=True)
class Variant:
    """A right implementation of ``of`` that differs from the obvious one."""

    of: str
    function: Function
    partner: Function | None = None

    @property
    def name(self) -> str:
        """The identifier: the function's own name."""
        return self.function.__name__


_MISTAKES: list[Mistake] = []
_VARIANTS: list[Variant] = []


def mistake(
    of: str, *, title: str, hint: str, see: str, partner: Function | None = None
) -> Callable[[F], F]:
    """Register the decorated function as a known mistake in ``of``."""

    def register(function: F) -> F:
        _MISTAKES.append(Mistake(of, function, title, hint, see, partner))
        return function

    return register


def variant(of: str, *, partner: Function | None = None) -> Callable[[F], F]:
    """Register the decorated function as a right variant of ``of``."""

    def register(function: F) -> F:
        _VARIANTS.append(Variant(of, function, partner))
        return function

    return register


def known_of(name: str, other: str) -> None:
    """Register for ``name`` all that is known of ``other``, which does the same."""
    _MISTAKES.extend([replace(m, of=name) for m in _MISTAKES if m.of == other])
    _VARIANTS.extend([replace(v, of=name) for v in _VARIANTS if v.of == other])


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def mistakes_of(name: str | None = None) -> list[Mistake]:
    """All known mistakes, or those in the function ``name``."""
    _load()
    return [m for m in _MISTAKES if name is None or m.of == name]


def variants_of(name: str | None = None) -> list[Variant]:
    """All right variants, or those of the function ``name``."""
    _load()
    return [v for v in _VARIANTS if name is None or v.of == name]
