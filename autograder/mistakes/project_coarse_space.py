"""Mistakes and right variants of the project's first space of settings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant

Space = dict[str, tuple[str, float, float]]

COARSE = "coarse_space"
SCALE, FINER = "tuning-log-scale", "tuning-coarse-to-fine"
DECAY = ("log", 1e-6, 1e-2)


@variant(COARSE)
def a_tenth_to_three_times(rate: float) -> Space:
    return {"rate": ("log", rate / 10, 3 * rate), "weight_decay": DECAY}


@variant(COARSE)
def with_lists(rate: float) -> dict[str, list[Any]]:
    ends = np.float64(rate) * np.array([0.1, 3.0])
    return {"weight_decay": ["log", 10**-6, 10**-2], "rate": ["log", ends[0], ends[1]]}


@mistake(
    COARSE,
    title="the ranges are searched on a linear scale",
    hint="On a linear scale nine tenths of the draws lie in the last decade.",
    see=SCALE,
)
def linear_scales(rate: float) -> Space:
    space = a_tenth_to_three_times(rate)
    return {name: ("linear", low, high) for name, (_, low, high) in space.items()}


@mistake(
    COARSE,
    title="the range of the rate reaches a decade up",
    hint="Step 3 found the largest rate that works: how much room is above it?",
    see=FINER,
)
def a_decade_up(rate: float) -> Space:
    return {"rate": ("log", rate / 10, 10 * rate), "weight_decay": DECAY}


@mistake(
    COARSE,
    title="the rate that step 3 found is the end of the range",
    hint="Step 3 tried rates far apart: the best may lie a little above.",
    see=FINER,
)
def nothing_above(rate: float) -> Space:
    return {"rate": ("log", rate / 10, rate), "weight_decay": DECAY}


@mistake(
    COARSE,
    title="the range of the rate is always the same",
    hint="What was step 3 done for?",
    see=FINER,
)
def always_the_same(_rate: float) -> Space:
    return {"rate": ("log", 0.01, 0.3), "weight_decay": DECAY}


@mistake(
    COARSE,
    title="low and high are swapped",
    hint="A range is (scale, low, high).",
    see=SCALE,
)
def ends_swapped(rate: float) -> Space:
    return {"rate": ("log", 3 * rate, rate / 10), "weight_decay": ("log", 1e-2, 1e-6)}


@mistake(
    COARSE,
    title="logarithms are returned in place of the ends",
    hint="The scale says 'log' already; the ends are the numbers themselves.",
    see=SCALE,
)
def logarithms_of_the_ends(rate: float) -> Space:
    space = a_tenth_to_three_times(rate)
    log = math.log10
    return {name: (scale, log(a), log(b)) for name, (scale, a, b) in space.items()}


@mistake(
    COARSE,
    title="the weight decay is not searched",
    hint="Rate and weight decay depend on each other: search them together.",
    see="tuning-order",
)
def decay_left_out(rate: float) -> Space:
    return {"rate": ("log", rate / 10, 3 * rate)}
