"""The gradient of dropout, by the mask of the very call that it belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Exam
from autograder.gradients import expect_gradient
from autograder.mishaps import Mishap, Mismatch
from autograder.oracles.dropout import INVERTED, expect_scaled, param
from autograder.oracles.masks import (
    Array,
    as_read,
    away_from_zero,
    expect_some_dropped,
    note,
    often,
)

Case = tuple[Array, Array, dict[str, Any]]  # x, dout, dropout_param

OWN = [  # what a wrong forward function is asked; the first it must be able to take
    ((31, 13), "train"),
    ((1, 160), "train"),
    ((7, 5, 11), "train"),
    ((3, 4, 5, 6), "train"),
    ((8, 6), "test"),
    ((2, 3, 4, 5), "test"),
]


def backward_case(
    exam: Exam, shape: tuple[int, ...], p: float, mode: str = "train"
) -> Case:
    """An input and an upstream gradient, both away from 0, and the parameters."""
    exam.by_hand = True
    x, dout = away_from_zero(exam.rng, shape), away_from_zero(exam.rng, shape)
    return x, dout, param(p, mode)


def expect_passed_on(exam: Exam, label: str, case: Case) -> None:
    """One call forwards and one backwards; the mask is read off the first."""
    x, dout, asked = case
    out, cache = exam.forward(x, asked)
    expect_gradient_of_mask(exam, label, case, out, exam.call(dout, cache))


def expect_gradient_of_mask(
    exam: Exam, label: str, case: Case, out: Any, dx: Any
) -> None:
    """Raise a ``Mismatch`` unless ``dx`` is the gradient for the mask seen in ``out``.

    With the mask m held fixed the layer is x -> x m / p: its gradient is judged by
    central differences of that, entry by entry.
    """
    x, dout, asked = case
    out, dx = as_read(out, x.shape), as_read(dx, x.shape, "dx")
    kept = out != 0
    for where, name in ((kept, "kept"), (~kept, "dropped")):
        if where.any():  # how dx arises from dout there
            note(exam, f"{label} where {name}", dx[where], dout[where])
    support = [bool(np.array_equal(dx != 0, where > 0)) for where in (dout, x)]
    exam.observe(f"{label}: passes where dout > 0, x > 0", support)
    try:
        if asked["mode"] == "train":
            expect_some_dropped(out)
            expect_scaled(out, x, asked["p"], INVERTED)
        else:
            expect_close(out, x, "out")
    except Mismatch as mismatch:
        raise Mismatch(
            f"your dropout_forward is not right in this call: {mismatch.message}",
            mismatch.picture,
        ) from None
    if asked["mode"] == "train":
        p = asked["p"]
        expect_gradient(dx, lambda x: np.where(kept, x / p, 0.0), x, dout, "dx")
    else:
        expect_close(dx, dout, "dx")


def expect_true_to_own_forward(exam: Exam) -> None:
    """Raise a ``Mismatch`` unless the backward is the derivative of the forward as is.

    A wrong forward still multiplies x by something, unit by unit: out / x of the
    same call is its derivative. One that drops nothing is no dropout and carries
    nothing; shapes and modes that it cannot take are charged there.
    """
    for place, (shape, mode) in enumerate(OWN):
        x, dout, asked = backward_case(exam, shape, often(exam.rng), mode)
        try:
            out, cache = exam.forward(x, asked)
            out = as_read(out, shape)
        except (Mishap, Mismatch):
            if place == 0:
                raise
            continue
        if place == 0:
            expect_some_dropped(out)
        expect_close(exam.call(dout, cache), dout * out / x, "dx")
