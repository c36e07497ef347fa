"""Mistakes and right variants of the space to search next: wider, or narrower."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant

Config = dict[str, float]
Space = dict[str, tuple[str, float, float]]
Trials = list[tuple[Config, float]]
Next = tuple[Space, bool]

NEXT = "next_space"
SCALE, FINER = "tuning-log-scale", "tuning-coarse-to-fine"


def ranked(trials: Trials) -> Trials:
    """The trials that did not diverge, best first."""
    finite = [trial for trial in trials if math.isfinite(trial[1])]
    if not finite:
        raise ValueError("all trials diverged: there is nothing to go on with")
    return sorted(finite, key=lambda trial: trial[1])


def around(space: Space, best: Trials) -> Space:
    """The smallest ranges that hold the ``best``."""
    new = {}
    for name, (scale, _, _) in space.items():
        values = [config[name] for config, _ in best]
        new[name] = (scale, min(values), max(values))
    return new


def place(value: float, low: float, high: float) -> float:
    """How far from low to high, in logarithms: 0 to 1."""
    return math.log(value / low) / math.log(high / low)


def moved_out(space: Space, best: Config, edge: float = 0.05) -> Space:
    """The space with each end that ``best`` is near moved out by a decade."""
    new = {}
    for name, (scale, low, high) in space.items():
        where = place(best[name], low, high)
        new[name] = (
            scale,
            low / 10 if where <= edge else low,
            high * 10 if where >= 1 - edge else high,
        )
    return new


def next_of(space: Space, best: Trials, keep: int) -> Next:
    """What comes next after trials that are ranked."""
    wider = moved_out(space, best[0][0])
    if wider != space:
        return wider, True
    return around(space, best[:keep]), False


@variant(NEXT)
def wider_or_narrower(space: Space, trials: Trials, keep: int) -> Next:
    return next_of(space, ranked(trials), keep)


@variant(NEXT)
def in_decades(space: Space, trials: Trials, keep: int) -> Any:
    losses = np.array([loss for _, loss in trials])
    order = np.argsort(np.where(np.isfinite(losses), losses, np.inf), kind="stable")
    order = order[: min(keep, np.isfinite(losses).sum())]
    ends, extended, narrow = {}, False, {}
    for name, (scale, low, high) in space.items():
        logs = np.log10([config[name] for config, _ in trials])[order]
        bounds = np.log10([low, high])
        share = (logs[0] - bounds[0]) / np.ptp(bounds)
        shift = np.array([-1.0 * (share < 0.04), 1.0 * (share > 0.96)])
        extended = extended or bool(shift.any())
        ends[name] = [scale, *np.power(10, bounds + shift)]
        narrow[name] = [scale, 10 ** logs.min(), 10 ** logs.max()]
    return [ends if extended else narrow, extended]


@mistake(
    NEXT,
    title="the range is never extended",
    hint="A best trial on the edge says that the optimum may lie outside.",
    see=FINER,
)
def never_extended(space: Space, trials: Trials, keep: int) -> Next:
    return around(space, ranked(trials)[:keep]), False


@mistake(
    NEXT,
    title="the range is always extended, and never narrowed",
    hint="Where the best lies inside, look more closely there.",
    see=FINER,
)
def never_narrowed(space: Space, trials: Trials, _keep: int) -> Next:
    wider = moved_out(space, ranked(trials)[0][0])
    return wider, wider != space


@mistake(
    NEXT,
    title="nearness to an edge is measured on a linear scale",
    hint="Between 0.01 and 1, where is 0.05? Measure in logarithms.",
    see=SCALE,
)
def edge_on_a_linear_scale(space: Space, trials: Trials, keep: int) -> Next:
    best = ranked(trials)
    wider: Space = {}
    for name, (scale, low, high) in space.items():
        where = (best[0][0][name] - low) / (high - low)
        wider[name] = (
            scale,
            low / 10 if where <= 0.05 else low,
            high * 10 if where >= 0.95 else high,
        )
    return (around(space, best[:keep]), False) if wider == space else (wider, True)


@mistake(
    NEXT,
    title="only a trial exactly on the edge counts as near it",
    hint="Draws hardly ever hit the edge itself. How near is near?",
    see=FINER,
)
def exactly_on_the_edge(space: Space, trials: Trials, keep: int) -> Next:
    best = ranked(trials)
    wider = moved_out(space, best[0][0], 1e-12)
    return (around(space, best[:keep]), False) if wider == space else (wider, True)


@mistake(
    NEXT,
    title="both ends are moved out, though the best is near one of them",
    hint="Trials at the other end were bad: why look beyond it?",
    see=FINER,
)
def both_ends_moved(space: Space, trials: Trials, keep: int) -> Next:
    new, extended = next_of(space, ranked(trials), keep)
    if not extended:
        return new, False
    both: Space = {}
    for name, (scale, low, high) in space.items():
        moved = new[name] != space[name]
        both[name] = (scale, low / 10, high * 10) if moved else space[name]
    return both, True


@mistake(
    NEXT,
    title="all ranges are extended, though the best is near one edge",
    hint="Each name has edges of its own.",
    see=FINER,
)
def every_name_extended(space: Space, trials: Trials, keep: int) -> Next:
    best = ranked(trials)
    new, extended = next_of(space, best, keep)
    if not extended:
        return new, False
    wider: Space = {}
    for name, (scale, low, high) in space.items():
        upper = place(best[0][0][name], low, high) > 0.5
        wider[name] = (scale, low, high * 10) if upper else (scale, low / 10, high)
    return wider, True


@mistake(
    NEXT,
    title="the other ranges are narrowed while one is extended",
    hint="The optimum may lie elsewhere once the range is wider: leave the others.",
    see=FINER,
)
def others_narrowed(space: Space, trials: Trials, keep: int) -> Next:
    best = ranked(trials)
    new, extended = next_of(space, best, keep)
    if not extended:
        return new, False
    finer = around(space, best[:keep])
    mixed = {n: new[n] if new[n] != space[n] else finer[n] for n in space}
    return mixed, True


@mistake(
    NEXT,
    title="the range is shifted, and not extended",
    hint="One end moves. Does the other have to?",
    see=FINER,
)
def shifted(space: Space, trials: Trials, keep: int) -> Next:
    new, extended = next_of(space, ranked(trials), keep)
    if not extended:
        return new, False
    moved: Space = {}
    for name, (scale, low, high) in space.items():
        _, got_low, got_high = new[name]
        factor = (got_low / low) * (got_high / high)
        moved[name] = (scale, low * factor, high * factor)
    return moved, True


@mistake(
    NEXT,
    title="the end is moved by a factor of 2, not by a decade",
    hint="How much is a decade on a logarithmic scale?",
    see=SCALE,
)
def moved_by_two(space: Space, trials: Trials, keep: int) -> Next:
    new, extended = next_of(space, ranked(trials), keep)
    if not extended:
        return new, False
    little: Space = {}
    for name, (scale, low, high) in space.items():
        _, got_low, got_high = new[name]
        little[name] = (
            scale,
            low / 2 if got_low < low else low,
            high * 2 if got_high > high else high,
        )
    return little, True


@mistake(
    NEXT,
    title="any of the best trials on an edge extends the range",
    hint="Only the very best decides whether the optimum may lie outside.",
    see=FINER,
)
def any_of_the_best(space: Space, trials: Trials, keep: int) -> Next:
    best = ranked(trials)[:keep]
    wider = space
    for config, _ in best:
        moved = moved_out(space, config)
        wider = {
            n: ("log", min(wider[n][1], moved[n][1]), max(wider[n][2], moved[n][2]))
            for n in space
        }
    return (around(space, best), False) if wider == space else (wider, True)


@mistake(
    NEXT,
    title="keep is ignored: the finer range is laid around the single best",
    hint="One trial may be best by luck: let the best keep of them decide.",
    see=FINER,
)
def single_best(space: Space, trials: Trials, _keep: int) -> Next:
    return next_of(space, ranked(trials), 1)


@mistake(
    NEXT,
    title="keep is ignored: all trials count",
    hint="How many of the sorted trials should decide?",
    see=FINER,
)
def all_of_them(space: Space, trials: Trials, _keep: int) -> Next:
    return next_of(space, ranked(trials), len(trials))


@mistake(
    NEXT,
    title="one trial more than keep counts",
    hint="A slice [:k] has k entries.",
    see=FINER,
)
def one_too_many(space: Space, trials: Trials, keep: int) -> Next:
    return next_of(space, ranked(trials), keep + 1)


@mistake(
    NEXT,
    title="the worst trials are kept: the largest losses",
    hint="Is more of a loss better?",
    see=FINER,
)
def worst_kept(space: Space, trials: Trials, keep: int) -> Next:
    return next_of(space, ranked(trials)[::-1], keep)


@mistake(
    NEXT,
    title="the first trials count, in the order in which they came",
    hint="The best ones are asked for: sort first.",
    see=FINER,
)
def unsorted(space: Space, trials: Trials, keep: int) -> Next:
    return next_of(space, trials, keep)


@mistake(
    NEXT,
    title="trials that diverged are sorted among the others",
    hint="NaN leaves a sorting in no order, and -inf is the smallest of all. Take "
    "those trials out first.",
    see=FINER,
)
def diverged_among_the_best(space: Space, trials: Trials, keep: int) -> Next:
    return next_of(space, sorted(trials, key=lambda trial: trial[1]), keep)


@mistake(
    NEXT,
    title="only NaN is taken out, and a loss of minus infinity is the best",
    hint="math.isnan is false for infinity; math.isfinite is false for both.",
    see=FINER,
)
def infinity_among_the_best(space: Space, trials: Trials, keep: int) -> Next:
    numbers = [trial for trial in trials if not math.isnan(trial[1])]
    return next_of(space, sorted(numbers, key=lambda trial: trial[1]), keep)


@mistake(
    NEXT,
    title="whether the space is an extension is told the wrong way round",
    hint="True means: the best lay on an edge, so look further out.",
    see=FINER,
)
def told_the_wrong_way(space: Space, trials: Trials, keep: int) -> Next:
    new, extended = next_of(space, ranked(trials), keep)
    return new, not extended
