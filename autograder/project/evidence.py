"""One piece of evidence of a step, as a part of its verdict."""

from __future__ import annotations

from autograder.verdict import Outcome, Part

NOT_RUN = "the step was run"  # the part that stands for a step without a decision


def part(name: str, right: bool, said: str, weight: float = 1.0) -> Part:
    """One piece of evidence, with the figures that it rests on."""
    return Part(name, Outcome.PASSED if right else Outcome.FAILED, said, weight=weight)


def missing(step: str) -> Part:
    """What stands for a step that was not run to its decision."""
    text = f"the ledger holds no decision of {step}: run `python -m project {step}`"
    return Part(NOT_RUN, Outcome.FAILED, text)
