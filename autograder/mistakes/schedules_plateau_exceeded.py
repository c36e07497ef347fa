"""Mistakes in ``plateau`` that wait until patience is exceeded, not reached."""

from __future__ import annotations

from typing import Any

from autograder.mistakes import mistake
from autograder.mistakes.schedules_plateau import (
    best_forgotten_at_a_reduction,
    compared_with_the_epoch_before,
    count_goes_on,
    reduced_only_once,
    ties_are_improvements,
)


@mistake(
    "plateau",
    title="after a reduction the count goes on (and patience must be exceeded)",
    hint="Give the smaller rate as many epochs as the larger one had.",
    see="schedules-plateau",
)
def count_goes_on_when_exceeded(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    return count_goes_on(metric_history, base_lr, factor, patience + 1)


@mistake(
    "plateau",
    title="each epoch is compared with the one before (and patience must be exceeded)",
    hint="Better than yesterday may still be worse than last week.",
    see="schedules-plateau",
)
def compared_with_the_epoch_before_when_exceeded(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    return compared_with_the_epoch_before(metric_history, base_lr, factor, patience + 1)


@mistake(
    "plateau",
    title="the rate is reduced only once (and patience must be exceeded)",
    hint="What should happen when the second plateau comes?",
    see="schedules-plateau",
)
def reduced_only_once_when_exceeded(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    return reduced_only_once(metric_history, base_lr, factor, patience + 1)


@mistake(
    "plateau",
    title="a tie with the best counts as a new best (and patience must be exceeded)",
    hint="If nothing has changed, has anything improved?",
    see="schedules-plateau",
)
def ties_are_improvements_when_exceeded(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    return ties_are_improvements(metric_history, base_lr, factor, patience + 1)


@mistake(
    "plateau",
    title="the best is forgotten at a reduction (and patience must be exceeded)",
    hint="The best loss so far remains the best, whatever the rate is.",
    see="schedules-plateau",
)
def best_forgotten_at_a_reduction_when_exceeded(
    metric_history: list[float], base_lr: float, factor: float, patience: int
) -> Any:
    return best_forgotten_at_a_reduction(metric_history, base_lr, factor, patience + 1)
