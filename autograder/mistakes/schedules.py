"""Mistakes and right variants of ``fixed`` and ``step``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("fixed")
def one_number_for_every_step(t: Any, base_lr: float) -> Any:
    return base_lr * 1.0 if np.isscalar(t) else np.full(np.shape(t), base_lr)


@variant("fixed")
def nothing_added_to_it(t: Any, base_lr: float) -> Any:
    return base_lr + 0.0 * np.asarray(t)


@variant("fixed")
def single_precision_rate(t: Any, base_lr: float) -> Any:
    return np.full(np.shape(t), base_lr, dtype=np.float32)


@mistake(
    "fixed",
    title="the rates take the type of the steps: integers",
    hint="What type has np.full_like(t, ...) for an array of whole steps?",
    see="schedules-arrays",
)
def fixed_truncated_to_integers(t: Any, base_lr: float) -> Any:
    return np.full_like(t, base_lr)


@mistake(
    "fixed",
    title="base_lr is multiplied by the step",
    hint="Should the rate at step 7 differ from the one at step 1?",
    see="schedules-fixed",
)
def grows_with_the_step(t: Any, base_lr: float) -> Any:
    return base_lr * np.asarray(t)


@mistake(
    "fixed",
    title="base_lr is divided by the number of steps",
    hint="That is a decay. A fixed rate stays what it is.",
    see="schedules-fixed",
)
def falls_with_the_step(t: Any, base_lr: float) -> Any:
    return base_lr / (np.asarray(t) + 1.0)


@mistake(
    "fixed",
    title="ones are returned, without base_lr",
    hint="A factor of 1 is not yet a rate.",
    see="schedules-fixed",
)
def ones_for_every_step(t: Any, base_lr: float) -> Any:  # noqa: ARG001
    return np.ones(np.shape(t))


@mistake(
    "fixed",
    title="the rate is written into the function",
    hint="The rate is an argument: does your function use it?",
    see="schedules-fixed",
)
def always_a_hundredth(t: Any, base_lr: float) -> Any:  # noqa: ARG001
    return np.full(np.shape(t), 0.01)


@mistake(
    "fixed",
    title="the rate is 0 at the first step",
    hint="Which value of t counts as false in Python?",
    see="schedules-fixed",
)
def zero_at_the_first_step(t: Any, base_lr: float) -> Any:
    return np.where(np.asarray(t) > 0, base_lr, 0.0)


@variant("step")
def whole_steps_in_the_exponent(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    return base_lr * gamma ** (t // step_size)


@variant("step")
def by_exponential_and_logarithm(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    drops = np.floor(np.asarray(t, dtype=float) / step_size)
    return base_lr * np.exp(drops * np.log(gamma))


@variant("step")
def loop_over_every_entry(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    rates = []
    for left in np.ravel(t).tolist():
        rate = base_lr
        for _ in range(int(left) // step_size):
            rate *= gamma
        rates.append(rate)
    return np.array(rates).reshape(np.shape(t))


@variant("step")
def step_in_single_precision(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    steps = np.asarray(t, dtype=np.float32)
    factor = np.float32(gamma) ** np.floor(steps / np.float32(step_size))
    return np.float32(base_lr) * factor


@mistake(
    "step",
    title="the division is not rounded down, so the rate falls at every step",
    hint="Between two drops nothing changes: what has to happen to t / step_size?",
    see="schedules-step",
)
def true_division(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma ** (t / step_size)


@mistake(
    "step",
    title="the division is rounded up",
    hint="How many drops lie behind the first step after t = 0?",
    see="schedules-step",
)
def rounded_up(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma ** np.ceil(np.asarray(t) / step_size)


@mistake(
    "step",
    title="the division is rounded to the nearest integer",
    hint="Does a drop count when six tenths of the way to it are done?",
    see="schedules-step",
)
def rounded_to_the_nearest(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma ** np.round(np.asarray(t) / step_size)


@mistake(
    "step",
    title="every drop comes one step late",
    hint="At t = step_size the new rate is in force already.",
    see="schedules-step",
)
def drop_a_step_late(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma ** (np.maximum(np.asarray(t) - 1, 0) // step_size)


@mistake(
    "step",
    title="every drop comes one step early",
    hint="The first step is t = 0: how many steps have the first rate?",
    see="schedules-step",
)
def drop_a_step_early(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma ** ((t + 1) // step_size)


@mistake(
    "step",
    title="the rate drops at every step: step_size is not used",
    hint="How many steps are to pass between two drops?",
    see="schedules-step",
)
def step_size_ignored(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:  # noqa: ARG001
    return base_lr * gamma**t


@mistake(
    "step",
    title="gamma is multiplied by the number of drops",
    hint="Each drop multiplies by gamma once more. What is that for three drops?",
    see="schedules-step",
)
def gamma_times_the_drops(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma * (t // step_size)


@mistake(
    "step",
    title="the remainder is taken where the quotient is due",
    hint="What do t % step_size and t // step_size count?",
    see="schedules-step",
)
def remainder_for_quotient(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma ** (t % step_size)


@mistake(
    "step",
    title="the rate drops only once",
    hint="What should happen at t = 2 * step_size?",
    see="schedules-step",
)
def dropped_only_once(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return np.where(np.asarray(t) >= step_size, base_lr * gamma, base_lr)


@mistake(
    "step",
    title="the factor is returned without base_lr",
    hint="With a gamma of 1 the rate is base_lr: what does yours return?",
    see="schedules-step",
)
def step_factor_alone(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:  # noqa: ARG001
    return gamma ** np.floor(np.asarray(t, dtype=float) / step_size)


@mistake(
    "step",
    title="gamma is read as the share that is lost in a drop",
    hint="gamma is what the rate is multiplied by; a gamma of 0.9 is a gentle drop.",
    see="schedules-step",
)
def gamma_as_the_share_lost(
    t: Any, base_lr: float, gamma: float, step_size: int
) -> Any:
    return base_lr * (1 - gamma) ** (t // step_size)


@mistake(
    "step",
    title="only a single step can be asked for, not an array",
    hint="math.floor and int() take one number. What rounds down a whole array?",
    see="schedules-arrays",
)
def one_step_at_a_time(t: Any, base_lr: float, gamma: float, step_size: int) -> Any:
    return base_lr * gamma ** math.floor(t / step_size)
