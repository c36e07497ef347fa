"""Asking for random weights, reading them, and judging their mean and their scale.

Weights are never compared with right ones: there are none. A call is judged by its
mean, by its mean square, which tells √(1/fan_in) from all its relatives, and by what
the state of the generator makes of it. The bands are those of
:mod:`autograder.oracles.initialization_bands`; whether one weight knows of another
is asked in :mod:`autograder.oracles.initialization_dependence`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.comparing import expect_shape, number_array
from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.oracles.generators import expect_moved_on, two_in_a_row
from autograder.oracles.initialization_bands import mean, mean_square
from autograder.statistics import Band, grouped

Array = NDArray[np.float64]
Shape = tuple[int, ...]
Ask = Callable[[Exam, Shape, np.random.Generator], Any]  # calls the function
Given = Callable[[Shape, np.random.Generator], tuple[Any, ...]]  # its arguments
Scale = Callable[[Shape], float]  # the right standard deviation

WEIGHTS = 60_000  # at least, in every call whose law is judged


# What to ask for ---------------------------------------------------------------------


def fan_in(shape: Shape) -> int:
    """How many inputs feed one unit: (n_in, n_out), or (F, C, HH, WW).

    >>> fan_in((3, 5)), fan_in((2, 3, 5, 7))
    (3, 105)
    """
    return shape[0] if len(shape) == 2 else shape[1] * shape[2] * shape[3]


def fresh(exam: Exam) -> np.random.Generator:
    """A generator in a state of its own, as the student's function gets it."""
    return np.random.default_rng(int(exam.rng.integers(2**32)))


def _filled(exam: Exam, others: int) -> int:
    """A length that makes ``WEIGHTS`` weights or a few more."""
    return math.ceil(WEIGHTS / others) + int(exam.rng.integers(1, 9))


def dense_shapes(exam: Exam) -> list[Shape]:
    """Few inputs, few outputs, one input, and a number of each."""
    few = [int(k) for k in exam.rng.integers(3, 9, 2)]
    middle = int(exam.rng.integers(130, 150))
    return [
        (few[0], _filled(exam, few[0])),
        (_filled(exam, few[1]), few[1]),
        (1, _filled(exam, 1)),
        (middle, _filled(exam, middle)),
    ]


def conv_shapes(exam: Exam) -> list[Shape]:
    """Few filters, few channels, windows of one pixel and windows wide and tall.

    Every two of F, C, HH, WW and their products differ by a third in some of them.
    """
    few, channels = int(exam.rng.integers(4, 8)), int(exam.rng.integers(2, 4))
    many, short, long = int(exam.rng.integers(90, 110)), 3, int(exam.rng.integers(5, 8))
    return [
        (few, _filled(exam, few * short * long), short, long),
        (_filled(exam, channels * short * long), channels, long, short),
        (_filled(exam, many), many, 1, 1),
        (_filled(exam, 2 * long), 1, 2, long),
    ]


def small_shapes(exam: Exam) -> list[Shape]:
    """Matrices of few weights, a single one first and again."""
    a, b, c = (int(k) for k in exam.rng.permutation([2, 3, 4]))
    return [(1, 1), (1, 1), (1, a + 4), (b + 4, 1), (a, b + 3), (c + 3, c)]


# Reading -----------------------------------------------------------------------------


def read(exam: Exam, value: Any, shape: Shape) -> Array:
    """``value`` as finite weights of ``shape``, or a :class:`Mismatch`."""
    try:
        w = number_array(value, "w")
        expect_shape(w, shape, "w")
        if not np.isfinite(w).all():
            raise Mismatch("w holds NaN or infinite values")
    except Mismatch as mismatch:
        exam.observe("unread", mismatch.message)
        raise
    return w.astype(np.float64)


def drawn(exam: Exam, ask: Ask, shape: Shape) -> Array:
    """Weights of ``shape`` from a fresh state; the part measures them itself."""
    exam.by_hand = True
    return read(exam, ask(exam, shape, fresh(exam)), shape)


def note(exam: Exam, label: str, w: Array, scale: float) -> None:
    """Record mean, scale and repetitions, for telling mistakes apart."""
    z = w / scale
    exam.observe(f"{label}: repeats", repeats(w))
    exam.observe(f"{label}: of one sign", bool((w > 0).all() or (w < 0).all()))
    exam.measure(f"{label}: mean", float(z.mean()), uncertainty(z))
    exam.measure(f"{label}: mean square", float((z * z).mean()), uncertainty(z * z))


def repeats(w: Array) -> list[int]:
    """The axes along which the weights are the same everywhere (length 1: none).

    >>> repeats(np.array([[1.0, 2.0], [1.0, 2.0]]))
    [0]
    """
    return [
        axis
        for axis in range(w.ndim)
        if w.shape[axis] > 1 and bool(np.all(w == w.take([0], axis)))
    ]


def uncertainty(values: Array) -> float:
    """Seven standard deviations of the difference of two such means.

    Weights that share a draw count once: the spread is estimated from every way to
    group them by a set of axes, and the largest counts.
    """
    errors = [float(values.std()) / math.sqrt(values.size)]
    axes = range(values.ndim)
    for size in range(1, values.ndim):
        for inner in itertools.combinations(axes, size):
            means = values.mean(axis=inner)
            if means.size > 2:
                errors.append(float(means.std()) / math.sqrt(means.size))
    return 7 * math.sqrt(2) * max(errors)


# Judging -----------------------------------------------------------------------------

DENSE = ("input", "output")
CONV = ("filter", "channel", "row", "column")


def expect_no_repeats(w: Array) -> None:
    """Raise a :class:`Mismatch` if a whole axis shares its draws.

    No band holds for such weights: there are fewer draws than weights.
    """
    names = DENSE if w.ndim == 2 else CONV
    for axis in repeats(w):
        raise Mismatch(
            f"the weights are the same for every {names[axis]}; "
            "each weight needs a draw of its own"
        )


