"""Judging draws: do they follow the law, and does one know of another?

Draws are first brought to their place in their range, 0 to 1 on the range's own
scale: there a right draw is uniform. The law is judged by the largest distance of the
empirical distribution from the uniform one, in the band of Dvoretzky, Kiefer and
Wolfowitz with Massart's constant, P(D > e) <= 2 exp(-2 n e^2); by its mean, for which
the uniform law is strictly sub-Gaussian; and by its ends, exactly. Dependence is judged
by the quarters of the ranges in which two draws lie: split three ways into two halves
each, they give nine comparisons, each a fair coin where the draws are independent.
Each band has the false alarm ``EACH``; a check uses fewer than ``BANDS`` of them.

What remains unseen: a bias of the mean below 0.0085 for 60 000 draws (u ** 1.03), and
below 0.033 for 4000 (u ** 1.14); a dependence by which a comparison is off by less than
0.035 or 0.06, of 10 000 or 3000 pairs (a tenth of the draws shared); one that shows
within the quarters only, or among three draws and no two of them; a flaw of one range
that is lost among the others.

References: Massart (1990), The tight constant in the Dvoretzky-Kiefer-Wolfowitz
inequality; Hoeffding (1963) and Bernstein, for sums of bounded variables.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.oracles.tuning import Array, value_at
from autograder.pictures import Band as BandPicture
from autograder.statistics import ALPHA, BETA, Band, grouped, proportion

BANDS = 128  # at most, in one check
EACH = ALPHA / BANDS  # false alarm of a band
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

# Small searches: were each half of the range hit equally often in all of them, that
# would be chance with a probability below 0.18 ** 23.
SMALL, SEARCHES = 20, 24

# Three ways to split the quarters of a range into two halves. Whatever two draws know
# of each other's quarters shows in one of the nine pairs of them.
SPLITS = {
    "the upper half": np.array([False, False, True, True]),
    "the second or fourth quarter": np.array([False, True, False, True]),
    "the first or fourth quarter": np.array([True, False, False, True]),
}

# Single precision has this many numbers in a range at least: draws may coincide.
NUMBERS = 2**21


def distance(n: int, statistic: str) -> Band:
    """The band for the largest distance of ``n`` independent draws from their law.

    A law whose distribution function is off by d at some point is refused unless the
    share of draws below that point falls back by more than d - high: Hoeffding.

    >>> band = distance(60_000, "distance from the uniform law")
    >>> round(band.high, 4), round(band.detects, 4)
    (0.0148, 0.0279)
    """
    high = math.sqrt(math.log(2 / EACH) / (2 * n))
    detects = high + math.sqrt(math.log(1 / BETA) / (2 * n))
    return Band(statistic, n, 0.0, 0.0, high, EACH, BETA, detects)


def middle(n: int, statistic: str) -> Band:
    """The band for the mean of ``n`` independent places, 1/2 where the law is right.

    The uniform law is strictly sub-Gaussian, E exp(s (u - 1/2)) <= exp(s^2 / 24), so
    that P(|mean - 1/2| >= t) <= 2 exp(-6 n t^2). A law of another mean, and of a
    variance of 0.1 at most (the uniform one has 0.083), falls back by s with
    probability exp(-n s^2 / (0.2 + 2 s / 3)) at most: Bernstein.

    >>> band = middle(60_000, "mean place")
    >>> round(band.high - 0.5, 4), round(band.detects, 4)
    (0.0085, 0.017)
    """
    half = math.sqrt(math.log(2 / EACH) / (6 * n))
    # The s at which Bernstein's exponent is that of BETA.
    share = math.log(1 / BETA) / n
    slack = share / 3 + math.sqrt(share**2 / 9 + 0.2 * share)
    return Band(statistic, n, 0.5, 0.5 - half, 0.5 + half, EACH, BETA, half + slack)


def gap(n: int) -> float:
    """How much of an end of the range ``n`` draws leave empty with probability EACH.

    (1 - gap)^n = EACH: a law that never comes closer to the end is always refused.

    >>> round(gap(60_000), 6)
    0.000426
    """
    return -math.expm1(math.log(EACH) / n)


def repeats(n: int, statistic: str) -> Band:
    """The band for the share of ``n`` draws that equal an earlier one.

    In single precision a draw equals one of those before with probability n / NUMBERS
    at most, whatever they are; else hardly ever.

    >>> band = repeats(10_000, "repeated samples")
    >>> round(band.high, 4), round(band.target + band.detects, 4)
    (0.0105, 0.0184)
    """
    return proportion(n, n / NUMBERS, statistic, EACH, only_above=True)


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
    band = distance(len(places), "distance from the uniform law, all ranges together")
    far, where, share = farthest(places)
    if far not in band:
        raise Mismatch(
            f"in {ranges} ranges together {share:.1%} of {grouped(len(places))} draws "
            f"lie in the first {where:.1%} of their range, on its scale; "
            f"chance allows ± {band.high:.1%} ({band.errors})",
            BandPicture("distance from the law", far, 0.0, band.high),
        )
    _expect_middle_and_ends(places, ranges)


def _expect_middle_and_ends(places: Array, ranges: int) -> None:
    """What the largest distance is too coarse for: a small bias, a range cut short."""
    n = len(places)
    band = middle(n, "mean place, all ranges together")
    mean = float(places.mean())
    if mean not in band:
        raise Mismatch(
            f"in {ranges} ranges together the mean of {grouped(n)} draws lies at "
            f"{mean:.2%} of the range, on its scale; "
            f"expected {band.low:.2%} to {band.high:.2%} ({band.errors})",
            BandPicture("mean place", mean, band.low, band.high),
        )
    for side, empty in (("low", places.min()), ("high", 1 - places.max())):
        if empty > gap(n):
            raise Mismatch(
                f"in {ranges} ranges together none of {grouped(n)} draws lies in the "
                f"{side}est {float(empty):.2%} of its range; chance leaves "
                f"{gap(n):.2%} (false alarm {EACH:.1g})"
            )


def agreement(one: Array, other: Array) -> float:
    """How often two draws lie in the same half of their ranges."""
    return float(np.mean((one > 0.5) == (other > 0.5)))


def expect_independent(one: Array, other: Array, what: str) -> None:
    """Raise a :class:`Mismatch` if ``one`` and ``other`` know of each other.

    For each pair of ``SPLITS``: independent draws lie both in their part, or both
    outside, in half of the cases. Pairs (i, i + lag) of one sequence may overlap:
    whether draw i + lag falls into a part of half the range is a fair coin whatever
    came before.
    """
    band = proportion(len(one), 0.5, what, EACH)
    quarters = [np.clip(4 * x, 0, 3).astype(np.intp) for x in (one, other)]
    for (name, first), (another, second) in itertools.product(SPLITS.items(), repeat=2):
        share = float(np.mean(first[quarters[0]] == second[quarters[1]]))
        if share in band:
            continue
        how = "lie in the same half of their ranges"
        if name != another or name != "the upper half":
            how = f"lie in {name} and in {another} of their ranges, or neither does,"
        raise Mismatch(
            f"{what} {how} in {share:.1%} of {grouped(len(one))} cases; where each "
            f"has a draw of its own it is {band.low:.1%} to {band.high:.1%} "
            f"({band.errors})",
            BandPicture(what, share, band.low, band.high),
        )


def expect_distinct(values: Array, noun: str) -> None:
    """Raise a :class:`Mismatch` if more values occur twice than chance allows."""
    different = len(np.unique(values))
    band = repeats(values.size, f"repeated {noun}")
    if 1 - different / values.size not in band:
        raise Mismatch(
            f"{grouped(values.size)} {noun} hold {grouped(different)} different "
            f"values; each is a draw of its own, and no grid ({band.errors})"
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
    # Of those that no clipping has moved to an end; coincidences are rare.
    within = known[(known > 1e-4) & (known < 1 - 1e-4)]
    share = len(np.unique(within)) / max(within.size, 1)
    exam.measure(f"{label}: different", share, 0.02)
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
