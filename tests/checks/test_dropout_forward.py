"""Are units judged by the law of their masks, and is no false one let through?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.oracles import dropout_dependence, dropout_gradient, masks
from autograder.statistics import ALPHA, Band, covariance, difference, proportion
from tests.checks.dropout_solutions import (
    FORWARD,
    NAMES,
    VANILLA,
    Function,
    core_parts,
    correct,
    failures,
    inverted,
)

RATE = "units are kept with probability p"
OWN = "every unit draws for itself"
SHAPES = "arrays of any shape"
SCALE = "a unit is dropped, or kept and divided by p"


@pytest.mark.parametrize("name", NAMES)
def test_all_bands_of_a_check_share_one_false_alarm(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Do the alphas of all the bands that a check uses add up to at most 1e-9?"""
    used: list[float] = []

    def counting(make: Function) -> Function:
        def counted(*arguments: Any, **keywords: Any) -> Band:
            band: Band = make(*arguments, **keywords)
            # A band over slices, pairs or distances is used once for each of them.
            used.append(band.alpha * round(masks.EACH / band.alpha))
            return band

        return counted

    for module in (masks, dropout_dependence, dropout_gradient):
        for make in (proportion, covariance, difference):
            if hasattr(module, make.__name__):
                monkeypatch.setattr(module, make.__name__, counting(make))
    assert examine(name, correct(name), seed=5).passed
    assert 0 < sum(used) <= ALPHA
    assert len(used) <= masks.BANDS


# What is wrong, and in which part it shows -------------------------------------------


def one_wrong_entry(forward: Function) -> Function:
    """The first kept entry is 1e-3 too large, relatively."""

    def planted(x: Any, dropout_param: dict[str, Any]) -> Any:
        out, cache = forward(x, dropout_param)
        out = out.copy()
        first = np.unravel_index(np.argmax(out != 0), out.shape)
        out[first] *= 1.001
        return out, cache

    return planted


