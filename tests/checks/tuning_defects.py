"""Random searches with a flaw of the smallest size that their checks declare."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.oracles.tuning_laws import EACH, distance, gap, middle, repeats
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


def biased_by(size: float) -> Spoil:
    """A power of a uniform draw: its mean is below 1/2 by ``size``."""
    power = 1 / (0.5 - size) - 1
    variance = 1 / (1 + 2 * power) - 1 / (1 + power) ** 2
    assert variance < 0.1  # as the declared power supposes
    return lambda places, rng: places**power


def cut_short_by(size: float) -> Spoil:
    """The upper end of the range is left out."""
    return lambda places, rng: places * (1 - size)


def repeating(share: float) -> Spoil:
    """Now and then an earlier draw of the same call is taken again."""

    def spoil(places: Places, rng: np.random.Generator) -> Places:
        flat = places.ravel().copy()
        for number in np.flatnonzero(rng.random(flat.size) < share):
            flat[number] = flat[rng.integers(max(number, 1))]
        return flat.reshape(places.shape)

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


def second_half(first: float, size: float, rng: np.random.Generator) -> float:
    """A draw that prefers the half in which ``first`` lies."""
    half = (first > 0.5) ^ (rng.random() >= 0.5 + size)
    return (half + rng.random()) / 2


def second_quarter(first: float, size: float, rng: np.random.Generator) -> float:
    """A draw in any half, that prefers the quarter of it which ``first`` has."""
    upper = (first % 0.5 > 0.25) ^ (rng.random() >= 0.5 + size)
    return rng.integers(2) / 2 + (upper + rng.random()) / 4


def parameters_agreeing_by(
    size: float, second: Callable[..., float] = second_half
) -> Callable[..., Any]:
    """random_search whose second parameter depends on the first."""

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
                places[1] = second(places[0], size, rng)
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
_MEAN, _MEAN_OF_TRIALS = middle(EVERYWHERE, "").detects, middle(TRIALS, "").detects
# A little more: at the gap itself, one draw in n / gap comes close enough.
_END, _END_OF_TRIALS = 1.001 * gap(EVERYWHERE), 1.001 * gap(TRIALS)
_AGAIN, _AGAIN_IN_TRIALS = (
    band.target + band.detects for band in (repeats(SAMPLES, ""), repeats(PAIRS, ""))
)

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
        "log_uniform",
        "low samples are preferred, by a little",
        log_uniform(biased_by(_MEAN)),
        f"a mean off by {_MEAN:.3g} of the range",
    ),
    Defect(
        "log_uniform",
        "the end of the range is left out",
        log_uniform(cut_short_by(_END)),
        f"{_END:.3g} of the range left out",
    ),
    Defect(
        "log_uniform",
        "some samples are earlier ones",
        log_uniform(repeating(_AGAIN)),
        f"a share of {_AGAIN:.3g} repeated",
    ),
    Defect(
        "random_search",
        "low settings are preferred, by a little",
        random_search(biased_by(_MEAN_OF_TRIALS)),
        f"a mean off by {_MEAN_OF_TRIALS:.3g} of the range",
    ),
    Defect(
        "random_search",
        "the end of a range is left out",
        random_search(cut_short_by(_END_OF_TRIALS), spoiled=1),
        f"{_END_OF_TRIALS:.3g} of the range left out",
    ),
    Defect(
        "random_search",
        "some settings are earlier ones",
        random_search(repeating(_AGAIN_IN_TRIALS)),
        f"a share of {_AGAIN_IN_TRIALS:.3g} repeated",
    ),
    Defect(
        "random_search",
        "the second parameter knows of the quarter of the first",
        parameters_agreeing_by(_PARAMETERS, second_quarter),
        f"agreement of quarters off by {_PARAMETERS:.3g}",
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
