"""What is asked of the functions that draw a network's first weights.

There are no right weights, only a law: mean 0, a standard deviation that the shape or
the caller decides, and every weight drawn for itself from the generator that was
handed over. Where the contract leaves the law open (Xavier, He) every continuous and
symmetric one whose tails are no heavier than the normal one's is right;
``normal_init`` must be normal. The bands and their errors are in
:mod:`autograder.oracles.initialization_bands`. Orthogonal weights are asked about in
:mod:`autograder.checks.initialization_orthogonal`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder import statistics
from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_value_error
from autograder.mishaps import Mismatch
from autograder.oracles.initialization import (
    Array,
    Ask,
    Given,
    Scale,
    Shape,
    conv_shapes,
    dense_shapes,
    drawn,
    expect_double,
    expect_law,
    expect_mean_and_scale,
    expect_no_repeats,
    expect_random_shapes,
    expect_states_decide,
    fan_in,
    fresh,
    note,
)
from autograder.oracles.initialization_bands import (
    EACH,
    beyond,
    distance,
    gap_to_normal,
)
from autograder.oracles.initialization_dependence import (
    expect_calls_apart,
    expect_each_drawn,
)

# Fan-in ------------------------------------------------------------------------------

counted = Check.of("fan_in(shape) -> n", "initialization")

# All different, and no product of some is a product of others.
SIDES = (2, 3, 5, 7, 11, 13)


def _sides(exam: Exam, count: int) -> Shape:
    return tuple(int(side) for side in exam.rng.permutation(SIDES)[:count])


def _expect_counts(exam: Exam, shapes: list[Shape]) -> None:
    """Ask about all shapes, then judge: a mistake is told by all of its answers."""
    seen = []
    for shape in shapes:
        answer = exam.call(shape)
        seen.append((exam.asked, answer, shape))
    for exam.asked, answer, shape in seen:
        expect_close(answer, fan_in(shape), "n")


@counted.part("dense weights (n_in, n_out)")
def _(exam: Exam) -> None:
    large = int(exam.rng.integers(300, 9_000))
    # One taller than wide, one wider than tall: neither the larger nor the smaller.
    tall, wide = sorted(_sides(exam, 2))[::-1], sorted(_sides(exam, 2))
    _expect_counts(exam, [tuple(tall), tuple(wide), (1, large), (large + 2, 1)])


@counted.part("convolutional weights (F, C, HH, WW)")
def _(exam: Exam) -> None:
    one, other, third = _sides(exam, 3)
    shapes = [(one, other, 1, 1), (1, 1, one, other), (other, 1, third, one)]
    # The last has a fan-in of 1001, which is more than a byte can hold.
    _expect_counts(
        exam, [_sides(exam, 4), _sides(exam, 4), *shapes, (2, *_shuffled(exam))]
    )


def _shuffled(exam: Exam) -> Shape:
    return tuple(int(side) for side in exam.rng.permutation([7, 11, 13]))


@counted.manner("a shape of neither kind raises ValueError")
def _(exam: Exam) -> None:
    for axes in (1, 3, 5):
        why = f"a shape of {axes} {'axis' if axes == 1 else 'axes'} has no fan-in here"
        expect_value_error(exam, _sides(exam, axes), why=why)


# What all random weights are asked ---------------------------------------------------

SHAPE = "the weights are random and have the shape asked for"
EACH_DRAWN = "every weight is drawn for itself"
STATES = "the state of rng decides the weights, and nothing else"
DOUBLE = "the weights are float64"


def _ask_about_draws(check: Check, given: Given, scale: Scale, needs: str) -> None:
    """Add the parts that ask how weights are drawn."""

    @check.part(EACH_DRAWN, weight=2, needs=needs)
    def _(exam: Exam) -> None:
        expect_each_drawn(exam, _asking(given), scale)

    @check.part(STATES, weight=2, needs=SHAPE)
    def _(exam: Exam) -> None:
        expect_states_decide(exam, given, [(20, 30), (31, 8), (6, 4, 3, 5)])
        expect_calls_apart(exam, _asking(given), scale)

    @check.manner(DOUBLE)
    def _(exam: Exam) -> None:
        for shape in [(4, 3), (3, 2, 4, 5)]:
            expect_double(exam.call(*given(shape, fresh(exam))))


def _asking(given: Given) -> Ask:
    return lambda exam, shape, rng: exam.call(*given(shape, rng))


# Normal weights ----------------------------------------------------------------------

normal = Check.of("normal_init(shape, std, rng) -> w", "initialization")

TAIL = 3.0  # standard deviations
ZEROS = 60
STD = 0.37


def _normal_given(shape: Shape, rng: np.random.Generator) -> tuple[Shape, float, Any]:
    return shape, STD, rng


def _std(exam: Exam) -> float:
    """A standard deviation that is neither its own square nor its own root."""
    low, high = [(0.002, 0.04), (0.1, 0.5), (2.0, 9.0)][int(exam.rng.integers(3))]
    return round(float(exam.rng.uniform(low, high)), 4)


def _normal_cases(exam: Exam) -> list[tuple[Shape, float]]:
    dense, conv = dense_shapes(exam), conv_shapes(exam)
    ranges = [(3e-5, 4e-4), (2.0, 9.0), (0.1, 0.5), (20.0, 90.0)]
    stds = [float(f"{exam.rng.uniform(*edges):.4g}") for edges in ranges]
    return list(zip([*dense[:3], conv[0]], stds, strict=True))


@normal.part(SHAPE)
def _(exam: Exam) -> None:
    std = _std(exam)
    expect_random_shapes(exam, lambda exam, shape, rng: exam.call(shape, std, rng))


LAW = "the weights have mean 0 and standard deviation std"


@normal.part(LAW, weight=3, needs=SHAPE)
def _(exam: Exam) -> None:
    # n = 60 000 weights a call: a mean 0.053 std off 0 and a standard deviation 4.2 %
    # off are refused with probability at least 1 - 1e-9.
    seen = []
    for place, (shape, std) in enumerate(_normal_cases(exam)):
        w = _drawn_normal(exam, shape, std)
        note(exam, f"normal {place}", w, std)
        seen.append((exam.asked, std, w))
    for exam.asked, std, w in seen:  # judged once all is recorded
        expect_no_repeats(w)
        middle = statistics.mean(w.size, 0.0, 1.0, "mean weight", EACH)
        square = statistics.variance(w.size, 1.0, "variance", EACH)
        expect_mean_and_scale(w, std, "std", middle, square)


@normal.part("the weights are normal", weight=2, needs=LAW)
def _(exam: Exam) -> None:
    # n = 60 000 weights a call: a distribution function that is 0.028 off somewhere,
    # and a share beyond 3 std of 0.0005 or of 0.0064 in place of 0.0027, are refused
    # with probability at least 1 - 1e-9. Uniform weights are 0.057 off; of weights
    # truncated at 3 std none lie beyond. Even in single precision a weight is 0 with a
    # probability below 1e-6, so that 60 in a call are no chance; 0.2 % are refused.
    seen = []
    for shape, std in _normal_cases(exam)[:2]:
        z = _drawn_normal(exam, shape, std) / std
        gap, share = gap_to_normal(z), float((np.abs(z) > TAIL).mean())
        exam.measure("gap", gap, 7 * math.sqrt(2) * 0.5 / math.sqrt(z.size))
        spread = math.sqrt(max(share, beyond(TAIL)) / z.size)
        exam.measure("tail", share, 7 * math.sqrt(2) * spread)
        zeros = int((z == 0).sum())
        exam.observe("many zeros", zeros > ZEROS)
        seen.append((exam.asked, z.size, gap, share, zeros))
    for exam.asked, n, gap, share, zeros in seen:
        _expect_normal(n, gap, share)
        if zeros > ZEROS:
            raise Mismatch(
                f"{zeros} of {n} weights are exactly 0; a normal number never is"
            )


def _drawn_normal(exam: Exam, shape: Shape, std: float) -> Array:
    return drawn(exam, lambda exam, s, rng: exam.call(s, std, rng), shape)


def _expect_normal(n: int, gap: float, share: float) -> None:
    band = distance(n, "gap between the distributions")
    if gap not in band:
        raise Mismatch(
            "the weights are not normal with this standard deviation: their "
            f"distribution function is {gap:.3f} off the normal one at some place, and "
            f"at most {band.high:.3f} may be chance ({band.errors})"
        )
    tail = statistics.proportion(n, beyond(TAIL), "weights beyond 3 std", EACH)
    if share not in tail:
        raise Mismatch(
            f"a share {share:.5f} of {n} weights lies more than {TAIL:g} std from 0; "
            f"of normal weights between {tail.low:.5f} and {tail.high:.5f} do: draw "
            f"them without cutting off the tails ({tail.errors})"
        )


_ask_about_draws(normal, _normal_given, lambda _: STD, LAW)


@normal.manner("a standard deviation of 0 gives zeros, and a negative one ValueError")
def _(exam: Exam) -> None:
    expect_close(exam.call((3, 4), 0.0, fresh(exam)), np.zeros((3, 4)), "w")
    std = -_std(exam)
    why = f"a standard deviation is never negative, and {std} is"
    expect_value_error(exam, (3, 4), std, fresh(exam), why=why)


# Xavier and He -----------------------------------------------------------------------


def _given(shape: Shape, rng: np.random.Generator) -> tuple[Shape, Any]:
    return shape, rng


def _ask_about_scale(check: Check, numerator: float, rule: str) -> None:
    """Add the parts of weights whose variance is ``numerator`` / fan_in."""
    dense = f"dense weights have mean 0 and standard deviation {rule}"
    conv = f"convolutional weights have mean 0 and standard deviation {rule}"
    ask = _asking(_given)

    def scale(shape: Shape) -> float:
        return math.sqrt(numerator / fan_in(shape))

    @check.part(SHAPE)
    def _(exam: Exam) -> None:
        expect_random_shapes(exam, ask)

    @check.part(dense, weight=3, needs=SHAPE)
    def _(exam: Exam) -> None:
        expect_law(exam, ask, dense_shapes(exam), scale, rule)

    @check.part(conv, weight=3, needs=SHAPE)
    def _(exam: Exam) -> None:
        expect_law(exam, ask, conv_shapes(exam), scale, rule)

    _ask_about_draws(check, _given, scale, dense)


xavier = Check.of("xavier_init(shape, rng) -> w", "initialization")
he = Check.of("he_init(shape, rng) -> w", "initialization")
_ask_about_scale(xavier, 1.0, "√(1 / fan_in)")
_ask_about_scale(he, 2.0, "√(2 / fan_in)")
