"""Mistakes in ``plateau``: what ``factor`` does to the rate, and to which."""

from __future__ import annotations

import math
from typing import Any

from autograder.mistakes import mistake


@mistake(
    "plateau",
    title="the rate is divided by factor, and grows",
    hint="A factor of 0.5 is to halve the rate.",
    see="schedules-plateau",
)
def divided_by_the_factor(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate, waited = rate / factor, 0
    return rate


@mistake(
    "plateau",
    title="the share factor is taken off the rate",
    hint="A factor of 0.1 leaves a tenth; it does not take a tenth away.",
    see="schedules-plateau",
)
def factor_taken_off(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate, waited = rate * (1 - factor), 0
    return rate


@mistake(
    "plateau",
    title="the rate is never reduced",
    hint="After how many epochs in vain should something happen?",
    see="schedules-plateau",
)
def never_reduced(
    metric_history: list[float],  # noqa: ARG001
    base_lr: float,
    factor: float,  # noqa: ARG001
    patience: int,  # noqa: ARG001
) -> Any:
    return base_lr


@mistake(
    "plateau",
    title="the factor is returned without base_lr",
    hint="Before any plateau the rate is base_lr: what does yours return?",
    see="schedules-plateau",
)
def factor_without_base_lr(
    metric_history: list[float],
    base_lr: float,  # noqa: ARG001
    factor: float,
    patience: int,
) -> Any:
    rate, best, waited = 1.0, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate, waited = rate * factor, 0
    return rate
