"""Bands for weights whose law is known by its mean and its variance only.

Xavier and He fix the standard deviation of a weight and leave its law open: normal,
uniform and symmetrically truncated normal weights are all right. What they have in
common is that they are strictly sub-Gaussian, E exp(s X) <= exp(s² σ² / 2) with σ²
their variance: of all laws of that variance allowed here, the normal one has the
heaviest tails. Every band below holds for all of them. (:func:`statistics.mean` and
:func:`statistics.variance` hold for the normal law alone.)

References: Arbel, Marchal and Nguyen (2020), On strict sub-Gaussianity, for the
uniform law; Barreto, Marchal and Arbel (2024) for the truncated normal law; Laurent
and Massart (2000), lemma 1; Massart (1990), The tight constant in the
Dvoretzky-Kiefer-Wolfowitz inequality.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from autograder.statistics import ALPHA, BETA, Band

Array = NDArray[np.float64]

BANDS = 64  # at most, in one check
EACH = ALPHA / BANDS  # false alarm of a band

QUANTILES = 200


def mean(
    n: int, deviation: float, statistic: str, alpha: float = EACH, beta: float = BETA
) -> Band:
    """The band for the mean of ``n`` strictly sub-Gaussian values about 0.

    Chernoff: P(mean >= t) <= exp(-n t² / (2 σ²)), and likewise below. ``detects``
    is the smallest shift of all values.

    >>> band = mean(60_000, 1.0, "mean weight")
    >>> round(band.high, 4), round(band.detects, 4)
    (0.0292, 0.0555)
    """
    half = deviation * math.sqrt(2 * math.log(2 / alpha) / n)
    detects = half + deviation * math.sqrt(2 * math.log(1 / beta) / n)
    return Band(statistic, n, 0.0, -half, half, alpha, beta, detects)


def mean_square(
    n: int, target: float, statistic: str, alpha: float = EACH, beta: float = BETA
) -> Band:
    """The band for the mean square of ``n`` strictly sub-Gaussian values about 0.

    Above: E exp(s X²) <= (1 - 2 s σ²)^(-1/2), as for a normal X, so Laurent and
    Massart's P(mean >= σ² (1 + 2 sqrt(x / n) + 2 x / n)) <= exp(-x) holds. Below:
    E X⁴ <= 3 σ⁴, hence E exp(-s X²) <= exp(-s σ² + 3 s² σ⁴ / 2), and
    P(mean <= σ² (1 - t)) <= exp(-n t² / 6). ``detects`` is the smallest deviation of
    the true variance.

    >>> band = mean_square(60_000, 1.0, "mean square")
    >>> round(band.low, 3), round(band.high, 3), round(band.detects, 3)
    (0.949, 1.042, 0.092)
    """

    def highest(error: float) -> float:
        x = math.log(1 / error) / n
        return 1 + 2 * math.sqrt(x) + 2 * x

    def lowest(error: float) -> float:
        return 1 - math.sqrt(6 * math.log(1 / error) / n)

    low, high = max(lowest(alpha / 2), 0.0), highest(alpha / 2)
    detects = math.inf
    if low > 0 and lowest(beta) > 0:
        detects = max(high / lowest(beta) - 1, 1 - low / highest(beta))
    return Band(
        statistic,
        n,
        target,
        target * low,
        target * high,
        alpha,
        beta,
        target * detects,
    )


def distance(n: int, statistic: str, alpha: float = EACH, beta: float = BETA) -> Band:
    """The band for the gap between ``n`` values' distribution and the true one.

    Dvoretzky, Kiefer, Wolfowitz and Massart: P(sup gap >= t) <= 2 exp(-2 n t²).
    ``detects`` is a gap at one of the places that :func:`gap_to_normal` looks at.

    >>> band = distance(60_000, "gap")
    >>> round(band.high, 4), round(band.detects, 4)
    (0.0146, 0.0277)
    """
    high = math.sqrt(math.log(2 / alpha) / (2 * n))
    detects = high + math.sqrt(math.log(1 / beta) / (2 * n))
    return Band(statistic, n, 0.0, 0.0, high, alpha, beta, detects)


@cache
def _quantiles() -> tuple[Array, Array]:
    shares = np.arange(1, QUANTILES) / QUANTILES
    places = [NormalDist().inv_cdf(float(share)) for share in shares]
    return shares, np.array(places)


def gap_to_normal(z: Array) -> float:
    """The largest gap between z's distribution and the standard normal one.

    It is looked for at 199 quantiles, so it is at most the supremum, for which the
    band of :func:`distance` is exact.

    >>> round(gap_to_normal(np.linspace(-3 ** 0.5, 3 ** 0.5, 10_001)), 3)
    0.057
    """
    shares, places = _quantiles()
    below = np.searchsorted(np.sort(z, axis=None), places, side="right") / z.size
    return float(np.abs(below - shares).max())


def beyond(z: float) -> float:
    """P(abs(Z) > z) of a standard normal Z.

    >>> round(beyond(3.0), 5)
    0.0027
    """
    return 2 * NormalDist().cdf(-z)
