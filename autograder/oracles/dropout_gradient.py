"""The gradient of dropout, by the mask of the very call that it belongs to.

A backward function answers for itself only: where its forward partner is not right,
it is judged as the derivative of what that forward function did in the same call.
Its check says in a part of its own that the forward function is not right there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.comparing import RTOL, expect_close, expect_shape, number_array
from autograder.exam import Exam
from autograder.gradients import expect_gradient
from autograder.mishaps import Mishap, Mismatch
from autograder.oracles.dropout import INVERTED, expect_scaled, param
from autograder.oracles.masks import (
    EACH,
    Array,
    Mask,
    as_read,
    away_from_zero,
    expect_some_dropped,
    note,
    often,
    one_factor,
)
from autograder.statistics import difference, grouped

Case = tuple[Array, Array, dict[str, Any]]  # x, dout, dropout_param

OWN = [  # what a wrong forward function is asked; the first it must be able to take
    ((31, 13), "train"),
    ((1, 160), "train"),
    ((7, 5, 11), "train"),
    ((3, 4, 5, 6), "train"),
    ((8, 6), "test"),
    ((2, 3, 4, 5), "test"),
]

SPARSE = (50, 100)  # of a layer that follows a ReLU: half of its units are 0


def backward_case(
    exam: Exam, shape: tuple[int, ...], p: float, mode: str = "train"
) -> Case:
    """An input and an upstream gradient, both away from 0, and the parameters."""
    exam.by_hand = True
    x, dout = away_from_zero(exam.rng, shape), away_from_zero(exam.rng, shape)
    return x, dout, param(p, mode)


def sparse_case(exam: Exam) -> Case:
    """A case in which half of x is exactly 0, as after a ReLU."""
    x, dout, asked = backward_case(exam, SPARSE, often(exam.rng))
    x[exam.rng.random(SPARSE) < 0.5] = 0.0
    return x, dout, asked


def expect_passed_on(exam: Exam, label: str, case: Case) -> None:
    """One call forwards and one backwards; the mask is read off the first."""
    x, dout, asked = case
    out, cache = exam.forward(x, asked)
    expect_gradient_of_mask(exam, label, case, out, exam.call(dout, cache))


def expect_forward_right(x: Array, out: Array, asked: dict[str, Any]) -> None:
    """Raise a ``Mismatch`` unless ``out`` is inverted dropout of ``x``."""
    if asked["mode"] == "train":
        expect_some_dropped(out)
        expect_scaled(out, x, asked["p"], INVERTED)
    else:
        expect_close(out, x, "out")


def expect_gradient_of_mask(
    exam: Exam, label: str, case: Case, out: Any, dx: Any
) -> None:
    """Raise a ``Mismatch`` unless ``dx`` is the gradient for the mask seen in ``out``.

    With the mask m held fixed the layer is x -> x m / p: its gradient is judged by
    central differences of that, entry by entry. Of a forward function that does
    otherwise, out / x is the derivative; one that drops nothing is no dropout.
    """
    x, dout, asked = case
    out, dx = as_read(out, x.shape), as_read(dx, x.shape, "dx")
    kept = out != 0
    try:
        expect_forward_right(x, out, asked)
        trouble = None
    except Mismatch as mismatch:
        trouble = mismatch
    exam.observe(f"{label}: dropout_forward is right", trouble is None)
    for where, name in ((kept, "kept"), (~kept, "dropped")):
        if where.any():  # how dx arises from dout there
            note(exam, f"{label} where {name}", dx[where], dout[where])
    support = [bool(np.array_equal(dx != 0, where > 0)) for where in (dout, x)]
    exam.observe(f"{label}: passes where dout > 0, x > 0", support)
    if trouble is not None:
        if asked["mode"] == "train":
            expect_some_dropped(out)
        try:
            expect_close(dx, dout * out / x, "dx")
        except Mismatch as mismatch:
            raise Mismatch(
                f"{mismatch.message}: that would be the gradient of what your "
                "dropout_forward did in this call, which is not right either: "
                f"{trouble.message}",
                mismatch.picture,
            ) from None
    elif asked["mode"] == "train":
        p = asked["p"]
        expect_gradient(dx, lambda x: np.where(kept, x / p, 0.0), x, dout, "dx")
    else:
        expect_close(dx, dout, "dx")


def expect_gradient_at_zero(exam: Exam, case: Case, out: Any, dx: Any) -> None:
    """Raise a ``Mismatch`` unless units that are 0 pass their gradient like the others.

    Where x is 0, so is out, and the mask cannot be read off; but dx there must be 0
    or dout times the factor of a kept unit, and its share is that of the other units,
    kept at the rate of this forward function: n = 2500 of each may lie 0.10 apart,
    and 0.19 is refused with probability at least 1 - 1e-9.
    """
    x, dout, _ = case
    live = x != 0
    out = as_read(out, x.shape)
    got = number_array(dx, "dx").astype(np.float64)
    expect_shape(got, x.shape, "dx")
    finite = bool(np.isfinite(got).all())
    exam.observe("x = 0: dx is finite", finite)
    if not finite:
        raise Mismatch(
            "dx holds NaN or infinite values where x is 0, as half of it is after a "
            "ReLU: the mask alone says what dx is, never out / x"
        )
    passed = got[~live] != 0
    exam.observe("x = 0: passes", (bool(passed.any()), bool(passed.all())))
    expect_some_dropped(out[live])
    expect_close(got[live], dout[live] * out[live] / x[live], "dx where x is not 0")
    if not passed.any():
        raise Mismatch(
            "where x is 0, as half of it is after a ReLU, every dx is 0; but a unit "
            "that was kept passes its gradient on whatever its x was: does your mask "
            "come from the draws, or from out?"
        )
    factor = one_factor(out[live], x[live])
    if factor is not None:
        rest = got[~live][passed] / dout[~live][passed]
        if not np.all(np.abs(rest - factor) <= RTOL * abs(factor)):
            raise Mismatch(
                "where x is 0, dx must be 0 or dout times the factor of a kept unit, "
                f"{factor:.6g}; it is up to {rest[np.argmax(np.abs(rest))]:.6g} times"
            )
    _expect_same_rate(passed, out[live] != 0)


def _expect_same_rate(passed: Mask, kept: Mask) -> None:
    band = difference(passed.size, kept.size, "passed on less kept", EACH)
    share, other = float(passed.mean()), float(kept.mean())
    if share - other not in band:
        raise Mismatch(
            f"{share:.3f} of {grouped(passed.size)} units with x = 0 passed their "
            f"gradient on, but {other:.3f} of the {grouped(kept.size)} others; "
            f"they may lie {band.high:.3f} apart ({band.errors})"
        )


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
    x, dout, asked = sparse_case(exam)
    out, cache = exam.forward(x, asked)
    expect_gradient_at_zero(exam, (x, dout, asked), out, exam.call(dout, cache))
