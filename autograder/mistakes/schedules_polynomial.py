"""Mistakes and right variants of ``polynomial`` and ``linear``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("polynomial")
def share_that_remains(t: Any, base_lr: float, power: float, total: int) -> Any:
    return base_lr * (1 - t / total) ** power


@variant("polynomial")
def steps_left_over_total(t: Any, base_lr: float, power: float, total: int) -> Any:
    left = total - np.asarray(t, dtype=float)
    return base_lr * np.power(left / total, power)


@variant("polynomial")
def polynomial_in_single_precision(
    t: Any, base_lr: float, power: float, total: int
) -> Any:
    share = 1 - np.asarray(t, dtype=np.float32) / np.float32(total)
    return np.float32(base_lr) * share ** np.float32(power)


@mistake(
    "polynomial",
    title="power is not used",
    hint="Try power = 2 and power = 0.5: are the curves different?",
    see="schedules-polynomial",
)
def polynomial_power_ignored(t: Any, base_lr: float, power: float, total: int) -> Any:  # noqa: ARG001
    return base_lr * (1 - t / total)


@mistake(
    "polynomial",
    title="the power is taken of t / total alone",
    hint="What do the parentheses in the formula embrace?",
    see="schedules-polynomial",
)
def power_of_the_share_done(t: Any, base_lr: float, power: float, total: int) -> Any:
    return base_lr * (1 - (t / total) ** power)


@mistake(
    "polynomial",
    title="the rate rises from 0: the 1 - is missing",
    hint="At t = 0 the rate is base_lr, and at t = total it is 0.",
    see="schedules-polynomial",
)
def polynomial_rises(t: Any, base_lr: float, power: float, total: int) -> Any:
    return base_lr * (t / total) ** power


@mistake(
    "polynomial",
    title="the curve ends one step early, at total - 1",
    hint="The curve reaches 0 at t = total.",
    see="schedules-polynomial",
)
def polynomial_ends_a_step_early(
    t: Any, base_lr: float, power: float, total: int
) -> Any:
    share = np.maximum(1 - np.asarray(t) / max(total - 1, 1), 0)
    return base_lr * share**power


@mistake(
    "polynomial",
    title="the curve ends one step late, at total + 1",
    hint="The curve reaches 0 at t = total.",
    see="schedules-polynomial",
)
def polynomial_ends_a_step_late(
    t: Any, base_lr: float, power: float, total: int
) -> Any:
    return base_lr * (1 - t / (total + 1)) ** power


@mistake(
    "polynomial",
    title="t // total is taken where t / total is due",
    hint="What is 7 // 10?",
    see="schedules-polynomial",
)
def polynomial_whole_division(t: Any, base_lr: float, power: float, total: int) -> Any:
    return base_lr * (1 - np.asarray(t, dtype=float) // total) ** power


@mistake(
    "polynomial",
    title="the factor is returned without base_lr",
    hint="At t = 0 the rate is base_lr: what does yours return?",
    see="schedules-polynomial",
)
def polynomial_factor_alone(t: Any, base_lr: float, power: float, total: int) -> Any:  # noqa: ARG001
    return (1 - t / total) ** power


@mistake(
    "polynomial",
    title="base_lr is raised to the power too",
    hint="Only the share that remains has a power.",
    see="schedules-polynomial",
)
def base_lr_in_the_power(t: Any, base_lr: float, power: float, total: int) -> Any:
    return (base_lr * (1 - t / total)) ** power


@mistake(
    "polynomial",
    title="the share is multiplied by power",
    hint="A power of 2 is not a factor of 2.",
    see="schedules-polynomial",
)
def power_times_the_share(t: Any, base_lr: float, power: float, total: int) -> Any:
    return base_lr * (1 - t / total) * power


@variant("linear")
def line_of_what_remains(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * (1 - t / total)


@variant("linear")
def line_by_interpolation(t: Any, base_lr: float, total: int) -> Any:
    return np.interp(t, [0, total], [base_lr, 0.0])


@variant("linear")
def line_by_subtraction(t: Any, base_lr: float, total: int) -> Any:
    return base_lr - base_lr * np.asarray(t) / total


@mistake(
    "linear",
    title="the rate rises from 0",
    hint="At t = 0 the rate is base_lr, and at t = total it is 0.",
    see="schedules-linear",
)
def line_that_rises(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * t / total


@mistake(
    "linear",
    title="the line ends one step early, at total - 1",
    hint="The line reaches 0 at t = total: how many steps is that from t = 0?",
    see="schedules-linear",
)
def line_ends_a_step_early(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * np.maximum(1 - np.asarray(t) / max(total - 1, 1), 0)


@mistake(
    "linear",
    title="the line ends one step late, at total + 1",
    hint="The line reaches 0 at t = total: how many steps is that from t = 0?",
    see="schedules-linear",
)
def line_ends_a_step_late(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * (1 - t / (total + 1))


@mistake(
    "linear",
    title="the line runs one step ahead",
    hint="The first step is t = 0, and its rate is base_lr.",
    see="schedules-linear",
)
def line_a_step_ahead(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * (1 - (t + 1) / total)


@mistake(
    "linear",
    title="t // total is taken where t / total is due",
    hint="What is 7 // 10?",
    see="schedules-linear",
)
def line_by_whole_division(t: Any, base_lr: float, total: int) -> Any:
    return base_lr * (1 - t // total)


@mistake(
    "linear",
    title="the same amount is subtracted whatever base_lr is",
    hint="At t = total nothing may be left, whatever the rate was at the start.",
    see="schedules-linear",
)
def line_of_slope_one(t: Any, base_lr: float, total: int) -> Any:
    return base_lr - t / total


@mistake(
    "linear",
    title="the factor is returned without base_lr",
    hint="At t = 0 the rate is base_lr: what does yours return?",
    see="schedules-linear",
)
def linear_factor_alone(t: Any, base_lr: float, total: int) -> Any:  # noqa: ARG001
    return 1 - t / total


@mistake(
    "linear",
    title="the rates take the type of the steps: integers",
    hint="What type has np.zeros_like(t) for an array of whole steps?",
    see="schedules-arrays",
)
def line_cut_to_integers(t: Any, base_lr: float, total: int) -> Any:
    if np.ndim(t) == 0:
        return base_lr * (1 - t / total)
    rates = np.zeros_like(t)
    rates[...] = base_lr * (1 - t / total)
    return rates
