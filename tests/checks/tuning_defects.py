"""Random searches with a flaw of the smallest size that their checks declare."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.oracles.tuning_laws import EACH, distance
from autograder.statistics import proportion
from tests.checks.defects import Defect

Places = NDArray[np.float64]  # 0 to 1: where in its range each draw lies
Spoil = Callable[[Places, np.random.Generator], Places]
Space = dict[str, tuple[str, float, float]]

SAMPLES, EVERYWHERE = 10_000, 60_000  # draws from one range, and from all of them
TRIALS, PAIRS = 4000, 3000  # for the law, and for its independence


def off_by(size: float) -> Spoil:
    """The distribution function is off by ``size`` in the middle of the range."""

    def spoil(places: Places, rng: np.random.Generator) -> Places:
        moved = (places > 0.5) & (rng.random(places.shape) < 2 * size)
        return places - 0.5 * moved

    return spoil


def agreeing_by(size: float) -> Spoil:
    """Neighbors lie in the same half more often than not, by ``size``."""

    def spoil(places: Places, rng: np.random.Generator) -> Places:
        turns = rng.random(places.shape) >= 0.5 + size
        halves = np.cumsum(turns) % 2
        return (places + halves.reshape(places.shape)) / 2

    return spoil


def log_uniform(spoil: Spoil, ratio: float = math.inf) -> Callable[..., Any]:
    """log_uniform whose draws are spoiled where high / low is below ``ratio``."""

    def draw(low: float, high: float, size: Any, rng: np.random.Generator) -> Any:
        if not 0 < low <= high:
            raise ValueError("no range on a logarithmic scale")
        places = rng.random(size)
        if high / low < ratio:
            places = spoil(places, rng)
        return low * (high / low) ** places

    return draw


def random_search(spoil: Spoil, *, spoiled: int | None = None) -> Callable[..., Any]:
    """random_search in which one parameter, or each, is spoiled from trial to trial."""

    def search(
        objective: Callable[..., Any],
        space: Space,
        trials: int,
        rng: np.random.Generator,
    ) -> Any:
        columns = {}
        for number, (name, (scale, low, high)) in enumerate(space.items()):
            places = rng.random(trials)
            if spoiled in (None, number):
                places = spoil(places, rng)
            if scale == "log":
                columns[name] = low * (high / low) ** places
            else:
                columns[name] = low + (high - low) * places
        configs = [
            {name: float(column[number]) for name, column in columns.items()}
            for number in range(trials)
        ]
        return [(config, objective(config)) for config in configs]

    return search


def parameters_agreeing_by(size: float) -> Callable[..., Any]:
    """random_search whose second parameter prefers the half of the first."""

    def search(
        objective: Callable[..., Any],
        space: Space,
        trials: int,
        rng: np.random.Generator,
    ) -> Any:
        results = []
        for _ in range(trials):
            places = rng.random(len(space))
            if len(places) > 1:
                half = (places[0] > 0.5) ^ (rng.random() >= 0.5 + size)
                places[1] = (places[1] + half) / 2
            config = {
                name: float(
                    low * (high / low) ** place
                    if scale == "log"
                    else low + (high - low) * place
                )
                for place, (name, (scale, low, high)) in zip(
                    places, space.items(), strict=True
                )
            }
            results.append((config, objective(config)))
        return results

    return search


_EVERYWHERE = distance(EVERYWHERE, "").detects
_ONE_RANGE = distance(SAMPLES, "").detects
_NEIGHBORS = proportion(SAMPLES - 80, 0.5, "", EACH).detects
_LAW = distance(TRIALS, "").detects
_PARAMETERS = proportion(PAIRS, 0.5, "", EACH).detects
_TRIALS = proportion(PAIRS - 6, 0.5, "", EACH).detects

DEFECTS: list[Defect] = [
    Defect(
        "log_uniform",
        "the law is off by the smallest distance, in all ranges",
        log_uniform(off_by(_EVERYWHERE)),
        f"a distribution function off by {_EVERYWHERE:.3g}",
    ),
    Defect(
        "log_uniform",
        "the law is off within less than a decade only",
        log_uniform(off_by(_ONE_RANGE), ratio=12),
        f"a distribution function off by {_ONE_RANGE:.3g} in one of six ranges",
    ),
    Defect(
        "log_uniform",
        "neighboring samples know of each other",
        log_uniform(agreeing_by(_NEIGHBORS)),
        f"agreement of halves off by {_NEIGHBORS:.3g}",
    ),
    Defect(
        "random_search",
        "the law of the first parameter is off by the smallest distance",
        random_search(off_by(_LAW), spoiled=0),
        f"a distribution function off by {_LAW:.3g}",
    ),
    Defect(
        "random_search",
        "trials know of the trial before",
        random_search(agreeing_by(_TRIALS), spoiled=1),
        f"agreement of halves off by {_TRIALS:.3g}",
    ),
    Defect(
        "random_search",
        "the second parameter knows of the first",
        parameters_agreeing_by(_PARAMETERS),
        f"agreement of halves off by {_PARAMETERS:.3g}",
    ),
]
