"""What cannot be: a statement about a ledger that no run can have written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.project.ledger import Run


@dataclass(frozen=True)
class Contradiction:
    """Two places of a run directory that exclude each other.

    ``name`` is short and stable, ``step`` the step of the recipe that it concerns,
    ``line`` the ledger's. It says nothing about how it came about: an edited file, an
    engine that was changed, or a fault of the course. That is for a person to ask.
    """

    name: str
    step: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{self.name}{where}: {self.message}"

    def as_json(self) -> dict[str, str | int | None]:
        """The contradiction as plain values."""
        return {
            "name": self.name,
            "step": self.step,
            "line": self.line,
            "message": self.message,
        }


Look = Callable[[Run], Iterator[Contradiction]]
