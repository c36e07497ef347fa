"""Mistakes and right variants of normal_init."""

from __future__ import annotations

import copy
import math

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.initialization import (
    Array,
    Rng,
    Shape,
    fan,
    one_unit_for_all,
    within_two_deviations,
)

NORMAL = "normal_init"


@variant(NORMAL)
def normal_of_numpy(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.normal(scale=std, size=shape)


@variant(NORMAL)
def normal_in_polar_coordinates(shape: Shape, std: float, rng: Rng) -> Array:
    if std < 0:
        raise ValueError(f"a standard deviation is never negative, and {std} is")
    radius = np.sqrt(-2 * np.log(1 - rng.random(shape)))
    w: Array = std * radius * np.cos(2 * np.pi * rng.random(shape))
    return w


@variant(NORMAL)
def normal_in_single_precision(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(std)


@variant(NORMAL)
def normal_one_by_one(shape: Shape, std: float, rng: Rng) -> Array:
    w = np.empty(math.prod(shape))
    for place in range(w.size):
        w[place] = rng.normal(0.0, std)
    return w.reshape(shape)


@mistake(
    NORMAL,
    title="std is used as the variance",
    hint="What does NumPy's scale mean: the standard deviation, or its square?",
    see="initialization-std",
)
def root_of_std(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.normal(0, math.sqrt(std), shape)


@mistake(
    NORMAL,
    title="the variance is used as the standard deviation",
    hint="What does NumPy's scale mean: the standard deviation, or its square?",
    see="initialization-std",
)
def square_of_std(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.normal(0, std**2, shape)


@mistake(
    NORMAL,
    title="std is ignored: the standard deviation is always 1",
    hint="Standard normal numbers have a standard deviation of 1. Yours should be std.",
    see="initialization-std",
)
def std_ignored(shape: Shape, std: float, rng: Rng) -> Array:  # noqa: ARG001
    return rng.standard_normal(shape)


@mistake(
    NORMAL,
    title="std has become the mean",
    hint="The first argument of rng.normal is the mean.",
    see="initialization-std",
)
def std_for_the_mean(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.normal(std, size=shape)


@mistake(
    NORMAL,
    title="the standard deviation is always 0.01",
    hint="0.01 is one choice of many; the caller says which in std.",
    see="initialization-std",
)
def always_a_hundredth(shape: Shape, std: float, rng: Rng) -> Array:  # noqa: ARG001
    return 0.01 * rng.standard_normal(shape)


@mistake(
    NORMAL,
    title="the weights are uniform between -std and std",
    hint="A uniform number between -a and a has a standard deviation of a / √3, "
    "and it is not normal.",
    see="initialization-law",
)
def uniform_within_std(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.uniform(-std, std, shape)


@mistake(
    NORMAL,
    title="the weights are uniform, with the right standard deviation",
    hint="Mean and standard deviation are right. Look at a histogram of the weights.",
    see="initialization-law",
)
def uniform_of_that_std(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)


@mistake(
    NORMAL,
    title="no weight is negative: the numbers come from [0, 1)",
    hint="rng.random draws from 0 to 1. Weights are as often negative as positive.",
    see="initialization-law",
)
def from_zero_to_std(shape: Shape, std: float, rng: Rng) -> Array:
    return std * rng.random(shape)


@mistake(
    NORMAL,
    title="the tails are cut off at two standard deviations",
    hint="Cutting off the tails leaves another law, with a smaller standard deviation.",
    see="initialization-law",
)
def truncated(shape: Shape, std: float, rng: Rng) -> Array:
    return std * within_two_deviations(shape, rng)


@mistake(
    NORMAL,
    title="every unit starts with the same weights",
    hint="Draw as many numbers as w has entries: "
    "units that start equal learn the same thing.",
    see="initialization-symmetry",
)
def units_all_alike(shape: Shape, std: float, rng: Rng) -> Array:
    return one_unit_for_all(shape, std, rng)


@mistake(
    NORMAL,
    title="not everything is drawn from rng",
    hint="Every random number must come from rng: then a run can be repeated.",
    see="initialization-rng",
)
def rng_ignored(shape: Shape, std: float, rng: Rng) -> Array:  # noqa: ARG001
    return np.random.default_rng().normal(0, std, shape)


@mistake(
    NORMAL,
    title="every call draws the same weights, from a seed of its own",
    hint="rng brings its state along. With a seed of your own two layers of the same "
    "shape start equal.",
    see="initialization-rng",
)
def seeded_inside(shape: Shape, std: float, rng: Rng) -> Array:  # noqa: ARG001
    return np.random.default_rng(0).normal(0, std, shape)


@mistake(
    NORMAL,
    title="std is divided by the square root of the fan-in",
    hint="Here the caller says what the standard deviation is; "
    "the fan-in comes in with Xavier.",
    see="initialization-std",
)
def divided_by_fan_in(shape: Shape, std: float, rng: Rng) -> Array:
    return rng.normal(0, std / math.sqrt(fan(shape)), shape)


@mistake(
    NORMAL,
    title="all weights are equal",
    hint="Units that start equal stay equal. Draw a random number for every weight.",
    see="initialization-symmetry",
)
def constant(shape: Shape, std: float, rng: Rng) -> Array:  # noqa: ARG001
    return np.full(shape, std)


@mistake(
    NORMAL,
    title="all weights are 0",
    hint="With zeros all units of a layer compute the same and learn the same.",
    see="initialization-symmetry",
)
def zeros(shape: Shape, std: float, rng: Rng) -> Array:  # noqa: ARG001
    return np.zeros(shape)


@mistake(
    NORMAL,
    title="only matrices are drawn: filters fail",
    hint="rng takes the whole shape, however many axes it has.",
    see="initialization-fan-in",
)
def normal_matrices_only(shape: Shape, std: float, rng: Rng) -> Array:
    n_in, n_out = shape
    return rng.normal(0, std, (n_in, n_out))


@mistake(
    NORMAL,
    title="rng is copied, and never moves on",
    hint="Two layers of the same shape, drawn one after the other, come out equal. "
    "Draw from rng itself.",
    see="initialization-rng",
)
def drawn_from_a_copy(shape: Shape, std: float, rng: Rng) -> Array:
    weights: Array = copy.deepcopy(rng).normal(0.0, std, shape)
    return weights
