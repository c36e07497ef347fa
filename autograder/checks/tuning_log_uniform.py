"""What is asked of ``log_uniform``: a law, and draws that know nothing of each other.

:mod:`autograder.oracles.tuning_laws` says how the law is judged and which defect is
sure to be seen: of 10 000 draws from one range, a distribution function off by
0.069 at one point; of the 60 000 from all ranges, one off by 0.028, a mean off by
0.017 of the range, and a range of which 0.05 % is left out at an end. One sample in 50
that is an earlier one is refused too. Shape, bounds and what the generator's state
decides are facts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exam import Check, Exam
from autograder.manners import expect_value_error
from autograder.mishaps import Mismatch
from autograder.oracles.generators import expect_moved_on, two_in_a_row
from autograder.oracles.tuning import (
    LOG,
    Array,
    as_samples,
    asking,
    inside,
    place_in,
)
from autograder.oracles.tuning_laws import (
    SEARCHES,
    SMALL,
    agreement,
    expect_all_uniform,
    expect_counts_vary,
    expect_decided,
    expect_distinct,
    expect_independent,
    expect_uniform,
    generator,
    note,
)

Interval = tuple[float, float]
Size = int | tuple[int, ...]

SAMPLES = 10_000  # a call

samples = Check.of("log_uniform(low, high, size, rng) -> samples", "tuning")


def _intervals(rng: np.random.Generator) -> list[Interval]:
    """Ranges of many decades and of less than one, below 1, above it and across."""

    def near(bound: float) -> float:
        return float(f"{bound * rng.uniform(0.7, 1.4):.3g}")

    def around(low: float, high: float) -> Interval:
        return near(low), near(high)

    return [
        around(1e-5, 0.1),
        around(0.1, 0.5),
        around(0.03, 400.0),
        (int(rng.integers(2, 6)), int(rng.integers(1500, 4000))),
        around(1e-9, 1e-7),
        around(3.0, 30.0),
    ]


def _samples(exam: Exam, interval: Interval, size: Size, **state: Any) -> Array:
    """The samples of a call, finite and of the right shape."""
    exam.by_hand = True
    low, high = interval
    words = f"log_uniform(low={low:g}, high={high:g}, size={size}, rng)"
    rng = state.get("rng") or generator(exam)
    shape = size if isinstance(size, tuple) else (size,)
    return as_samples(asking(exam, words, low, high, size, rng), shape)


def _places(exam: Exam, label: str, interval: Interval, size: Size) -> Array:
    """Where in its range each sample of a call lies, in one dimension."""
    places = place_in(_samples(exam, interval, size).ravel(), LOG, *interval)
    if label:
        note(exam, label, places)
    return places


@samples.part("samples between low and high, in the shape asked for")
def _(exam: Exam) -> None:
    sizes: list[Size] = [1, 7, 60, (9,), (3, 5), (2, 3, 4)]
    intervals = _intervals(exam.rng)
    for place, size in zip(exam.rng.permutation(len(sizes)), sizes, strict=True):
        interval = intervals[place]
        drawn = _samples(exam, interval, size)
        out = ~inside(drawn, *interval)
        alike = drawn.size > 1 and len(np.unique(drawn)) == 1
        exam.observe("all inside", not out.any())
        exam.observe("all alike", alike)
        if out.any():
            low, high = interval
            raise Mismatch(
                f"one of {drawn.size} samples is {float(drawn[out][0]):.6g}, which is "
                f"not between {low:g} and {high:g}. Must each be a rate, or its "
                "logarithm, and of which base?"
            )
        if alike:
            raise Mismatch(f"all {drawn.size} samples are the same number")


LAW = "uniform in the logarithm"


@samples.part(LAW, weight=3)
def _(exam: Exam) -> None:
    intervals = _intervals(exam.rng)
    answers = []
    for interval in intervals:
        places = _places(exam, "law", interval, SAMPLES)
        answers.append((exam.asked, places, interval))
    # First all ranges: so what is observed does not end at the first wrong one.
    for exam.asked, places, interval in answers:
        expect_uniform(places, LOG, *interval)
    everywhere = np.concatenate([places for _, places, _ in answers])
    expect_all_uniform(everywhere, len(intervals))


@samples.part("every sample is a draw of its own", needs=LAW)
def _(exam: Exam) -> None:
    intervals = _intervals(exam.rng)
    asked: list[tuple[Interval, Size, tuple[int, ...]]] = [
        (intervals[0], SAMPLES, (1, 2, SAMPLES // 2)),
        (intervals[1], (125, 80), (1, 80)),
    ]
    for interval, size, lags in asked:
        places = _places(exam, "draws", interval, size)
        for lag in lags:
            share = agreement(places[:-lag], places[lag:])
            exam.measure(f"agreement at {lag}", share, 0.1)
        expect_distinct(places, "samples")
        for lag in lags:
            what = "neighboring samples" if lag == 1 else f"samples {lag} apart"
            expect_independent(places[:-lag], places[lag:], what)
    small = [_places(exam, "", intervals[0], SMALL) for _ in range(SEARCHES)]
    expect_counts_vary(exam, "samples", small)


@samples.part("the generator's state decides")
def _(exam: Exam) -> None:
    (interval, elsewhere, *_), state = _intervals(exam.rng), generator(exam)
    first, again, another = (
        _samples(exam, interval, 50, rng=rng) for rng in (state, state, generator(exam))
    )
    repeats, follows = bool(np.all(first == again)), not np.all(first == another)
    exam.observe("repeats", repeats)
    exam.observe("follows", follows)
    # A fixed seed gives the same places in every range, answers that are kept do not.
    there = place_in(_samples(exam, elsewhere, 50), LOG, *elsewhere)
    apart = np.abs(place_in(first, LOG, *interval) - there).max()
    exam.observe("the same places elsewhere", bool(apart < 1e-5))
    low, high = interval
    pair = two_in_a_row(exam, low, high, 50, generator(exam))
    one, two = (as_samples(value, (50,)) for value in pair)
    alike = bool(np.all(one == two))
    exam.observe("moves on", not alike)
    expect_decided(repeats, follows)
    expect_moved_on(alike, "samples")


@samples.manner("a range that is none raises ValueError")
def _(exam: Exam) -> None:
    for low, high in [(0.0, 1.0), (-1e-3, 0.1), (0.1, 1e-3)]:
        why = f"from {low:g} to {high:g} there is no range on a logarithmic scale"
        expect_value_error(exam, low, high, 5, generator(exam), why=why)


@samples.manner("a range of one point gives that point")
def _(exam: Exam) -> None:
    point = float(f"{10 ** exam.rng.uniform(-4, -1):.3g}")
    drawn = _samples(exam, (point, point), 4)
    if not inside(drawn, point, point).all():
        raise Mismatch(f"the samples are {drawn}; low and high are both {point:g}")


@samples.manner("the samples are an array")
def _(exam: Exam) -> None:
    for size in (5, (2, 3)):
        value = asking(
            exam,
            f"log_uniform(low=0.001, high=0.1, size={size}, rng)",
            *(1e-3, 1e-1, size, generator(exam)),
        )
        if not isinstance(value, np.ndarray):
            raise Mismatch(f"returned a {type(value).__name__}; expected a NumPy array")
