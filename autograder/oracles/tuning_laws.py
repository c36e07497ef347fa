"""Judging draws: do they follow the law, and does one know of another?

Draws are first brought to their place in their range, 0 to 1 on the range's own
scale: there a right draw is uniform. The law is judged by the largest distance of the
empirical distribution from the uniform one, in the band of Dvoretzky, Kiefer and
Wolfowitz with Massart's constant, P(D > e) <= 2 exp(-2 n e^2); dependence by how often
two draws lie in the same half of their ranges, a fair coin where they are independent.
Each band has the false alarm ``EACH``; a check uses fewer than ``BANDS`` of them.

Reference: Massart (1990), The tight constant in the Dvoretzky-Kiefer-Wolfowitz
inequality.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.oracles.tuning import Array, value_at
from autograder.pictures import Band as BandPicture
from autograder.statistics import ALPHA, BETA, Band, grouped, proportion

BANDS = 32  # at most, in one check
EACH = ALPHA / BANDS  # false alarm of a band
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

# Small searches: were each half of the range hit equally often in all of them, that
# would be chance with a probability below 0.18 ** 23.
SMALL, SEARCHES = 20, 24


def distance(n: int, statistic: str) -> Band:
    """The band for the largest distance of ``n`` independent draws from their law.

    A law whose distribution function is off by d at some point is refused unless the
    share of draws below that point falls back by more than d - high: Hoeffding.

    >>> band = distance(60_000, "distance from the uniform law")
    >>> round(band.high, 4), round(band.detects, 4)
    (0.0144, 0.0275)
    """
    high = math.sqrt(math.log(2 / EACH) / (2 * n))
    detects = high + math.sqrt(math.log(1 / BETA) / (2 * n))
    return Band(statistic, n, 0.0, 0.0, high, EACH, BETA, detects)


def farthest(places: Array) -> tuple[float, float, float]:
    """The largest distance from the uniform law, where, and the share found there.

    >>> farthest(np.array([0.5, 0.5, 0.9, 0.9]))
    (0.5, 0.5, 0.0)
    """
    ordered = np.sort(places)
    n = len(ordered)
    above = np.arange(1, n + 1) / n - ordered
    below = ordered - np.arange(n) / n
    if above.max() > below.max():
        worst = int(np.argmax(above))
        return float(above[worst]), float(ordered[worst]), (worst + 1) / n
    worst = int(np.argmax(below))
    return float(below[worst]), float(ordered[worst]), worst / n


def expect_uniform(places: Array, scale: str, low: float, high: float) -> None:
    """Raise a :class:`Mismatch` unless draws are uniform on their range's scale."""
    band = distance(len(places), "distance from the uniform law")
    far, where, share = farthest(places)
    if far in band:
        return
    where = min(max(where, 0.0), 1.0)
    there = value_at(where, scale, low, high)
    raise Mismatch(
        f"{share:.1%} of {grouped(len(places))} draws lie below {there:.4g}; uniform "
        f"on the {scale} scale from {low:g} to {high:g}, {where:.1%} of "
        f"them would, and chance allows ± {band.high:.1%} ({band.errors})",
        BandPicture("distance from the law", far, 0.0, band.high),
    )


def expect_all_uniform(places: Array, ranges: int) -> None:
    """Raise a :class:`Mismatch` unless draws from several ranges are, together."""
    expect_moments(places, ranges)
    band = distance(len(places), "distance from the uniform law, all ranges together")
    far, where, share = farthest(places)
    if far not in band:
        raise Mismatch(
            f"in {ranges} ranges together {share:.1%} of {grouped(len(places))} draws "
            f"lie in the first {where:.1%} of their range, on its scale; "
            f"chance allows ± {band.high:.1%} ({band.errors})",
            BandPicture("distance from the law", far, 0.0, band.high),
        )


