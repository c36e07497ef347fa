"""Are draws judged with the errors that are declared, and searches by their facts?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.oracles.tuning import (
    LINEAR,
    LOG,
    as_number,
    draw_space,
    inside,
    place_in,
    value_at,
)
from autograder.oracles.tuning_laws import BANDS, EACH, distance, farthest
from autograder.statistics import ALPHA, BETA
from tests.checks.defects import Defect
from tests.checks.tuning_defects import DEFECTS
from tests.checks.tuning_solutions import Function, failures, right

SEARCH, DRAW = "random_search", "log_uniform"


# The band -----------------------------------------------------------------------------


def test_the_band_states_its_errors() -> None:
    """Does the band follow Massart's constant, and share the false alarm out?"""
    assert math.isclose(EACH * BANDS, ALPHA)
    for n in (100, 10_000):
        band = distance(n, "distance")
        assert math.isclose(2 * math.exp(-2 * n * band.high**2), EACH)
        slack = band.detects - band.high
        assert math.isclose(math.exp(-2 * n * slack**2), BETA)


def test_the_distance_is_that_of_the_definition() -> None:
    """Is the largest distance found where a search over all points finds it?"""
    rng = np.random.default_rng(0)
    for n in (1, 2, 30):
        places = rng.beta(1.5, 1.0, n)
        points = np.concatenate([places, places - 1e-12])
        shares = (places[None] <= points[:, None]).mean(axis=1)
        slow = np.abs(shares - points).max()
        far, where, share = farthest(places)
        assert math.isclose(far, slow, abs_tol=1e-9)
        assert math.isclose(abs(share - where), far, abs_tol=1e-12)


def test_the_band_holds_what_it_promises_at_a_larger_alpha() -> None:
    """Do uniform draws keep to the inequality from which the band is made?"""
    rng = np.random.default_rng(1)
    far = np.array([farthest(rng.random(400))[0] for _ in range(2000)])
    for level in (0.05, 0.01):
        edge = math.sqrt(math.log(2 / level) / 800)
        assert (far > edge).mean() < 2 * level


def test_places_and_values_are_inverse() -> None:
    """Does a value lie where it was put, on both scales?"""
    for scale, low, high in [(LOG, 1e-6, 0.3), (LINEAR, -2.0, 3.0)]:
        for place in (0.0, 0.2, 0.77, 1.0):
            value = value_at(place, scale, low, high)
            back = place_in(np.array([value]), scale, low, high)
            assert back[0] == pytest.approx(place, abs=1e-9)
            assert inside(np.array([value]), low, high).all()
    assert as_number(np.array([[2.5]]), "x") == 2.5


# Draws --------------------------------------------------------------------------------


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda d: f"{d.of}: {d.title}")
def test_the_smallest_defect_is_refused(defect: Defect) -> None:
    """Is a defect of exactly the declared size refused on every seed?"""
    for seed in range(25):
        assert failures(defect.of, defect.function, seed), (defect.size, seed)


@pytest.mark.parametrize("chunk", [2500, 5000, 6000])
def test_chunks_that_repeat_are_refused(chunk: int) -> None:
    """Are some thousand draws, used over and over, refused?"""

    def tiled(low: float, high: float, size: Any, rng: np.random.Generator) -> Any:
        count = math.prod(np.atleast_1d(size))
        return np.resize(right(DRAW)(low, high, chunk, rng), count).reshape(size)

    for seed in range(4):
        assert "every sample is a draw of its own" in failures(DRAW, tiled, seed)


def test_a_plain_uniform_is_explained() -> None:
    """Does the message say how many draws lie where, and how many should?"""
    verdict = examine(DRAW, {DRAW: lambda a, b, n, rng: rng.uniform(a, b, n)}, seed=2)
    said = next(
        p.message for p in verdict.parts if p.name == "uniform in the logarithm"
    )
    assert "of 10 000 draws lie below" in said
    assert "on the log scale" in said
    assert "false alarm" in said
    assert verdict.misconception == "plain_uniform"


# Searches -----------------------------------------------------------------------------

RESULTS = "each result is a setting and its value"
LAW = "each parameter follows the law of its own scale"
PAIRS = "parameters know nothing of each other"
TRIALS = "trials know nothing of each other"
STATE = "the generator's state decides"
NAN = "a trial that diverges is a result too"


def by_name(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """Take the scale from the parameter's name."""
    known = {
        name: ("log" if name == "learning_rate" else scale, *bounds)
        for name, (scale, *bounds) in space.items()
        if name != "learning_rate" or bounds[0] > 0
    } | {n: r for n, r in space.items() if r[1] <= 0}
    return right(SEARCH)(objective, known, trials, rng)


def missing_parameter(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """Forget the last parameter in the settings that are returned."""
    results = right(SEARCH)(objective, space, trials, rng)
    last = list(space)[-1]
    return [({n: c[n] for n in c if n != last}, v) for c, v in results]


def zero_for_nan(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """A trial that diverged counts as 0."""
    results = right(SEARCH)(objective, space, trials, rng)
    return [(c, 0.0 if math.isnan(v) else v) for c, v in results]


def mirrored(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """The second parameter is the mirror image of the first."""
    results = []
    for _ in range(trials):
        u, config = rng.random(), {}
        for number, (name, interval) in enumerate(space.items()):
            place = {0: u, 1: 1 - u}.get(number, rng.random())
            config[name] = value_at(place, *interval)
        results.append((config, objective(config)))
    return results


def antithetic(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """Every other trial mirrors the one before."""
    results, before = [], np.zeros(len(space))
    for number in range(trials):
        u = 1 - before if number % 2 else rng.random(len(space))
        before = u
        config = {
            name: value_at(place, *interval)
            for place, (name, interval) in zip(u, space.items(), strict=True)
        }
        results.append((config, objective(config)))
    return results


def few_values(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """A linear parameter takes one of three values."""
    results = []
    for config, _ in right(SEARCH)(objective, space, trials, rng):
        for name, (scale, low, high) in space.items():
            if scale == "linear":
                config[name] = float(rng.choice([low, (low + high) / 2, high]))
        results.append((config, objective(config)))
    return results


@pytest.mark.parametrize(
    ("function", "titles"),
    [
        (missing_parameter, {RESULTS}),
        (zero_for_nan, {NAN}),
        (mirrored, {PAIRS}),
        (antithetic, {TRIALS}),
        (few_values, {LAW}),
    ],
)
def test_a_flaw_is_found_by_the_part_that_asks_for_it(
    function: Function, titles: set[str]
) -> None:
    """Does the right part refuse, on every seed?"""
    for seed in range(4):
        assert titles <= set(failures(SEARCH, function, seed))


def test_the_name_of_a_parameter_says_nothing() -> None:
    """Is a function refused that takes every `learning_rate` for logarithmic?"""
    refused = [bool(failures(SEARCH, by_name, seed)) for seed in range(10)]
    assert all(refused)


def test_spaces_are_drawn_afresh() -> None:
    """Do names and ranges differ from space to space, as their scales say?"""
    rng = np.random.default_rng(0)
    spaces = [draw_space(rng, [LOG, LINEAR]) for _ in range(30)]
    assert len({tuple(space) for space in spaces}) > 10
    for space in spaces:
        (log, low, high), (linear, start, end) = space.values()
        assert (log, linear) == (LOG, LINEAR)
        assert high / low > 30
        assert 0 < start < end
