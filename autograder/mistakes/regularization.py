"""Mistakes and right variants of the weight penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Answer = tuple[Any, Any]  # penalty, dw

# The L2 penalty ----------------------------------------------------------------------

L2 = "l2_penalty"


@variant(L2)
def l2_with_einsum(w: Array, lam: float) -> Answer:
    flat = w.reshape(-1)
    return 0.5 * lam * np.einsum("i,i->", flat, flat), w * lam


@variant(L2)
def l2_entry_by_entry(w: Array, lam: float) -> list[Any]:
    total, dw = 0.0, np.zeros_like(w)
    for index in np.ndindex(w.shape):
        total += lam * float(w[index]) ** 2 / 2
        dw[index] = lam * w[index]
    return [total, dw]


@variant(L2)
def l2_in_single_precision(w: Array, lam: float) -> Answer:
    small = w.astype(np.float32)
    return np.array(lam * np.linalg.norm(small) ** 2 / 2), lam * small


@mistake(
    L2,
    title="the penalty lacks its factor 1/2, the gradient does not",
    hint="Differentiate the penalty that you return: does it give the dw that you "
    "return?",
    see="regularization-l2",
)
def half_missing_in_the_penalty(w: Array, lam: float) -> Answer:
    return lam * np.sum(w * w), lam * w


@mistake(
    L2,
    title="the penalty has its factor 1/2, but the gradient is doubled",
    hint="The 1/2 is there to meet the 2 that differentiating brings.",
    see="regularization-l2",
)
def gradient_doubled(w: Array, lam: float) -> Answer:
    return 0.5 * lam * np.sum(w * w), 2 * lam * w


@mistake(
    L2,
    title="the factor 1/2 is missing in the penalty and in the gradient",
    hint="The two fit together, but the formula asks for half of it: with another "
    "factor the same lam means another strength.",
    see="regularization-l2",
)
def half_missing_in_both(w: Array, lam: float) -> Answer:
    return lam * np.sum(w * w), 2 * lam * w


@mistake(
    L2,
    title="the gradient has the factor 1/2 of the penalty",
    hint="What is the derivative of w squared?",
    see="regularization-l2",
)
def gradient_halved(w: Array, lam: float) -> Answer:
    return 0.5 * lam * np.sum(w * w), 0.5 * lam * w


@mistake(
    L2,
    title="the norm of w is not squared",
    hint="Look at the formula: is there a root in it?",
    see="regularization-l2",
)
def norm_not_squared(w: Array, lam: float) -> Answer:
    return 0.5 * lam * np.sqrt(np.sum(w * w)), lam * w


@mistake(
    L2,
    title="the squares are averaged, not added up",
    hint="A penalty of the mean shrinks with the number of weights. Which of the two "
    "has the gradient that you return?",
    see="regularization-l2",
)
def squares_averaged(w: Array, lam: float) -> Answer:
    return 0.5 * lam * np.mean(w * w), lam * w


@mistake(
    L2,
    title="lam is missing in the gradient",
    hint="Twice the lam, twice the penalty: and the gradient?",
    see="regularization-l2",
)
def gradient_without_lam(w: Array, lam: float) -> Answer:
    return 0.5 * lam * np.sum(w * w), 1.0 * w


# The L1 penalty ----------------------------------------------------------------------

L1 = "l1_penalty"


@variant(L1)
def l1_from_comparisons(w: Array, lam: float) -> Answer:
    dw = lam * ((w > 0).astype(w.dtype) - (w < 0).astype(w.dtype))
    return lam * np.abs(w).sum(), dw


@variant(L1)
def l1_entry_by_entry(w: Array, lam: float) -> list[Any]:
    total, dw = 0.0, np.zeros_like(w)
    for index, value in np.ndenumerate(w):
        total += lam * abs(value)
        if value != 0:
            dw[index] = lam if value > 0 else -lam
    return [float(total), dw]


@variant(L1)
def l1_in_single_precision(w: Array, lam: float) -> Answer:
    small = w.astype(np.float32)
    sizes = np.abs(small)
    dw = np.divide(small, sizes, out=np.zeros_like(small), where=sizes > 0)
    return lam * np.linalg.norm(small.reshape(-1), 1), lam * dw


@mistake(
    L1,
    title="at exactly 0 the derivative is lam",
    hint="A comparison with two outcomes has no room for the third case.",
    see="regularization-l1",
)
def lam_at_zero(w: Array, lam: float) -> Answer:
    return lam * np.sum(np.abs(w)), np.where(w >= 0, lam, -lam)


@mistake(
    L1,
    title="at exactly 0 the derivative is -lam",
    hint="A comparison with two outcomes has no room for the third case.",
    see="regularization-l1",
)
def minus_lam_at_zero(w: Array, lam: float) -> Answer:
    return lam * np.sum(np.abs(w)), np.where(w > 0, lam, -lam)


@mistake(
    L1,
    title="at exactly 0 the derivative is NaN",
    hint="w / abs(w) is 0 / 0 there; NumPy has a function that gives just the sign.",
    see="regularization-l1",
)
def nan_at_zero(w: Array, lam: float) -> Answer:
    return lam * np.sum(np.abs(w)), lam * w / np.abs(w)


@mistake(
    L1,
    title="the weights are added up with their signs",
    hint="Two weights of 1 and -1: how large is their penalty?",
    see="regularization-l1",
)
def signs_kept(w: Array, lam: float) -> Answer:
    return lam * np.sum(w), lam * np.sign(w)


@mistake(
    L1,
    title="the gradient is that of the L2 penalty",
    hint="L1 pulls a small weight as hard as a large one.",
    see="regularization-l1",
)
def gradient_of_l2(w: Array, lam: float) -> Answer:
    return lam * np.sum(np.abs(w)), lam * w


@mistake(
    L1,
    title="the gradient has lost its signs",
    hint="Whether a weight is pulled up or down depends on the side of 0 it is on.",
    see="regularization-l1",
)
def gradient_without_signs(w: Array, lam: float) -> Answer:
    return lam * np.sum(np.abs(w)), lam * np.abs(np.sign(w))


@mistake(
    L1,
    title="the penalty has a factor 1/2",
    hint="The 1/2 belongs to the squares of L2, where it meets a 2.",
    see="regularization-l1",
)
def halved(w: Array, lam: float) -> Answer:
    return 0.5 * lam * np.sum(np.abs(w)), lam * np.sign(w)


@mistake(
    L1,
    title="the absolute values are averaged, not added up",
    hint="A penalty of the mean shrinks with the number of weights. Which of the two "
    "has the gradient that you return?",
    see="regularization-l1",
)
def sizes_averaged(w: Array, lam: float) -> Answer:
    return lam * np.mean(np.abs(w)), lam * np.sign(w)
