"""What is asked of ``softmax_loss``: its value, its gradient, and its stamina.

The gradient is judged against central differences of the loss. Near logits of 1e4
these have no digits left, and the softmax itself is known: there it is the judge.
All logits there are such as single precision holds exactly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient, expect_gradient_along
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import hinting
from autograder.oracles.gradients import (
    Array,
    Labels,
    eighths,
    labels,
    softmax_gradient,
    softmax_loss,
)

softmax = Check.of("softmax_loss(x, y) -> loss, dx", "gradients")

HUGE = 1e4
COARSE = 2e-3  # in single precision a sum of 1e4 and a small number is 5e-4 off
LOSS = "the loss is the mean over the batch"
# N, C, and the dtype of the labels
BATCHES = [
    (5, 7, "int64"),
    (1, 3, "int32"),
    (6, 2, "int64"),
    (4, 4, "uint8"),
    (2, 5, "int16"),
    (3, 1, "int64"),
]


def _batch(
    rng: np.random.Generator, n: int, c: int, dtype: str
) -> tuple[Array, Labels]:
    return rng.uniform(-2, 2, (n, c)), labels(rng, n, c, dtype)


@softmax.part(LOSS, weight=2)
def _(exam: Exam) -> None:
    for batch in [*BATCHES, (int(exam.rng.integers(20, 40)), 6, "int64")]:
        x, y = _batch(exam.rng, *batch)
        loss = exam.call(x, y)[0]
        with hinting("The mean, over the samples, of -log of the true class's softmax"):
            expect_close(loss, softmax_loss(x, y), "loss", loose_shape=True)


@softmax.part("dx is the gradient of the loss", weight=2)
def _(exam: Exam) -> None:
    hint = "Differentiate the mean loss: each sample's share of it is 1/N"
    for batch in BATCHES:
        x, y = _batch(exam.rng, *batch)
        dx = exam.call(x, y)[1]
        with hinting(hint):
            expect_gradient(dx, _loss_of(y), x, 1.0, "dx")
    x, y = _batch(exam.rng, int(exam.rng.integers(20, 40)), 6, "int64")
    dx = exam.call(x, y)[1]
    with hinting(hint):
        expect_gradient_along(dx, _loss_of(y), x, 1.0, "dx", exam.rng)


def _loss_of(y: Labels) -> Callable[[Array], Array]:
    return lambda x: np.array(softmax_loss(x, y))


def _expect_both(exam: Exam, x: Array, y: Labels, hint: str) -> None:
    loss, dx = exam.call(x, y)
    with hinting(hint):
        right, gradient = softmax_loss(x, y), softmax_gradient(x, y)
        expect_close(loss, right, "loss", rtol=COARSE, loose_shape=True)
        expect_close(dx, gradient, "dx", rtol=COARSE)


@softmax.part("logits of 10 000 and of -10 000", weight=2)
def _(exam: Exam) -> None:
    hint = "What may be taken off all logits of a row without changing its softmax?"
    for shift in (HUGE, -HUGE):
        x, y = eighths(exam.rng, (5, 4)), labels(exam.rng, 5, 4, "int64")
        _expect_both(exam, x + shift, y, hint)
    # A row far below the others must not vanish beside them.
    shifts = exam.rng.permutation([HUGE, -HUGE, 0.0, 100.0])[:, None]
    x, y = eighths(exam.rng, (4, 3)), labels(exam.rng, 4, 3, "int64")
    _expect_both(exam, x + shifts, y, hint)


@softmax.part("a true class far below the others")
def _(exam: Exam) -> None:
    hint = "A tiny softmax is rounded to 0, but its logarithm need not go through it"
    for below in (40.0, 100.0, 2 * HUGE):
        x, y = eighths(exam.rng, (3, 5)), labels(exam.rng, 3, 5, "int64")
        x[np.arange(3), y] -= below
        _expect_both(exam, x + min(below, HUGE), y, hint)


@softmax.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, *_batch(exam.rng, 4, 3, "int64"))


@softmax.manner("the loss is one number")
def _(exam: Exam) -> None:
    loss, _ = exam.call(*_batch(exam.rng, 4, 3, "int64"))
    expect_shape(number_array(loss, "loss"), (), "loss")


@softmax.manner("the dtype of x is kept in dx")
def _(exam: Exam) -> None:
    x, y = _batch(exam.rng, 4, 3, "int64")
    expect_dtype(exam.call(x.astype(np.float32), y)[1], np.float32, "dx")
