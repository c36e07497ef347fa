"""The statistics engine: thresholds derived from distributions, with their errors.

Every test here is a rigorous band: a right implementation falls outside with
probability at most ``alpha`` (false alarm), whatever the sample size, since the
bands come from Chernoff's bound and not from an approximation. The power is
computed from the same bound: ``detects`` is the smallest defect that is refused
with probability at least 1 - ``beta``. A check splits its false alarm over its
bands: the sum of their ``alpha`` bounds it, whether or not they are independent.

References: Hoeffding (1963), Probability inequalities for sums of bounded random
variables, theorem 1, with its remark on martingales; Laurent and Massart (2000),
lemma 1, for the chi-squared law.
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

    @property
    def errors(self) -> str:
        """Both errors and n, as short as they can be said.

        >>> proportion(20_000, 0.7, "keep rate").errors
        'n = 20 000; false alarm 1e-09; a defect of 0.043 is sure to be seen'
        """
        power = (
            f"a defect of {self.detects:.2g} is sure to be seen"
            if math.isfinite(self.detects)
            else "too few to be sure of seeing any defect"
        )
        return f"n = {grouped(self.n)}; false alarm {self.alpha:.1g}; {power}"

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


def grouped(n: int) -> str:
    """A count with its thousands apart.

    >>> grouped(120_000)
    '120 000'
    """
    return f"{n:,}".replace(",", " ")


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


def covariance(
    n: int, p: float, statistic: str, alpha: float = ALPHA, beta: float = BETA
) -> Band:
    """The band for the mean of ``n`` products (a - p)(b - p) of draws a, b in {0, 1}.

    A draw may occur in several products, as in the pairs (i, i + lag), provided that
    the products can be put in an order in which each brings a draw not seen before.
    Given the past a product then has mean 0 and a range of at most max(p, 1 - p), so
    Hoeffding's bound holds as for independent terms: P(mean >= t) <=
    exp(-2 n t^2 / max(p, 1 - p)^2). ``detects`` speaks of pairs that know of each
    other, but not of other pairs; no covariance exceeds p (1 - p).

    >>> band = covariance(20_000, 0.3, "covariance")
    >>> round(band.high, 3), round(band.detects, 3)
    (0.016, 0.032)
    """
    _require(n >= 1, "n must be at least 1", n)
    _require(0 < p < 1, "p must lie strictly between 0 and 1", p)
    _require_errors(alpha, beta)
    reach = max(p, 1 - p)
    high = reach * math.sqrt(math.log(2 / alpha) / (2 * n))
    detects = high + reach * math.sqrt(math.log(1 / beta) / (2 * n))
    if detects > p * (1 - p):
        detects = math.inf
    return Band(statistic, n, 0.0, -high, high, alpha, beta, detects)


def difference(
    n: int, other: int, statistic: str, alpha: float = ALPHA, beta: float = BETA
) -> Band:
    """The band for the difference of two shares whose common rate is not known.

    Of ``n`` and ``other`` independent events, by Hoeffding's bound:
    P(difference >= t) <= exp(-2 t^2 / (1 / n + 1 / other)), whatever the rate.

    >>> band = difference(10_000, 10_000, "difference of two shares")
    >>> round(band.high, 3), round(band.detects, 3)
    (0.046, 0.092)
    """
    _require(min(n, other) >= 1, "n must be at least 1", min(n, other))
    _require_errors(alpha, beta)
    spread = (1 / n + 1 / other) / 2
    high = math.sqrt(spread * math.log(2 / alpha))
    detects = high + math.sqrt(spread * math.log(1 / beta))
    if detects > 1:
        detects = math.inf
    return Band(statistic, n + other, 0.0, -high, high, alpha, beta, detects)


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
