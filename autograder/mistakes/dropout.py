"""Mistakes and right variants of inverted dropout, and what its kin share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Param = dict[str, Any]
Cache = tuple[Param, Array | None]
Draw = Callable[[tuple[int, ...], Param], Array]

FORWARD = "dropout_forward"


def generator(param: Param) -> np.random.Generator:
    return np.random.default_rng(param.get("seed"))


def keep_probability(param: Param) -> float:
    p = float(param["p"])
    if not 0 < p <= 1:
        raise ValueError(f"p is the probability of keeping, in (0, 1], not {p}")
    return p


def kept(shape: tuple[int, ...], param: Param) -> Array:
    return generator(param).random(shape) < keep_probability(param)


def dropped_instead(shape: tuple[int, ...], param: Param) -> Array:
    return generator(param).random(shape) >= keep_probability(param)


def masked(x: Array, param: Param, mask: Array) -> tuple[Array, Cache]:
    """Train mode multiplies by ``mask``, test mode passes x on."""
    if param["mode"] == "train":
        return (x * mask).astype(x.dtype, copy=False), (param, mask)
    return x, (param, None)


@variant(FORWARD)
def dropout_as_a_rule(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = kept(x.shape, dropout_param) / dropout_param["p"]
    return masked(x, dropout_param, mask)


@variant(FORWARD)
def dropout_from_bernoulli_draws(x: Array, dropout_param: Param) -> tuple[Array, Array]:
    p = keep_probability(dropout_param)
    state = np.random.RandomState(dropout_param.get("seed"))
    mask = np.ones_like(x)
    if dropout_param["mode"] == "train":
        mask = (state.binomial(1, p, size=x.shape) / p).astype(x.dtype)
    return x * mask, mask


@variant(FORWARD)
def dropout_unit_by_unit(x: Array, dropout_param: Param) -> tuple[Array, list[Any]]:
    p = keep_probability(dropout_param)
    if dropout_param["mode"] == "test":
        return x.copy(), [dropout_param["mode"], p, []]
    uniform = generator(dropout_param).uniform
    out, dropped = x.copy().reshape(-1), []
    for place in range(out.size):
        if uniform() > p:
            out[place] = 0
            dropped.append(place)
        else:
            out[place] /= p
    return out.reshape(x.shape), [dropout_param["mode"], p, dropped]


@variant(FORWARD)
def dropout_by_choice_in_single_precision(
    x: Array, dropout_param: Param
) -> tuple[Array, dict[str, Any]]:
    p = keep_probability(dropout_param)
    if dropout_param["mode"] == "test":
        return x, {"mode": "test"}
    options = np.array([0.0, 1.0 / p], dtype=np.float32)
    mask = generator(dropout_param).choice(options, size=x.shape, p=[1 - p, p])
    out = (x.astype(np.float32) * mask).astype(x.dtype)
    return out, {"mode": "train", "mask": mask}


@mistake(
    FORWARD,
    title="kept units are not scaled, in training or in testing",
    hint="If a unit survives with probability p, what is the mean of its output? "
    "Make it x in both modes.",
    see="dropout-expectation",
)
def never_scaled(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    return masked(x, dropout_param, kept(x.shape, dropout_param))


@mistake(
    FORWARD,
    title="this is vanilla dropout: it scales at test time",
    hint="Inverted dropout does all its scaling in training, "
    "so that testing costs nothing.",
    see="dropout-vanilla",
)
def scaled_at_test_time(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    if dropout_param["mode"] == "test":
        return x * dropout_param["p"], (dropout_param, None)
    return masked(x, dropout_param, kept(x.shape, dropout_param))


@mistake(
    FORWARD,
    title="kept units are multiplied by p",
    hint="Dropping makes the mean output smaller; the scale must make up for it.",
    see="dropout-expectation",
)
def multiplied_by_p(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = kept(x.shape, dropout_param) * dropout_param["p"]
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="p is read as the probability of dropping a unit",
    hint="Here p is the probability of keeping. Which units does your mask keep?",
    see="dropout-keep-or-drop",
)
def p_read_as_drop_rate(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = dropped_instead(x.shape, dropout_param) / (1 - dropout_param["p"])
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="units are kept with probability 1 - p and divided by p",
    hint="The mask and the scale disagree about what p means: "
    "count how many units of a large x survive.",
    see="dropout-keep-or-drop",
)
def keeps_with_one_minus_p(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = dropped_instead(x.shape, dropout_param) / dropout_param["p"]
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="units are kept with probability p and divided by 1 - p",
    hint="Multiply the share that is kept by the scale: the product must be 1.",
    see="dropout-expectation",
)
def divided_by_one_minus_p(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = kept(x.shape, dropout_param) / (1 - dropout_param["p"])
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="the mask compares normal, not uniform, random numbers with p",
    hint="A number below p with probability p: which distribution has that property?",
    see="dropout-masks",
)
def normal_for_uniform(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    p = dropout_param["p"]
    mask = (generator(dropout_param).standard_normal(x.shape) < p) / p
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="only matrices can be dropped out",
    hint="The mask needs the shape of x, whatever its number of axes.",
    see="dropout-any-shape",
)
def two_dimensions_only(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    m, d = x.shape
    mask = kept((m, d), dropout_param) / dropout_param["p"]
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="all samples share one mask",
    hint="The mask must have the shape of the whole batch, not of one sample.",
    see="dropout-masks",
)
def one_mask_for_all_samples(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = kept(x.shape[1:], dropout_param) / dropout_param["p"]
    return masked(x, dropout_param, np.broadcast_to(mask, x.shape))


@mistake(
    FORWARD,
    title="whole samples are dropped, with all their units",
    hint="Dropout thins a layer: each unit of a sample is drawn for itself.",
    see="dropout-masks",
)
def whole_samples(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    shape = (len(x),) + (1,) * (x.ndim - 1)
    mask = kept(shape, dropout_param) / dropout_param["p"]
    return masked(x, dropout_param, np.broadcast_to(mask, x.shape))


@mistake(
    FORWARD,
    title="whole channels of an image are dropped",
    hint="That is spatial dropout. Here every pixel of every channel is drawn "
    "for itself.",
    see="dropout-any-shape",
)
def whole_channels(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    shape = (*x.shape[:2], 1, 1) if x.ndim == 4 else x.shape
    mask = kept(shape, dropout_param) / dropout_param["p"]
    return masked(x, dropout_param, np.broadcast_to(mask, x.shape))


@mistake(
    FORWARD,
    title="every call without a seed draws the same mask",
    hint="Only a given seed fixes the mask; without one every call draws anew.",
    see="dropout-masks",
)
def always_seeded(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    param = {"seed": 0, **dropout_param}
    return masked(x, dropout_param, kept(x.shape, param) / dropout_param["p"])


@mistake(
    FORWARD,
    title="the seed is ignored",
    hint="Where dropout_param holds a seed, two calls must draw the same mask.",
    see="dropout-masks",
)
def seed_ignored(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = kept(x.shape, {"p": dropout_param["p"]}) / dropout_param["p"]
    return masked(x, dropout_param, mask)


@mistake(
    FORWARD,
    title="units are dropped in test mode too",
    hint="At test time the whole network answers: no unit is dropped.",
    see="dropout-test-mode",
)
def drops_in_test_mode(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    mask = kept(x.shape, dropout_param) / dropout_param["p"]
    return x * mask, (dropout_param, mask)


@mistake(
    FORWARD,
    title="the output is scaled by p in test mode too",
    hint="Training has already divided by p: what is left to do in testing?",
    see="dropout-test-mode",
)
def scaled_in_both_modes(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    if dropout_param["mode"] == "test":
        return x * dropout_param["p"], (dropout_param, None)
    return dropout_as_a_rule(x, dropout_param)


@mistake(
    FORWARD,
    title="the output is divided by p in test mode too",
    hint="Dividing by p makes up for dropped units. How many are dropped in testing?",
    see="dropout-test-mode",
)
def divided_in_both_modes(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    if dropout_param["mode"] == "test":
        return x / dropout_param["p"], (dropout_param, None)
    return dropout_as_a_rule(x, dropout_param)


@mistake(
    FORWARD,
    title="always the same number of units is kept",
    hint="Shuffling a fixed number of ones ties the units together. "
    "Toss a coin for each unit instead.",
    see="dropout-masks",
)
def fixed_number_kept(x: Array, dropout_param: Param) -> tuple[Array, Cache]:
    p = dropout_param["p"]
    places = np.arange(x.size) < round(p * x.size)
    mask = generator(dropout_param).permutation(places).reshape(x.shape) / p
    return masked(x, dropout_param, mask)
