"""Mistakes and right variants of ``sigmoid``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("sigmoid")
def one_over_one_plus_exponential(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    return base_lr / (1 + np.exp(-gamma * (np.asarray(t) - step_size)))


@variant("sigmoid")
def by_hyperbolic_tangent(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    half = gamma * (np.asarray(t, dtype=float) - step_size) / 2
    return base_lr * 0.5 * (1 + np.tanh(half))


@variant("sigmoid")
def exponent_clipped(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    z = np.clip(gamma * (np.asarray(t) - step_size), -500, 500)
    return base_lr * (1.0 + np.exp(-z)) ** -1


@variant("sigmoid")
def two_stable_branches(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    z = gamma * (np.asarray(t, dtype=float) - step_size)
    small = np.exp(-np.abs(z))
    return base_lr * np.where(z >= 0, 1.0, small) / (1 + small)


@mistake(
    "sigmoid",
    title="the sign in the exponent is wrong: falling and rising are exchanged",
    hint="With gamma below 0 the rate falls. Which sign stands before gamma?",
    see="schedules-sigmoid",
)
def sign_reversed(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr / (1 + np.exp(gamma * (np.asarray(t) - step_size)))


@mistake(
    "sigmoid",
    title="step_size is not used: the middle of the curve lies at t = 0",
    hint="Where should the rate be half of base_lr?",
    see="schedules-sigmoid",
)
def middle_ignored(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:  # noqa: ARG001
    return base_lr / (1 + np.exp(-gamma * np.asarray(t)))


@mistake(
    "sigmoid",
    title="gamma multiplies t only, and not step_size",
    hint="What do the parentheses in the exponent embrace?",
    see="schedules-sigmoid",
)
def step_size_outside(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr / (1 + np.exp(-gamma * np.asarray(t) - step_size))


@mistake(
    "sigmoid",
    title="step_size is added to t instead of subtracted",
    hint="The middle of the curve lies at t = step_size: there the exponent is 0.",
    see="schedules-sigmoid",
)
def step_size_added(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr / (1 + np.exp(-gamma * (np.asarray(t) + step_size)))


@mistake(
    "sigmoid",
    title="gamma is not used",
    hint="gamma says how steep the curve is, and which way it goes.",
    see="schedules-sigmoid",
)
def slope_ignored(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:  # noqa: ARG001
    return base_lr / (1 + np.exp(-(np.asarray(t, dtype=float) - step_size)))


@mistake(
    "sigmoid",
    title="the absolute value of gamma is taken: every curve falls",
    hint="The formula takes gamma with its sign; a positive gamma gives a rising rate.",
    see="schedules-sigmoid",
)
def slope_always_downward(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr / (1 + np.exp(np.abs(gamma) * (np.asarray(t) - step_size)))


@mistake(
    "sigmoid",
    title="far from the middle the answer is not a number",
    hint="exp(1000) is infinite: write the fraction without it above the line.",
    see="schedules-sigmoid",
)
def infinity_over_infinity(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    grown = np.exp(gamma * (np.asarray(t) - step_size))
    return base_lr * grown / (1 + grown)


@mistake(
    "sigmoid",
    title="parentheses are missing: base_lr is divided by 1 alone",
    hint="In a / 1 + b, what is divided?",
    see="schedules-sigmoid",
)
def sigmoid_divided_by_one_only(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    return base_lr / 1 + np.exp(-gamma * (np.asarray(t) - step_size))


@mistake(
    "sigmoid",
    title="the factor is returned without base_lr",
    hint="At t = step_size the rate is half of base_lr: what does yours return?",
    see="schedules-sigmoid",
)
def sigmoid_factor_alone(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:  # noqa: ARG001
    return 1 / (1 + np.exp(-gamma * (np.asarray(t) - step_size)))


@mistake(
    "sigmoid",
    title="t is divided by step_size instead of shifted by it",
    hint="step_size is the step at which the rate is half of base_lr.",
    see="schedules-sigmoid",
)
def distance_in_whole_step_sizes(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    return base_lr / (1 + np.exp(-gamma * np.asarray(t) / step_size))


@mistake(
    "sigmoid",
    title="far from the middle an OverflowError is raised",
    hint="math.exp(1000) gives up where np.exp(1000) is infinite.",
    see="schedules-sigmoid",
)
def overflow_raised(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    def one(step: Any) -> float:
        return base_lr / (1 + math.exp(-gamma * (step - step_size)))

    if np.ndim(t) == 0:
        return one(t)
    return np.array([one(step) for step in np.ravel(t)]).reshape(np.shape(t))


@mistake(
    "sigmoid",
    title="only a single step can be asked for, not an array",
    hint="math.exp takes one number. What takes a whole array?",
    see="schedules-arrays",
)
def sigmoid_of_one_at_a_time(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    return base_lr / (1 + math.exp(-gamma * (t - step_size)))
