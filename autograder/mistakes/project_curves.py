"""Mistakes and right variants of the project's last two decisions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import known_of, mistake, tuning_diagnose, variant

Config = dict[str, float]
Trials = list[tuple[Config, list[float]]]

# The same rules, and the same ways to get them wrong.
known_of("read_curves", tuning_diagnose.OF)

OF = "choose"
SEE = "tuning-validation"


def sound(trials: Trials) -> Trials:
    """The trials that did not diverge."""
    found = [trial for trial in trials if all(map(math.isfinite, trial[1]))]
    if not found:
        raise ValueError("all trials diverged: there is nothing to choose from")
    return found


@variant(OF)
def smallest_at_the_end(trials: Trials) -> Config:
    return min(sound(trials), key=lambda trial: trial[1][-1])[0]


@variant(OF)
def by_argmin(trials: Trials) -> dict[str, Any]:
    last = [losses[-1] if np.isfinite(losses).all() else np.inf for _, losses in trials]
    config, _ = trials[int(np.argmin(last))]
    return {name: np.float64(value) for name, value in config.items()}


@mistake(
    OF,
    title="the best epoch of each curve counts",
    hint="Among many epochs one is low by luck, and the final fit does not stop there.",
    see=SEE,
)
def best_epoch(trials: Trials) -> Config:
    return min(sound(trials), key=lambda trial: min(trial[1]))[0]


@mistake(
    OF,
    title="the mean of each curve counts",
    hint="A run that starts slowly may end lowest: look at the end.",
    see=SEE,
)
def mean_of_the_curve(trials: Trials) -> Config:
    return min(sound(trials), key=lambda trial: sum(trial[1]) / len(trial[1]))[0]


@mistake(
    OF,
    title="the first epoch counts",
    hint="Which place in a list is the last?",
    see=SEE,
)
def first_epoch(trials: Trials) -> Config:
    return min(sound(trials), key=lambda trial: trial[1][0])[0]


@mistake(
    OF,
    title="the largest loss is chosen",
    hint="Is more of a loss better?",
    see=SEE,
)
def largest_at_the_end(trials: Trials) -> Config:
    return max(sound(trials), key=lambda trial: trial[1][-1])[0]


@mistake(
    OF,
    title="trials that diverged are not left out",
    hint="Every comparison with NaN is false, and -inf is below everything. Take those "
    "trials out first.",
    see=SEE,
)
def diverged_not_left_out(trials: Trials) -> Config:
    return min(trials, key=lambda trial: trial[1][-1])[0]


@mistake(
    OF,
    title="only the last loss says whether a trial diverged",
    hint="A loss that was NaN on the way says that the run was lost, whatever follows.",
    see=SEE,
)
def lost_on_the_way(trials: Trials) -> Config:
    finite = [trial for trial in trials if math.isfinite(trial[1][-1])]
    return min(finite, key=lambda trial: trial[1][-1])[0]


@mistake(
    OF,
    title="the trial is returned, and not its config",
    hint="A trial is a pair: the config is its first part.",
    see=SEE,
)
def whole_trial(trials: Trials) -> tuple[Config, list[float]]:
    return min(sound(trials), key=lambda trial: trial[1][-1])


@mistake(
    OF,
    title="the place in the list is returned",
    hint="What stands at that place?",
    see=SEE,
)
def place_in_the_list(trials: Trials) -> int:
    return trials.index(min(sound(trials), key=lambda trial: trial[1][-1]))
