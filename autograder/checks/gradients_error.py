"""What is asked of ``relative_error``.

Each part holds what one class of wrong formulas gets away with where positive numbers
of one size are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import hinting
from autograder.oracles.gradients import Array, point, relative_error

error = Check.of("relative_error(x, y) -> error", "gradients")
SHAPES = [(6,), (1,), (3, 4), (2, 1, 3), (2, 3, 2, 2)]


LARGEST = "the largest error of all entries"
Pair = tuple[Array, Array]


def _expect_errors(exam: Exam, pairs: Sequence[Pair], hint: str) -> None:
    """All are asked before the first is judged: mistakes may differ in the last."""
    answers = [(exam.call(x, y), x, y, exam.asked) for x, y in pairs]
    for got, x, y, exam.asked in answers:
        with hinting(hint):
            expect_close(got, relative_error(x, y), "the error", loose_shape=True)


@error.part(LARGEST, weight=2)
def _(exam: Exam) -> None:
    pairs: list[Pair] = []
    for shape in SHAPES:
        x = exam.rng.uniform(1, 2, shape)
        y = x * exam.rng.uniform(1.05, 1.3, shape)
        pairs += [(x, y), (y, x)]
    hint = "Each entry has an error of its own; the largest counts"
    _expect_errors(exam, pairs, hint)


@error.part("numbers of either sign")
def _(exam: Exam) -> None:
    # Where x is largest y is not: the largest sizes are of two entries.
    pairs = [(np.array([1.0, -3.0, 2.0]), np.array([3.0, -2.0, 1.0]))]
    for shape in SHAPES:
        x = exam.rng.uniform(1, 2, shape)
        y = x * exam.rng.uniform(1.05, 1.3, shape)
        pairs += [(-x, -y), (-y, -x)]
        pairs.append((x, y * exam.rng.choice([-1.0, 1.0], shape)))
        pairs.append((x, exam.rng.uniform(-0.8, -0.2, shape) * x))
    hint = "Take the absolute value of x, of y and of their difference, each"
    _expect_errors(exam, pairs, hint)


@error.part("entries of very different sizes")
def _(exam: Exam) -> None:
    pairs: list[Pair] = []
    for shape in [(5,), (3, 4), (2, 2, 3)]:
        # The worst entry is among the small ones.
        size = 10.0 ** exam.rng.permutation(np.resize(np.arange(-3, 4), shape).ravel())
        x = point(exam.rng, shape) * size.reshape(shape)
        y = x * exam.rng.uniform(1.01, 1.05, shape)
        y.flat[np.argmin(size)] *= 1.5
        pairs += [(x, y), (y, x)]
    _expect_errors(exam, pairs, "Divide entry by entry, by that entry's own size")


@error.part("numbers near 0")
def _(exam: Exam) -> None:
    zeros = np.zeros(3)
    near = np.array([1.0, 1.0, -2.0])
    x = np.array([0.0, exam.rng.uniform(1, 2), 0.0])
    hint = "Where both numbers are 0 they agree: the divisor is never below 1e-8"
    _expect_errors(exam, [(zeros, zeros), (x, x)], hint)
    pairs: list[Pair] = []
    for total in (2e-9, 9e-9, 1.2e-8, 5e-8):  # of abs(x) and abs(y)
        share = exam.rng.uniform(0.55, 0.7)
        x, y = near.copy(), near.copy()
        x[1], y[1] = share * total, (share - 1) * total
        pairs.append((x.copy(), y.copy()))
        x[1], y[1] = share * total, (1 - share) * total
        pairs.append((y, x))
    hint = "The divisor is abs(x) + abs(y), and never below 1e-8"
    _expect_errors(exam, pairs, hint)


@error.part("errors as small as 1e-10 are seen", needs=LARGEST)
def _(exam: Exam) -> None:
    # What a gradient check is for: right gradients are as close as that.
    pairs: list[Pair] = []
    for size in (1e-10, 1e-9, 1e-7):
        x = exam.rng.uniform(1, 2, 6)
        y = x * (1 + size * exam.rng.uniform(1, 2, 6))
        pairs += [(x, y), (-x, -y)]
    hint = "Nothing is rounded to 0, and single precision has no digits left for this"
    _expect_errors(exam, pairs, hint)


@error.manner("plain numbers have a relative error too")
def _(exam: Exam) -> None:
    x, y = float(exam.rng.uniform(1.5, 2)), float(exam.rng.uniform(1, 1.4))
    for given in ((x, y), (np.float64(x), np.float64(y))):
        got = exam.call(*given)
        expect_close(got, relative_error(*map(np.array, given)), "the error")


@error.manner("the error is one number, and x and y are left as they were")
def _(exam: Exam) -> None:
    got = expect_untouched(exam, point(exam.rng, (3, 4)), point(exam.rng, (3, 4)))
    expect_shape(number_array(got, "the error"), (), "the error")
