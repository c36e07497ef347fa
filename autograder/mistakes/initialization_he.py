"""Mistakes and right variants of he_init."""

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

HE = "he_init"


def fan_out(shape: Shape) -> int:
    return shape[1] if len(shape) == 2 else shape[0] * math.prod(shape[2:])


@variant(HE)
def he_normal(shape: Shape, rng: Rng) -> Array:
    return rng.standard_normal(shape) * math.sqrt(2 / fan(shape))


@variant(HE)
def he_uniform(shape: Shape, rng: Rng) -> Array:
    limit = math.sqrt(6 / fan(shape))
    return rng.uniform(-limit, limit, shape)


@variant(HE)
def he_truncated(shape: Shape, rng: Rng) -> Array:
    # 0.8796...: the standard deviation that truncation at 2 leaves.
    std = math.sqrt(2 / fan(shape)) / 0.87962566103423978
    return std * within_two_deviations(shape, rng)


@variant(HE)
def he_in_single_precision(shape: Shape, rng: Rng) -> Array:
    w = rng.standard_normal(shape, dtype=np.float32)
    w *= np.sqrt(np.float32(2) / fan(shape))
    return w


@mistake(
    HE,
    title="this is Xavier's scale, √(1 / fan_in)",
    hint="A ReLU sets half of the sums to 0, and with them half of the mean "
    "square. What makes up for it?",
    see="initialization-he",
)
def xavier_for_he(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, math.sqrt(1 / fan(shape)), shape)


@mistake(
    HE,
    title="this is Glorot and Bengio's scale, √(2 / (fan_in + fan_out))",
    hint="The 2 is right; what it is divided by is not. He's rule keeps the fan-in"
    " only.",
    see="initialization-he",
)
def glorot_for_he(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, math.sqrt(2 / (fan(shape) + fan_out(shape))), shape)


@mistake(
    HE,
    title="the 2 is outside the root: √(1 / fan_in) is doubled",
    hint="Variance 2 / fan_in: how large is its root?",
    see="initialization-he",
)
def two_outside_the_root(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, 2 * math.sqrt(1 / fan(shape)), shape)


@mistake(
    HE,
    title="the fan-in is outside the root: √2 / fan_in",
    hint="Variance 2 / fan_in: both the 2 and the fan-in stand under the root.",
    see="initialization-he",
)
def fan_in_outside_the_root(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, math.sqrt(2) / fan(shape), shape)


@mistake(
    HE,
    title="the scale follows the fan-out",
    hint="Which sum should keep its variance on the way forward, and how many "
    "terms has it?",
    see="initialization-he",
)
def he_of_fan_out(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, math.sqrt(2 / fan_out(shape)), shape)


@mistake(
    HE,
    title="the variance 2 / fan_in is used as the standard deviation",
    hint="NumPy's scale is the standard deviation: the root of the variance.",
    see="initialization-std",
)
def he_without_root(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, 2 / fan(shape), shape)


@mistake(
    HE,
    title="the limit of a uniform law is taken for its standard deviation",
    hint="A uniform number between -a and a has a standard deviation of a / √3.",
    see="initialization-law",
)
def he_limit_for_std(shape: Shape, rng: Rng) -> Array:
    limit = math.sqrt(2 / fan(shape))
    return rng.uniform(-limit, limit, shape)


@mistake(
    HE,
    title="for filters the number of filters is taken for the fan-in",
    hint="How many numbers does one output pixel of a filter sum up? See fan_in.",
    see="initialization-fan-in",
)
def he_of_first_axis(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, math.sqrt(2 / shape[0]), shape)


@mistake(
    HE,
    title="for filters only the channels are counted",
    hint="One output pixel reads a whole window of every channel. See fan_in.",
    see="initialization-fan-in",
)
def he_of_channels(shape: Shape, rng: Rng) -> Array:
    inputs = shape[0] if len(shape) == 2 else shape[1]
    return rng.normal(0, math.sqrt(2 / inputs), shape)


