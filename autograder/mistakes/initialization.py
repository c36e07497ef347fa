"""Mistakes and right variants of fan_in, and what the mistakes of all weights share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Shape = tuple[int, ...]
Rng = np.random.Generator

FAN_IN = "fan_in"


def fan(shape: Shape) -> int:
    return shape[0] if len(shape) == 2 else math.prod(shape[1:])


def one_unit_for_all(shape: Shape, std: float, rng: Rng) -> Array:
    """The same weights for every output unit or filter."""
    if len(shape) == 2:
        return np.tile(rng.normal(0, std, (shape[0], 1)), (1, shape[1]))
    return np.tile(rng.normal(0, std, shape[1:]), (shape[0], 1, 1, 1))


def within_two_deviations(shape: Shape, rng: Rng) -> Array:
    """Standard normal numbers, drawn anew until none is beyond 2."""
    z = rng.standard_normal(shape)
    while np.any(outside := np.abs(z) > 2):
        z[outside] = rng.standard_normal(int(outside.sum()))
    return z


@variant(FAN_IN)
def fan_in_by_cases(shape: Shape) -> int:
    if len(shape) == 2:
        return shape[0]
    if len(shape) == 4:
        _, channels, rows, columns = shape
        return channels * rows * columns
    raise ValueError(f"a shape of {len(shape)} axes is neither dense nor convolutional")


@variant(FAN_IN)
def fan_in_in_a_loop(shape: Shape) -> float:
    if len(shape) not in {2, 4}:
        raise ValueError(f"expected (n_in, n_out) or (F, C, HH, WW), not {shape}")
    count = 1.0
    for side in shape[1:] if len(shape) == 4 else shape[:1]:
        count *= side
    return count


@variant(FAN_IN)
def fan_in_of_numpy(shape: Shape) -> Any:
    return np.prod(shape[:1] if len(shape) == 2 else shape[1:])


@mistake(
    FAN_IN,
    title="for dense weights this is the fan-out",
    hint="With out = x @ w, which axis of w meets the features of x?",
    see="initialization-fan-in",
)
def dense_fan_out(shape: Shape) -> int:
    return math.prod(shape[1:])


@mistake(
    FAN_IN,
    title="it is always the first number of the shape",
    hint="The first number of a filter's shape counts filters. "
    "How many inputs does one of them read?",
    see="initialization-fan-in",
)
def always_first(shape: Shape) -> int:
    return shape[0]


@mistake(
    FAN_IN,
    title="a filter's window is forgotten: only channels are counted",
    hint="One output pixel reads a whole window of every channel.",
    see="initialization-fan-in",
)
def window_forgotten(shape: Shape) -> int:
    return shape[0] if len(shape) == 2 else shape[1]


@mistake(
    FAN_IN,
    title="the channels are forgotten: only the window is counted",
    hint="One output pixel reads its window in every channel.",
    see="initialization-fan-in",
)
def channels_forgotten(shape: Shape) -> int:
    return shape[0] if len(shape) == 2 else shape[2] * shape[3]


@mistake(
    FAN_IN,
    title="for filters this is the fan-out",
    hint="How many numbers are summed up for one output pixel? "
    "The number of filters plays no part in it.",
    see="initialization-fan-in",
)
def convolutional_fan_out(shape: Shape) -> int:
    return shape[0] if len(shape) == 2 else shape[0] * shape[2] * shape[3]


@mistake(
    FAN_IN,
    title="the filters are counted too",
    hint="Each filter reads the same inputs, and each is a unit of its own.",
    see="initialization-fan-in",
)
def filters_counted(shape: Shape) -> int:
    return shape[0] if len(shape) == 2 else math.prod(shape)


@mistake(
    FAN_IN,
    title="all weights are counted, not those of one unit",
    hint="The fan-in belongs to one unit: how many weights end in it?",
    see="initialization-fan-in",
)
def all_weights_counted(shape: Shape) -> int:
    return math.prod(shape)


@mistake(
    FAN_IN,
    title="the window is taken to be square",
    hint="HH and WW may differ: try a filter of 1 by 5 pixels.",
    see="initialization-fan-in",
)
def square_windows(shape: Shape) -> int:
    return shape[0] if len(shape) == 2 else shape[1] * shape[2] ** 2


@mistake(
    FAN_IN,
    title="the filters are read as TensorFlow stores them, (HH, WW, C, F)",
    hint="In this course the number of filters comes first: (F, C, HH, WW).",
    see="initialization-fan-in",
)
def channels_last(shape: Shape) -> int:
    return math.prod(shape[:-1])


@mistake(
    FAN_IN,
    title="fan-in and fan-out are added up, as in Glorot's formula",
    hint="Count the inputs of one unit only.",
    see="initialization-fan-in",
)
def fans_added(shape: Shape) -> int:
    window = math.prod(shape[2:])
    return (shape[0] + shape[1]) * window
