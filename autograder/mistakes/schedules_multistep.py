"""Mistakes and right variants of ``multistep``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("multistep")
def counted_by_sorted_search(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    return base_lr * gamma ** np.searchsorted(milestones, t, side="right")


@variant("multistep")
def one_comparison_per_milestone(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    rate = base_lr * np.ones(np.shape(t))
    for milestone in milestones:
        rate = np.where(np.asarray(t) >= milestone, rate * gamma, rate)
    return rate


@variant("multistep")
def counted_by_broadcasting(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    reached = np.asarray(t)[..., None] >= np.array(milestones)
    return base_lr * gamma ** reached.sum(axis=-1)


@mistake(
    "multistep",
    title="the drop comes one step after its milestone",
    hint="At t = milestone the new rate is in force: which comparison is that?",
    see="schedules-multistep",
)
def milestone_a_step_late(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    return base_lr * gamma ** np.searchsorted(milestones, t, side="left")


@mistake(
    "multistep",
    title="the drop comes one step before its milestone",
    hint="At t = milestone - 1 the old rate still holds.",
    see="schedules-multistep",
)
def milestone_a_step_early(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    return base_lr * gamma ** np.searchsorted(
        milestones, np.asarray(t) + 1, side="right"
    )


@mistake(
    "multistep",
    title="the rate drops only once",
    hint="Each milestone that lies behind costs a factor gamma, not only the first.",
    see="schedules-multistep",
)
def only_the_first_milestone(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    reached = np.searchsorted(milestones, t, side="right")
    return base_lr * gamma ** np.minimum(reached, 1)


@mistake(
    "multistep",
    title="all milestones count from the beginning",
    hint="Which of the milestones has step t reached?",
    see="schedules-multistep",
)
def all_milestones_at_once(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    return base_lr * gamma ** len(milestones) * np.ones(np.shape(t))


@mistake(
    "multistep",
    title="the lower rate holds only at the milestone itself",
    hint="What is the rate one step after the milestone?",
    see="schedules-multistep",
)
def only_at_the_milestones(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    return np.where(np.isin(t, milestones), base_lr * gamma, base_lr)


@mistake(
    "multistep",
    title="gamma is multiplied by the number of milestones",
    hint="Each drop multiplies by gamma once more. What is that for three drops?",
    see="schedules-multistep",
)
def gamma_times_the_milestones(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    return base_lr * gamma * np.searchsorted(milestones, t, side="right")


@mistake(
    "multistep",
    title="each milestone is counted from the one before",
    hint="[5000, 7000] means two steps of the training, not 5000 and then 7000 more.",
    see="schedules-multistep",
)
def milestones_as_distances(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    ends = np.cumsum(milestones)
    return base_lr * gamma ** np.searchsorted(ends, t, side="right")


@mistake(
    "multistep",
    title="there is one drop too many",
    hint="What is the rate before the first milestone?",
    see="schedules-multistep",
)
def one_drop_too_many(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    return base_lr * gamma ** (1 + np.searchsorted(milestones, t, side="right"))


@mistake(
    "multistep",
    title="the factor is returned without base_lr",
    hint="Before the first milestone the rate is base_lr: what does yours return?",
    see="schedules-multistep",
)
def multistep_factor_alone(
    t: Any,
    base_lr: float,  # noqa: ARG001
    gamma: float,
    milestones: list[int],
) -> Any:
    return gamma ** np.searchsorted(milestones, t, side="right")


@mistake(
    "multistep",
    title="only a single step can be asked for, not an array",
    hint="`if t >= milestone` needs one answer, and an array gives many.",
    see="schedules-arrays",
)
def multistep_one_at_a_time(
    t: Any, base_lr: float, gamma: float, milestones: list[int]
) -> Any:
    rate = base_lr
    for milestone in milestones:
        if t >= milestone:
            rate = rate * gamma
    return rate
