"""Mistakes and right variants of ``exponential``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("exponential")
def a_power_of_gamma(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * gamma**t


@variant("exponential")
def exponential_by_logarithm(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * np.exp(t * np.log(gamma))


@variant("exponential")
def exponential_in_single_precision(t: Any, base_lr: float, gamma: float) -> Any:
    factor = np.power(np.float32(gamma), np.asarray(t, dtype=np.float32))
    return np.float32(base_lr) * factor


@variant("exponential")
def multiplied_again_and_again(t: Any, base_lr: float, gamma: float) -> Any:
    rates = np.full(np.shape(t), float(base_lr))
    left = np.array(t, dtype=float)
    while (left > 0).any():
        rates = np.where(left > 0, rates * gamma, rates)
        left = left - 1
    return rates


@mistake(
    "exponential",
    title="gamma is multiplied by t",
    hint="Each step multiplies by gamma once more. Write down the rate at t = 1, 2, 3.",
    see="schedules-exponential",
)
def gamma_times_t(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * gamma * t


@mistake(
    "exponential",
    title="base and exponent are exchanged",
    hint="At t = 0 the rate is base_lr. Is it, with your formula?",
    see="schedules-exponential",
)
def power_upside_down(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * np.asarray(t, dtype=float) ** gamma


@mistake(
    "exponential",
    title="gamma is taken for the constant in exp(-gamma t)",
    hint="Both are called exponential decay. Here one step multiplies by gamma itself.",
    see="schedules-exponential",
)
def gamma_as_a_decay_constant(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * np.exp(-gamma * np.asarray(t))


@mistake(
    "exponential",
    title="gamma is read as the share that is lost at each step",
    hint="gamma is what remains: a gamma of 0.99 is a slow decay.",
    see="schedules-exponential",
)
def exponential_share_lost(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * (1 - gamma) ** np.asarray(t, dtype=float)


@mistake(
    "exponential",
    title="the schedule runs one step ahead",
    hint="What is the rate at the first step, t = 0?",
    see="schedules-exponential",
)
def a_step_ahead(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * gamma ** (t + 1)


@mistake(
    "exponential",
    title="the schedule runs one step behind",
    hint="How many factors gamma has the rate at t = 1?",
    see="schedules-exponential",
)
def a_step_behind(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * gamma ** (np.asarray(t, dtype=float) - 1)


@mistake(
    "exponential",
    title="the factor is returned without base_lr",
    hint="At t = 0 the rate is base_lr: what does yours return?",
    see="schedules-exponential",
)
def exponential_factor_alone(t: Any, base_lr: float, gamma: float) -> Any:  # noqa: ARG001
    return gamma**t


@mistake(
    "exponential",
    title="the exponent has the wrong sign",
    hint="With a gamma below 1 the rate has to fall.",
    see="schedules-exponential",
)
def sign_of_the_exponent(t: Any, base_lr: float, gamma: float) -> Any:
    return base_lr * gamma ** (-np.asarray(t, dtype=float))


@mistake(
    "exponential",
    title="an entry's place in the array is taken for its step",
    hint="The array says which steps are asked for; they may come in any order.",
    see="schedules-arrays",
)
def places_for_steps(t: Any, base_lr: float, gamma: float) -> Any:
    if np.ndim(t) == 0:
        return base_lr * gamma**t
    places = np.arange(np.size(t)).reshape(np.shape(t))
    return base_lr * gamma**places
