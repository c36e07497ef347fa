"""Are draws judged with the errors that are declared, and searches by their facts?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.oracles import tuning_laws as laws
from autograder.oracles.tuning import (
    LINEAR,
    LOG,
    as_number,
    draw_space,
    inside,
    place_in,
    value_at,
)
from autograder.oracles.tuning_laws import (
    BANDS,
    EACH,
    NUMBERS,
    SPLITS,
    distance,
    farthest,
    gap,
    middle,
)
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


def test_the_mean_and_the_ends_state_their_errors() -> None:
    """Do the band of the mean and the gap at an end follow from their bounds?"""
    for n in (100, 10_000):
        band = middle(n, "mean")
        half = band.high - 0.5
        assert math.isclose(2 * math.exp(-6 * n * half**2), EACH)
        slack = band.detects - half
        assert math.isclose(math.exp(-n * slack**2 / (0.2 + 2 * slack / 3)), BETA)
        assert math.isclose((1 - gap(n)) ** n, EACH, rel_tol=1e-9)


def test_the_uniform_law_is_strictly_sub_gaussian() -> None:
    """Does the inequality hold from which the band of the mean is made?"""
    s = np.linspace(0.01, 60, 500)
    assert (np.sinh(s / 2) / (s / 2) <= np.exp(s**2 / 24)).all()


@pytest.mark.parametrize("name", [SEARCH, DRAW])
def test_a_check_uses_no_more_bands_than_share_the_false_alarm(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the false alarm of all bands of a check together at most ALPHA?"""
    judged = [0]

    def counted(function: Function) -> Function:
        def wrapped(*arguments: Any, **more: Any) -> Any:
            judged[0] += 1
            return function(*arguments, **more)

        return wrapped

    for band in ("distance", "middle", "gap", "repeats"):
        monkeypatch.setattr(laws, band, counted(getattr(laws, band)))
    independent = laws.proportion

    def nine(*arguments: Any, **more: Any) -> Any:
        judged[0] += len(laws.SPLITS) ** 2
        return independent(*arguments, **more)

    monkeypatch.setattr(laws, "proportion", nine)
    assert not failures(name, right(name), 3)
    assert 20 < judged[0] <= BANDS


def test_the_splits_see_all_that_quarters_can_know() -> None:
    """Are the three splits, with a constant, a basis of what a quarter can say?"""
    basis = np.array([[1.0] * 4, *(np.where(half, 1, -1) for half in SPLITS.values())])
    np.testing.assert_array_equal(basis @ basis.T, 4 * np.eye(4))


def test_single_precision_has_the_numbers_that_are_supposed() -> None:
    """Do draws in single precision coincide no more often than the band supposes?"""
    rng = np.random.default_rng(0)
    for low, high in [(1e-6, 3e-5), (1e-5, 0.1), (0.1, 0.5), (1e-6, 0.1)]:
        ends = np.log10(np.float32(low)), np.log10(np.float32(high))
        u = rng.random(200_000, dtype=np.float32)
        drawn = np.float32(10) ** (ends[0] + (ends[1] - ends[0]) * u)
        assert drawn.dtype == np.float32
        # 200 000 draws make 2e10 pairs.
        coincidences = drawn.size - len(np.unique(drawn))
        assert coincidences < drawn.size**2 / 2 / NUMBERS


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
    for seed in range(6):
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


def depending(second: Callable[[float, Any], float]) -> Function:
    """A search whose second parameter is made of the first."""

    def search(objective: Any, space: Any, trials: int, rng: Any) -> Any:
        results = []
        for _ in range(trials):
            u = rng.random(len(space))
            u[1:2] = second(u[0], rng)
            config = {
                name: value_at(place, *interval)
                for place, (name, interval) in zip(u, space.items(), strict=True)
            }
            results.append((config, objective(config)))
        return results

    return search


def redrawn(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """Trials that diverged are tried anew, until none did."""
    results: list[Any] = []
    while len(results) < trials:
        drawn = right(SEARCH)(objective, space, trials, rng)
        results += [each for each in drawn if math.isfinite(each[1])]
    return results[:trials]


def scale_from_the_ratio(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """What spans two decades is taken for logarithmic."""
    guessed = {
        name: (LOG if 0 < 100 * low < high else LINEAR, low, high)
        for name, (_, low, high) in space.items()
    }
    return right(SEARCH)(objective, guessed, trials, rng)


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
        (depending(lambda u, rng: (u + rng.integers(2) / 2) % 1), {PAIRS}),
        (depending(lambda u, _: abs(2 * u - 1)), {PAIRS}),
        (redrawn, {NAN}),
        (scale_from_the_ratio, {LAW}),
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
