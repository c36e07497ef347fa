"""Defective implementations of just the size that a check declares it detects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Defect:
    """A random kernel ``of`` with a flaw of the smallest size that must be refused.

    ``size`` says how large the flaw is, in the words of the check; ``partner`` is the
    forward function of a backward one.
    """

    of: str
    title: str
    function: Callable[..., Any]
    size: str
    partner: Callable[..., Any] | None = None
