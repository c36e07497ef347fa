"""Does one unit of a random mask know of another?

No single question finds every dependence. These find what people really write:
whole axes and whole calls that share their draws, neighbors, any two slices of an
axis (halves of the batch, mirrored features), any two units at a fixed distance in
memory (a mask of 4096 draws, used over and over), and fixed counts.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from autograder.mishaps import Mismatch
from autograder.oracles.masks import EACH, Mask, expect_share, repeats
from autograder.statistics import covariance, grouped, proportion

Axes = dict[int, str]  # which axes of a mask to ask about, and what they are called

SLICE = 300  # units; two slices of fewer share too few draws to be sure


def expect_no_repeats(kept: Mask, noun: str, axes: Axes) -> None:
    """Raise a :class:`Mismatch` if a whole axis shares its draws.

    Two slices of 90 units and more agree by chance with probability 0.625 ** 90.
    """
    for axis in repeats(kept):
        if axis in axes:
            raise Mismatch(
                f"the mask is the same for every {axes[axis]}; "
                f"each {noun} needs a draw of its own"
            )


def equal_calls(masks: Mask) -> list[tuple[int, int]]:
    """Which calls drew the same mask: chance makes no two of 100 units agree."""
    places = range(len(masks))
    return [
        (one, other)
        for one, other in itertools.combinations(places, 2)
        if np.array_equal(masks[one], masks[other])
    ]


def expect_new_masks(masks: Mask) -> None:
    """Raise a :class:`Mismatch` if two calls without a seed drew the same mask."""
    calls = len(masks)
    same = equal_calls(masks)
    if len(same) == math.comb(calls, 2):
        raise Mismatch(
            f"{calls} calls without a seed all drew the same mask; "
            "each call needs a new one"
        )
    if same:
        one, other = same[0]
        raise Mismatch(
            f"of {calls} calls without a seed, numbers {one + 1} and {other + 1} drew "
            "the same mask; each call needs a new one"
        )


def expect_neighbors_independent(kept: Mask, p: float, axes: Axes) -> None:
    """Raise a :class:`Mismatch` unless neighbors are both kept in a share p².

    One band an axis; n is the number of disjoint pairs of neighbors. At n = 60 000 and
    p = 0.4 the band is 0.150 to 0.171, and a correlation of 0.09 between the two is
    refused with probability at least 1 - 1e-9.
    """
    for axis, name in axes.items():
        half = kept.shape[axis] // 2
        first = kept.take(range(0, 2 * half, 2), axis)
        second = kept.take(range(1, 2 * half, 2), axis)
        band = proportion(first.size, p * p, f"neighboring {name}s, both kept", EACH)
        what = (
            f"pairs of neighbors along the {name} axis were kept together; "
            f"at p = {p} it must lie"
        )
        share = float((first & second).mean())
        expect_share(share, band, what, " if they draw for themselves")


def expect_slices_independent(kept: Mask, p: float, axes: Axes) -> None:
    """Raise a :class:`Mismatch` if two slices of an axis share draws, whichever two.

    One band an axis, its false alarm split over all pairs of slices; n is the number
    of units in a slice. Axes with slices of fewer than ``SLICE`` units are passed over.
    At n = 1000 and p = 0.4, among 7140 pairs, the band is 0.073 to 0.263; two equal
    slices, whose share is 0.4, and two opposite ones, whose share is 0, are refused
    with probability at least 1 - 1e-9.
    """
    for axis, name in axes.items():
        slices = np.moveaxis(kept, axis, 0).reshape(kept.shape[axis], -1)
        count, n = slices.shape
        if n < SLICE or count < 2:
            continue
        numbers = slices.astype(np.float64)
        one, other = np.triu_indices(count, 1)
        shares = (numbers @ numbers.T)[one, other] / n
        band = proportion(n, p * p, f"kept in two {name}s", EACH / shares.size)
        high, low = int(np.argmax(shares)), int(np.argmin(shares))
        above, below = shares[high] - band.high, band.low - shares[low]
        worst = high if above >= below else low
        what = (
            f"units were kept in both {name} {one[worst]} and {name} {other[worst]}; "
            f"at p = {p} it must lie"
        )
        share = float(shares[worst])
        expect_share(share, band, what, " if they draw for themselves")


def expect_lags_independent(masks: Mask, p: float, noun: str = "unit") -> None:
    """Raise a :class:`Mismatch` if units at a fixed distance in memory share draws.

    ``masks`` holds one mask a call along its first axis. One band, its false alarm
    split over all distances; n is the number of pairs at the worst of them. At
    n = 60 000 and p = 0.3, among 12 000 distances, a covariance of 0.022 is refused
    with probability at least 1 - 1e-9: equal draws have 0.21.
    """
    calls = len(masks)
    draws = masks.reshape(calls, -1) - p
    size = draws.shape[1]
    # Zeros behind each mask keep its end from meeting its beginning.
    spectrum = np.fft.rfft(draws, 2 * size, axis=1)
    products = np.fft.irfft(np.abs(spectrum) ** 2, 2 * size, axis=1).sum(axis=0)
    lags = np.arange(1, size)
    pairs = calls * (size - lags)
    worst = int(np.argmax(np.abs(products[lags]) / np.sqrt(pairs)))
    lag, n = int(lags[worst]), int(pairs[worst])
    band = covariance(n, p, f"covariance at a distance of {lag}", EACH / lags.size)
    found = float(products[lag]) / n
    if found not in band:
        alike = "alike" if found > 0 else "opposite"
        raise Mismatch(
            f"{noun}s {grouped(lag)} places apart in memory are too often {alike}: "
            f"the covariance of their draws is {found:.3f}; at p = {p} it must lie "
            f"between {band.low:.3f} and {band.high:.3f} ({band.errors})"
        )


def expect_counts_vary(counts: NDArray[np.int_], n: int, p: float, where: str) -> None:
    """Raise a :class:`Mismatch` if always the same number of units is kept.

    Of independent groups of n units a share pi = P(abs(Binomial(n, p) - np) < 1) keeps
    p n units, rounded up or down. At n = 12 000 and p = 0.3 pi is 0.008, and of 10
    groups at most 6 may: a function that always keeps p n of n units is refused for
    sure.
    """
    near = range(math.floor(p * n), math.ceil(p * n) + 1)
    chance = sum(math.exp(_log_binomial(n, k, p)) for k in near if abs(k - p * n) < 1)
    statistic = f"share of {where} that keep exactly p·{n} units"
    band = proportion(counts.size, chance, statistic, EACH, only_above=True)
    share = float((np.abs(counts - p * n) < 1).mean())
    what = f"{where} keep almost exactly p·{n} = {p * n:.4g} units; it must lie"
    rule = ": each unit must be drawn for itself, and then the number varies"
    expect_share(share, band, what, rule)


def _log_binomial(n: int, k: int, p: float) -> float:
    """The logarithm of P(Binomial(n, p) = k)."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + k * math.log(p) + (n - k) * math.log1p(-p)
