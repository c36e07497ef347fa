"""The checks, one module a topic: what is asked of each function, and why.

A module holds :class:`autograder.exam.Check` objects at its top level.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from autograder.exam import Check


@cache
def all_checks() -> dict[str, Check]:
    """Every check by its function's name."""
    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(__path__):
        contents = vars(importlib.import_module(f"{__name__}.{module.name}"))
        found |= {c.name: c for c in contents.values() if isinstance(c, Check)}
    return found
