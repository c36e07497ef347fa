"""Does one weight know of another?

Judged are the signs: of independent weights symmetric about 0, whatever their law,
any two agree with probability one half, and the agreements of disjoint pairs, or of
all pairs a fixed distance apart, are independent (each brings a sign not seen
before). No single question finds every dependence. These find what people really
write: one vector for all units, identical filters, any two slices of an axis that are
alike or opposite, draws used over again, symmetric and mirrored matrices; and slices
with another scale than the rest.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.oracles.initialization import (
    CONV,
    DENSE,
    Array,
    Ask,
    Scale,
    drawn,
    expect_no_repeats,
    note,
)
from autograder.oracles.initialization_bands import EACH, mean_square
from autograder.statistics import Band, grouped, proportion

SLICE = 300  # weights; two slices of fewer share too few draws to be sure


def expect_each_drawn(exam: Exam, ask: Ask, scale: Scale) -> None:
    """Is every weight of a call drawn for itself?

    n = 60 000 weights a call. Two slices of 300 weights that agree in 90 % of their
    signs, mirror images or halves of the weights that agree in 54 %, and a slice of
    9000 weights whose variance is 50 % too large or 35 % too small are refused with
    probability at least 1 - 1e-9.
    """
    side = int(exam.rng.integers(304, 316))
    width = int(exam.rng.integers(9_000, 9_500))
    filters, channels = (int(k) for k in exam.rng.integers((60, 9), (65, 12)))
    shapes = [(side, side), (7, width), (filters, channels, 9, 13)]
    seen = []
    for place, shape in enumerate(shapes):
        w = drawn(exam, ask, shape)
        note(exam, f"each {place}", w, scale(shape))
        seen.append((exam.asked, w))
    for exam.asked, w in seen:  # judged once all is recorded
        names = DENSE if w.ndim == 2 else CONV
        expect_no_repeats(w)
        expect_slices_apart(w, names)
        expect_slices_alike_in_scale(w, names)
        expect_no_period(w)
        expect_no_mirror(w)


def _signs(w: Array) -> Array:
    return np.where(w > 0, 1.0, -1.0)


def _judge(share: float, band: Band, what: str) -> None:
    if share not in band:
        alike = "equal" if share > 0.5 else "opposite"
        raise Mismatch(
            f"{what} are too often {alike} in sign: {share:.3f} of {grouped(band.n)} "
            f"pairs agree; between {band.low:.3f} and {band.high:.3f} of them do if "
            f"each weight is drawn for itself ({band.errors})"
        )


def expect_slices_apart(w: Array, names: tuple[str, ...]) -> None:
    """Raise a :class:`Mismatch` if two slices of an axis are alike, or opposite.

    One band an axis, its false alarm split over all pairs of slices.
    """
    for axis, name in enumerate(names):
        signs = np.moveaxis(_signs(w), axis, 0).reshape(w.shape[axis], -1)
        count, n = signs.shape
        if n < SLICE or count < 2:
            continue
        one, other = np.triu_indices(count, 1)
        shares = (1 + (signs @ signs.T)[one, other] / n) / 2
        worst = int(np.argmax(np.abs(shares - 0.5)))
        band = proportion(n, 0.5, f"equal signs in two {name}s", EACH / shares.size)
        what = f"the weights of {name} {one[worst]} and {name} {other[worst]}"
        _judge(float(shares[worst]), band, what)


def expect_slices_alike_in_scale(w: Array, names: tuple[str, ...]) -> None:
    """Raise a :class:`Mismatch` if a slice of an axis has a scale of its own.

    Its mean square is compared with that of all weights, whatever the scale should
    be: one band for the whole, and one an axis, its false alarm split over the slices.
    """
    whole = float((w * w).mean())
    overall = mean_square(w.size, 1.0, "mean square")
    for axis, name in enumerate(names):
        slices = np.moveaxis(w, axis, 0).reshape(w.shape[axis], -1)
        count, n = slices.shape
        if n < SLICE or count < 2:
            continue
        squares = (slices * slices).mean(axis=1) / whole
        band = mean_square(n, 1.0, f"mean square of a {name}", EACH / count)
        low, high = band.low / overall.high, band.high / overall.low
        wrong = np.flatnonzero(~((low <= squares) & (squares <= high)))
        if wrong.size:
            size = math.sqrt(squares[wrong[0]])
            raise Mismatch(
                f"the {grouped(n)} weights of {name} {wrong[0]} are {size:.3g} times "
                f"as large as all weights are; between {math.sqrt(low):.3g} and "
                f"{math.sqrt(high):.3g} may be chance (false alarm {band.alpha:.0e}): "
                "one scale holds for the whole layer"
            )


def expect_no_period(w: Array) -> None:
    """Raise a :class:`Mismatch` if weights at a fixed distance in memory are alike.

    One band, its false alarm split over all distances.
    """
    signs = _signs(w).ravel()
    size = signs.size
    # Zeros behind the signs keep their end from meeting their beginning.
    padded = 1 << (2 * size - 1).bit_length()
    spectrum = np.fft.rfft(signs, padded)
    products = np.fft.irfft(np.abs(spectrum) ** 2, padded)[1:size]
    pairs = size - np.arange(1, size)
    worst = int(np.argmax(np.abs(products) / np.sqrt(pairs)))
    n, lag = int(pairs[worst]), worst + 1
    band = proportion(n, 0.5, f"equal signs {lag} apart", EACH / products.size)
    share = (1 + round(float(products[worst])) / n) / 2
    _judge(share, band, f"weights {grouped(lag)} places apart in memory")


def expect_no_mirror(w: Array) -> None:
    """Raise a :class:`Mismatch` if w is its own mirror image, or its own transpose."""
    line = _signs(w).ravel()
    half = line.size // 2
    share = float((line[:half] == line[::-1][:half]).mean())
    band = proportion(half, 0.5, "equal signs in mirror places", EACH)
    _judge(share, band, "a weight and its mirror image")
    if w.ndim == 2 and w.shape[0] == w.shape[1]:
        above, below = (_signs(part)[np.triu_indices(len(w), 1)] for part in (w, w.T))
        band = proportion(above.size, 0.5, "equal signs across the diagonal", EACH)
        what = "the weights w[i, j] and w[j, i]"
        _judge(float((above == below).mean()), band, what)


def expect_calls_apart(exam: Exam, ask: Ask, scale: Scale) -> None:
    """Raise a :class:`Mismatch` if two calls from different states are alike.

    n = 90 000 weights. Two calls that agree in 54 % of their signs are refused with
    probability at least 1 - 1e-9.
    """
    side = int(exam.rng.integers(304, 316))
    one, other = (drawn(exam, ask, (side, side)) for _ in range(2))
    for place, w in enumerate((one, other)):
        note(exam, f"call {place}", w, scale((side, side)))
    band = proportion(one.size, 0.5, "equal signs in two calls", EACH)
    share = float((_signs(one) == _signs(other)).mean())
    _judge(share, band, "the weights of two calls from different states")
