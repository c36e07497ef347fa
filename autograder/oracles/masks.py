"""Reading random masks off outputs, and judging how many units they keep.

A mask is never compared with a right one: there is none. It is read off the output
(a dropped unit is 0, a kept one is not), and its law is judged: how often units are
kept, and whether one unit knows of another
(:mod:`autograder.oracles.dropout_dependence`). Every verdict on a share is a band of
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
from autograder.statistics import ALPHA, Band, grouped, proportion

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BANDS = 48  # at most, in one check
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
    """A probability of keeping in [0.26, 0.39]: at least 0.2 from 1 - p."""
    return _hundredths(rng, 25, 40)


def often(rng: np.random.Generator) -> float:
    """A probability of keeping in [0.61, 0.74]."""
    return _hundredths(rng, 60, 75)


def _hundredths(rng: np.random.Generator, low: int, high: int) -> float:
    """Hundredths, so that one of a hundred numbers will do; no tenths or twentieths.

    Nor 0.28, which in floating point is more than 28 when multiplied by 100.
    """
    fair = [k for k in range(low, high) if k % 5 and 100 * (k / 100) <= k]
    return int(rng.choice(fair)) / 100


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
    factor = one_factor(out, reference)
    exam.observe(f"{label}: one factor", factor is not None)
    if factor is not None:
        exam.measure(f"{label}: factor", factor, RTOL * abs(factor))


def one_factor(out: Array, reference: Array) -> float | None:
    """By what every kept entry was multiplied, or None if not all by the same."""
    kept = out != 0
    ratios = out[kept] / reference[kept]
    middle = float(np.median(ratios))
    steady = bool(np.all(np.abs(ratios - middle) <= RTOL * abs(middle)))
    return middle if steady else None


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


def expect_share(share: float, band: Band, what: str, rule: str) -> None:
    """Raise a :class:`Mismatch` unless ``share`` lies in ``band``.

    ``what`` follows the count in the message (``units were kept``), ``rule`` the
    allowed range.
    """
    if share in band:
        return
    digits = 3  # enough for the share to be told from the edge that it missed
    while f"{share:.{digits}f}" in (
        f"{band.low:.{digits}f}",
        f"{band.high:.{digits}f}",
    ):
        digits += 1
    raise Mismatch(
        f"{share:.{digits}f} of {grouped(band.n)} {what} between "
        f"{band.low:.{digits}f} and {band.high:.{digits}f}{rule} ({band.errors})",
        BandPicture(band.statistic, share, band.low, band.high),
    )


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
    what = f"{noun} were kept; at p = {p} it must lie"
    expect_share(float(kept.mean()), band, what, "")


def expect_even(kept: Mask, p: float, axes: dict[int, str]) -> None:
    """Raise a :class:`Mismatch` if a slice of the mask is kept at another rate.

    One band an axis, its false alarm split over the slices. At n = 1000 units a slice
    and p = 0.4 a slice whose rate is 0.23 off, or that is always kept, is refused.
    """
    for axis, name in axes.items():
        others = tuple(a for a in range(kept.ndim) if a != axis)
        shares = kept.mean(axis=others)
        n = kept.size // shares.size
        band = proportion(n, p, f"share kept in one {name}", EACH / shares.size)
        worst = int(np.argmax(np.abs(shares - p)))
        what = f"draws for {name} {worst} kept it; at p = {p} it must lie"
        expect_share(float(shares[worst]), band, what, "")


def expect_one_factor(out: Array, x: Array, p: float) -> None:
    """Raise a :class:`Mismatch` unless the kept units of all calls share a factor."""
    if one_factor(out, x) is None:
        ratios = out[out != 0] / x[out != 0]
        raise Mismatch(
            f"at p = {p} one kept unit was multiplied by {ratios.min():.6g} and "
            f"another by {ratios.max():.6g}, in {len(out)} calls: "
            "the factor may depend on nothing but p"
        )
