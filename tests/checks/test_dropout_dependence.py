"""Do the questions about masks find what they declare, and nothing in true chance?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from autograder.mishaps import Mismatch
from autograder.oracles import dropout_dependence as ask
from autograder.oracles.dropout import CALLS, LAYER
from autograder.oracles.dropout_connect import OUTPUTS, ROWS
from autograder.oracles.masks import (
    EACH,
    Mask,
    expect_even,
    expect_one_factor,
    expect_rate,
)
from autograder.statistics import proportion
from tests.checks.dropout_solutions import Function

UNITS = (CALLS, *LAYER)
WEIGHTS = (CALLS, 3 * ROWS, OUTPUTS)
AXES = {0: "call", 1: "sample", 2: "feature"}
INNER = {1: "sample", 2: "feature"}

Generator = np.random.Generator


def uniform(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """One number a unit, as a right function draws them."""
    return rng.random(shape)


def halves_shared(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """The second half of the batch repeats the first."""
    half = rng.random((shape[0], shape[1] // 2, shape[2]))
    return np.concatenate([half, half], axis=1)


def halves_opposed(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """The second half of the batch is the first, upside down."""
    half = rng.random((shape[0], shape[1] // 2, shape[2]))
    return np.concatenate([half, 1 - half], axis=1)


def mirrored(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """The right half of the features mirrors the left."""
    half = rng.random((*shape[:2], shape[2] // 2))
    return np.concatenate([half, half[..., ::-1]], axis=2)


def every_other_feature(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Features i and i + half share their draws."""
    half = rng.random((*shape[:2], shape[2] // 2))
    return np.concatenate([half, half], axis=2)


def two_samples_alike(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Just two samples, far apart, share their draws."""
    drawn = rng.random(shape)
    drawn[:, 57] = drawn[:, 3]
    return drawn


def period(length: int) -> Function:
    """The same draws over and over, along the memory of each call."""

    def draw(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
        size = math.prod(shape[1:])
        return np.stack(
            [
                np.resize(rng.random(length), size).reshape(shape[1:])
                for _ in range(shape[0])
            ]
        )

    return draw


def opposed_calls(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Every other call turns its predecessor's draws upside down."""
    drawn = rng.random(shape)
    drawn[1::2] = 1 - drawn[::2]
    return drawn


@pytest.mark.parametrize("shape", [UNITS, WEIGHTS])
def test_true_chance_raises_no_alarm(shape: tuple[int, ...]) -> None:
    """Do masks drawn unit by unit pass every question on 60 seeds?"""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        p = rng.uniform(0.25, 0.4) if seed % 2 else rng.uniform(0.6, 0.75)
        kept = rng.random(shape) < p
        ask.expect_no_repeats(kept, "unit", AXES)
        ask.expect_new_masks(kept)
        ask.expect_neighbors_independent(kept, p, AXES)
        ask.expect_slices_independent(kept, p, AXES)
        ask.expect_lags_independent(kept, p)
        ask.expect_counts_vary(kept.sum((1, 2)), kept[0].size, p, "calls")
        ask.expect_counts_vary(kept.sum(2).ravel(), shape[2], p, "samples")
        expect_even(kept, p, INNER)
        expect_rate(kept, p)


def independent(kept: Mask, p: float) -> None:
    """All questions about one unit and another."""
    ask.expect_slices_independent(kept, p, AXES)
    ask.expect_lags_independent(kept, p)


@pytest.mark.parametrize(
    "draw",
    [
        halves_shared,
        halves_opposed,
        mirrored,
        every_other_feature,
        period(64),
        period(997),
        period(4096),
        opposed_calls,
    ],
)
@pytest.mark.parametrize("shape", [UNITS, WEIGHTS])
def test_units_that_share_draws_at_a_distance_are_found(
    draw: Function, shape: tuple[int, ...]
) -> None:
    """Is every long-range dependence refused on each of 20 seeds, at any p asked?"""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        p = (0.25, 0.31, 0.4)[seed % 3]
        with pytest.raises(Mismatch, match="at p = "):
            independent(draw(rng, shape) < p, p)


def test_two_samples_that_share_draws_are_named() -> None:
    """Are just two samples of a hundred found, and their numbers told?"""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        with pytest.raises(Mismatch, match=r"both sample 3 and sample 57; at p = 0\.3"):
            ask.expect_slices_independent(
                two_samples_alike(rng, UNITS) < 0.3, 0.3, AXES
            )


def test_no_two_calls_may_draw_the_same_mask() -> None:
    """Are two alternating masks, and two equal calls of ten, refused?"""
    rng = np.random.default_rng(0)
    kept = rng.random((CALLS, 20, 20)) < 0.3
    ask.expect_new_masks(kept)
    pool = kept[[0, 1] * (CALLS // 2)]
    with pytest.raises(Mismatch, match="numbers 1 and 3 drew the same mask"):
        ask.expect_new_masks(pool)
    kept[7] = kept[2]
    with pytest.raises(Mismatch, match="of 10 calls without a seed, numbers 3 and 8"):
        ask.expect_new_masks(kept)
    with pytest.raises(Mismatch, match="all drew the same mask"):
        ask.expect_new_masks(kept[[4] * CALLS])


@pytest.mark.parametrize("p", [0.25, 0.317, 0.4])
@pytest.mark.parametrize(("n", "groups"), [(math.prod(LAYER), CALLS), (120, 1000)])
def test_a_fixed_count_can_be_told_from_chance(p: float, n: int, groups: int) -> None:
    """Does a mask of exactly p n units in every group leave the band?"""
    fixed = np.full(groups, round(p * n))
    with pytest.raises(Mismatch, match="the number varies"):
        ask.expect_counts_vary(fixed, n, p, "calls")


def test_a_feature_that_is_never_dropped_is_uneven() -> None:
    """Is one slice that is always kept found, and named?"""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        kept = rng.random(WEIGHTS) < 0.4
        kept[:, :, -1] = True
        with pytest.raises(Mismatch, match=f"draws for output {OUTPUTS - 1} kept it"):
            expect_even(kept, 0.4, {1: "input", 2: "output"})


# Errors declared ---------------------------------------------------------------------


def test_a_rate_that_is_off_as_declared_is_refused_on_200_seeds() -> None:
    """Is the smallest declared defect of the rate refused on every one of 200 seeds?"""
    # The widest band over all p that a check draws (p = 0.4) declares it.
    n = math.prod(UNITS)
    defect = proportion(n, 0.4, "share", EACH).detects
    assert defect < 0.021
    for seed in range(200):
        rng = np.random.default_rng(seed)
        p = rng.uniform(0.25, 0.4)
        sign = 1 if seed % 2 else -1
        with pytest.raises(Mismatch):
            expect_rate(rng.random(UNITS) < p + sign * defect, p)


def test_a_correlation_as_declared_is_refused_on_200_seeds() -> None:
    """Is the smallest declared dependence refused on every one of 200 seeds?"""
    n, p = math.prod(UNITS) // 2, 0.4
    rho = proportion(n, p * p, "pairs", EACH).detects / (p * (1 - p))
    assert rho < 0.09
    for seed in range(200):
        rng = np.random.default_rng(seed)
        kept = rng.random(UNITS) < p
        copied = rng.random((*UNITS[:2], UNITS[2] // 2)) < rho
        kept[..., 1::2] = np.where(copied, kept[..., ::2], kept[..., 1::2])
        with pytest.raises(Mismatch, match="neighbors along the feature axis"):
            ask.expect_neighbors_independent(kept, p, {2: "feature"})


@pytest.mark.parametrize("p", [0.25, 0.4])
def test_equal_slices_are_refused_as_declared(p: float) -> None:
    """Are two equal slices beyond the declared defect, of the narrower axis too?"""
    samples, features = LAYER
    for count, others in ((samples, features), (features, samples)):
        band = proportion(CALLS * others, p * p, "both", EACH / math.comb(count, 2))
        assert band.detects <= p - p * p
        assert band.low > 0  # so that opposite slices, never kept together, leave it


def test_one_factor_is_asked_of_all_calls() -> None:
    """Is a single call with another factor found?"""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.5, 2, UNITS)
    out = x * (rng.random(UNITS) < 0.3) / 0.3
    expect_one_factor(out, x, 0.3)
    out[6] *= 0.3
    with pytest.raises(Mismatch, match=r"multiplied by 1 and another by 3\.33333"):
        expect_one_factor(out, x, 0.3)


def test_a_message_leads_with_the_count() -> None:
    """Does a share that is off read like a sentence, its errors behind it?"""
    kept = np.zeros(120_000, dtype=bool)
    kept[:74_160] = True
    with pytest.raises(Mismatch) as caught:
        expect_rate(kept, 0.3)
    message = caught.value.message
    assert message.startswith(
        "0.618 of 120 000 units were kept; at p = 0.3 it must lie between 0.291 and "
        "0.309 (n = 120 000; false alarm 2e-11; a defect of 0.0"
    )
    picture = caught.value.picture
    assert picture is not None
    assert "<svg" in picture.svg()


def test_a_share_just_outside_is_told_from_the_edge() -> None:
    """Do share and edge never read the same?"""
    high = proportion(120_000, 0.3, "share", EACH).high
    kept = np.zeros(120_000, dtype=bool)
    kept[: math.floor(high * 120_000) + 1] = True
    with pytest.raises(Mismatch) as caught:
        expect_rate(kept, 0.3)
    share, *_, edge = caught.value.message.split(" (")[0].split()
    assert float(share) > float(edge)
