"""What is asked of the kernels that hold weights down: penalties and max-norm.

The data kernels are asked about in :mod:`autograder.checks.regularization_data` and
:mod:`autograder.checks.regularization_crops`, early stopping in
:mod:`autograder.checks.regularization_stopping`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.comparing import expect_close, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch, hinting

Array = NDArray[np.float64]
Oracle = Callable[[Array, float], float]

l2 = Check.of("l2_penalty(w, lam) -> penalty, dw", "regularization")
l1 = Check.of("l1_penalty(w, lam) -> penalty, dw", "regularization")

# No factor 2 or 1/2 makes one of them another, and none is 1.
STRENGTHS = (0.003, 0.17, 0.7, 2.6, 11.0)


def half_sum_of_squares(w: Array, lam: float) -> float:
    """The L2 penalty, entry by entry.

    >>> half_sum_of_squares(np.array([3.0, -1.0]), 0.2)
    1.0
    """
    return lam * sum(float(entry) ** 2 / 2 for entry in w.flat)


def sum_of_sizes(w: Array, lam: float) -> float:
    """The L1 penalty, entry by entry.

    >>> sum_of_sizes(np.array([3.0, -1.0]), 0.5)
    2.0
    """
    return lam * sum(abs(float(entry)) for entry in w.flat)


def _weights(rng: np.random.Generator, *shape: int) -> Array:
    """Weights of both signs, none within 0.05 of 0, where L1 has its kink."""
    signs = rng.choice([-1.0, 1.0], shape)
    return np.asarray(signs * rng.uniform(0.05, 2.0, shape), dtype=np.float64)


def _strengths(rng: np.random.Generator) -> list[float]:
    """The strengths of penalty in a random order, each a little changed."""
    changed = rng.permutation(STRENGTHS) * rng.uniform(0.9, 1.1, len(STRENGTHS))
    return [round(float(lam), 4) for lam in changed]


def _ask_of_penalty(check: Check, penalty_of: Oracle, rule: str, slope: str) -> None:
    """Add the parts that both penalties share."""

    @check.part(rule, weight=2)
    def _(exam: Exam) -> None:
        for shape, lam in zip(
            [(4, 3), (2, 7), (5, 1)], _strengths(exam.rng), strict=False
        ):
            w = _weights(exam.rng, *shape)
            penalty, _ = exam.call(w, lam)
            expect_close(penalty, penalty_of(w, lam), "penalty", loose_shape=True)

    @check.part(slope, weight=2)
    def _(exam: Exam) -> None:
        for shape, lam in zip(
            [(3, 4), (6, 2), (1, 5)], _strengths(exam.rng), strict=False
        ):
            w = _weights(exam.rng, *shape)
            _, dw = exam.call(w, lam)

            def penalty(v: Array, lam: float = lam) -> Array:
                return np.array(penalty_of(v, lam))

            with hinting("Nudge one weight: by how much does the penalty change?"):
                expect_gradient(dw, penalty, w, 1.0, "dw")

    @check.part("weights of any shape, penalties of any strength")
    def _(exam: Exam) -> None:
        shapes: list[tuple[int, ...]] = [(6,), (3, 2, 4), (2, 3, 2, 2), (1, 1)]
        strengths = [*_strengths(exam.rng)[:3], 0.0]
        for shape, lam in zip(shapes, strengths, strict=True):
            w = _weights(exam.rng, *shape)
            penalty, dw = exam.call(w, lam)
            expect_close(penalty, penalty_of(w, lam), "penalty", loose_shape=True)
            expect_gradient(dw, lambda v: np.array(penalty_of(v, lam)), w, 1.0, "dw")  # noqa: B023


def _ask_manners_of_penalty(check: Check) -> None:
    """Add the manners that both penalties share."""

    @check.manner("arguments are left as they were")
    def _(exam: Exam) -> None:
        expect_untouched(exam, _weights(exam.rng, 3, 4), 0.3)

    @check.manner("the penalty is one number")
    def _(exam: Exam) -> None:
        penalty, _ = exam.call(_weights(exam.rng, 3, 4), 0.3)
        shape = number_array(penalty, "penalty").shape
        if shape != ():
            raise Mismatch(f"penalty has shape {shape}; expected one number")

    @check.manner("the dtype of w is kept in dw")
    def _(exam: Exam) -> None:
        _, dw = exam.call(_weights(exam.rng, 3, 4).astype(np.float32), 0.3)
        expect_dtype(dw, np.float32, "dw")


SQUARES = "the penalty is half of lam times the sum of the squares"
SIZES = "the penalty is lam times the sum of the absolute values"
_ask_of_penalty(l2, half_sum_of_squares, SQUARES, "dw is the penalty's gradient")
_ask_of_penalty(
    l1, sum_of_sizes, SIZES, "dw is the penalty's gradient where no weight is 0"
)


@l1.part("the derivative is 0 at exactly 0, and only there", weight=2)
def _(exam: Exam) -> None:
    lam = _strengths(exam.rng)[0]
    w = _weights(exam.rng, 4, 6)
    places = exam.rng.permutation(w.size)
    w.flat[places[:4]] = 0.0
    w.flat[places[4:6]] = -0.0
    # Near 0 is not 0: weights that L1 has almost put out still feel all of its pull.
    w.flat[places[6:10]] = exam.rng.choice([-1e-6, 1e-6], 4)
    _, dw = exam.call(w, lam)
    with hinting("Which sign does a weight have that is exactly 0?"):
        expect_close(dw, lam * np.sign(w), "dw")


_ask_manners_of_penalty(l2)
_ask_manners_of_penalty(l1)


# Max-norm ----------------------------------------------------------------------------

max_norm = Check.of("max_norm(w, c) -> w", "regularization")

LONG = "columns longer than c are scaled down to length c"


def limited(w: Array, c: float) -> Array:
    """Every column of ``w`` no longer than ``c``, column by column.

    >>> limited(np.array([[3.0, 0.3], [4.0, 0.4]]), 1.0).round(6).tolist()
    [[0.6, 0.3], [0.8, 0.4]]
    """
    result = w.copy()
    for j in range(w.shape[1]):
        length = sum(float(entry) ** 2 for entry in w[:, j]) ** 0.5
        if length > c:
            result[:, j] = w[:, j] / length * c
    return result


def _columns(rng: np.random.Generator, inputs: int, lengths: Any) -> Array:
    """A matrix whose columns have the given ``lengths`` and random directions."""
    w = _weights(rng, inputs, len(lengths))
    return np.asarray(w / np.sqrt((w**2).sum(axis=0)) * lengths)


def _some_long(rng: np.random.Generator, inputs: int, count: int) -> tuple[Array, Any]:
    """Weights and a limit c: about half of the columns, at least one, are longer."""
    c = round(float(rng.uniform(0.4, 4.0)), 3)
    factors = np.where(
        np.arange(count) % 2 == 0,
        rng.uniform(1.2, 5.0, count),
        rng.uniform(0.2, 0.9, count),
    )
    return _columns(rng, inputs, c * rng.permuted(factors)), c


@max_norm.part(LONG, weight=3)
def _(exam: Exam) -> None:
    for inputs, count in [(5, 8), (9, 4), (2, 11), (20, 3)]:
        w, c = _some_long(exam.rng, inputs, count)
        expect_close(exam.call(w, c), limited(w, c), "w")


@max_norm.part("the limit is c itself", needs=LONG)
def _(exam: Exam) -> None:
    for inputs, count in [(6, 8), (11, 4)]:
        c = round(float(exam.rng.uniform(0.4, 4.0)), 3)
        near = np.where(np.arange(count) % 2 == 0, 1.002, 0.998)
        w = _columns(exam.rng, inputs, c * exam.rng.permuted(near))
        with hinting("Which columns are longer than c, and which only nearly?"):
            expect_close(exam.call(w, c), limited(w, c), "w")


@max_norm.part("no column is made longer", needs=LONG)
def _(exam: Exam) -> None:
    for inputs, count in [(6, 4), (3, 7)]:
        c = round(float(exam.rng.uniform(0.5, 3.0)), 3)
        w = _columns(exam.rng, inputs, c * exam.rng.uniform(0.1, 0.95, count))
        with hinting("All columns are shorter than c: nothing is to be done"):
            expect_close(exam.call(w, c), w, "w")


@max_norm.part("columns of zeros, one row, one column", needs=LONG)
def _(exam: Exam) -> None:
    w, c = _some_long(exam.rng, 4, 6)
    w[:, exam.rng.integers(6)] = 0.0
    row, row_c = _some_long(exam.rng, 1, 7)
    column, column_c = _some_long(exam.rng, 7, 1)
    for given, limit in [(w, c), (row, row_c), (column, column_c)]:
        expect_close(exam.call(given, limit), limited(given, limit), "w")


@max_norm.manner("shorter columns keep every bit")
def _(exam: Exam) -> None:
    w, c = _some_long(exam.rng, 7, 10)
    got = number_array(exam.call(w, c), "w")
    short = np.sqrt((w**2).sum(axis=0)) < c
    if got.shape != w.shape or not np.array_equal(got[:, short], w[:, short]):
        raise Mismatch(
            "columns shorter than c came back a little changed; a factor of exactly 1 "
            "changes nothing"
        )


@max_norm.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, *_some_long(exam.rng, 5, 6))


@max_norm.manner("the dtype of w is kept")
def _(exam: Exam) -> None:
    w, c = _some_long(exam.rng, 5, 6)
    expect_dtype(exam.call(w.astype(np.float32), c), np.float32, "w")
