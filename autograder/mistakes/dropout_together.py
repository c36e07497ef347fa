"""Mistakes of inverted dropout that come together, and some that hide."""

from __future__ import annotations

from autograder.mistakes import mistake
from autograder.mistakes.dropout import (
    FORWARD,
    Array,
    Cache,
    Param,
    dropout_as_a_rule,
    dropped_instead,
    generator,
    kept,
    masked,
)


@mistake(
    FORWARD,
    title="vanilla dropout, with p read as the probability of dropping",
    hint="Two things: here p is the probability of keeping, and inverted dropout does "
    "all its scaling in training.",
    see="dropout-vanilla",
)
def vanilla_with_p_as_drop_rate(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    if dropout_param["mode"] == "test":
        return x * (1 - dropout_param["p"]), (dropout_param, None)
    return masked(x, dropout_param, dropped_instead(x.shape, dropout_param))


@mistake(
    FORWARD,
    title="vanilla dropout that keeps with probability 1 - p and tests with p",
    hint="Two things: count how many units of a large x survive, and do the scaling "
    "in training, where inverted dropout does all of it.",
    see="dropout-vanilla",
)
def vanilla_with_one_minus_p_kept(
    x: Array, dropout_param: Param
) -> tuple[Array, Cache]:
    if dropout_param["mode"] == "test":
        return x * dropout_param["p"], (dropout_param, None)
    return masked(x, dropout_param, dropped_instead(x.shape, dropout_param))


@mistake(
    FORWARD,
    title="units are kept with probability 1 - p, and never scaled",
    hint="Two things: here p is the probability of keeping, and what is kept must make "
    "up for what is dropped.",
    see="dropout-keep-or-drop",
)
def one_minus_p_kept_unscaled(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    return masked(x, dropout_param, dropped_instead(x.shape, dropout_param))


@mistake(
    FORWARD,
    title="in training no unit is ever dropped",
    hint="Look at the mask of a large x. A comparison comes last in Python: what "
    "exactly is `u < p / p`?",
    see="dropout-masks",
)
def nothing_dropped(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    p = dropout_param["p"]
    mask = generator(dropout_param).random(x.shape) < p / p
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="the mask takes its shape from the first two axes of x",
    hint="The mask needs the shape of x, whatever its number of axes.",
    see="dropout-any-shape",
)
def first_two_axes_only(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    if dropout_param["mode"] == "test":
        return x, (dropout_param, None)
    shape = (x.shape[0], x.shape[1])
    return masked(x, dropout_param, kept(shape, dropout_param) / dropout_param["p"])


@mistake(
    FORWARD,
    title="seed 0 is taken for no seed",
    hint="0 is false in Python. Ask whether there is a seed, not whether it is true.",
    see="dropout-masks",
)
def seed_zero_ignored(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    param = dict(dropout_param)
    if not param.get("seed"):
        param["seed"] = None
    return dropout_as_a_rule(x, param)
