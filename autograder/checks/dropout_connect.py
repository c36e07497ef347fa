"""What is asked of DropConnect: dropout's law, for the weights of an affine map.

Inputs and weights are such that the outputs give every draw away
(:mod:`autograder.oracles.dropout_connect`), so the masks are judged as those of units.
"""

from __future__ import annotations

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.mishaps import Mismatch
from autograder.oracles.dropout import CALLS, all_same, draw_seeds, param
from autograder.oracles.dropout_connect import (
    OUTPUTS,
    ROWS,
    decode_weights,
    expect_some_weights_dropped,
    legible_affine,
    read_calls,
    read_weights,
)
from autograder.oracles.dropout_dependence import (
    equal_calls,
    expect_counts_vary,
    expect_lags_independent,
    expect_neighbors_independent,
    expect_new_masks,
    expect_no_repeats,
    expect_slices_independent,
)
from autograder.oracles.dropout_manners import ask_manners
from autograder.oracles.masks import (
    Array,
    as_read,
    away_from_zero,
    expect_even,
    expect_rate,
    note,
    often,
    seldom,
)

dropconnect = Check.of(
    "dropconnect_forward(x, w, b, dropout_param) -> out, cache", "dropout"
)

WEIGHTS = "a weight is dropped, or kept and divided by p"
RATE = "weights are kept with probability p"
AXES = {1: "input", 2: "output"}  # of the masks of several calls


@dropconnect.part(WEIGHTS, weight=2)
def _(exam: Exam) -> None:
    # One of the calls has a seed: it fixes the mask and nothing else.
    seed = draw_seeds(exam.rng, 2)[0]
    for label, rows, outputs, draw, more in [
        ("a weight", 20, 50, seldom, {}),
        ("a weight", 12, 41, often, {"seed": seed}),
        ("", 1, 60, seldom, {}),
    ]:
        read_weights(exam, label, rows, outputs, draw(exam.rng), **more)


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


@dropconnect.part(RATE, weight=2, needs=WEIGHTS)
def _(exam: Exam) -> None:
    # n = 48 240 weights for each p: bands of +- 0.016; 0.031 off is refused.
    seen = []
    for draw, seeds in ((seldom, None), (often, draw_seeds(exam.rng, CALLS))):
        p = draw(exam.rng)
        kept = read_calls(exam, f"the rate, {draw.__name__}", p, seeds)
        seen.append((exam.asked, p, kept))
    for exam.asked, p, kept in seen:  # judged once all is recorded
        expect_no_repeats(kept, "weight", AXES)
        expect_rate(kept, p, "weights")


@dropconnect.part("every weight draws for itself", weight=2, needs=RATE)
def _(exam: Exam) -> None:
    # n = 24 000 pairs of neighbors an axis: a correlation of 0.14 is refused; so are
    # any two inputs, outputs or calls that share their draws.
    p = seldom(exam.rng)
    kept = read_calls(exam, "independence", p)
    counts = kept.sum(axis=(1, 2))
    exam.observe("equal calls", len(equal_calls(kept)))
    exam.observe("counts by call are fixed", bool(np.ptp(counts) == 0))
    expect_no_repeats(kept, "weight", AXES)
    expect_new_masks(kept)
    expect_neighbors_independent(kept, p, {0: "call", **AXES})
    expect_slices_independent(kept, p, {0: "call", **AXES})
    expect_lags_independent(kept, p, "weight")
    expect_even(kept, p, AXES)
    expect_counts_vary(counts, 3 * ROWS * OUTPUTS, p, "calls")


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
    # The first layer is asked twice, the last with a seed: only drops could differ.
    outs: list[tuple[Array, Array, Array]] = []  # out, x @ w, b
    seed = draw_seeds(exam.rng, 2)[0]
    for n, d, m, more in [
        (13, 30, 24, {}),
        (1, 2, 7, {}),
        (6, 1, 3, {}),
        (4, 6, 1, {"seed": seed}),
    ]:
        x, w = exam.rng.standard_normal((n, d)), exam.rng.standard_normal((d, m))
        b = exam.rng.standard_normal(m)
        asked = param(often(exam.rng), "test", **more)
        for _ in range(1 if outs else 2):
            out = as_read(exam.call(x, w, b, asked)[0], (n, m))
            outs.append((out, np.einsum("nd,dm->nm", x, w), b))
    exam.observe("test mode agrees with itself", np.allclose(outs[0][0], outs[1][0]))
    for out, product, b in outs:
        exam.observe("test mode without b", np.allclose(out, product))
        note(exam, "test mode", out - b, product)
        expect_close(out, product + b, "out")


# Manners -----------------------------------------------------------------------------


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    return legible_affine(rng, 2, 5)


ask_manners(dropconnect, _layer, lambda x, w, b: x @ w + b)


@dropconnect.manner("a seed makes the mask repeatable")
def _(exam: Exam) -> None:
    p = often(exam.rng)
    x, w, b = legible_affine(exam.rng, 5, 30)  # 450 weights
    seed, other = (int(s) for s in exam.rng.choice(2**31 - 1, 2, replace=False) + 1)
    outs = [
        as_read(exam.call(x, w, b, param(p, seed=s))[0], (5, 30))
        for s in (seed, other, 0, seed, 0)
    ]
    for s, one, again in ((seed, outs[0], outs[3]), (0, outs[2], outs[4])):
        if not np.allclose(one, again):
            raise Mismatch(f"two calls with seed={s} drew different masks")
    if np.allclose(outs[0], outs[1]):
        raise Mismatch(f"seed={seed} and seed={other} drew the same mask")
