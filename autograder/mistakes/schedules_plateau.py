"""Mistakes and right variants of ``plateau``: patience reached, or exceeded."""

from __future__ import annotations

import math
from typing import Any

from autograder.mistakes import mistake, variant


@variant("plateau")
def patience_reached(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate, waited = rate * factor, 0
    return rate


@variant("plateau")
def patience_exceeded(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited > patience:
            rate, waited = rate * factor, 0
    return rate


@variant("plateau")
def epochs_since_the_last_event(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, last = base_lr, float("inf"), 0
    for epoch, metric in enumerate(metric_history):
        if metric < best:
            best, last = metric, epoch
        elif epoch - last == patience:
            rate, last = rate * factor, epoch
    return rate


@variant("plateau")
def reductions_counted(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    reductions = waited = 0
    for epoch in range(1, len(metric_history)):
        waited += 1
        if metric_history[epoch] < min(metric_history[:epoch]):
            waited = 0
        if waited > patience:
            reductions, waited = reductions + 1, 0
    return base_lr * factor**reductions


@mistake(
    "plateau",
    title="after a reduction the count goes on, and every further epoch reduces again",
    hint="Give the smaller rate as many epochs as the larger one had.",
    see="schedules-plateau",
)
def count_goes_on(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate = rate * factor
    return rate


@mistake(
    "plateau",
    title="each epoch is compared with the one before, not with the best",
    hint="Better than yesterday may still be worse than last week.",
    see="schedules-plateau",
)
def compared_with_the_epoch_before(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            waited = 0
        else:
            waited += 1
        best = metric
        if waited >= patience:
            rate, waited = rate * factor, 0
    return rate


@mistake(
    "plateau",
    title="the rate is reduced only once",
    hint="What should happen when the second plateau comes?",
    see="schedules-plateau",
)
def reduced_only_once(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            return base_lr * factor
    return rate


@mistake(
    "plateau",
    title="the rate is reduced at every epoch that brings no new best",
    hint="How many such epochs does patience allow?",
    see="schedules-plateau",
)
def reduced_at_every_epoch_in_vain(
    metric_history: list[float],
    base_lr: float,
    factor: float,
    patience: int,  # noqa: ARG001
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited > 0:
            rate, waited = rate * factor, 0
    return rate


@mistake(
    "plateau",
    title="a loss that equals the best counts as an improvement",
    hint="If nothing has changed, has anything improved?",
    see="schedules-plateau",
)
def ties_are_improvements(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric <= best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate, waited = rate * factor, 0
    return rate


@mistake(
    "plateau",
    title="the best is forgotten when the rate is reduced",
    hint="The best loss so far remains the best, whatever the rate is.",
    see="schedules-plateau",
)
def best_forgotten_at_a_reduction(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate, best, waited = rate * factor, math.inf, 0
    return rate


@mistake(
    "plateau",
    title="a new best does not start the count again",
    hint="Only epochs in vain that follow each other are a plateau.",
    see="schedules-plateau",
)
def count_not_restarted_by_a_new_best(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best = metric
        else:
            waited += 1
        if waited >= patience:
            rate, waited = rate * factor, 0
    return rate


@mistake(
    "plateau",
    title="a higher loss counts as better",
    hint="The history holds losses: which of two is better?",
    see="schedules-plateau",
)
def higher_is_better(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, -math.inf, 0
    for metric in metric_history:
        if metric > best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= patience:
            rate, waited = rate * factor, 0
    return rate


@mistake(
    "plateau",
    title="only the last epochs are looked at, so that a rate reduced once comes back",
    hint="A rate that was reduced stays reduced when the loss improves again.",
    see="schedules-plateau",
)
def only_the_end_is_looked_at(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    recent = metric_history[-patience:]
    earlier = metric_history[:-patience]
    if earlier and min(recent) >= min(earlier):
        return base_lr * factor
    return base_lr


@mistake(
    "plateau",
    title="the rate is reduced one epoch before patience ends",
    hint="Count on your fingers: how many epochs in vain does patience allow?",
    see="schedules-plateau",
)
def limit_one_epoch_early(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        if metric < best:
            best, waited = metric, 0
        else:
            waited += 1
        if waited >= max(patience - 1, 1):
            rate, waited = rate * factor, 0
    return rate
