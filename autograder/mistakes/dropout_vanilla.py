"""Mistakes and right variants of vanilla dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.dropout import (
    Array,
    Cache,
    Draw,
    Param,
    dropout_as_a_rule,
    dropped_instead,
    keep_probability,
    kept,
    masked,
)

VANILLA = "vanilla_dropout_forward"


@variant(VANILLA)
def vanilla_as_a_rule(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    p = keep_probability(dropout_param)
    if dropout_param["mode"] == "test":
        return (x * p).astype(x.dtype, copy=False), (dropout_param, None)
    return masked(x, dropout_param, kept(x.shape, dropout_param))


@variant(VANILLA)
def vanilla_by_assignment(x: Array, dropout_param: Param) -> tuple[Array, None]:
    p = keep_probability(dropout_param)
    out = x.copy()
    if dropout_param["mode"] == "train":
        state = np.random.RandomState(dropout_param.get("seed"))
        out[state.uniform(size=x.shape) >= p] = 0
    else:
        out *= p
    return out, None


@variant(VANILLA)
def vanilla_without_a_seed(x: Array, dropout_param: Param) -> tuple[Array, Array]:
    p = keep_probability(dropout_param)
    mask = np.full(x.shape, p, dtype=x.dtype)
    if dropout_param["mode"] == "train":
        mask = (np.random.default_rng().random(x.shape) <= p).astype(x.dtype)
    return x * mask, mask


def _vanilla(factor: Callable[[float], float], draw: Draw = kept) -> Callable[..., Any]:
    """Vanilla dropout with its own mask and its own factor in test mode."""

    def forward(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
        if dropout_param["mode"] == "test":
            return x * factor(dropout_param["p"]), (dropout_param, None)
        return masked(x, dropout_param, draw(x.shape, dropout_param))

    return forward


@mistake(
    VANILLA,
    title="this is inverted dropout: it scales in training",
    hint="Vanilla dropout leaves a kept unit as it is and scales at test time.",
    see="dropout-vanilla",
)
def inverted_instead(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    return dropout_as_a_rule(x, dropout_param)


@mistake(
    VANILLA,
    title="test mode is not scaled",
    hint="In training a unit is there a share p of the time. "
    "Make testing give the same mean.",
    see="dropout-vanilla",
)
def vanilla_test_unscaled(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    result: tuple[Array, Cache] = _vanilla(lambda _: 1.0)(x, dropout_param)
    return result


@mistake(
    VANILLA,
    title="test mode multiplies by 1 - p, the share that is dropped",
    hint="The mean output in training is x times the share that is kept.",
    see="dropout-vanilla",
)
def vanilla_test_by_drop_rate(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    result: tuple[Array, Cache] = _vanilla(lambda p: 1 - p)(x, dropout_param)
    return result


@mistake(
    VANILLA,
    title="test mode divides by p",
    hint="All units answer in testing, more than in training: "
    "must the output grow or shrink?",
    see="dropout-vanilla",
)
def vanilla_test_divided(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    result: tuple[Array, Cache] = _vanilla(lambda p: 1 / p)(x, dropout_param)
    return result


@mistake(
    VANILLA,
    title="p is read as the probability of dropping a unit",
    hint="Here p is the probability of keeping. Which units does your mask keep?",
    see="dropout-keep-or-drop",
)
def vanilla_p_as_drop_rate(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    forward = _vanilla(lambda p: 1 - p, dropped_instead)
    result: tuple[Array, Cache] = forward(x, dropout_param)
    return result


@mistake(
    VANILLA,
    title="units are kept with probability 1 - p, but testing multiplies by p",
    hint="Count how many units of a large x survive: the share should be p.",
    see="dropout-keep-or-drop",
)
def vanilla_keeps_too_few(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    forward = _vanilla(lambda p: p, dropped_instead)
    result: tuple[Array, Cache] = forward(x, dropout_param)
    return result


@mistake(
    VANILLA,
    title="units are dropped in test mode too",
    hint="At test time the whole network answers: no unit is dropped.",
    see="dropout-test-mode",
)
def vanilla_drops_in_test_mode(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = kept(x.shape, dropout_param)
    factor = dropout_param["p"] if dropout_param["mode"] == "test" else 1.0
    return x * mask * factor, (dropout_param, mask)