@mistake(
    HE,
    title="for filters the channels are forgotten",
    hint="One output pixel reads its window in every channel. See fan_in.",
    see="initialization-fan-in",
)
def he_of_window(shape: Shape, rng: Rng) -> Array:
    inputs = shape[0] if len(shape) == 2 else shape[2] * shape[3]
    return rng.normal(0, math.sqrt(2 / inputs), shape)


@mistake(
    HE,
    title="the scale counts all weights, not those of one unit",
    hint="The fan-in belongs to one unit: how many weights end in it?",
    see="initialization-fan-in",
)
def he_of_all_weights(shape: Shape, rng: Rng) -> Array:
    return rng.normal(0, math.sqrt(2 / math.prod(shape)), shape)


@mistake(
    HE,
    title="the weights are not scaled at all",
    hint="A standard deviation of 1 makes every sum as large as the root of its "
    "number of terms.",
    see="initialization-std",
)
def he_not_scaled(shape: Shape, rng: Rng) -> Array:
    return rng.standard_normal(shape)


@mistake(
    HE,
    title="the weights grow with the fan-in",
    hint="The more terms a sum has, the smaller each must be. Multiply or divide?",
    see="initialization-he",
)
def he_times_fan_in(shape: Shape, rng: Rng) -> Array:
    return rng.standard_normal(shape) * math.sqrt(fan(shape) / 2)


@mistake(
    HE,
    title="the tails are cut off and the scale shrinks with them",
    hint="Weights without tails have a smaller standard deviation: 0.88 of it is "
    "left when they are cut at two.",
    see="initialization-law",
)
def he_truncated_and_smaller(shape: Shape, rng: Rng) -> Array:
    return math.sqrt(2 / fan(shape)) * within_two_deviations(shape, rng)


@mistake(
    HE,
    title="no weight is negative: the numbers come from [0, 1)",
    hint="rng.random draws from 0 to 1. Weights are as often negative as positive.",
    see="initialization-law",
)
def he_never_negative(shape: Shape, rng: Rng) -> Array:
    return rng.random(shape) * math.sqrt(2 / fan(shape))


@mistake(
    HE,
    title="every unit starts with the same weights",
    hint="Draw as many numbers as w has entries: units that start equal learn the "
    "same thing.",
    see="initialization-symmetry",
)
def he_units_all_alike(shape: Shape, rng: Rng) -> Array:
    return one_unit_for_all(shape, math.sqrt(2 / fan(shape)), rng)


@mistake(
    HE,
    title="not everything is drawn from rng",
    hint="Every random number must come from rng: then a run can be repeated.",
    see="initialization-rng",
)
def he_rng_ignored(shape: Shape, rng: Rng) -> Array:  # noqa: ARG001
    other = np.random.default_rng()
    return other.normal(0, math.sqrt(2 / fan(shape)), shape)


@mistake(
    HE,
    title="every call draws the same weights, from a seed of its own",
    hint="rng brings its state along. With a seed of your own two layers of the "
    "same shape start equal.",
    see="initialization-rng",
)
def he_seeded_inside(shape: Shape, rng: Rng) -> Array:  # noqa: ARG001
    other = np.random.default_rng(0)
    return other.normal(0, math.sqrt(2 / fan(shape)), shape)


@mistake(
    HE,
    title="only dense weights are drawn: filters fail",
    hint="A shape of four numbers, (F, C, HH, WW), has a fan-in too. See fan_in.",
    see="initialization-fan-in",
)
def he_of_matrices_only(shape: Shape, rng: Rng) -> Array:
    n_in, n_out = shape
    return rng.normal(0, math.sqrt(2 / n_in), (n_in, n_out))


@mistake(
    HE,
    title="rng is copied, and never moves on",
    hint="Two layers of the same shape, drawn one after the other, come out equal. "
    "Draw from rng itself.",
    see="initialization-rng",
)
def he_from_a_copy(shape: Shape, rng: Rng) -> Array:
    weights: Array = copy.deepcopy(rng).normal(0.0, math.sqrt(2 / fan(shape)), shape)
    return weights
