"""What is asked of both kinds of dropout, which differ in their scaling only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.comparing import RTOL, expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_dtype, expect_untouched, expect_value_error
from autograder.mishaps import Mismatch
from autograder.oracles.masks import (
    Array,
    Mask,
    as_read,
    away_from_zero,
    expect_counts_vary,
    expect_even,
    expect_neighbors_independent,
    expect_no_repeats,
    expect_pairs,
    expect_rate,
    expect_some_dropped,
    note,
    often,
    seldom,
)

CALLS = 16  # small calls, to see whether the mask changes from one to the next
Draw = Callable[[np.random.Generator], tuple[Array, ...]]

IMAGES = (40, 5, 6, 7)  # (N, C, H, W)


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


def units_are_dropped_or_scaled(exam: Exam, scaling: Scaling) -> None:
    """Is every unit dropped or multiplied by the factor, and do both occur?"""
    cases = [((45, 50), seldom), ((60, 33), often)]
    for shape, draw in cases:
        p = draw(exam.rng)
        x = away_from_zero(exam.rng, shape)
        out = train(exam, "a unit", x, p)
        expect_some_dropped(out)
        expect_scaled(out, x, p, scaling)


def units_are_kept_with_p(exam: Exam) -> None:
    """Is the share of kept units p, whatever the sign of x?"""
    # n = 120 000 units for each p (and about half of them for one sign): bands of
    # +- 0.010 (0.014); a rate that is 0.020 (0.028) off is refused.
    seen = []
    for draw in (seldom, often):
        p = draw(exam.rng)
        x = away_from_zero(exam.rng, (300, 400))
        kept = train(exam, f"the rate, {draw.__name__}", x, p) != 0
        seen.append((exam.asked, p, kept, x > 0))
    for exam.asked, p, kept, positive in seen:  # judged once all is recorded
        expect_no_repeats(kept, "unit", ["sample", "feature"])
        expect_rate(kept, p)
        expect_rate(kept[positive], p, "positive units")


def units_draw_for_themselves(exam: Exam) -> None:
    """Are draws independent across features, samples and calls?"""
    # n = 60 000 pairs an axis: a correlation of 0.15 is refused; between calls, with
    # n = 1920 pairs, any that keeps the same units again (0.82 and more).
    p = often(exam.rng)
    axes = ["sample", "feature"]
    x = away_from_zero(exam.rng, (300, 400))
    kept = train(exam, "independence", x, p) != 0
    rows, columns = kept.sum(axis=1), kept.sum(axis=0)
    # Measured with a wide berth: only masks of a fixed count lie near 0.
    exam.observe("counts by sample are fixed", bool(rows.std() < 1))
    exam.observe("counts by feature are fixed", bool(columns.std() < 1))
    small = away_from_zero(exam.rng, (16, 15))
    calls = [train(exam, "", small, p) != 0 for _ in range(CALLS)]
    counts = np.array([call.sum() for call in calls])
    exam.observe("counts by call are fixed", bool(np.ptp(counts) == 0))
    exam.observe("every call is the same", all_same(calls))

    expect_no_repeats(kept, "unit", axes)
    if all_same(calls):
        raise Mismatch(
            f"{CALLS} calls without a seed all drew the same mask; "
            "each call needs a new one"
        )
    expect_neighbors_independent(kept, p, axes)
    stacked = np.array(calls)
    expect_pairs(stacked[::2], stacked[1::2], p, "the same unit in two calls")
    expect_even(kept, p, axes)
    expect_counts_vary(counts, small.size, p, "calls")
    expect_counts_vary(rows, kept.shape[1], p, "samples")
    expect_counts_vary(columns, kept.shape[0], p, "features")


def all_same(masks: list[Mask]) -> bool:
    """Whether the masks are all equal."""
    return all(np.array_equal(masks[0], mask) for mask in masks)


def units_of_any_shape(exam: Exam, scaling: Scaling) -> None:
    """Does all that hold in one, three and four dimensions?"""
    seen = []
    for label, shape in [
        ("3-D", (60, 9, 11)),
        ("4-D", (40, 3, 5, 6)),
        ("", (4000,)),
        ("", (1, 160)),
    ]:
        p = seldom(exam.rng)
        x = away_from_zero(exam.rng, shape)
        out = train(exam, label, x, p)
        seen.append((exam.asked, p, x, out))
    for exam.asked, p, x, out in seen:  # judged once all is recorded
        expect_some_dropped(out)
        expect_scaled(out, x, p, scaling)
        if x.ndim in (1, 3):  # +- 0.06; a rate that is 0.12 off is refused
            expect_rate(out != 0, p)


def pixels_draw_for_themselves(exam: Exam) -> None:
    """Are draws independent across channels and pixels?"""
    # n = 3600 pairs an axis or more: both-kept bands of +- 0.06; the same draw for both
    # members of a pair, which raises the share by p (1 - p) >= 0.18, is refused.
    p = often(exam.rng)
    axes = ["sample", "channel", "row", "column"]
    kept = train(exam, "images", away_from_zero(exam.rng, IMAGES), p) != 0
    channels = kept.reshape(-1, IMAGES[2] * IMAGES[3])
    whole = bool(np.all(channels == channels[:, :1]))
    exam.observe("whole channels", whole)
    if whole and kept.any() and not kept.all():
        raise Mismatch("whole channels are kept or dropped together, all their pixels")
    expect_no_repeats(kept, "unit", axes)
    expect_rate(kept, p)
    expect_neighbors_independent(kept, p, axes)


def seeds_repeat(exam: Exam) -> None:
    """Same seed, same mask; another seed or none, another mask?"""
    # 1600 units: two independent masks agree with probability < 0.625 ** 1600.
    # Calls without a seed come first and in a row: seeding NumPy's global generator
    # makes what follows a seed repeatable, and that is all right.
    p = often(exam.rng)
    x = away_from_zero(exam.rng, (40, 40))
    seed, other = (int(s) for s in exam.rng.choice(2**31 - 1, 2, replace=False) + 1)
    free = [train(exam, "no seed", x, p) != 0 for _ in range(2)]
    seeded = [
        train(exam, "a seed", x, p, seed=s) != 0 for s in (seed, other, seed, other)
    ]
    facts = {
        "repeatable": all_same(seeded[::2]) and all_same(seeded[1::2]),
        "seeds differ": not all_same(seeded[:2]),
        "calls differ": not all_same(free),
    }
    exam.observe("seeds", facts)
    if not facts["repeatable"]:
        raise Mismatch(f"two calls with seed={seed} drew different masks")
    if not facts["seeds differ"]:
        raise Mismatch(f"seed={seed} and seed={other} drew the same mask")
    if not facts["calls differ"]:
        raise Mismatch("two calls without a seed drew the same mask")


def in_test_mode(exam: Exam, scaling: Scaling) -> None:
    """Is test mode the fixed factor, in a function that drops in train mode?"""
    p = seldom(exam.rng)
    x = away_from_zero(exam.rng, (40, 41))
    trained = train(exam, "train mode", x, p)
    for shape, draw in [((40, 31), often), ((1, 60), seldom), ((2, 3, 4, 5), seldom)]:
        p = draw(exam.rng)
        x = away_from_zero(exam.rng, shape)
        out = as_read(exam.call(x, param(p, "test"))[0], shape)
        note(exam, "test mode", out, x)
        expect_some_dropped(trained)
        expect_close(out, scaling.test(p) * x, "out")


def ask_manners(check: Check, draw: Draw, plain: Callable[..., Array]) -> None:
    """Add the manners of a forward function.

    ``draw`` draws all arguments but the last; ``plain`` is the layer without drops.
    """

    @check.manner("p outside (0, 1] raises ValueError")
    def _(exam: Exam) -> None:
        given = draw(exam.rng)
        for p in (1.5, -0.25):
            why = f"p = {p} is not a probability of keeping"
            expect_value_error(exam, *given, param(p), why=why)

    @check.manner("p = 1 drops nothing")
    def _(exam: Exam) -> None:
        given = draw(exam.rng)
        for mode in ("train", "test"):
            out, _ = exam.call(*given, param(1.0, mode))
            expect_close(out, plain(*given), "out")

    @check.manner("arguments are left as they were")
    def _(exam: Exam) -> None:
        given = draw(exam.rng)
        for mode in ("train", "test"):
            expect_untouched(exam, *given, param(often(exam.rng), mode))

    @check.manner("the dtype of x is kept")
    def _(exam: Exam) -> None:
        given = [each.astype(np.float32) for each in draw(exam.rng)]
        for mode in ("train", "test"):
            out, _ = exam.call(*given, param(often(exam.rng), mode))
            expect_dtype(out, np.float32, "out")
