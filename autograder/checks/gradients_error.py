"""What is asked of ``relative_error``.

Each part holds what one class of wrong formulas gets away with where positive numbers
of one size are compared.
"""

from __future__ import annotations

import numpy as np

from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import hinting
from autograder.oracles.gradients import Array, point, relative_error

error = Check.of("relative_error(x, y) -> error", "gradients")
SHAPES = [(6,), (1,), (3, 4), (2, 1, 3), (2, 3, 2, 2)]


def _expect_error(exam: Exam, x: Array, y: Array, hint: str) -> None:
    got = exam.call(x, y)
    with hinting(hint):
        expect_close(got, relative_error(x, y), "the error", loose_shape=True)


@error.part("the largest error of all entries", weight=2)
def _(exam: Exam) -> None:
    hint = "Each entry has an error of its own; the largest counts"
    for shape in SHAPES:
        x = exam.rng.uniform(1, 2, shape)
        y = x * exam.rng.uniform(1.05, 1.3, shape)
        _expect_error(exam, x, y, hint)
        _expect_error(exam, y, x, hint)


@error.part("numbers of either sign")
def _(exam: Exam) -> None:
    hint = "Take the absolute value of x, of y and of their difference, each"
    for shape in SHAPES:
        x = exam.rng.uniform(1, 2, shape)
        y = x * exam.rng.uniform(1.05, 1.3, shape)
        _expect_error(exam, -x, -y, hint)
        _expect_error(exam, -y, -x, hint)
        _expect_error(exam, x, y * exam.rng.choice([-1.0, 1.0], shape), hint)
        _expect_error(exam, x, exam.rng.uniform(-0.8, -0.2, shape) * x, hint)


@error.part("entries of very different sizes")
def _(exam: Exam) -> None:
    hint = "Divide entry by entry, by that entry's own size"
    for shape in [(5,), (3, 4), (2, 2, 3)]:
        # The worst entry is among the small ones.
        size = 10.0 ** exam.rng.permutation(np.resize(np.arange(-3, 4), shape).ravel())
        x = point(exam.rng, shape) * size.reshape(shape)
        y = x * exam.rng.uniform(1.01, 1.05, shape)
        y.flat[np.argmin(size)] *= 1.5
        _expect_error(exam, x, y, hint)
        _expect_error(exam, y, x, hint)


@error.part("numbers near 0")
def _(exam: Exam) -> None:
    hint = "Where both numbers are 0 they agree: the divisor is never below 1e-8"
    zeros = np.zeros(3)
    _expect_error(exam, zeros, zeros, hint)
    near = np.array([1.0, 1.0, -2.0])
    x = np.array([0.0, exam.rng.uniform(1, 2), 0.0])
    _expect_error(exam, x, x, hint)
    hint = "The divisor is abs(x) + abs(y), and never below 1e-8"
    for total in (2e-9, 9e-9, 1.2e-8, 5e-8):  # of abs(x) and abs(y)
        share = exam.rng.uniform(0.55, 0.7)
        x, y = near.copy(), near.copy()
        x[1], y[1] = share * total, (share - 1) * total
        _expect_error(exam, x, y, hint)
        x[1], y[1] = share * total, (1 - share) * total
        _expect_error(exam, y, x, hint)


@error.manner("errors as small as 1e-10 are seen")
def _(exam: Exam) -> None:
    x = exam.rng.uniform(1, 2, 6)
    got = exam.call(x, x * (1 + 1e-10))
    with hinting("Single precision has no digits left for this"):
        expect_close(got, 5e-11, "the error", rtol=1e-3, loose_shape=True)


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
