"""Telling which known mistake a failed function behaves like.

The mistake is asked the very questions that the student's function was asked,
with the same inputs. Only one that answers alike in every core part is named.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograder.calling import LocalCallee
from autograder.exam import Check, Diverged, Exam, Observation, Signature
from autograder.mistakes import Mistake, mistakes_of
from autograder.verdict import Diagnosis

_HOPELESS = {"timeout", "died", "output", "NotImplementedError"}


def diagnose(
    check: Check,
    signatures: Mapping[str, Signature],
    seed: int,
    observations: list[Observation],
) -> Diagnosis | None:
    """The known mistake that gives the same ``observations``, or None."""
    if not observations or any(
        isinstance(seen.value, str) and seen.value in _HOPELESS for seen in observations
    ):
        return None
    alike = [
        mistake
        for mistake in mistakes_of(check.name)
        if _behaves_like(mistake, check, signatures, seed, observations)
    ]
    if not alike:
        return None
    first, *others = alike
    return Diagnosis(
        first.name,
        first.title,
        first.hint,
        first.see,
        also=tuple(mistake.title for mistake in others),
    )


def _behaves_like(
    mistake: Mistake,
    check: Check,
    signatures: Mapping[str, Signature],
    seed: int,
    observations: list[Observation],
) -> bool:
    callees = {check.name: LocalCallee(mistake.function)}
    if check.forward is not None:
        assert mistake.partner is not None, f"{mistake.name} needs a forward partner"
        callees[check.forward] = LocalCallee(mistake.partner)
    exam = Exam(check, callees, signatures, seed, expected=observations)
    try:
        exam.run(core_only=True)
    except Diverged:
        return False
    return len(exam.observations) == len(observations)
