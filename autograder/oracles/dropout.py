"""What is asked of both kinds of dropout, which differ in their scaling only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.comparing import RTOL, expect_close
from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.oracles.dropout_dependence import (
    equal_calls,
    expect_counts_vary,
    expect_lags_independent,
    expect_neighbors_independent,
    expect_new_masks,
    expect_no_repeats,
    expect_slices_independent,
)
from autograder.oracles.masks import (
    Array,
    Mask,
    as_read,
    away_from_zero,
    expect_even,
    expect_one_factor,
    expect_rate,
    expect_some_dropped,
    note,
    often,
    seldom,
)

# 120 000 units, in calls small enough for a right solution that draws them one by one.
CALLS = 10
LAYER = (100, 120)
IMAGES = (40, 5, 6, 7)  # (N, C, H, W)
LARGE = 1.25  # half of abs(x) lies above


def param(p: float, mode: str = "train", **more: int) -> dict[str, Any]:
    """CS231n's parameters of a dropout layer."""
    return {"mode": mode, "p": p, **more}


@dataclass(frozen=True)
class Scaling:
    """By what a kept unit is multiplied in training, and every unit in testing."""

    train: Callable[[float], float]
    train_rule: str
    test: Callable[[float], float]


INVERTED = Scaling(lambda p: 1 / p, "1 / p", lambda _: 1.0)
VANILLA = Scaling(lambda _: 1.0, "1", lambda p: p)


def train(exam: Exam, label: str, x: Array, p: float, **more: int) -> Array:
    """What the function makes of ``x`` in train mode.

    An empty ``label`` keeps the answer out of the diagnosis: where a wrong mask has
    few draws, its own answers differ too much from call to call.
    """
    exam.by_hand = True
    out = as_read(exam.call(x, param(p, "train", **more))[0], x.shape)
    if label:
        note(exam, label, out, x)
    return out


def expect_scaled(out: Array, x: Array, p: float, scaling: Scaling) -> None:
    """Every unit is dropped or multiplied by the factor, to rounding."""
    factor = scaling.train(p)
    wrong = (out != 0) & ~(np.abs(out / x - factor) <= RTOL * factor)
    if wrong.any():
        size = np.where(wrong, np.abs(out / x - factor), -1.0)
        index = np.unravel_index(int(np.argmax(size)), x.shape)
        place = ", ".join(str(i) for i in index)
        raise Mismatch(
            f"out[{place}] is {out[index]:.6g} where x[{place}] is {x[index]:.6g}: "
            f"that unit was kept and multiplied by {out[index] / x[index]:.6g}; "
            f"expected {scaling.train_rule} = {factor:.6g} at p = {p} "
            f"({int(wrong.sum())} of {int((out != 0).sum())} kept units differ)"
        )


def several(
    exam: Exam, label: str, p: float, seeds: list[int] | None = None
) -> tuple[Array, Array]:
    """Inputs and outputs of ``CALLS`` calls in train mode: both (calls, N, D).

    With ``seeds`` each call has its own.
    """
    x = away_from_zero(exam.rng, (CALLS, *LAYER))
    outs = [
        train(exam, "", each, p, **({"seed": seeds[place]} if seeds else {}))
        for place, each in enumerate(x)
    ]
    out = np.array(outs)
    note(exam, label, out, x)
    return x, out


def draw_seeds(rng: np.random.Generator, count: int) -> list[int]:
    """``count`` different seeds, of which one is 0."""
    others = rng.choice(2**31 - 1, count - 1, replace=False) + 1
    return [int(seed) for seed in others] + [0]


def units_are_dropped_or_scaled(exam: Exam, scaling: Scaling) -> None:
    """Is every unit dropped or multiplied by the factor, and do both occur?"""
    # One of the calls has a seed: it fixes the mask and nothing else.
    seed = draw_seeds(exam.rng, 2)[0]
    for shape, draw, more in [
        ((45, 50), seldom, {}),
        ((60, 33), often, {"seed": seed}),
    ]:
        p = draw(exam.rng)
        x = away_from_zero(exam.rng, shape)
        out = train(exam, "a unit", x, p, **more)
        expect_some_dropped(out)
        expect_scaled(out, x, p, scaling)


def units_are_kept_with_p(exam: Exam) -> None:
    """Is the share of kept units p, whatever x is, and with a seed as without?"""
    # n = 120 000 units for each p (and about half of them by sign and by size): bands
    # of +- 0.011 (0.015); a rate that is 0.020 (0.028) off is refused.
    seen = []
    for draw, seeds in ((seldom, None), (often, draw_seeds(exam.rng, CALLS))):
        p = draw(exam.rng)
        x, out = several(exam, f"the rate, {draw.__name__}", p, seeds)
        seen.append((exam.asked, p, x, out))
    for exam.asked, p, x, out in seen:  # judged once all is recorded
        kept = out != 0
        expect_no_repeats(kept, "unit", {1: "sample", 2: "feature"})
        expect_rate(kept, p)
        expect_rate(kept[x > 0], p, "positive units")
        expect_rate(kept[np.abs(x) > LARGE], p, f"units with abs(x) > {LARGE}")
        expect_one_factor(out, x, p)


