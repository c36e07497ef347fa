"""What is asked of the project's last two decisions: reading curves, and choosing.

``read_curves`` does what ``diagnose`` of the tuning assignment does, by the same
rules, and is asked the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.checks.tuning_diagnose import reading
from autograder.comparing import same, type_of
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched, expect_value_error
from autograder.mishaps import Mismatch
from autograder.oracles.project import Question, answers
from autograder.oracles.tuning import Config

curves = Check.of("read_curves(history) -> label", "project")
curves.aspects.extend(reading.aspects)

chosen = Check.of("choose(trials) -> config", "project")

Trials = list[tuple[Config, list[float]]]
LAST = "the smallest loss after the last epoch"


def _config(rng: np.random.Generator) -> Config:
    rate, decay = 10 ** rng.uniform([-3, -6], [0, -2])
    return {"rate": float(f"{rate:.3g}"), "weight_decay": float(f"{decay:.3g}")}


def _falling(rng: np.random.Generator, last: float, epochs: int) -> list[float]:
    """Losses that fall to ``last``, with a little noise before it."""
    fall = last + rng.uniform(0.5, 1.5) * np.geomspace(1, 0.05, epochs)
    fall[:-1] += rng.uniform(0, 0.05, epochs - 1)
    fall[-1] = last
    return [float(loss) for loss in fall]


def _field(rng: np.random.Generator, count: int, epochs: int = 8) -> Trials:
    """Trials of falling losses, best first."""
    lasts = 0.4 + 0.1 * np.arange(count) + rng.uniform(0, 0.05, count)
    return [(_config(rng), _falling(rng, last, epochs)) for last in lasts.tolist()]


def _asked(rng: np.random.Generator, trials: Trials, best: int, why: str) -> Question:
    """The question for shuffled ``trials``, of which that at ``best`` is right."""
    mixed = [trials[int(i)] for i in rng.permutation(len(trials))]
    words = f"{len(trials)} trials of {len(trials[0][1])} epochs"
    return Question((mixed,), trials[best][0], why, words)


def _expect_choice(exam: Exam, questions: list[Question]) -> None:
    found = answers(exam, questions)
    for exam.asked, got, question in found:
        if not same(_plain(got), question.right):
            said = got if isinstance(got, dict) else type_of(got)
            raise Mismatch(
                f"returned {said}; expected {question.right}: {question.why}"
            )


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


@chosen.part(LAST, weight=2)
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for count in (4, 7, 2, 1):
        trials = _field(rng, count)
        why = f"its last loss is {trials[0][1][-1]:.3g}, and no other is lower"
        questions.append(_asked(rng, trials, 0, why))
    _expect_choice(exam, questions)


@chosen.part("the best epoch of a curve does not count", weight=2)
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for place in (3, 5, 2):
        trials = _field(rng, 6)
        for _, losses in trials[1:3]:  # lower for a while, and worse at the end
            losses[place : place + 2] = [0.3 * losses[-1]] * 2
        trials[3][1][0] = 0.02
        why = "other curves dip lower, and end higher"
        questions.append(_asked(rng, trials, 0, why))
    _expect_choice(exam, questions)


@chosen.part("neither does the mean of a curve")
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for _ in range(3):
        trials = _field(rng, 5)
        slow = [loss + 2.0 for loss in trials[0][1][:-1]]
        trials[0] = (trials[0][0], [*slow, trials[0][1][-1]])
        questions.append(_asked(rng, trials, 0, "it is the slowest, and ends lowest"))
    _expect_choice(exam, questions)


@chosen.part("a trial that diverged is never chosen", weight=2)
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for lost in (math.nan, math.inf, -math.inf):
        for place in (-1, 3):
            trials = _field(rng, 6)
            trials[0][1][place] = lost
            trials[1][1][-2:] = [lost, lost]
            why = f"of two others a loss became {lost} on the way"
            questions.append(_asked(rng, trials, 2, why))
    _expect_choice(exam, questions)


@chosen.manner("where all trials diverged it raises ValueError")
def _(exam: Exam) -> None:
    trials = [(_config(exam.rng), [2.0, math.nan]) for _ in range(3)]
    expect_value_error(exam, trials, why="all of the trials diverged")


@chosen.manner("the trials are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, _field(exam.rng, 4))