def expect_mean_and_scale(
    w: Array, scale: float, rule: str, middle: Band, square: Band
) -> None:
    """Raise a :class:`Mismatch` unless the weights have mean 0 and the right scale.

    The bands are those of the mean and the mean square in units of ``scale``. Of
    weights that fail both, the message speaks of what is farther off.
    """
    z = w / scale
    average, power = float(z.mean()), float((z * z).mean())
    n = grouped(w.size)
    centered = average in middle or abs(average) < math.sqrt(power) / 4
    if power not in square and centered:
        size, low, high = (math.sqrt(x) for x in (power, square.low, square.high))
        raise Mismatch(
            f"the standard deviation of {n} weights is {size * scale:.4g}, "
            f"{size:.3g} times the right one; it must lie between {low * scale:.4g} "
            f"and {high * scale:.4g}, since {rule} = {scale:.4g} (false alarm "
            f"{square.alpha:.0e}; one that is {1 - math.sqrt(1 - square.detects):.1%} "
            "off is sure to be seen)"
        )
    if average not in middle:
        raise Mismatch(
            f"the mean of {n} weights is {average * scale:.3g}; it must lie between "
            f"{middle.low * scale:.2g} and {middle.high * scale:.2g}, since weights "
            f"are as often negative as positive (false alarm {middle.alpha:.0e}; a "
            f"mean {middle.detects:.2g} standard deviations off 0 is sure to be seen)"
        )


def expect_law(
    exam: Exam, ask: Ask, shapes: list[Shape], scale: Scale, rule: str
) -> None:
    """Have the weights of each shape mean 0 and the right standard deviation?

    n = 60 000 weights a call: a mean 0.056 standard deviations off 0, or a standard
    deviation 4.5 % off, is refused with probability at least 1 - 1e-9.
    """
    seen = []
    for place, shape in enumerate(shapes):
        w = drawn(exam, ask, shape)
        note(exam, f"law {place}", w, scale(shape))
        seen.append((exam.asked, shape, w))
    for exam.asked, shape, w in seen:  # judged once all is recorded
        expect_no_repeats(w)
        middle = mean(w.size, 1.0, "mean weight")
        square = mean_square(w.size, 1.0, "mean square")
        expect_mean_and_scale(w, scale(shape), rule, middle, square)


def expect_random_shapes(exam: Exam, ask: Ask) -> None:
    """Have the weights the shape that was asked for, and are they random numbers?

    A right one is 0 in both calls for a single weight with probability 4e-15, in
    single precision, and never in double precision.
    """
    seen, asked = [], []
    for shape in small_shapes(exam):
        seen.append(drawn(exam, ask, shape))
        asked.append(exam.asked)
    every = np.concatenate([w.ravel() for w in seen])
    constant, zero = bool(np.all(every == every[0])), not every.any()
    exam.observe("all weights equal, all 0", [constant, zero])
    if constant:
        raise Mismatch(
            f"every weight is {every[0]:.4g}, in every call; units that start equal "
            "stay equal, so draw random numbers"
        )
    if not (seen[0].any() or seen[1].any()):
        exam.asked = asked[0]
        raise Mismatch(
            "a single weight is 0 in two calls from different states; a number drawn "
            "from a continuous law never is"
        )


def expect_states_decide(exam: Exam, given: Given, shapes: list[Shape]) -> None:
    """Same state, same weights? Another state, other weights, and in the next call?

    The states are of the seeds s, s + 1 and s + 1000, and of s after 7 draws. The
    second layer of a network gets the generator as the first one left it.
    """
    exam.by_hand = True
    facts = []
    for shape in shapes:
        seed = int(exam.rng.integers(1, 2**31))

        def at(start: int, before: int = 0, shape: Shape = shape) -> tuple[Any, ...]:
            rng = np.random.default_rng(start)
            rng.random(before)
            return given(shape, rng)

        def weights(value: Any, shape: Shape = shape) -> Array:
            return read(exam, value, shape)

        layers = [weights(value) for value in two_in_a_row(exam, *at(seed))]
        others = [weights(exam.call(*at(seed + more))) for more in (1, 1000)]
        late = [weights(exam.call(*at(seed, 7))) for _ in range(2)]
        again = weights(exam.call(*at(seed)))
        pairs = itertools.combinations([layers[0], *others], 2)
        facts.append(
            (
                exam.asked,
                _alike(layers[0], again) and _alike(*late),
                sum(_alike(*pair) for pair in pairs),
                _alike(*layers),
            )
        )
    exam.observe("a state repeats", [repeated for _, repeated, _, _ in facts])
    exam.observe("pairs of states that draw alike", [same for _, _, same, _ in facts])
    exam.observe("two calls in a row alike", [stuck for *_, stuck in facts])
    for exam.asked, repeated, same, stuck in facts:  # judged once all is recorded
        if not repeated:
            raise Mismatch(
                "two calls with generators in the same state gave different weights; "
                "draw from rng and from nothing else"
            )
        if same:
            raise Mismatch(
                "generators in different states gave the same weights; "
                "draw from rng as it comes, without a seed of your own"
            )
        expect_moved_on(stuck, "weights")


def _alike(one: Array, other: Array) -> bool:
    size = float(np.abs(one).max(initial=0.0))
    return bool(np.all(np.abs(one - other) <= 1e-6 * size))


def expect_double(w: Any) -> None:
    """Raise a :class:`Mismatch` unless the weights have double precision."""
    got = number_array(w, "w").dtype
    if got != np.float64:
        raise Mismatch(f"w has dtype {got}; expected float64")