def units_draw_for_themselves(exam: Exam) -> None:
    """Are draws independent across features, samples and calls?"""
    # n = 60 000 pairs of neighbors an axis: a correlation of 0.09 is refused; so are
    # any two slices that share their draws, and any distance at which units do.
    p = seldom(exam.rng)
    x, out = several(exam, "independence", p)
    kept = out != 0
    by_call, samples, features = kept.sum((1, 2)), kept.sum(2), kept.sum(1)
    # Measured with a wide berth: only masks of a fixed count lie near 0.
    exam.observe("counts by sample are fixed", bool(samples.std() < 1))
    exam.observe("counts by feature are fixed", bool(features.std() < 1))
    exam.observe("counts by call are fixed", bool(np.ptp(by_call) == 0))
    exam.observe("equal calls", len(equal_calls(kept)))

    axes = {1: "sample", 2: "feature"}
    expect_no_repeats(kept, "unit", axes)
    expect_new_masks(kept)
    expect_neighbors_independent(kept, p, {0: "call", **axes})
    expect_slices_independent(kept, p, {0: "call", **axes})
    expect_lags_independent(kept, p)
    expect_even(kept, p, axes)
    expect_counts_vary(by_call, LAYER[0] * LAYER[1], p, "calls")
    expect_counts_vary(samples.ravel(), LAYER[1], p, "samples")
    expect_counts_vary(features.ravel(), LAYER[0], p, "features")
    expect_one_factor(out, x, p)


def all_same(masks: list[Mask]) -> bool:
    """Whether the masks are all equal."""
    return all(np.array_equal(masks[0], mask) for mask in masks)


def units_of_any_shape(exam: Exam, scaling: Scaling) -> None:
    """Does all that hold in one, three and four dimensions?"""
    seen = []
    for label, shape in [
        ("", (4000,)),
        ("3-D", (60, 9, 11)),
        ("4-D", (40, 3, 5, 6)),
        ("", (1, 160)),
    ]:
        p = seldom(exam.rng)
        x = away_from_zero(exam.rng, shape)
        out = train(exam, label, x, p)
        seen.append((exam.asked, p, x, out))
    axes = {1: {0: "unit"}, 3: {0: "sample", 1: "time step", 2: "feature"}}
    for exam.asked, p, x, out in seen:  # judged once all is recorded
        expect_some_dropped(out)
        expect_scaled(out, x, p, scaling)
        if x.ndim in axes:  # +- 0.06; a rate that is 0.11 off is refused
            kept = out != 0
            expect_no_repeats(kept, "unit", axes[x.ndim])
            expect_rate(kept, p)
            expect_neighbors_independent(kept, p, axes[x.ndim])
            expect_slices_independent(kept, p, axes[x.ndim])
            expect_lags_independent(kept[None], p)


def pixels_draw_for_themselves(exam: Exam) -> None:
    """Are draws independent across channels and pixels?"""
    # n = 3600 pairs an axis or more: both-kept bands of +- 0.05; the same draw for both
    # members of a pair, which raises the share by p (1 - p) >= 0.18, is refused.
    p = seldom(exam.rng)
    axes = {0: "sample", 1: "channel", 2: "row", 3: "column"}
    kept = train(exam, "images", away_from_zero(exam.rng, IMAGES), p) != 0
    channels = kept.reshape(-1, IMAGES[2] * IMAGES[3])
    whole = bool(np.all(channels == channels[:, :1]))
    exam.observe("whole channels", whole)
    if whole and kept.any() and not kept.all():
        raise Mismatch("whole channels are kept or dropped together, all their pixels")
    expect_no_repeats(kept, "unit", axes)
    expect_rate(kept, p)
    expect_neighbors_independent(kept, p, axes)
    expect_slices_independent(kept, p, axes)
    expect_lags_independent(kept[None], p)


def seeds_repeat(exam: Exam) -> None:
    """Same seed, same mask; another seed or none, another mask?"""
    # 1600 units: two independent masks agree with probability < 0.625 ** 1600.
    # Calls without a seed come first and in a row: seeding NumPy's global generator
    # makes what follows a seed repeatable, and that is all right.
    p = often(exam.rng)
    x = away_from_zero(exam.rng, (40, 40))
    seed = int(exam.rng.integers(1, 2**30))
    free = [train(exam, "no seed", x, p) != 0 for _ in range(2)]
    # Seeds apart by 1 and by 1000: a seed that is only partly used is found out.
    asked = (seed, seed + 1, seed + 1000, 0)
    first = {s: train(exam, "a seed", x, p, seed=s) != 0 for s in asked}
    again = {s: train(exam, "a seed", x, p, seed=s) != 0 for s in (seed, 0)}
    repeated = {s: bool(np.array_equal(first[s], again[s])) for s in again}
    alike = equal_calls(np.array(list(first.values())))
    exam.observe("a seed repeats, 0 repeats", list(repeated.values()))
    exam.observe("seeds that draw alike", [list(pair) for pair in alike])
    exam.observe("calls differ", not all_same(free))
    if not repeated[seed]:
        raise Mismatch(f"two calls with seed={seed} drew different masks")
    if not repeated[0]:
        raise Mismatch("two calls with seed=0 drew different masks; 0 is a seed too")
    if alike:
        one, other = (asked[place] for place in alike[0])
        raise Mismatch(f"seed={one} and seed={other} drew the same mask")
    if all_same(free):
        raise Mismatch("two calls without a seed drew the same mask")


def in_test_mode(exam: Exam, scaling: Scaling) -> None:
    """Is test mode the fixed factor, in a function that drops in train mode?"""
    p = seldom(exam.rng)
    x = away_from_zero(exam.rng, (40, 41))
    trained = train(exam, "train mode", x, p)
    seed = draw_seeds(exam.rng, 2)[0]
    for shape, draw, more in [
        ((40, 31), often, {}),
        ((1, 60), seldom, {}),
        ((2, 3, 4, 5), seldom, {"seed": seed}),
    ]:
        p = draw(exam.rng)
        x = away_from_zero(exam.rng, shape)
        out = as_read(exam.call(x, param(p, "test", **more))[0], shape)
        note(exam, "test mode", out, x)
        expect_some_dropped(trained)
        expect_close(out, scaling.test(p) * x, "out")