def expect_moments(places: Array, ranges: int) -> None:
    """Mean, spread and ends of the places: bands far narrower than the distance's."""
    n, z = len(places), 6.8  # P(|Z| > 6.8) < 1.1e-11
    for what, got, right, sd in (
        ("the mean place", places.mean(), 1 / 2, math.sqrt(1 / 12)),
        ("the mean square from the middle", ((places - 0.5) ** 2).mean(), 1 / 12,
         math.sqrt(1 / 180)),
    ):
        allowed = z * sd / math.sqrt(n)
        if abs(got - right) > allowed:
            raise Mismatch(
                f"in {ranges} ranges together {what} of {grouped(n)} draws is "
                f"{got:.4f} on their scales; expected {right:.4f} +- {allowed:.4f}"
            )
    gap = math.log(1 / EACH) / n
    for side, got in (("low", places.min()), ("high", 1 - places.max())):
        if got > gap:
            raise Mismatch(f"no draw lies in the {side}est {got:.2%} of its range")


def agreement(one: Array, other: Array) -> float:
    """How often two draws lie in the same half of their ranges."""
    return float(np.mean((one > 0.5) == (other > 0.5)))


def expect_independent(one: Array, other: Array, what: str) -> None:
    """Raise a :class:`Mismatch` if ``one`` and ``other`` know of each other.

    Independent pairs lie in the same half of their ranges in half of the cases. Pairs
    (i, i + lag) of one sequence may overlap: whether draw i + lag falls into the half
    of draw i is a fair coin whatever came before.
    """
    band = proportion(len(one), 0.5, what, EACH)
    for finer in (lambda x: x, lambda x: 2 * x % 1):
        share = agreement(finer(one), finer(other))
        if share not in band:
            break
    if share not in band:
        raise Mismatch(
            f"{what} lie in the same half of their ranges in {share:.1%} of "
            f"{grouped(len(one))} cases; where each has a draw of its own it is "
            f"{band.low:.1%} to {band.high:.1%} ({band.errors})",
            BandPicture(what, share, band.low, band.high),
        )


def expect_distinct(values: Array, noun: str) -> None:
    """Raise a :class:`Mismatch` if more than a hundredth of the values occur twice.

    Draws in single precision coincide now and then; a grid has few values.
    """
    different = len(np.unique(values))
    if different < 0.99 * values.size:
        raise Mismatch(
            f"{grouped(values.size)} {noun} hold {grouped(different)} different "
            "values; each is a draw of its own, and no grid"
        )


def expect_counts_vary(exam: Exam, label: str, places: Sequence[Array]) -> None:
    """Raise a :class:`Mismatch` if each search hits the halves of a range alike.

    ``places`` holds one array of ``SMALL`` draws for each of ``SEARCHES`` generators.
    """
    counts = [int((each > 0.5).sum()) for each in places]
    exam.observe(f"{label}: counts vary", len(set(counts)) > 1)
    if len(set(counts)) == 1:
        raise Mismatch(
            f"{len(places)} generators gave {SMALL} draws each, and every time exactly "
            f"{counts[0]} of them lay in the upper half of the range: "
            "that is a grid, or shares the range out; independent draws vary"
        )


def note(exam: Exam, label: str, places: Array) -> None:
    """Record the law that draws follow, for telling mistakes apart.

    A tolerance is seven standard deviations of the difference of two shares, of as
    many draws as are different.
    """
    known = np.clip(np.nan_to_num(places, nan=-1.0), -1.0, 2.0)
    different = max(len(np.unique(places)), 1)
    exam.observe(f"{label}: within", bool(((known > -1e-4) & (known < 1 + 1e-4)).all()))
    exam.observe(f"{label}: one", different == 1)
    exam.observe(f"{label}: few", different < 0.9 * known.size)
    for quantile in QUANTILES:
        share = float(np.mean(known < quantile))
        exam.measure(f"{label}: below {quantile}", share, 5 / math.sqrt(different))


def generator(exam: Exam) -> np.random.Generator:
    """A generator in a state of its own."""
    return np.random.default_rng(int(exam.rng.integers(2**32)))


def expect_decided(repeats: bool, follows: bool) -> None:
    """Raise a :class:`Mismatch` unless the state of ``rng`` decides the draws.

    ``repeats``: equal states gave equal draws; ``follows``: others gave others.
    """
    if not repeats:
        raise Mismatch(
            "two generators in the same state gave different draws; "
            "take every draw from rng, and from nothing else"
        )
    if not follows:
        raise Mismatch(
            "two generators in different states gave the same draws; "
            "take every draw from rng, and make no generator of your own"
        )
