"""The statistics of the audit; every threshold with its false alarm beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from autograder.project.records import Range
from autograder.statistics import ALPHA

Z = 3.0  # standard errors by which a claim may differ from a measurement
FALSE_ALARM = 2 * NormalDist().cdf(
    -Z
)  # 0.0027, had the claim been made on fresh images

# Two-sided 95 % quantiles of Student's t with 1, 2, … degrees of freedom; from 30 on
# Cornish and Fisher's expansion is right to three decimals.
_T95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045),
)


def evidence_of_linear(draws: Sequence[tuple[float, Range]]) -> float:
    """How much likelier draws are under a uniform law than a log-uniform one, as ln.

    Each draw x from [a, b] contributes ln of the ratio of the two densities,

        (1 / (b - a)) / (1 / (x ln(b / a))) = x ln(b / a) / (b - a).

    Log-uniform draws bring the product of these ratios the mean 1, so that it reaches
    1 / alpha with probability at most alpha: Markov's inequality, for any number of
    draws, however the range of a draw depends on those before it.

    >>> wide = Range("log", 0.001, 1.0)
    >>> evidence_of_linear([(0.03, wide)] * 12) < 0
    True
    >>> evidence_of_linear([(0.5, wide)] * 12) < LINEAR
    True
    >>> evidence_of_linear([(0.5, wide)] * 24) < LINEAR
    False
    """
    total = 0.0
    for value, space in draws:
        if space.high > space.low * (1 + 1e-9):
            ratio = value * math.log(space.high / space.low) / (space.high - space.low)
            total += math.log(ratio)
    return total


LINEAR = math.log(2 / ALPHA)  # half of the false alarm; the other half: `band`


def farthest(places: Sequence[float]) -> float:
    """The largest distance of the empirical law of ``places`` from the uniform one.

    >>> farthest([0.5, 0.5])
    0.5
    """
    ordered, n = sorted(places), len(places)
    return max(
        max((i + 1) / n - place, place - i / n) for i, place in enumerate(ordered)
    )


def band(n: int) -> float:
    """How far ``n`` uniform draws may be from their law, with false alarm ALPHA / 2.

    Dvoretzky, Kiefer and Wolfowitz with Massart's constant: P(D > e) <=
    2 exp(-2 n e^2). Weak for few draws: above 1 nothing is ever refused.

    >>> round(band(12), 2), round(band(200), 2)
    (0.96, 0.24)
    """
    return math.sqrt(math.log(4 / ALPHA) / (2 * n))


def mean(values: Sequence[float]) -> float:
    """The mean."""
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """The standard deviation, with n - 1; nan for fewer than two values.

    >>> deviation([1.0, 2.0, 3.0])
    1.0
    """
    if len(values) < 2:
        return math.nan
    center = mean(values)
    return math.sqrt(
        math.fsum((value - center) ** 2 for value in values) / (len(values) - 1)
    )


def interval(values: Sequence[float]) -> float:
    """Half of the 95 % interval of the mean: t s / sqrt(n); nan for one value.

    >>> round(interval([1.0, 2.0, 3.0]), 3)
    2.484
    """
    n = len(values)
    if n < 2:
        return math.nan
    return quantile(n - 1) * deviation(values) / math.sqrt(n)


def quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t.

    >>> quantile(2), round(quantile(60), 3)
    (4.303, 2.0)
    """
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    z = NormalDist().inv_cdf(0.975)
    first = (z**3 + z) / (4 * freedom)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return z + first + second


def standard_errors(claim: float, n: int, measured: float, m: int) -> float:
    """By how many standard errors two accuracies on n and m images differ.

    z = (p - q) / sqrt(r (1 - r) (1 / n + 1 / m)), r the share of right answers of both
    together: as if both samples were drawn afresh. On the very same images the same
    network differs by rounding only, so that an honest claim never comes near ``Z``.

    >>> round(standard_errors(0.98, 360, 0.93, 360), 2)
    3.24
    >>> standard_errors(1.0, 360, 1.0, 360)
    0.0
    """
    both = (claim * n + measured * m) / (n + m)
    error = math.sqrt(both * (1 - both) * (1 / n + 1 / m))
    if error == 0:
        return 0.0
    return (claim - measured) / error
