"""What is asked of the dropout kernels.

There is no right mask, only a law: each unit is kept with probability p,
independently of every other unit, sample and call. Inputs are bounded away from 0,
so the mask can be read off the output exactly; the scale is then a fact, and the
rate and the independence are shares judged by bands that state their n, their false
alarm and the smallest defect that they detect (:mod:`autograder.oracles.masks`).
The expectation of the output is rate times scale, so it needs no band of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch
from autograder.oracles.dropout import (
    CALLS,
    INVERTED,
    VANILLA,
    Scaling,
    all_same,
    ask_manners,
    in_test_mode,
    param,
    pixels_draw_for_themselves,
    seeds_repeat,
    units_are_dropped_or_scaled,
    units_are_kept_with_p,
    units_draw_for_themselves,
    units_of_any_shape,
)
from autograder.oracles.dropout_connect import (
    decode_weights,
    expect_some_weights_dropped,
    legible_affine,
    read_weights,
)
from autograder.oracles.dropout_gradient import (
    backward_case,
    expect_gradient_of_mask,
    expect_passed_on,
    expect_true_to_own_forward,
)
from autograder.oracles.masks import (
    Array,
    as_read,
    away_from_zero,
    expect_counts_vary,
    expect_neighbors_independent,
    expect_no_repeats,
    expect_pairs,
    expect_rate,
    note,
    often,
    seldom,
)

Draw = Callable[[np.random.Generator], tuple[Array, ...]]

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


backward.carried_forward(expect_true_to_own_forward)


# DropConnect -------------------------------------------------------------------------

dropconnect = Check.of(
    "dropconnect_forward(x, w, b, dropout_param) -> out, cache", "dropout"
)

WEIGHTS = "a weight is dropped, or kept and divided by p"
WEIGHT_RATE = "weights are kept with probability p"
WEIGHT_AXES = ["sample", "input of a sample", "output"]


@dropconnect.part(WEIGHTS, weight=2)
def _(exam: Exam) -> None:
    for label, rows, outputs, draw in [
        ("a weight", 20, 50, seldom),
        ("a weight", 12, 41, often),
        ("", 1, 60, seldom),
    ]:
        read_weights(exam, label, rows, outputs, draw(exam.rng))


@dropconnect.part("a batch: every sample reads the same weights", needs=WEIGHTS)
def _(exam: Exam) -> None:
    # Every row reads the three inputs; the mask may be one, or one a sample.
    exam.by_hand = True
    p = often(exam.rng)
    n, outputs = 25, 50
    x, w, b = legible_affine(exam.rng, 1, outputs)
    x = x * exam.rng.choice([-2.0, -1.0, 1.0, 2.0], (n, 1))
    out = as_read(exam.call(x, w, b, param(p))[0], (n, outputs))
    masks = [decode_weights(out[[i]], x[[i]], w, b, 1 / p)[0] for i in range(n)]
    exam.observe("one mask for the batch", all_same(masks))


@dropconnect.part(WEIGHT_RATE, weight=2, needs=WEIGHTS)
def _(exam: Exam) -> None:
    # n = 48 000 weights for each p: bands of +- 0.016; 0.031 off is refused.
    seen = []
    for draw in (seldom, often):
        p = draw(exam.rng)
        kept = read_weights(exam, f"the rate, {draw.__name__}", 16, 1000, p)
        seen.append((exam.asked, p, kept))
    for exam.asked, p, kept in seen:  # judged once all is recorded
        expect_no_repeats(kept, "weight", WEIGHT_AXES)
        expect_rate(kept, p, "weights")


@dropconnect.part("every weight draws for itself", weight=2, needs=WEIGHT_RATE)
def _(exam: Exam) -> None:
    # n = 16 000 pairs an axis and more: a correlation of 0.29 is refused.
    p = often(exam.rng)
    kept = read_weights(exam, "independence", 16, 1000, p)
    calls = [read_weights(exam, "a small call", 2, 40, p) for _ in range(CALLS)]
    exam.observe("every call is the same", all_same(calls))
    counts = np.array([call.sum() for call in calls])
    exam.observe("counts by call are fixed", bool(np.ptp(counts) == 0))
    if all_same(calls):
        raise Mismatch(
            f"{CALLS} calls without a seed all drew the same mask; "
            "each call needs a new one"
        )
    expect_neighbors_independent(kept, p, WEIGHT_AXES)
    stacked = np.array(calls)
    expect_pairs(stacked[::2], stacked[1::2], p, "the same weight in two calls")
    expect_counts_vary(counts, calls[0].size, p, "calls")


@dropconnect.part("the bias is never dropped")
def _(exam: Exam) -> None:
    expect_some_weights_dropped(exam)
    w, b = exam.rng.standard_normal((4, 80)), away_from_zero(exam.rng, (80,))
    out = as_read(
        exam.call(np.zeros((3, 4)), w, b, param(seldom(exam.rng)))[0], (3, 80)
    )
    expected = np.tile(b, (3, 1))
    note(exam, "the bias", out, expected)
    expect_close(out, expected, "out for x = 0, which is b,")


@dropconnect.part("test mode is the plain affine map")
def _(exam: Exam) -> None:
    expect_some_weights_dropped(exam)
    for n, d, m in [(13, 30, 24), (1, 2, 7), (6, 1, 3), (4, 6, 1)]:
        x, w = exam.rng.standard_normal((n, d)), exam.rng.standard_normal((d, m))
        b = exam.rng.standard_normal(m)
        out = as_read(exam.call(x, w, b, param(often(exam.rng), "test"))[0], (n, m))
        plain = np.einsum("nd,dm->nm", x, w) + b
        note(exam, "test mode", out - b, plain - b)
        expect_close(out, plain, "out")


# Manners -----------------------------------------------------------------------------


def _units(rng: np.random.Generator) -> tuple[Array, ...]:
    return (away_from_zero(rng, (6, 7)),)


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    return legible_affine(rng, 2, 5)


ask_manners(inverted_forward, _units, lambda x: x)
ask_manners(vanilla_forward, _units, lambda x: x)
ask_manners(dropconnect, _layer, lambda x, w, b: x @ w + b)


@dropconnect.manner("a seed makes the mask repeatable")
def _(exam: Exam) -> None:
    p = often(exam.rng)
    x, w, b = legible_affine(exam.rng, 5, 30)  # 450 weights
    seed, other = (int(s) for s in exam.rng.choice(2**31 - 1, 2, replace=False) + 1)
    one, two, again = (
        as_read(exam.call(x, w, b, param(p, seed=s))[0], (5, 30))
        for s in (seed, other, seed)
    )
    if not np.allclose(one, again):
        raise Mismatch(f"two calls with seed={seed} drew different masks")
    if np.allclose(one, two):
        raise Mismatch(f"seed={seed} and seed={other} drew the same mask")


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
