"""Reading random masks off outputs, and the questions that chance allows to ask.

A mask is never compared with a right one: there is none. It is read off the output
(a dropped unit is 0, a kept one is not), and its law is judged: how often units are
kept, and whether one unit knows of another. Every verdict on a share is a band of
:mod:`autograder.statistics` with the false alarm ``EACH``; a check uses fewer than
``BANDS`` of them.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from autograder.comparing import RTOL, expect_shape, number_array
from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.pictures import Band as BandPicture
from autograder.statistics import ALPHA, Band, proportion

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BANDS = 32  # at most, in one check
EACH = ALPHA / BANDS  # false alarm of a band


# What to feed ------------------------------------------------------------------------


def away_from_zero(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    low: float = 0.5,
    high: float = 2.0,
) -> Array:
    """Values of both signs, none closer to 0 than ``low``: a 0 in out is a drop."""
    signs = rng.choice([-1.0, 1.0], shape)
    return np.asarray(signs * rng.uniform(low, high, shape), dtype=np.float64)


def seldom(rng: np.random.Generator) -> float:
    """A probability of keeping in [0.25, 0.4]: at least 0.2 from 1 - p."""
    return round(float(rng.uniform(0.25, 0.4)), 3)


def often(rng: np.random.Generator) -> float:
    """A probability of keeping in [0.6, 0.75]."""
    return round(float(rng.uniform(0.6, 0.75)), 3)


# Reading masks -----------------------------------------------------------------------


def as_read(value: object, shape: tuple[int, ...], what: str = "out") -> Array:
    """``value`` as finite numbers of ``shape``, or a :class:`Mismatch`."""
    got = number_array(value, what).astype(np.float64)
    expect_shape(got, shape, what)
    if not np.isfinite(got).all():
        raise Mismatch(f"{what} holds NaN or infinite values")
    return got


def note(exam: Exam, label: str, out: Array, reference: Array) -> None:
    """Record how ``out`` arises from ``reference``, for telling mistakes apart.

    Recorded are whether all, some or no entries are other than 0, their share,
    whether the mask repeats along an axis, and the factor of the kept entries where
    they share one.
    """
    kept = out != 0
    exam.observe(f"{label}: kept", (bool(kept.any()), bool(kept.all())))
    exam.measure(f"{label}: share kept", float(kept.mean()), _uncertainty(kept))
    exam.observe(f"{label}: repeats", tuple(repeats(kept)))
    if not kept.any():
        return
    ratios = out[kept] / reference[kept]
    middle = float(np.median(ratios))
    steady = bool(np.all(np.abs(ratios - middle) <= RTOL * abs(middle)))
    exam.observe(f"{label}: one factor", steady)
    if steady:
        exam.measure(f"{label}: factor", middle, RTOL * abs(middle))


def _uncertainty(kept: Mask) -> float:
    """Seven standard deviations of the difference of two such shares.

    Units that share a draw count once: the spread is estimated from every way to
    group them by a set of axes, and the largest counts.
    """
    errors = [0.5 / math.sqrt(kept.size)]
    axes = range(kept.ndim)
    for size in range(1, kept.ndim):
        for inner in itertools.combinations(axes, size):
            means = kept.mean(axis=inner)
            errors.append(float(means.std()) / math.sqrt(means.size))
    return 7 * math.sqrt(2) * max(errors)


def repeats(kept: Mask) -> list[int]:
    """The axes along which the mask is the same everywhere (of length 1: none)."""
    return [
        axis
        for axis in range(kept.ndim)
        if kept.shape[axis] > 1
        and bool(np.all(kept == kept.take([0], axis)))
        and 0 < int(kept.sum()) < kept.size
    ]


# Judging masks -----------------------------------------------------------------------


def expect_share(share: float, band: Band, sentence: str) -> None:
    """Raise a :class:`Mismatch` unless ``share`` lies in ``band``."""
    if share not in band:
        picture = BandPicture(band.statistic, share, band.low, band.high)
        raise Mismatch(f"{sentence.format(share=f'{share:.4f}')}. {band}", picture)


def expect_some_dropped(out: Array | Mask, noun: str = "unit") -> None:
    """Raise a :class:`Mismatch` if all were dropped, or none.

    With 150 units and p in [0.25, 0.75] chance does so with probability 2e-19.
    """
    if not out.any():
        raise Mismatch(f"every {noun} came back as 0")
    if out.all():
        raise Mismatch(f"in train mode no {noun} was dropped")


def expect_rate(kept: Mask, p: float, noun: str = "units") -> None:
    """Raise a :class:`Mismatch` unless a share p is kept, by exact bounds.

    n is the number of units. At n = 100 000 and p = 0.7 the band is 0.690 to 0.710,
    and a rate that is 0.02 off is refused with probability at least 1 - 1e-9.
    """
    band = proportion(kept.size, p, f"share of {noun} kept", EACH)
    expect_share(
        float(kept.mean()), band, f"a share {{share}} of the {noun} was kept at p = {p}"
    )


def expect_no_repeats(kept: Mask, noun: str, axes: list[str]) -> None:
    """Raise a :class:`Mismatch` if a whole axis shares its draws.

    Two slices of 90 units and more agree by chance with probability 0.625 ** 90.
    """
    for axis in repeats(kept):
        raise Mismatch(
            f"the mask is the same for every {axes[axis]}; "
            f"each {noun} needs a draw of its own"
        )


def expect_pairs(one: Mask, other: Mask, p: float, pairs: str) -> None:
    """Raise a :class:`Mismatch` unless both of a pair are kept in a share p².

    n is the number of disjoint pairs. At n = 60 000 and p = 0.7 the band is 0.476 to
    0.504, and a correlation of 0.13 between the two is refused with probability at
    least 1 - 1e-9.
    """
    band = proportion(one.size, p * p, "share of pairs both kept", EACH)
    expect_share(
        float((one & other).mean()),
        band,
        f"of {pairs}, a share {{share}} was kept together; independent draws at "
        f"p = {p} keep p² = {p * p:.4f} together",
    )


def expect_neighbors_independent(kept: Mask, p: float, axes: list[str]) -> None:
    """:func:`expect_pairs` for neighbors along each axis, one band an axis."""
    for axis, name in enumerate(axes):
        half = kept.shape[axis] // 2
        if half:
            first = kept.take(range(0, 2 * half, 2), axis)
            second = kept.take(range(1, 2 * half, 2), axis)
            expect_pairs(first, second, p, f"neighbors along the {name} axis")


def expect_even(kept: Mask, p: float, axes: list[str]) -> None:
    """Raise a :class:`Mismatch` if a slice of the mask is kept at another rate.

    One band an axis, its false alarm split over the slices. At n = 300 units a slice
    and p = 0.7 a slice whose rate is 0.4 off, or that is always kept, is refused.
    """
    for axis, name in enumerate(axes):
        others = tuple(a for a in range(kept.ndim) if a != axis)
        shares = kept.mean(axis=others)
        n = kept.size // shares.size
        band = proportion(n, p, f"share kept in one {name}", EACH / shares.size)
        worst = int(np.argmax(np.abs(shares - p)))
        expect_share(
            float(shares[worst]),
            band,
            f"in {name} {worst} a share {{share}} was kept at p = {p}",
        )


def expect_counts_vary(counts: NDArray[np.int_], n: int, p: float, where: str) -> None:
    """Raise a :class:`Mismatch` if always the same number of units is kept.

    Of independent groups of n units a share pi = P(abs(Binomial(n, p) - np) < 1) keeps
    p n units, rounded up or down. At n = 240 and p = 0.7 pi is 0.06, and of 16 groups
    at most 11 may: a function that always keeps p n of n units is refused for sure.
    """
    near = [k for k in range(n + 1) if abs(k - p * n) < 1]
    chance = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in near)
    statistic = f"share of {where} that keep exactly p·{n} units"
    band = proportion(counts.size, chance, statistic, EACH, only_above=True)
    share = float((np.abs(counts - p * n) < 1).mean())
    expect_share(
        share,
        band,
        f"a share {{share}} of the {where} keeps p·{n} = {p * n:.4g} units almost "
        "exactly; each unit must be drawn for itself, and then the number varies",
    )
