"""Mistakes and right variants of ``narrow``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant

Config = dict[str, float]
Space = dict[str, tuple[str, float, float]]
Results = list[tuple[Config, float]]

OF = "narrow"
SEE = "tuning-coarse-to-fine"


def ranked(results: Results) -> Results:
    """Best first; NaN last."""
    return sorted(results, key=lambda r: (math.isnan(r[1]), r[1]))


def around(space: Space, best: Results) -> Space:
    """The smallest ranges that hold the ``best``, never outside the old ones."""
    new = {}
    for name, (scale, low, high) in space.items():
        numbers = [config[name] for config, _ in best]
        new[name] = (scale, max(low, min(numbers)), min(high, max(numbers)))
    return new


@variant(OF)
def the_best_that_finished(space: Space, results: Results, keep: int) -> Space:
    finished = [result for result in results if not math.isnan(result[1])]
    return around(space, ranked(finished)[:keep])


@variant(OF)
def sorted_with_nan_last(space: Space, results: Results, keep: int) -> Space:
    return around(space, ranked(results)[:keep])


@variant(OF)
def by_argsort(space: Space, results: Results, keep: int) -> dict[str, list[Any]]:
    order = np.argsort([value for _, value in results])  # NaN goes last
    new = {}
    for name, (scale, low, high) in space.items():
        numbers = np.array([config[name] for config, _ in results])[order[:keep]]
        numbers = np.clip(numbers, low, high)
        new[name] = [scale, numbers.min(), numbers.max()]
    return new


@variant(OF)
def with_some_room(space: Space, results: Results, keep: int) -> Space:
    """A tenth of their extent is left beyond the best, on the scale of the range."""
    new: Space = {}
    for name, (scale, low, high) in around(space, ranked(results)[:keep]).items():
        _, old_low, old_high = space[name]
        if scale == "log":
            room = (high / low) ** 0.1
            wider = (low / room, high * room)
        else:
            wider = (low - 0.1 * (high - low), high + 0.1 * (high - low))
        new[name] = (scale, max(wider[0], old_low), min(wider[1], old_high))
    return new


@mistake(
    OF,
    title="the worst settings are kept: the largest values",
    hint="The value is a loss. Is more of it better?",
    see=SEE,
)
def largest_kept(space: Space, results: Results, keep: int) -> Space:
    finished = [result for result in results if math.isfinite(result[1])]
    return around(space, ranked(finished)[-keep:])


@mistake(
    OF,
    title="keep is ignored: all settings count",
    hint="How many of the sorted results should decide?",
    see=SEE,
)
def all_kept(space: Space, results: Results, _keep: int) -> Space:
    return around(space, [result for result in results if math.isfinite(result[1])])


@mistake(
    OF,
    title="the first results count, in the order in which they were tried",
    hint="The best ones are asked for: sort first.",
    see=SEE,
)
def first_kept(space: Space, results: Results, keep: int) -> Space:
    return around(space, results[:keep])


@mistake(
    OF,
    title="a loss of NaN counts as 0, the best there is",
    hint="What becomes of NaN in your sorting? Leave those trials out first.",
    see=SEE,
)
def nan_is_best(space: Space, results: Results, keep: int) -> Space:
    order = sorted(results, key=lambda r: (not math.isnan(r[1]), r[1]))
    return around(space, order[:keep])


@mistake(
    OF,
    title="the results are sorted with NaN among them, which puts them in no order",
    hint="Every comparison with NaN is false. Take those trials out before sorting.",
    see=SEE,
)
def nan_spoils_the_order(space: Space, results: Results, keep: int) -> Space:
    return around(space, sorted(results, key=lambda result: result[1])[:keep])


@mistake(
    OF,
    title="the scales are lost",
    hint="The new space goes back into random_search. What will that read first?",
    see=SEE,
)
def scales_lost(
    space: Space, results: Results, keep: int
) -> dict[str, tuple[float, float]]:
    best = around(space, ranked(results)[:keep])
    return {name: (low, high) for name, (_, low, high) in best.items()}


@mistake(
    OF,
    title="every scale becomes linear",
    hint="A narrower range has the scale of the old one.",
    see=SEE,
)
def scales_linear(space: Space, results: Results, keep: int) -> Space:
    best = around(space, ranked(results)[:keep])
    return {name: ("linear", low, high) for name, (_, low, high) in best.items()}


@mistake(
    OF,
    title="half of the old range is laid around the single best setting",
    hint="One setting may be best by luck: let the best keep of them decide.",
    see=SEE,
)
def half_around_the_best(space: Space, results: Results, _keep: int) -> Space:
    best = ranked(results)[0][0]
    new: Space = {}
    for name, (scale, low, high) in space.items():
        quarter = (high - low) / 4
        new[name] = (scale, max(low, best[name] - quarter), best[name] + quarter)
    return new


@mistake(
    OF,
    title="the new range reaches beyond the old one",
    hint="A margin is fine, but what lies outside was left out for a reason: clip it.",
    see=SEE,
)
def margin_beyond_the_range(space: Space, results: Results, keep: int) -> Space:
    new: Space = {}
    for name, (scale, low, high) in around(space, ranked(results)[:keep]).items():
        if scale == "log":
            room = (high / low) ** 0.25
            new[name] = (scale, low / room, high * room)
        else:
            room = 0.25 * (high - low)
            new[name] = (scale, low - room, high + room)
    return new


@mistake(
    OF,
    title="all parameters get one and the same range",
    hint="A learning rate and a dropout rate live in different ranges.",
    see=SEE,
)
def one_range_for_all(space: Space, results: Results, keep: int) -> Space:
    best = around(space, ranked(results)[:keep])
    lowest = min(low for _, low, _ in best.values())
    highest = max(high for _, _, high in best.values())
    return {name: (scale, lowest, highest) for name, (scale, _, _) in best.items()}


@mistake(
    OF,
    title="the old space is returned",
    hint="Coarse to fine: which part of the range have the best settings used?",
    see=SEE,
)
def nothing_narrowed(space: Space, _results: Results, _keep: int) -> Space:
    return space


@mistake(
    OF,
    title="the best setting is returned, not a space",
    hint="The next search needs ranges to draw from.",
    see=SEE,
)
def best_setting_returned(_space: Space, results: Results, _keep: int) -> Config:
    return ranked(results)[0][0]


@mistake(
    OF,
    title="one setting more than keep counts",
    hint="A slice [:k] has k entries.",
    see=SEE,
)
def one_more_kept(space: Space, results: Results, keep: int) -> Space:
    return around(space, ranked(results)[: keep + 1])
