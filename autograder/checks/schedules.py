"""What is asked of the schedules that give a rate for a step.

Each is asked at single steps, given as numbers of several kinds, and at whole arrays
of steps. Every rate is compared relative to itself, not to the largest in its array:
late in a schedule the right rate is small. What is built of schedules, warm-up and
plateau, is asked about in :mod:`autograder.checks.schedules_warmup` and
:mod:`autograder.checks.schedules_plateau`, the smooth curves in
:mod:`autograder.checks.schedules_decays`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import hinting
from autograder.oracles import schedules as oracle
from autograder.oracles.schedules import (
    KINDS,
    Array,
    Case,
    Cases,
    Rate,
    arrays_of,
    at_each,
    drawn,
    drawn_rate,
)

ARRAYS = "arrays of steps, of any shape"


@dataclass(frozen=True)
class Group:
    """Cases that one part of a check asks about."""

    title: str
    cases: Cases
    hint: str
    weight: float = 1.0
    needs: str | None = None


def expect_rates(answer: Any, expected: Array) -> None:
    """Raise unless each rate is right to within a share of itself."""
    expect_close(answer, expected, "the rate")
    got = number_array(answer, "the rate")
    for index, right in np.ndenumerate(expected):
        place = f"[{', '.join(map(str, index))}]"
        expect_close(got[index], float(right), f"the rate{place}")


def schedule(parameters: str, rate: Rate, *groups: Group) -> Check:
    """The check of a schedule; the cases of its first group are asked as arrays too."""
    check = Check.of(f"{rate.__name__}({parameters}) -> rate", "schedules")
    for group in groups:
        asked = single_steps(rate, group)
        check.part(group.title, weight=group.weight, needs=group.needs)(asked)
    check.part(ARRAYS, weight=2)(_arrays(rate, groups[0].cases))

    @check.manner("a single step gives a single number")
    def _(exam: Exam) -> None:
        case = groups[0].cases(exam.rng)[0]
        answer = exam.call(case.steps[0], *case.parameters)
        expect_shape(number_array(answer, "the rate"), (), "the rate")

    @check.manner("arguments are left as they were")
    def _(exam: Exam) -> None:
        case = groups[0].cases(exam.rng)[0]
        expect_untouched(exam, np.array(case.steps), *case.parameters)

    return check


def single_steps(rate: Rate, group: Group) -> Callable[[Exam], None]:
    """Ask for one step at a time, as an int, a float and a NumPy integer in turn."""

    def ask(exam: Exam) -> None:
        for case in group.cases(exam.rng):
            for place, t in enumerate(case.steps):
                kind = KINDS[place % len(KINDS)]
                answer = exam.call(kind(t), *case.parameters)
                with hinting(group.hint):
                    right = rate(t, *case.parameters)
                    expect_close(answer, right, "the rate", loose_shape=True)

    return ask


def _arrays(rate: Rate, cases: Cases) -> Callable[[Exam], None]:
    def ask(exam: Exam) -> None:
        for case in cases(exam.rng)[-2:]:
            for t in arrays_of(exam.rng, case):
                answer = exam.call(t, *case.parameters)
                with hinting("An array of steps wants a rate for each, in its shape"):
                    expect_rates(answer, at_each(rate, t, *case.parameters))

    return ask


# No change --------------------------------------------------------------------------


def _constant(rng: np.random.Generator) -> list[Case]:
    return [
        Case((drawn_rate(rng),), (0, 9, 1, 700)),
        Case((0.01,), (5,)),
        Case((3e-6,), (7, 1, 12)),
        Case((drawn_rate(rng),), (3, 0, 100_000, 1)),
        Case((0.7,), (50, 0, 2)),
    ]


fixed = Check.of("fixed(t, base_lr) -> rate", "schedules")
fixed.part("single steps", weight=2)(
    single_steps(
        oracle.fixed, Group("", _constant, "The step changes nothing, base_lr does")
    )
)


@fixed.part(ARRAYS)
def _(exam: Exam) -> None:
    for case in _constant(exam.rng)[-2:]:
        for t in arrays_of(exam.rng, case):
            answer = exam.call(t, *case.parameters)
            rates = number_array(answer, "the rate")
            # One number stands for all of them; a manners part speaks of that.
            if rates.shape == ():
                rates = np.full(t.shape, rates)
            with hinting("Whole steps are integers, and a rate is not"):
                expect_close(
                    rates, at_each(oracle.fixed, t, *case.parameters), "the rate"
                )


@fixed.manner("an array of steps gives an array of rates")
def _(exam: Exam) -> None:
    for t in arrays_of(exam.rng, Case((), range(5))):
        rate = number_array(exam.call(t, 0.3), "the rate")
        with hinting("All the other schedules do: then any can take another's place"):
            expect_shape(rate, t.shape, "the rate")


@fixed.manner("a single step gives a single number")
def _(exam: Exam) -> None:
    rate = number_array(exam.call(3, 0.3), "the rate")
    expect_shape(rate, (), "the rate")


@fixed.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, np.arange(4), 0.3)


# Steps ------------------------------------------------------------------------------


def _between_drops(rng: np.random.Generator) -> list[Case]:
    size = int(rng.integers(5, 40))
    within = [int(k * size + rng.integers(1, size - 1)) for k in (3, 0, 2, 1, 5)]
    slow = (drawn_rate(rng), drawn(rng, 0.3, 0.9), 1000)
    return [
        Case((0.1, 0.5, 10), (12, 35, 4, 58, 14)),
        Case((3e-5, 0.1, 4), (6, 2, 14)),
        Case((0.02, 1.5, 6), (8, 15)),
        Case((0.1, 0.8, 3), (100, 46)),
        Case(slow, (0, 7, 640, 1200)),
        Case((drawn_rate(rng), drawn(rng, 0.3, 0.9), size), within),
    ]


def _at_drops(rng: np.random.Generator) -> list[Case]:
    size = int(rng.integers(4, 30))
    return [
        Case((0.1, 0.5, 10), (10, 9, 11, 30, 29, 31)),
        Case((0.4, 0.9, 1), (1, 0, 2, 7)),
        Case((drawn_rate(rng), 0.7, size), (size, size - 1, 4 * size, 4 * size - 1)),
    ]


step = schedule(
    "t, base_lr, gamma, step_size",
    oracle.step,
    Group(
        "between two drops",
        _between_drops,
        "How many whole step_sizes lie behind this step? Each cost one factor gamma",
        weight=2,
    ),
    Group(
        "at a drop, just before and just after it",
        _at_drops,
        "The new rate is in force at t = step_size itself, not a step earlier or later",
    ),
)

EXAMPLE = [5000, 7000, 8000, 9000, 9500]  # of the source documents


def _between_milestones(rng: np.random.Generator) -> list[Case]:
    milestones = [int(m) for m in 2 + np.cumsum(rng.integers(4, 30, 4))]
    steps = [milestones[-1] + 500, *(1 + m for m in milestones[::-1]), 1]
    return [
        Case((0.01, 0.9, EXAMPLE), (6000, 100, 8500, 9700, 7300)),
        Case((3e-5, 0.1, [3, 60]), (30, 1, 75)),
        Case((0.5, 0.3, [7]), (4, 11)),
        Case((0.2, 1.5, [2, 4, 6, 20, 50, 54]), (10, 60)),
        Case((drawn_rate(rng), drawn(rng, 0.3, 0.9), milestones), steps),
    ]


def _at_milestones(rng: np.random.Generator) -> list[Case]:
    first, second = int(rng.integers(3, 9)), int(rng.integers(12, 40))
    around = (first, first - 1, second, second - 1, second + 1)
    return [
        Case((0.01, 0.9, EXAMPLE), (5000, 4999, 9500, 9499)),
        Case((drawn_rate(rng), 0.6, [first, second]), around),
    ]


multistep = schedule(
    "t, base_lr, gamma, milestones",
    oracle.multistep,
    Group(
        "between two milestones",
        _between_milestones,
        "Each milestone that lies behind cost one factor gamma",
        weight=2,
    ),
    Group(
        "at a milestone, just before and just after it",
        _at_milestones,
        "The drop is in force at t = milestone itself, not a step earlier or later",
    ),
    Group(
        "no milestones at all",
        lambda rng: [Case((drawn_rate(rng), 0.5, []), (0, 7, 900))],
        "An empty list has no drop",
        weight=0.5,
        needs="between two milestones",
    ),
)
