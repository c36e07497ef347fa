"""Mistakes and right variants of ``inverse`` and ``inverse_sqrt``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("inverse")
def a_negative_power(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return base_lr * (1 + gamma * t) ** -power


@variant("inverse")
def divided_by_a_power(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return base_lr / np.power(1.0 + gamma * np.asarray(t), power)


@variant("inverse")
def inverse_in_single_precision(
    t: Any, base_lr: float, gamma: float, power: float
) -> Any:
    grown = 1 + np.float32(gamma) * np.asarray(t, dtype=np.float32)
    return np.float32(base_lr) * grown ** np.float32(-power)


@mistake(
    "inverse",
    title="the power has lost its minus sign, and the rate grows",
    hint="Does the rate fall? What does a negative power do?",
    see="schedules-inverse",
)
def power_without_minus(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return base_lr * (1 + gamma * np.asarray(t)) ** power


@mistake(
    "inverse",
    title="power is not used",
    hint="Try power = 2 and power = 0.5: are the curves different?",
    see="schedules-inverse",
)
def power_ignored(t: Any, base_lr: float, gamma: float, power: float) -> Any:  # noqa: ARG001
    return base_lr / (1 + gamma * np.asarray(t))


@mistake(
    "inverse",
    title="gamma is not used",
    hint="Try gamma = 0.1 and gamma = 1: are the curves different?",
    see="schedules-inverse",
)
def inverse_gamma_ignored(t: Any, base_lr: float, gamma: float, power: float) -> Any:  # noqa: ARG001
    return base_lr / (1.0 + np.asarray(t)) ** power


@mistake(
    "inverse",
    title="the 1 inside the parentheses is missing",
    hint="What is the rate at t = 0?",
    see="schedules-inverse",
)
def one_forgotten(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return base_lr / np.float64(gamma * np.asarray(t)) ** power


@mistake(
    "inverse",
    title="only t is raised to the power",
    hint="What do the parentheses in the formula embrace?",
    see="schedules-inverse",
)
def power_of_the_step_alone(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return base_lr / (1 + gamma * np.asarray(t, dtype=float) ** power)


@mistake(
    "inverse",
    title="the 1 is left outside the power",
    hint="What do the parentheses in the formula embrace?",
    see="schedules-inverse",
)
def power_of_gamma_and_step(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return base_lr / (1 + (gamma * np.asarray(t)) ** power)


@mistake(
    "inverse",
    title="parentheses are missing: base_lr is divided by 1 alone",
    hint="In a / 1 + b, what is divided?",
    see="schedules-inverse",
)
def divided_by_one_only(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return (base_lr / 1 + gamma * np.asarray(t)) ** -power


@mistake(
    "inverse",
    title="base_lr is raised to the power too",
    hint="Only the denominator has a power.",
    see="schedules-inverse",
)
def base_lr_inside_the_power(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return (base_lr / (1 + gamma * np.asarray(t))) ** power


@mistake(
    "inverse",
    title="the factor is returned without base_lr",
    hint="At t = 0 the rate is base_lr: what does yours return?",
    see="schedules-inverse",
)
def inverse_factor_alone(t: Any, base_lr: float, gamma: float, power: float) -> Any:  # noqa: ARG001
    return (1 + gamma * np.asarray(t)) ** -power


@mistake(
    "inverse",
    title="gamma is raised to t instead of multiplied by it",
    hint="In this schedule t stands beside gamma, not above it.",
    see="schedules-inverse",
)
def gamma_to_the_step(t: Any, base_lr: float, gamma: float, power: float) -> Any:
    return base_lr * (1 + gamma ** np.asarray(t, dtype=float)) ** -power


@variant("inverse_sqrt")
def one_over_a_root(t: Any, base_lr: float) -> Any:
    return base_lr / np.sqrt(np.asarray(t) + 1)


@variant("inverse_sqrt")
def power_of_minus_a_half(t: Any, base_lr: float) -> Any:
    return base_lr * (t + 1.0) ** -0.5


@variant("inverse_sqrt")
def root_in_single_precision(t: Any, base_lr: float) -> Any:
    return np.float32(base_lr) / np.sqrt(np.asarray(t, dtype=np.float32) + 1)


@mistake(
    "inverse_sqrt",
    title="under the root stands t, so that the first rate is infinite",
    hint="What is the root at t = 0?",
    see="schedules-inverse-sqrt",
)
def infinite_at_the_start(t: Any, base_lr: float) -> Any:
    return base_lr / np.sqrt(np.float64(t))


@mistake(
    "inverse_sqrt",
    title="under the root stands t, and only t = 0 is repaired",
    hint="Steps 0 and 1 get the same rate. Which offset sets all steps apart?",
    see="schedules-inverse-sqrt",
)
def zero_replaced_by_one(t: Any, base_lr: float) -> Any:
    return base_lr / np.sqrt(np.maximum(t, 1))


@mistake(
    "inverse_sqrt",
    title="the root is missing",
    hint="At t = 3 the rate is half of base_lr, not a quarter.",
    see="schedules-inverse-sqrt",
)
def root_forgotten(t: Any, base_lr: float) -> Any:
    return base_lr / (np.asarray(t) + 1.0)


@mistake(
    "inverse_sqrt",
    title="the 1 is added after the root is taken",
    hint="At t = 3 the rate is half of base_lr. What is it with yours?",
    see="schedules-inverse-sqrt",
)
def one_added_to_the_root(t: Any, base_lr: float) -> Any:
    return base_lr / (np.sqrt(t) + 1)


@mistake(
    "inverse_sqrt",
    title="base_lr is multiplied by the root, and the rate grows",
    hint="Inverse means that the root stands below the line.",
    see="schedules-inverse-sqrt",
)
def multiplied_by_the_root(t: Any, base_lr: float) -> Any:
    return base_lr * np.sqrt(np.asarray(t) + 1)


@mistake(
    "inverse_sqrt",
    title="the factor is returned without base_lr",
    hint="At t = 0 the rate is base_lr: what does yours return?",
    see="schedules-inverse-sqrt",
)
def root_factor_alone(t: Any, base_lr: float) -> Any:  # noqa: ARG001
    return 1 / np.sqrt(np.asarray(t) + 1)


@mistake(
    "inverse_sqrt",
    title="base_lr stands under the root as well",
    hint="Only the number of steps has a root.",
    see="schedules-inverse-sqrt",
)
def base_lr_under_the_root(t: Any, base_lr: float) -> Any:
    return np.sqrt(base_lr / (np.asarray(t) + 1))


@mistake(
    "inverse_sqrt",
    title="only a single step can be asked for, not an array",
    hint="math.sqrt takes one number. What takes a whole array?",
    see="schedules-arrays",
)
def root_of_one_at_a_time(t: Any, base_lr: float) -> Any:
    return base_lr / math.sqrt(t + 1)
