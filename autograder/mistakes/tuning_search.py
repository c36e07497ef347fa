"""Mistakes and right variants of ``random_search``."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant

Config = dict[str, Any]
Objective = Callable[[Config], Any]
Space = dict[str, tuple[str, float, float]]
Results = list[tuple[Config, Any]]
Rng = np.random.Generator

OF = "random_search"
SEE = "tuning-random"
RNG = "tuning-generator"


def value_at(place: Any, scale: str, low: float, high: float) -> Any:
    """The value ``place`` of the way from ``low`` to ``high`` on the scale."""
    if scale == "log":
        return low * (high / low) ** place
    return low + place * (high - low)


def setting(space: Space, rng: Rng) -> Config:
    return {name: value_at(rng.random(), *each) for name, each in space.items()}


def right(objective: Objective, space: Space, trials: int, rng: Rng) -> Results:
    configs = [setting(space, rng) for _ in range(trials)]
    return [(config, objective(config)) for config in configs]


@variant(OF)
def parameter_by_parameter(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    columns = {}
    for name, (scale, low, high) in space.items():
        if scale == "log":
            columns[name] = 10 ** rng.uniform(np.log10(low), np.log10(high), trials)
        else:
            columns[name] = rng.uniform(low, high, trials)
    results = []
    for number in range(trials):
        config = {name: column[number] for name, column in columns.items()}
        results.append((config, objective(dict(config))))
    return results


@variant(OF)
def best_first(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> list[list[Any]]:
    results = []
    for _ in range(trials):
        config = {}
        for name, (scale, low, high) in space.items():
            if scale == "log":
                drawn = math.exp(rng.uniform(math.log(low), math.log(high)))
            else:
                drawn = float(rng.uniform(low, high))
            config[name] = drawn
        results.append([config, float(objective(config))])
    return sorted(results, key=lambda result: (math.isnan(result[1]), result[1]))


@variant(OF)
def value_first(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> list[tuple[Any, Config]]:
    places = rng.random((trials, len(space)), dtype=np.float32)
    found = []
    for row in places:
        config = {
            name: np.array(value_at(float(place), *each))
            for place, (name, each) in zip(row, space.items(), strict=True)
        }
        found.append((objective(config), config))
    return found


@mistake(
    OF,
    title="every parameter is drawn on a linear scale",
    hint="The space says which scale each parameter has: read its first entry.",
    see="tuning-log-scale",
)
def linear_for_all(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    linear = {name: ("linear", low, high) for name, (_, low, high) in space.items()}
    return right(objective, linear, trials, rng)


@mistake(
    OF,
    title="every parameter is drawn on a logarithmic scale",
    hint="A dropout rate between 0.3 and 0.7 has no decades: read the scale.",
    see="tuning-log-scale",
)
def logarithmic_for_all(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    logarithmic = {
        name: ("log" if low > 0 else scale, low, high)
        for name, (scale, low, high) in space.items()
    }
    return right(objective, logarithmic, trials, rng)


@mistake(
    OF,
    title="the scales are mixed up: linear where log is asked for, and the reverse",
    hint="Which branch of your code belongs to 'log'?",
    see="tuning-log-scale",
)
def scales_exchanged(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    other = {
        name: ("log" if scale == "linear" and low > 0 else "linear", low, high)
        for name, (scale, low, high) in space.items()
    }
    return right(objective, other, trials, rng)


@mistake(
    OF,
    title="all parameters of a trial share one draw",
    hint="Plot two parameters against each other. Is that a cloud or a line?",
    see=SEE,
)
def one_draw_for_all_parameters(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    results = []
    for _ in range(trials):
        place = rng.random()
        config = {name: value_at(place, *each) for name, each in space.items()}
        results.append((config, objective(config)))
    return results


@mistake(
    OF,
    title="only the best result is returned",
    hint="Every trial has cost a training: the next step needs all of them.",
    see=SEE,
)
def only_the_best(objective: Objective, space: Space, trials: int, rng: Rng) -> Any:
    return min(right(objective, space, trials, rng), key=lambda result: result[1])


@mistake(
    OF,
    title="each result carries the value of the trial before",
    hint="Draw the setting, then call the objective with that very setting.",
    see=SEE,
)
def value_of_the_trial_before(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    config, results = setting(space, rng), []
    for _ in range(trials):
        value = objective(config)
        config = setting(space, rng)
        results.append((config, value))
    return results


@mistake(
    OF,
    title="one dictionary is filled again and again: all results share it",
    hint="A list holds references. Where must a new dictionary begin?",
    see=SEE,
)
def one_dictionary_for_all(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    config: Config = {}
    results = []
    for _ in range(trials):
        config.update(setting(space, rng))
        results.append((config, objective(config)))
    return results


@mistake(
    OF,
    title="one setting is drawn, and tried again and again",
    hint="What belongs inside the loop, and what before it?",
    see=SEE,
)
def one_setting_for_all(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    config = setting(space, rng)
    return [(dict(config), objective(config)) for _ in range(trials)]


@mistake(
    OF,
    title="this is a grid search",
    hint="A grid tries few different values of each parameter. What should rng do?",
    see=SEE,
)
def grid_search(objective: Objective, space: Space, trials: int, _rng: Rng) -> Results:
    steps = math.ceil(trials ** (1 / len(space)) - 1e-9)
    axes = [
        [value_at(place, *each) for place in np.linspace(0, 1, steps)]
        for each in space.values()
    ]
    grid = itertools.islice(itertools.product(*axes), trials)
    configs = [dict(zip(space, values, strict=True)) for values in grid]
    return [(config, objective(config)) for config in configs]


@mistake(
    OF,
    title="the range is shared out among the trials: a shuffled grid",
    hint="Each trial is drawn as if there were no others.",
    see=SEE,
)
def shuffled_grids(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    places = {
        name: rng.permutation((np.arange(trials) + 0.5) / trials) for name in space
    }
    results = []
    for number in range(trials):
        config = {n: value_at(places[n][number], *each) for n, each in space.items()}
        results.append((config, objective(config)))
    return results


@mistake(
    OF,
    title="the generator that was handed over is not used",
    hint="Draw from rng: a search that cannot be repeated cannot be checked.",
    see=RNG,
)
def search_without_its_generator(
    objective: Objective, space: Space, trials: int, _rng: Rng
) -> Results:
    return right(objective, space, trials, np.random.default_rng())


@mistake(
    OF,
    title="a generator with a fixed seed is made in the function",
    hint="Draw from rng: a second search should not try the same settings again.",
    see=RNG,
)
def search_with_a_fixed_seed(
    objective: Objective, space: Space, trials: int, _rng: Rng
) -> Results:
    return right(objective, space, trials, np.random.default_rng(42))


@mistake(
    OF,
    title="the settings are drawn from a copy of rng, which stays where it was",
    hint="Draw from rng itself: a second search goes on where the first one stopped.",
    see=RNG,
)
def search_with_a_copy(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    return right(objective, space, trials, copy.deepcopy(rng))


@mistake(
    OF,
    title="trials that diverged are left out",
    hint="NaN is a result too: it says where not to look.",
    see=SEE,
)
def diverged_left_out(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    results = right(objective, space, trials, rng)
    return [result for result in results if math.isfinite(result[1])]


@mistake(
    OF,
    title="one trial too few",
    hint="How often does range(1, n) run?",
    see=SEE,
)
def one_trial_too_few(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> Results:
    return right(objective, space, trials - 1, rng)


@mistake(
    OF,
    title="only the values are returned, without their settings",
    hint="A value without its setting says how good it was, but not what.",
    see=SEE,
)
def settings_left_out(
    objective: Objective, space: Space, trials: int, rng: Rng
) -> list[Any]:
    return [value for _, value in right(objective, space, trials, rng)]
