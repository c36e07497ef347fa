"""Mistakes and right variants of ``cosine``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("cosine")
def half_of_one_plus_cosine(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 + np.cos(np.pi * t / total))


@variant("cosine")
def square_of_half_the_angle(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * np.cos(np.pi * np.asarray(t) / (2 * total)) ** 2


@variant("cosine")
def cosine_in_single_precision(t: Any, base_lr: float, total: int) -> Any:
    angle = np.float32(np.pi) * np.asarray(t, dtype=np.float32) / np.float32(total)
    return np.float32(base_lr) / 2 * (1 + np.cos(angle))


@mistake(
    "cosine",
    title="the angle is in degrees",
    hint="np.cos takes radians: half a turn is pi.",
    see="schedules-cosine",
)
def angle_in_degrees(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 + np.cos(180 * np.asarray(t) / total))


@mistake(
    "cosine",
    title="the half is missing: the curve begins at twice base_lr",
    hint="What is 1 + cos(0)?",
    see="schedules-cosine",
)
def half_forgotten(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * (1 + np.cos(np.pi * np.asarray(t) / total))


@mistake(
    "cosine",
    title="pi is missing: the curve ends halfway down",
    hint="Which angle should t = total have, if its cosine is -1?",
    see="schedules-cosine",
)
def pi_forgotten(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 + np.cos(np.asarray(t) / total))


@mistake(
    "cosine",
    title="a whole period is passed: the rate comes up again",
    hint="At t = total the curve is at the bottom. How much of a turn is that?",
    see="schedules-cosine",
)
def whole_period(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 + np.cos(2 * np.pi * np.asarray(t) / total))


@mistake(
    "cosine",
    title="a quarter of a period is passed, from 1 to 0",
    hint="At t = total the cosine itself is -1, not 0.",
    see="schedules-cosine",
)
def quarter_period(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * np.cos(np.pi * np.asarray(t) / (2 * total))


@mistake(
    "cosine",
    title="the 1 + is missing, and rates are negative",
    hint="In which range does a cosine lie, and in which a rate?",
    see="schedules-cosine",
)
def one_forgotten_in_cosine(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * np.cos(np.pi * np.asarray(t) / total)


@mistake(
    "cosine",
    title="the rate rises from 0: the sign of the cosine is wrong",
    hint="At t = 0 the rate is base_lr.",
    see="schedules-cosine",
)
def cosine_that_rises(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 - np.cos(np.pi * np.asarray(t) / total))


@mistake(
    "cosine",
    title="the sine is taken instead of the cosine",
    hint="At t = 0 the rate is base_lr. What is sin(0)?",
    see="schedules-cosine",
)
def sine_for_cosine(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 + np.sin(np.pi * np.asarray(t) / total))


@mistake(
    "cosine",
    title="the curve ends one step early, at total - 1",
    hint="The curve reaches 0 at t = total.",
    see="schedules-cosine",
)
def cosine_ends_a_step_early(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 + np.cos(np.pi * np.asarray(t) / max(total - 1, 1)))


@mistake(
    "cosine",
    title="the factor is returned without base_lr",
    hint="At t = 0 the rate is base_lr: what does yours return?",
    see="schedules-cosine",
)
def cosine_factor_alone(t: Any, base_lr: float, total: int) -> Any:  # noqa: ARG001
    return 0.5 * (1 + np.cos(np.pi * np.asarray(t) / total))


@mistake(
    "cosine",
    title="only a single step can be asked for, not an array",
    hint="math.cos takes one number. What takes a whole array?",
    see="schedules-arrays",
)
def cosine_of_one_at_a_time(t: Any, base_lr: float, total: int) -> Any:
    return 0.5 * base_lr * (1 + math.cos(math.pi * t / total))
