"""What an examination finds: a verdict and its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from autograder.pictures import Picture


class Outcome(StrEnum):
    """How one aspect of an examination ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNTRIED = "untried"  # something that it rests on failed first


@dataclass(frozen=True)
class Part:
    """One aspect that was tried, with its own result.

    ``core`` parts decide whether a function passes; the others are manners.
    ``weight`` is the part's share among its kind.
    """

    name: str
    outcome: Outcome
    message: str = ""
    core: bool = True
    weight: float = 1.0
    picture: Picture | None = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Everything but the picture, as plain values."""
        return {
            "name": self.name,
            "outcome": str(self.outcome),
            "message": self.message,
            "core": self.core,
            "weight": self.weight,
        }


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake that behaves exactly like the function examined.

    ``name`` is the mistake's identifier, ``title`` says it in a line, ``hint``
    points to the remedy, ``see`` is the anchor in the book that explains it.
    ``also`` lists further known mistakes that behave the same on every input tried.
    """

    name: str
    title: str
    hint: str
    see: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The result of examining one function.

    ``passed`` holds when every core part holds. ``score`` lies in [0, 1]: the
    core parts' weighted share, of which manners are worth a tenth.
    ``seed`` repeats the examination with the same inputs.

    >>> v = Verdict("relu_forward", "gradients", (Part("values", Outcome.PASSED),))
    >>> v.passed, v.score
    (True, 1.0)
    >>> print(v)
    relu_forward: right
      + values
    """

    name: str
    topic: str
    parts: tuple[Part, ...]
    diagnosis: Diagnosis | None = None
    note: str = ""
    seed: int | None = None

    @property
    def passed(self) -> bool:
        """Every core part holds."""
        core = [part for part in self.parts if part.core]
        return bool(core) and all(p.outcome is Outcome.PASSED for p in core)

    @property
    def score(self) -> float:
        """Core share x (0.9 + 0.1 x manners share): manners never outweigh."""
        core = _share([part for part in self.parts if part.core], empty=0.0)
        manners = _share([part for part in self.parts if not part.core], empty=1.0)
        return round(core * (0.9 + 0.1 * manners), 6)

    @property
    def misconception(self) -> str | None:
        """The identifier of the known mistake this behaves like, if there is one."""
        return self.diagnosis.name if self.diagnosis else None

    @property
    def message(self) -> str:
        """What a learner should read first, in a few plain lines."""
        from autograder.rendering import message

        return message(self)

    def __str__(self) -> str:
        from autograder.rendering import plain

        return plain(self)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # What IPython shows where it cannot show the page below.
        printer.text(str(self))

    def _repr_html_(self) -> str:
        from autograder.rendering import html

        return html(self)

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain values, for machines."""
        return {
            "name": self.name,
            "topic": self.topic,
            "passed": self.passed,
            "score": self.score,
            "message": self.message,
            "misconception": self.misconception,
            "parts": [part.as_json() for part in self.parts],
            "seed": self.seed,
        }


def _share(parts: list[Part], empty: float) -> float:
    total = sum(part.weight for part in parts)
    won = sum(part.weight for part in parts if part.outcome is Outcome.PASSED)
    return won / total if total else empty


class CheckFailed(AssertionError):  # noqa: N818 - the contract's name
    """Raised by :func:`autograder.check` when a function does not pass."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = verdicts
        super().__init__("\n".join(verdict.message for verdict in verdicts))

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a stack trace through the grader.
        from autograder.rendering import instead_of_a_trace

        return instead_of_a_trace(self.verdicts)
