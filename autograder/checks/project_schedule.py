"""What is asked of the project's ``learning_rate``: a warm-up, and then a decay.

The warm-up takes a share of all steps that is a whole number of them, but for less
than a third of a step: however it is rounded to the nearest, it is the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.mishaps import Mishap, Mismatch, hinting
from autograder.oracles.project import Question, answers, rates_of_a_run
from autograder.oracles.tuning import as_number

rate = Check.of("learning_rate(step, steps, peak, warmup, decay) -> rate", "project")


class Run(NamedTuple):
    """How long a run is, its warm-up in steps, its decay and its largest rate."""

    steps: int
    warm: int
    decay: str
    peak: float

    def question(self, step: int, share: float) -> Question:
        """What is the rate at ``step``, if the warm-up takes ``share`` of all steps?"""
        right = rates_of_a_run(self.steps, self.peak, self.warm, self.decay)[step]
        return Question((step, self.steps, self.peak, share, self.decay), right)


def _run(rng: np.random.Generator, decay: str, warm: bool = True) -> Run:
    steps = int(rng.integers(30, 900))
    count = int(rng.uniform(0.1, 0.4) * steps) if warm else 0
    return Run(steps, max(count, 3) if warm else 0, decay, _peak(rng))


def _peak(rng: np.random.Generator) -> float:
    return float(f"{10 ** rng.uniform(-3, 0.5):.3g}")


def _expect_rates(exam: Exam, runs: dict[Run, list[int]], hint: str) -> None:
    questions = []
    for run, steps in runs.items():
        off = float(exam.rng.uniform(-0.3, 0.3)) if run.warm else 0.0
        share = (run.warm + off) / run.steps
        questions += [run.question(step, share) for step in steps]
    found = answers(exam, questions)
    for exam.asked, got, question in found:
        with hinting(hint):
            expect_close(as_number(got, "the rate"), question.right, "the rate")


RISE = "the warm-up: from a first share of the peak in equal shares up to it"


@rate.part(RISE, weight=2)
def _(exam: Exam) -> None:
    runs = {}
    for decay in ("linear", "cosine", "fixed"):
        run = _run(exam.rng, decay)
        middle = exam.rng.integers(1, run.warm - 1, 2).tolist()
        runs[run] = [0, *middle, run.warm - 1]
    hint = "With W steps of warm-up, step 0 has peak / W and step W - 1 has the peak"
    _expect_rates(exam, runs, hint)


@rate.part("then the decay, which counts from the end of the warm-up", weight=3)
def _(exam: Exam) -> None:
    runs = {}
    for decay in ("linear", "cosine", "polynomial"):
        run = _run(exam.rng, decay)
        later = exam.rng.integers(run.warm + 1, run.steps - 1, 3).tolist()
        runs[run] = [run.warm, *later, run.steps - 1]
    hint = "The decay begins at 0 where the warm-up ends, and has the steps left"
    _expect_rates(exam, runs, hint)


@rate.part("the decay that is named")
def _(exam: Exam) -> None:
    length = int(exam.rng.integers(60, 300))
    warm, peak = int(exam.rng.integers(5, 20)), _peak(exam.rng)
    step = int(exam.rng.integers(length // 2, length - 9))
    names = exam.rng.permutation(["linear", "cosine", "polynomial", "fixed"])
    runs = {Run(length, warm, str(decay), peak): [step] for decay in names}
    _expect_rates(exam, runs, "Each name in DECAYS has a function of its own")


@rate.part("no warm-up", weight=2)
def _(exam: Exam) -> None:
    runs = {}
    for decay in ("linear", "cosine"):
        run = _run(exam.rng, decay, warm=False)
        later = exam.rng.integers(1, run.steps - 1, 2).tolist()
        runs[run] = [0, *later, run.steps - 1]
    _expect_rates(exam, runs, "With a share of 0 the run begins at its peak")


@rate.manner("a warm-up is rounded to the nearest number of steps")
def _(exam: Exam) -> None:
    runs = {}
    for warm in (1, 2, int(exam.rng.integers(3, 20))):
        run = Run(10 * warm + int(exam.rng.integers(5, 40)), warm, "linear", 1.0)
        runs[run] = [0, warm - 1, warm, run.steps - 1]
    for off in (-0.4, 0.4):
        questions = [
            run.question(step, (run.warm + off) / run.steps)
            for run, steps in runs.items()
            for step in steps
        ]
        found = answers(exam, questions)
        for exam.asked, got, question in found:
            expect_close(as_number(got, "the rate"), question.right, "the rate")


@rate.manner("an unknown name raises an error")
def _(exam: Exam) -> None:
    for step in (0, 50):
        try:
            exam.call(step, 100, 0.1, 0.1, "no such decay")
        except Mishap as mishap:
            if mishap.kind not in {"KeyError", "ValueError"}:
                raise
        else:
            raise Mismatch(
                "returned a rate; expected an error: DECAYS has no such name"
            )
