"""Mistakes and right variants of ``warmup``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("warmup")
def two_branches(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * (t + 1) / warmup_steps
    return after(t - warmup_steps)


@variant("warmup")
def from_zero(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * t / warmup_steps
    return after(t - warmup_steps)


@variant("warmup")
def from_zero_joint_on_the_ramp(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t <= warmup_steps and warmup_steps > 0:
        return base_lr * (t / warmup_steps)
    return after(t - warmup_steps)


@variant("warmup")
def chosen_entry_by_entry(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    grown = base_lr * np.minimum((np.asarray(t) + 1) / max(warmup_steps, 1), 1)
    later = after(np.maximum(np.asarray(t) - warmup_steps, 0))
    return np.where(np.asarray(t) < warmup_steps, grown, later)


@mistake(
    "warmup",
    title="`after` is asked about t: its first steps are skipped",
    hint="`after` counts its own steps: which is its first one?",
    see="schedules-warmup",
)
def clock_not_restarted(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * (t + 1) / warmup_steps
    return after(t)


@mistake(
    "warmup",
    title="`after` is asked about t: its first steps are skipped (growth from 0)",
    hint="`after` counts its own steps: which is its first one?",
    see="schedules-warmup",
)
def clock_not_restarted_from_zero(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * t / warmup_steps
    return after(t)


@mistake(
    "warmup",
    title="the schedule runs from the start and is multiplied by the growth",
    hint="During the warm-up the rate is a straight line, and `after` has not begun.",
    see="schedules-warmup",
)
def factor_on_the_schedule(
    t: Any,
    base_lr: float,  # noqa: ARG001
    warmup_steps: int,
    after: Callable[..., Any],
) -> Any:
    return after(t) * min((t + 1) / warmup_steps, 1)


@mistake(
    "warmup",
    title="the smaller of growth and schedule is taken",
    hint="`after` begins when the warm-up ends, at its own step 0.",
    see="schedules-warmup",
)
def smaller_of_the_two(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    return min(base_lr * (t + 1) / warmup_steps, after(t))


@mistake(
    "warmup",
    title="the rate stays at base_lr after the warm-up",
    hint="Who says what happens after the warm-up?",
    see="schedules-warmup",
)
def no_schedule_after(
    t: Any,
    base_lr: float,
    warmup_steps: int,
    after: Callable[..., Any],  # noqa: ARG001
) -> Any:
    return base_lr * min((t + 1) / warmup_steps, 1)


@mistake(
    "warmup",
    title="the rate is base_lr during the whole warm-up",
    hint="The point of a warm-up is to begin with less.",
    see="schedules-warmup",
)
def no_growth(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr
    return after(t - warmup_steps)


@mistake(
    "warmup",
    title="the rate is small, but it does not grow",
    hint="One share of base_lr more at each step.",
    see="schedules-warmup",
)
def constant_and_small(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr / warmup_steps
    return after(t - warmup_steps)


@mistake(
    "warmup",
    title="the growth leads to 1 and not to base_lr",
    hint="Where must the growth arrive if nothing is to jump at the joint?",
    see="schedules-warmup",
)
def warmup_without_base_lr(
    t: Any,
    base_lr: float,  # noqa: ARG001
    warmup_steps: int,
    after: Callable[..., Any],
) -> Any:
    if t < warmup_steps:
        return (t + 1) / warmup_steps
    return after(t - warmup_steps)


@mistake(
    "warmup",
    title="the rate grows by a whole base_lr at each step",
    hint="In how many steps should base_lr be reached?",
    see="schedules-warmup",
)
def warmup_steps_ignored(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * (t + 1)
    return after(t - warmup_steps)


@mistake(
    "warmup",
    title="the rate grows by squares and not along a line",
    hint="Linear means the same amount more at each step.",
    see="schedules-warmup",
)
def growth_by_squares(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * ((t + 1) / warmup_steps) ** 2
    return after(t - warmup_steps)


@mistake(
    "warmup",
    title="the rate falls during the warm-up",
    hint="A warm-up begins low and ends at base_lr.",
    see="schedules-warmup",
)
def falls_during_the_warmup(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * (1 - t / warmup_steps)
    return after(t - warmup_steps)


@mistake(
    "warmup",
    title="the growth goes on for one step too many, above base_lr",
    hint="Which is the last step of the warm-up, if the first is t = 0?",
    see="schedules-warmup",
)
def above_base_lr_at_the_joint(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t <= warmup_steps:
        return base_lr * (t + 1) / warmup_steps
    return after(t - warmup_steps)


@mistake(
    "warmup",
    title="the first step of `after` is skipped",
    hint="At t = warmup_steps, which step of its own is `after` at?",
    see="schedules-warmup",
)
def first_step_of_after_skipped(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * t / warmup_steps
    return after(t - warmup_steps + 1)


@mistake(
    "warmup",
    title="t // warmup_steps is taken where t / warmup_steps is due",
    hint="What is 3 // 5?",
    see="schedules-warmup",
)
def warmup_by_whole_division(
    t: Any, base_lr: float, warmup_steps: int, after: Callable[..., Any]
) -> Any:
    if t < warmup_steps:
        return base_lr * (t // warmup_steps)
    return after(t - warmup_steps)
