"""The statistics engine: thresholds derived from distributions, with their errors.

Every test here is a rigorous band: a right implementation falls outside with
probability at most ``alpha`` (false alarm), whatever the sample size, since the
bands come from Chernoff's bound and not from an approximation. The power is
computed from the same bound: ``detects`` is the smallest defect that is refused
with probability at least 1 - ``beta``. A check splits its false alarm over its
bands: the sum of their ``alpha`` bounds it, whether or not they are independent.

References: Hoeffding (1963), Probability inequalities for sums of bounded random
variables, theorem 1; Laurent and Massart (2000), lemma 1, for the chi-squared law.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

ALPHA = 1e-9  # false alarm, a whole check
BETA = 1e-9  # a declared defect overlooked


@dataclass(frozen=True)
class Band:
    """The allowed range of a statistic, with the errors that it implies.

    ``n`` counts independent observations; ``detects`` is the smallest deviation
    of the true value from ``target`` that is refused with probability 1 - ``beta``,
    infinite where ``n`` is too small to be sure of refusing any.
    """

    statistic: str
    n: int
    target: float
    low: float
    high: float
    alpha: float
    beta: float
    detects: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        power = (
            f"a deviation of {self.detects:.2g} is refused with probability at "
            f"least 1 - {self.beta:.0e}"
            if math.isfinite(self.detects)
            else "n is too small to be sure of refusing any deviation"
        )
        return (
            f"{self.statistic}: n = {self.n}, expected {self.target:.4g}, allowed "
            f"{self.low:.4g} to {self.high:.4g} (false alarm at most "
            f"{self.alpha:.1g}; {power})"
        )


def proportion(
    n: int,
    p: float,
    statistic: str,
    alpha: float = ALPHA,
    beta: float = BETA,
    *,
    only_above: bool = False,
) -> Band:
    """The band for a share of ``n`` independent events of probability ``p``.

    P(share >= q) <= exp(-n KL(q || p)) for q > p, and likewise below; each side
    gets alpha / 2. With ``only_above`` a share may be as small as it likes: the
    whole alpha guards the upper edge, and ``detects`` speaks of higher rates.

    >>> band = proportion(20_000, 0.7, "keep rate")
    >>> round(band.low, 3), round(band.high, 3), round(band.detects, 3)
    (0.679, 0.721, 0.043)
    >>> band = proportion(16, 0.2, "coincidences", only_above=True)
    >>> band.low, round(band.high, 3)
    (0.0, 0.939)
    """
    _require(n >= 1, "n must be at least 1", n)
    _require(0 < p < 1, "p must lie strictly between 0 and 1", p)
    _require_errors(alpha, beta)
    bound = math.log((1 if only_above else 2) / alpha) / n
    high = _solve(lambda q: _divergence(q, p) - bound, 1.0, p)
    low = 0.0
    if not only_above:
        low = _solve(lambda q: _divergence(q, p) - bound, 0.0, p)
    # A true rate r is overlooked when its share falls back into the band. A band
    # that ends at 0 or 1 leaves no room outside: nothing is refused on that side.
    slack = math.log(1 / beta) / n
    above = below = math.inf
    if _divergence(1.0, p) > bound:
        above = _solve(lambda r: _divergence(high, r) - slack, 1.0, high) - p
    if _divergence(0.0, p) > bound:
        below = p - _solve(lambda r: _divergence(low, r) - slack, 0.0, low)
    detects = above if only_above else max(above, below)
    return Band(statistic, n, p, low, high, alpha, beta, detects)


def mean(
    n: int,
    target: float,
    deviation: float,
    statistic: str,
    alpha: float = ALPHA,
    beta: float = BETA,
) -> Band:
    """The band for the mean of ``n`` normal values of standard deviation ``deviation``.

    >>> band = mean(10_000, 0.0, 1.0, "mean weight")
    >>> round(band.high, 4), round(band.detects, 3)
    (0.0611, 0.121)
    """
    _require(n >= 1, "n must be at least 1", n)
    _require(0 < deviation < math.inf, "deviation must be positive", deviation)
    _require_errors(alpha, beta)
    error = deviation / math.sqrt(n)
    # The lower tail: 1 - alpha / 2 would lose the digits of a small alpha.
    half = -NormalDist().inv_cdf(alpha / 2) * error
    detects = half - NormalDist().inv_cdf(beta) * error
    return Band(
        statistic, n, target, target - half, target + half, alpha, beta, detects
    )


def variance(
    n: int, target: float, statistic: str, alpha: float = ALPHA, beta: float = BETA
) -> Band:
    """The band for the variance of ``n`` normal values about their known mean.

    n s^2 / target is chi-squared with n degrees of freedom, for which
    P(chi2 >= n u) <= exp(-n (u - 1 - ln u) / 2), and likewise below.

    >>> band = variance(10_000, 1.0, "variance of the weights")
    >>> round(band.low, 3), round(band.high, 3), round(band.detects, 3)
    (0.91, 1.095, 0.202)
    """
    _require(n >= 1, "n must be at least 1", n)
    _require(0 < target < math.inf, "target must be positive", target)
    _require_errors(alpha, beta)
    bound = 2 * math.log(2 / alpha) / n

    def excess(u: float) -> float:
        return u - 1 - math.log(u)

    low = _solve(lambda u: excess(u) - bound, 1e-300, 1.0)
    top = 2.0
    while excess(top) < bound:
        top *= 2
    high = _solve(lambda u: excess(u) - bound, top, 1.0)
    slack = 2 * math.log(1 / beta) / n

    # A true variance v (in units of target) leaves the band unless chi2/n <= high/v.
    ceiling = high * 2
    while excess(high / ceiling) < slack:
        ceiling *= 2
    above = _solve(lambda v: excess(high / v) - slack, ceiling, high)
    floor = low / 2
    while excess(low / floor) < slack:
        floor /= 2
    below = _solve(lambda v: excess(low / v) - slack, floor, low)
    detects = target * max(above - 1, 1 - below)
    return Band(statistic, n, target, target * low, target * high, alpha, beta, detects)


def _require(condition: bool, rule: str, got: float) -> None:
    if not condition:
        raise ValueError(f"{rule}, not {got}")


def _require_errors(alpha: float, beta: float) -> None:
    _require(0 < alpha < 1, "alpha must lie strictly between 0 and 1", alpha)
    _require(0 < beta < 1, "beta must lie strictly between 0 and 1", beta)


def _divergence(q: float, p: float) -> float:
    """KL(Bernoulli(q) || Bernoulli(p))."""
    result = 0.0
    if q > 0:
        result += q * math.log(q / p) if p > 0 else math.inf
    if q < 1:
        result += (1 - q) * math.log((1 - q) / (1 - p)) if p < 1 else math.inf
    return result


def _solve(f: Callable[[float], float], outside: float, inside: float) -> float:
    """The edge between ``inside`` (f < 0) and ``outside`` by bisection.

    Where f is negative all the way, the band is not bounded on this side.
    """
    if f(outside) < 0:
        return outside
    for _ in range(100):
        middle = (outside + inside) / 2
        if f(middle) < 0:
            inside = middle
        else:
            outside = middle
    return outside
