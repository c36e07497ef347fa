"""What is asked of the dropout kernels.

There is no right mask, only a law: each unit is kept with probability p,
independently of every other unit, sample and call. Inputs are bounded away from 0,
so the mask can be read off the output exactly; the scale is then a fact, and the
rate and the independence are shares judged by bands that state their n, their false
alarm and the smallest defect that they detect (:mod:`autograder.oracles.masks`).
The expectation of the output is rate times scale, so it needs no band of its own.
DropConnect is asked about in :mod:`autograder.checks.dropout_connect`.
"""

from __future__ import annotations

import numpy as np

from autograder.exam import Check, Exam
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch
from autograder.oracles.dropout import (
    INVERTED,
    VANILLA,
    Scaling,
    in_test_mode,
    pixels_draw_for_themselves,
    seeds_repeat,
    units_are_dropped_or_scaled,
    units_are_kept_with_p,
    units_draw_for_themselves,
    units_of_any_shape,
)
from autograder.oracles.dropout_gradient import (
    backward_case,
    expect_forward_right,
    expect_gradient_at_zero,
    expect_gradient_of_mask,
    expect_passed_on,
    expect_true_to_own_forward,
    sparse_case,
)
from autograder.oracles.dropout_manners import ask_manners
from autograder.oracles.masks import Array, as_read, away_from_zero, often, seldom

# Dropout of units: inverted and vanilla ----------------------------------------------

inverted_forward = Check.of(
    "dropout_forward(x, dropout_param) -> out, cache", "dropout"
)
vanilla_forward = Check.of(
    "vanilla_dropout_forward(x, dropout_param) -> out, cache", "dropout"
)


def _ask_of_dropout(check: Check, scaling: Scaling, title: str, test: str) -> None:
    """Add the parts that both kinds of dropout share."""

    @check.part(title, weight=2)
    def _(exam: Exam) -> None:
        units_are_dropped_or_scaled(exam, scaling)

    rate = "units are kept with probability p"
    check.part(rate, weight=2)(units_are_kept_with_p)
    check.part("every unit draws for itself", needs=rate)(units_draw_for_themselves)

    @check.part("arrays of any shape")
    def _(exam: Exam) -> None:
        units_of_any_shape(exam, scaling)

    check.part("every pixel of every channel draws for itself")(
        pixels_draw_for_themselves
    )

    @check.part(test)
    def _(exam: Exam) -> None:
        in_test_mode(exam, scaling)


_ask_of_dropout(
    inverted_forward,
    INVERTED,
    "a unit is dropped, or kept and divided by p",
    "test mode returns x",
)
inverted_forward.part("a seed makes the mask repeatable")(seeds_repeat)

_ask_of_dropout(
    vanilla_forward,
    VANILLA,
    "a unit is dropped, or kept as it is",
    "test mode multiplies by p",
)
vanilla_forward.manner("a seed makes the mask repeatable")(seeds_repeat)


# Dropout, backwards ------------------------------------------------------------------

backward = Check.of("dropout_backward(dout, cache) -> dx", "dropout", "dropout_forward")

DEPENDS = "train mode: the gradient passes where the unit was kept, divided by p"


@backward.part(DEPENDS, weight=3)
def _(exam: Exam) -> None:
    for shape, draw in [((31, 13), often), ((1, 160), seldom), ((160, 1), often)]:
        case = backward_case(exam, shape, draw(exam.rng))
        expect_passed_on(exam, "train", case)


@backward.part("each cache belongs to its own call", needs=DEPENDS)
def _(exam: Exam) -> None:
    first = backward_case(exam, (23, 9), often(exam.rng))
    second = backward_case(exam, (23, 9), seldom(exam.rng))
    runs = [(case, exam.forward(case[0], case[2])) for case in (first, second)]
    for (x, dout, asked), (out, cache) in runs:
        dx = exam.call(dout, cache)
        expect_gradient_of_mask(exam, "own call", (x, dout, asked), out, dx)


@backward.part("arrays of any shape", needs=DEPENDS)
def _(exam: Exam) -> None:
    for shape in [(200,), (7, 5, 11), (3, 4, 5, 6)]:
        case = backward_case(exam, shape, seldom(exam.rng))
        expect_passed_on(exam, f"{len(shape)}-D", case)


@backward.part("test mode: the gradient passes unchanged", needs=DEPENDS)
def _(exam: Exam) -> None:
    for shape in [(8, 6), (2, 3, 4, 5)]:
        case = backward_case(exam, shape, often(exam.rng), "test")
        expect_passed_on(exam, "test", case)


@backward.part("a unit that is exactly 0 has its gradient too", weight=2, needs=DEPENDS)
def _(exam: Exam) -> None:
    x, dout, asked = sparse_case(exam)
    out, cache = exam.forward(x, asked)
    expect_gradient_at_zero(exam, (x, dout, asked), out, exam.call(dout, cache))


@backward.part("the layer is dropout: dropout_forward is right here", needs=DEPENDS)
def _(exam: Exam) -> None:
    for shape, mode in [
        ((31, 13), "train"),
        ((200,), "train"),
        ((3, 4, 5, 6), "train"),
        ((8, 6), "test"),
        ((2, 3, 4, 5), "test"),
    ]:
        x, _, asked = backward_case(exam, shape, seldom(exam.rng), mode)
        out = as_read(exam.forward(x, asked)[0], shape)
        try:
            expect_forward_right(x, out, asked)
        except Mismatch as mismatch:
            raise Mismatch(
                f"your dropout_forward is not right: {mismatch.message}",
                mismatch.picture,
            ) from None


backward.carried_forward(expect_true_to_own_forward)


# Manners -----------------------------------------------------------------------------


def _units(rng: np.random.Generator) -> tuple[Array, ...]:
    return (away_from_zero(rng, (6, 7)),)


ask_manners(inverted_forward, _units, lambda x: x)
ask_manners(vanilla_forward, _units, lambda x: x)


@backward.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    for mode in ("train", "test"):
        x, dout, asked = backward_case(exam, (5, 6), often(exam.rng), mode)
        _, cache = exam.forward(x, asked)
        expect_untouched(exam, dout, cache)


@backward.manner("the dtype of dout is kept")
def _(exam: Exam) -> None:
    for mode in ("train", "test"):
        x, dout, asked = backward_case(exam, (5, 6), often(exam.rng), mode)
        _, cache = exam.forward(x.astype(np.float32), asked)
        dx = exam.call(dout.astype(np.float32), cache)
        expect_dtype(dx, np.float32, "dx")
