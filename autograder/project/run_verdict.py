"""The verdict on a run, as a notebook shows it: a part for each step, with its points.

A run earns its points by halves, so that its score is no count of the parts that
passed: it is the share of the steps' points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.project.audit import RESULT, STEPS
from autograder.project.evidence import NOT_RUN
from autograder.project.scoring import Report, StepResult
from autograder.verdict import Outcome, Part, Verdict

HELD = "held back until a person has asked, for statements exclude each other"


# IPython prefers a __repr__ of the class's own to the text that it inherits.
@dataclass(frozen=True, repr=False)
class RunVerdict(Verdict):
    """What was found out about a run.

    ``share`` of its points was earned; ``lacks`` says in a line what the rest would
    take, or what was not looked at.
    """

    share: float = 0.0
    lacks: str = ""

    @property
    def passed(self) -> bool:
        """Every step that was looked at is complete."""
        return all(part.outcome is not Outcome.FAILED for part in self.parts)

    @property
    def score(self) -> float:
        """The share of the steps' points."""
        return round(self.share, 6)

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain values, for machines."""
        return {**super().as_json(), "lacks": self.lacks}


def verdict_on(report: Report) -> RunVerdict:
    """The verdict that a report comes to."""
    counted = (
        f"The steps have {report.possible:g} points in all, of which this run has "
        f"{report.points:g}; its cell gives the same share of its own."
    )
    return RunVerdict(
        report.name,
        "project",
        tuple(_part(step, report) for step in report.steps),
        note=" ".join([counted, *(_sentence(note) for note in report.notes)]),
        share=report.points / report.possible,
        lacks=_lacks(report),
    )


def unreadable(name: str, reason: str) -> RunVerdict:
    """The verdict on a run of which nothing can be read, for a ``reason``."""
    parts = [Part("it can be read", Outcome.FAILED, reason)]
    parts += [
        Part(f"{step.title}: 0 of {step.possible:g} points", Outcome.UNTRIED)
        for step in (*STEPS, RESULT)
    ]
    return RunVerdict(name, "project", tuple(parts), lacks=reason)


def _part(step: StepResult, report: Report) -> Part:
    """A step as a part of the verdict."""
    if not step.tried:
        said = step.verdict.parts[0].message
        return Part(step.title, Outcome.UNTRIED, said)
    complete = step.verdict.passed and not step.held
    found = [str(one) for one in report.contradictions if one.step == step.name]
    said = "; ".join(f"{one.name}: {one.message}" for one in _failed(step))
    if found:
        said = f"{HELD}: {'; '.join(found)}"
    return Part(
        f"{step.title}: {step.points:g} of {step.possible:g} points",
        Outcome.PASSED if complete else Outcome.FAILED,
        "" if complete else said,
    )


def _lacks(report: Report) -> str:
    """In a line, what the run lacks."""
    said = []
    not_run = [step.title for step in report.steps if _was_not_run(step)]
    if not_run:
        said.append(f"not run: {', '.join(not_run)}")
    for step in report.steps:
        if step.held:
            names = dict.fromkeys(
                one.name for one in report.contradictions if one.step == step.name
            )
            said.append(f"{step.title} held back ({', '.join(names)})")
        elif not step.tried:
            said.append(f"{step.title}: {step.verdict.parts[0].message}")
        elif _failed(step) and not _was_not_run(step):
            names = dict.fromkeys(one.name for one in _failed(step))
            said.append(f"{step.title} not complete ({'; '.join(names)})")
    return "; ".join(said)


def _failed(step: StepResult) -> list[Part]:
    return [one for one in step.verdict.parts if one.outcome is Outcome.FAILED]


def _was_not_run(step: StepResult) -> bool:
    return [one.name for one in step.verdict.parts] == [NOT_RUN]


def _sentence(note: str) -> str:
    """A note as a sentence of its own.

    >>> _sentence("the last line has no end")
    'The last line has no end.'
    """
    return note[:1].upper() + note[1:] + ("" if note.endswith((".", "?")) else ".")
