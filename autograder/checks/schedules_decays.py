"""What is asked of the schedules that change at every step, along a curve.

Away from the end of a curve: there the share that remains is a small difference of
large numbers, and single precision would be charged for it.
"""

from __future__ import annotations

import numpy as np

from autograder.checks.schedules import Group, schedule
from autograder.comparing import expect_close
from autograder.exam import Exam
from autograder.mishaps import hinting
from autograder.oracles import schedules as oracle
from autograder.oracles.schedules import (
    Case,
    Cases,
    at_each,
    drawn,
    drawn_rate,
    early,
)


def _powers(rng: np.random.Generator) -> list[Case]:
    steps = [int(t) for t in rng.permutation(np.arange(1, 30))[:4]]
    return [
        Case((0.1, 0.5), (3, 0, 1, 2, 8)),
        Case((3e-5, 0.3), (2, 4, 0)),
        Case((0.001, 1.2), (5, 12)),
        Case((2.0, 0.8), (2, 7, 21)),
        Case((3e-5, 0.9), (120, 64, 33)),
        Case((drawn_rate(rng), drawn(rng, 0.75, 0.95)), (*steps, 0)),
    ]


exponential = schedule(
    "t, base_lr, gamma",
    oracle.exponential,
    Group("single steps", _powers, "Each step costs one factor gamma", weight=3),
)


def _inverses(rng: np.random.Generator) -> list[Case]:
    steps = [int(t) for t in rng.integers(1, 500, 4)]
    gamma, power = drawn(rng, 0.02, 0.9), drawn(rng, 0.3, 2.5)
    return [
        Case((0.1, 0.5, 1.0), (2, 0, 1, 8)),
        Case((0.01, 0.0001, 0.75), (20_000, 5_000)),
        Case((3e-5, 0.5, 2), (3, 6, 1)),
        Case((0.6, 2.5, 0.5), (4, 1, 10)),
        Case((drawn_rate(rng), gamma, power), (*steps, 0)),
    ]


inverse = schedule(
    "t, base_lr, gamma, power",
    oracle.inverse,
    Group(
        "single steps",
        _inverses,
        "At t = 0 the rate is base_lr; then 1 + gamma t grows, and the rate falls",
        weight=3,
    ),
)


def _polynomials(rng: np.random.Generator) -> list[Case]:
    total = int(rng.integers(20, 400))
    return [
        Case((0.1, 2, 10), (5, 1, 8, 0)),
        Case((0.3, 0.5, 64), (48, 16, 32)),
        Case((3e-5, 3, 40), (20, 10, 7)),
        Case((0.8, 1, 30), (6, 21)),
        Case((drawn_rate(rng), drawn(rng, 1.1, 2.5), total), (*early(rng, total), 0)),
    ]


polynomial = schedule(
    "t, base_lr, power, total",
    oracle.polynomial,
    Group(
        "single steps",
        _polynomials,
        "1 - t / total is the share of the steps that remains; power bends the curve",
        weight=3,
    ),
    Group(
        "the first and the last step",
        lambda rng: [
            Case((0.3, 2, 10), (10, 0)),
            Case((drawn_rate(rng) + 0.05, 1.5, int(rng.integers(20, 90))), (0,)),
            Case((0.7, 3, 64), (64,)),
        ],
        "The curve begins at base_lr and ends at 0, at t = total",
        weight=0.5,
        needs="single steps",
    ),
)


def _lines(rng: np.random.Generator) -> list[Case]:
    total = int(rng.integers(20, 400))
    return [
        Case((0.1, 10), (5, 1, 8, 0)),
        Case((3e-5, 40), (20, 10, 7)),
        Case((0.8, 3), (1, 2)),
        Case((drawn_rate(rng), total), (*early(rng, total), 0)),
    ]


def _ends(rng: np.random.Generator) -> list[Case]:
    total = int(rng.integers(20, 400))
    return [
        Case((0.3, 10), (10, 0)),
        Case((0.5, 1), (1, 0)),
        Case((drawn_rate(rng) + 0.05, total), (total, 0)),
    ]


linear = schedule(
    "t, base_lr, total",
    oracle.linear,
    Group(
        "single steps",
        _lines,
        "The rate is proportional to the share of the steps that remains",
        weight=3,
    ),
    Group(
        "the first and the last step",
        _ends,
        "The line begins at base_lr and ends at 0, at t = total",
        weight=0.5,
        needs="single steps",
    ),
)

cosine = schedule(
    "t, base_lr, total",
    oracle.cosine,
    Group(
        "single steps",
        _lines,
        "Half a period, in radians: from the top at t = 0 to the bottom at t = total",
        weight=3,
    ),
    Group(
        "the first and the last step",
        _ends,
        "The curve begins at base_lr and ends at 0, at t = total",
        weight=0.5,
        needs="single steps",
    ),
)


def _sigmoids(sign: int) -> Cases:
    def cases(rng: np.random.Generator) -> list[Case]:
        gamma, middle = sign * drawn(rng, 0.05, 0.2), int(rng.integers(20, 60))
        steps = [int(middle + t) for t in rng.permutation(np.arange(-18, 19))[:4]]
        return [
            Case((0.1, 0.5 * sign, 6), (4, 0, 6, 9, 12)),
            Case((3e-5, 0.05 * sign, 30), (50, 7, 21)),
            Case((0.9, 1.5 * sign, 3), (2, 5)),
            Case((drawn_rate(rng), gamma, middle), (*steps, middle)),
        ]

    return cases


def _far_out(rng: np.random.Generator) -> list[Case]:
    middle = int(rng.integers(3000, 6000))
    return [
        Case((0.3, -0.5, 5000), (10_000, 0, 7000)),
        Case((0.3, 0.5, 5000), (0, 10_000, 3000)),
        Case((drawn_rate(rng), -0.9, middle), (9000, 0)),
    ]


sigmoid = schedule(
    "t, base_lr, gamma, step_size",
    oracle.sigmoid,
    Group(
        "falling: gamma below 0",
        _sigmoids(-1),
        "At t = step_size the rate is half of base_lr; look at the signs on both sides",
        weight=2,
    ),
    Group(
        "rising: gamma above 0",
        _sigmoids(1),
        "The same formula: gamma's sign turns the curve round",
    ),
    Group(
        "far from the middle",
        _far_out,
        "1 / (1 + infinity) is 0, but infinity / infinity is no number",
        needs="falling: gamma below 0",
    ),
)


@sigmoid.part("far from the middle, in an array", needs="far from the middle")
def _(exam: Exam) -> None:
    for case in _far_out(exam.rng):
        t = np.array(case.steps)
        with hinting("The rate must stay a number at every step of the array"):
            expected = at_each(oracle.sigmoid, t, *case.parameters)
            expect_close(exam.call(t, *case.parameters), expected, "the rate")


def _roots(rng: np.random.Generator) -> list[Case]:
    return [
        Case((0.1,), (3, 0, 1, 8)),
        Case((3e-5,), (15, 2)),
        Case((drawn_rate(rng),), (*(int(t) for t in rng.integers(1, 9000, 4)), 0)),
        Case((0.7,), (0, 99, 24)),
    ]


inverse_sqrt = schedule(
    "t, base_lr",
    oracle.inverse_sqrt,
    Group(
        "single steps",
        _roots,
        "Under the root stands t + 1, so that the first rate is base_lr",
        weight=3,
    ),
)