def realized_share(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Divides by the share that happened to be kept, not by p."""
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    kept = rng.random(x.shape) < dropout_param["p"]
    return x * kept / max(kept.mean(), 1e-9), None


def gaussian(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Multiplies by Gaussian noise of the right mean."""
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    p = dropout_param["p"]
    return x * rng.normal(1, math.sqrt((1 - p) / p), x.shape), None


def every_seventh_call_unscaled() -> Function:
    """Forgets the factor now and then."""
    calls = [0]

    def forward(x: Any, dropout_param: dict[str, Any]) -> Any:
        calls[0] += 1
        right = inverted() if calls[0] % 7 else inverted(lambda _: 1.0)
        return right(x, dropout_param)

    return forward


def pool_of(count: int) -> Function:
    """Draws ``count`` masks for each shape and p, and then only takes one of them."""
    drawn: dict[Any, list[Any]] = {}
    calls = [0]

    def keep(rng: np.random.Generator, x: Any, p: float) -> Any:
        pool = drawn.setdefault(
            (x.shape, p), [rng.random(x.shape) for _ in range(count)]
        )
        calls[0] += 1
        return pool[calls[0] % 2 if count == 2 else rng.integers(count)] < p

    return inverted(keep=keep)


def one_coin(rng: np.random.Generator, x: Any, p: float) -> Any:
    """One draw for the whole array."""
    return np.full(x.shape, rng.random() < p)


def tenths(rng: np.random.Generator, x: Any, p: float) -> Any:
    """A rate rounded up to tenths."""
    return rng.integers(0, 10, x.shape) < 10 * p


def off_by_two_hundredths(rng: np.random.Generator, x: Any, p: float) -> Any:
    """A rate that is 0.02 too low."""
    return rng.random(x.shape) < p - 0.02


def only_positive(rng: np.random.Generator, x: Any, p: float) -> Any:
    """Negative units are never dropped; the rate as a whole is right."""
    q = max(2 * p - 1, 0.0) if p > 0.5 else 2 * p
    return np.where(x > 0, rng.random(x.shape) < q, p > 0.5)


def large_more_often(rng: np.random.Generator, x: Any, p: float) -> Any:
    """Large units are kept more often, small ones less."""
    return rng.random(x.shape) < p * (1 + 0.2 * np.sign(np.abs(x) - 1.25))


def fixed_by_row(rng: np.random.Generator, x: Any, p: float) -> Any:
    """The same number of kept units in every sample."""
    width = x.shape[-1]
    return rng.permuted(
        np.broadcast_to(np.arange(width) < round(p * width), x.shape), axis=-1
    )


def fixed_in_large_calls(rng: np.random.Generator, x: Any, p: float) -> Any:
    """Always p n of n units, where n is large."""
    if x.size < 1000:
        return rng.random(x.shape) < p
    return rng.permutation(np.arange(x.size) < round(p * x.size)).reshape(x.shape)


def first_feature_spared(rng: np.random.Generator, x: Any, p: float) -> Any:
    """The first feature is never dropped."""
    kept = rng.random(x.shape) < p
    kept[..., 0] = True
    return kept


def halves_shared(rng: np.random.Generator, x: Any, p: float) -> Any:
    """The second half of the batch repeats the first."""
    half = rng.random(((len(x) + 1) // 2, *x.shape[1:]))
    return np.concatenate([half, half])[: len(x)] < p


def mirrored(rng: np.random.Generator, x: Any, p: float) -> Any:
    """The last features mirror the first."""
    drawn, half = rng.random(x.shape), x.shape[-1] // 2
    drawn[..., x.shape[-1] - half :] = drawn[..., :half][..., ::-1]
    return drawn < p


def period(rng: np.random.Generator, x: Any, p: float) -> Any:
    """4096 draws, over and over."""
    return np.resize(rng.random(4096), x.shape) < p


def pairs_in_one_dimension(rng: np.random.Generator, x: Any, p: float) -> Any:
    """Of a vector, two neighbors share their draw."""
    drawn = rng.random(x.shape)
    return (np.repeat(drawn[::2], 2)[: x.size] if x.ndim == 1 else drawn) < p


def whole_time_steps(rng: np.random.Generator, x: Any, p: float) -> Any:
    """Of (N, T, D), whole time steps are dropped."""
    shape = (*x.shape[:2], 1) if x.ndim == 3 else x.shape
    return np.broadcast_to(rng.random(shape) < p, x.shape)


def one_sequence_for_all(rng: np.random.Generator, x: Any, p: float) -> Any:
    """Of (N, T, D), all samples share one mask."""
    shape = x.shape[1:] if x.ndim == 3 else x.shape
    return np.broadcast_to(rng.random(shape) < p, x.shape)


WRONG = [
    (inverted(lambda p: 1.001 / p), SCALE),
    (one_wrong_entry(inverted()), SCALE),
    (realized_share, SCALE),
    (gaussian, SCALE),
    (every_seventh_call_unscaled(), RATE),
    (pool_of(2), OWN),
    (pool_of(4), OWN),
    *(
        (inverted(keep=keep), title)
        for keep, title in [
            (one_coin, RATE),
            (tenths, RATE),
            (off_by_two_hundredths, RATE),
            (only_positive, RATE),
            (large_more_often, RATE),
            (fixed_by_row, OWN),
            (fixed_in_large_calls, OWN),
            (first_feature_spared, OWN),
            (halves_shared, OWN),
            (mirrored, OWN),
            (period, OWN),
            (pairs_in_one_dimension, SHAPES),
            (whole_time_steps, SHAPES),
            (one_sequence_for_all, SHAPES),
        ]
    ),
]


@pytest.mark.parametrize(("forward", "title"), WRONG)
@pytest.mark.parametrize("seed", range(4))
def test_a_planted_error_is_refused_where_it_belongs(
    forward: Function, title: str, seed: int
) -> None:
    """Is an error that no catalog lists refused all the same, by the part about it?"""
    assert title in failures(FORWARD, {FORWARD: forward}, seed)


@pytest.mark.parametrize("keep", [halves_shared, mirrored, whole_time_steps])
def test_vanilla_dropout_is_asked_the_same(keep: Function) -> None:
    """Is a mask that is wrong in inverted dropout wrong in vanilla dropout?"""
    unscaled = inverted(lambda _: 1.0, keep)

    def vanilla(x: Any, dropout_param: dict[str, Any]) -> Any:
        if dropout_param["mode"] == "test":
            return x * dropout_param["p"], None
        return unscaled(x, dropout_param)

    for seed in range(3):
        assert failures(VANILLA, {VANILLA: vanilla}, seed)


def test_whole_numbers_below_a_hundred_will_do() -> None:
    """Does a mask drawn in hundredths, right at every p asked, pass on any seed?"""
    forward = inverted(keep=lambda rng, x, p: rng.integers(0, 100, x.shape) < 100 * p)
    for seed in range(20):
        assert not failures(FORWARD, {FORWARD: forward}, seed)


# Messages ----------------------------------------------------------------------------


def test_the_call_that_failed_is_the_one_quoted() -> None:
    """Does the message quote the parameters of the very call that it judges?"""
    forward = inverted(
        keep=lambda rng, x, p: rng.random(x.shape) < (p if p > 0.5 else 1 - p)
    )
    parts = core_parts(FORWARD, {FORWARD: forward}, 3)
    message = next(part.message for part in parts if part.name == RATE)
    quoted = message.split("'p': ")[1].split("}")[0]
    assert f"of 120 000 units were kept; at p = {quoted} it must lie" in message
    assert float(quoted) < 0.5
