"""Do the bands keep the errors that they declare, by the exact distributions?"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable

import pytest
from scipy import stats

from autograder.statistics import (
    ALPHA,
    BETA,
    Band,
    covariance,
    difference,
    mean,
    proportion,
    variance,
)

SIZES = [1, 7, 40, 1000, 50_000]
ERRORS = [1e-3, 1e-9, 1e-12]


def share_outside(band: Band, rate: float) -> float:
    """P(share not in band) of ``band.n`` events of probability ``rate``, exactly.

    Small tails are added up one count at a time, so that none is lost to rounding.
    """
    n = band.n
    # The largest count below the band and the smallest above it.
    below = next(k for k in range(math.floor(band.low * n), -2, -1) if k / n < band.low)
    above = next(k for k in range(math.ceil(band.high * n), n + 2) if k / n > band.high)
    low = stats.binom.cdf(below, n, rate) if below >= 0 else 0.0
    high = stats.binom.sf(above - 1, n, rate) if above <= n else 0.0
    return float(low + high)


def share_inside(band: Band, rate: float) -> float:
    """P(share in band), from the tail that is small."""
    n, edge = band.n, band.high if rate > band.target else band.low
    if rate > band.target:
        return float(stats.binom.cdf(math.floor(edge * n), n, rate))
    return float(stats.binom.sf(math.ceil(edge * n) - 1, n, rate))


@pytest.mark.parametrize("alpha", ERRORS)
@pytest.mark.parametrize("p", [0.02, 0.31, 0.5, 0.7, 0.999])
@pytest.mark.parametrize("n", SIZES)
def test_a_right_share_is_refused_no_more_often_than_declared(
    n: int, p: float, alpha: float
) -> None:
    """Is the exact binomial false alarm at most alpha, and not wastefully less?"""
    both = proportion(n, p, "share", alpha)
    above = proportion(n, p, "share", alpha, only_above=True)
    assert share_outside(both, p) <= alpha
    assert share_outside(above, p) <= alpha
    if n == 50_000 and 0.1 < p < 0.9:  # here the normal law gives the exact width
        exact = stats.norm.isf(alpha / 2) * math.sqrt(p * (1 - p) / n)
        assert both.high - p < 1.2 * exact


@pytest.mark.parametrize("p", [0.31, 0.5, 0.7])
@pytest.mark.parametrize("n", [200, 1000, 50_000])
def test_the_declared_share_is_refused_as_often_as_declared(n: int, p: float) -> None:
    """Is a rate that is ``detects`` off overlooked with probability at most beta?"""
    band = proportion(n, p, "share")
    for rate in (p - band.detects, p + band.detects):
        if 0 < rate < 1:
            assert share_inside(band, rate) <= BETA
    above = proportion(n, p, "share", only_above=True)
    if p + above.detects < 1:
        assert share_inside(above, p + above.detects) <= BETA
    half_as_far = p + band.detects / 2
    assert share_inside(band, half_as_far) > BETA  # so the declaration means something


@pytest.mark.parametrize("alpha", ERRORS)
@pytest.mark.parametrize("n", SIZES)
def test_a_right_mean_is_refused_as_often_as_declared(n: int, alpha: float) -> None:
    """Do the normal tails beyond the band add up to alpha, and is the power right?"""
    target, deviation = 1.5, 3.0
    band = mean(n, target, deviation, "mean", alpha)
    law = stats.norm(target, deviation / math.sqrt(n))
    assert law.cdf(band.low) + law.sf(band.high) == pytest.approx(alpha, rel=1e-6)
    for true in (target - band.detects, target + band.detects):
        law = stats.norm(true, deviation / math.sqrt(n))
        assert law.cdf(band.high) - law.cdf(band.low) <= BETA * (1 + 1e-6)


@pytest.mark.parametrize("alpha", ERRORS)
@pytest.mark.parametrize("n", SIZES)
def test_a_right_variance_is_refused_no_more_often_than_declared(
    n: int, alpha: float
) -> None:
    """Do the chi-squared tails beyond the band stay below alpha?"""
    target = 0.25
    band = variance(n, target, "variance", alpha)
    law = stats.chi2(n, scale=target / n)
    assert law.cdf(band.low) + law.sf(band.high) <= alpha
    assert 0 < band.low < target < band.high


@pytest.mark.parametrize("n", [1000, 50_000])
def test_the_declared_variance_is_refused_as_often_as_declared(n: int) -> None:
    """Is a variance that is ``detects`` off overlooked with probability <= beta?"""
    target = 0.25
    band = variance(n, target, "variance")
    assert stats.chi2(n, scale=(target + band.detects) / n).cdf(band.high) <= BETA
    if target > band.detects:
        law = stats.chi2(n, scale=(target - band.detects) / n)
        assert law.sf(band.low) <= BETA


def chain(n: int, p: float) -> dict[float, float]:
    """The exact law of the mean of (m_i - p)(m_{i+1} - p) over ``n`` neighbors."""
    # By last draw, neighbors both 1, and sum of all m_i + m_{i+1}.
    law = {(0, 0, 0): 1 - p, (1, 0, 0): p}
    for _ in range(n):
        longer: dict[tuple[int, int, int], float] = defaultdict(float)
        for (last, both, ones), chance in law.items():
            for new, weight in ((0, 1 - p), (1, p)):
                key = (new, both + last * new, ones + last + new)
                longer[key] += chance * weight
        law = longer
    means: dict[float, float] = defaultdict(float)
    for (_, both, ones), chance in law.items():
        means[(both - p * ones) / n + p * p] += chance
    return means


def apart(n: int, p: float, excess: float = 0.0) -> dict[float, float]:
    """The same for ``n`` pairs that share no draw, of covariance ``excess``."""
    means: dict[float, float] = {}
    for both in range(n + 1):
        for neither in range(n + 1 - both):
            counts = [both, neither, n - both - neither]
            rates = [
                p * p + excess,
                (1 - p) ** 2 + excess,
                2 * p * (1 - p) - 2 * excess,
            ]
            total = both * (1 - p) ** 2 + neither * p * p - counts[2] * p * (1 - p)
            means[total / n] = means.get(total / n, 0.0) + float(
                stats.multinomial.pmf(counts, n, rates)
            )
    return means


@pytest.mark.parametrize("alpha", [0.1, 1e-2, 1e-4])
@pytest.mark.parametrize("p", [0.25, 0.5, 0.7])
@pytest.mark.parametrize(("law", "n"), [(chain, 40), (apart, 40)])
def test_a_covariance_of_0_is_refused_no_more_often_than_declared(
    law: Callable[[int, float], dict[float, float]], n: int, p: float, alpha: float
) -> None:
    """Is the exact false alarm at most alpha, though neighbors share a draw?"""
    band = covariance(n, p, "covariance", alpha)
    means = law(n, p)
    assert sum(means.values()) == pytest.approx(1)
    assert sum(chance for mean, chance in means.items() if mean not in band) <= alpha
    assert any(mean not in band for mean in means)


def test_the_declared_covariance_is_refused_as_often_as_declared() -> None:
    """Are pairs of the covariance ``detects`` overlooked at most with chance beta?"""
    band = covariance(150, 0.4, "covariance", alpha=1e-2, beta=1e-2)
    assert band.detects < 0.4 * 0.6
    means = apart(150, 0.4, band.detects)
    assert sum(chance for mean, chance in means.items() if mean in band) <= 1e-2
    assert math.isinf(covariance(100, 0.4, "covariance").detects)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.8])
@pytest.mark.parametrize(("n", "other"), [(40, 40), (60, 25)])
def test_a_difference_keeps_both_errors_at_any_rate(
    n: int, other: int, rate: float
) -> None:
    """Are false alarm and power of two shares exact bounds, whatever their rate?"""
    band = difference(n, other, "difference", alpha=1e-2, beta=1e-2)

    def inside(one: float, two: float) -> float:
        chances = [
            stats.binom.pmf(i, n, one) * stats.binom.pmf(j, other, two)
            for i in range(n + 1)
            for j in range(other + 1)
            if i / n - j / other in band
        ]
        return float(sum(chances))

    assert 1 - inside(rate, rate) <= 1e-2
    if rate + band.detects <= 1:
        assert inside(rate + band.detects, rate) <= 1e-2
    assert math.isinf(difference(5, 5, "difference").detects)


@pytest.mark.parametrize(
    "make",
    [
        lambda n, alpha: proportion(n, 0.3, "share", alpha),
        lambda n, alpha: proportion(n, 0.3, "share", alpha, only_above=True),
        lambda n, alpha: mean(n, 0.3, 2.0, "mean", alpha),
        lambda n, alpha: variance(n, 0.3, "variance", alpha),
        lambda n, alpha: covariance(n, 0.3, "covariance", alpha),
        lambda n, alpha: difference(n, n, "difference", alpha),
    ],
)
def test_more_observations_and_a_laxer_alpha_narrow_the_band(
    make: Callable[[int, float], Band],
) -> None:
    """Does the band shrink with n and with alpha, and with it what goes unseen?"""
    by_n = [make(n, ALPHA) for n in (500, 1000, 5000, 50_000)]
    by_alpha = [make(1000, alpha) for alpha in (1e-12, 1e-9, 1e-6, 1e-3)]
    for bands in (by_n, by_alpha):
        for wide, narrow in itertools.pairwise(bands):
            assert wide.low <= narrow.low < narrow.high < wide.high
            assert wide.detects > narrow.detects
    for band in by_n + by_alpha:
        assert band.target in band
        assert band.target + band.detects not in band
        assert band.high + 1e-9 not in band


def test_a_value_that_is_not_a_number_lies_in_no_band() -> None:
    """Is NaN refused?"""
    nan = math.nan
    assert nan not in proportion(1000, 0.5, "share")


def test_too_few_observations_promise_nothing() -> None:
    """Does a band that no share can leave say that it refuses nothing?"""
    band = proportion(5, 0.5, "share")
    assert (band.low, band.high) == (0.0, 1.0)
    assert math.isinf(band.detects)
    assert "too small" in str(band)


def test_one_guarded_side_is_enough_where_only_that_side_matters() -> None:
    """Does a one-sided band guard its side with the whole alpha, and say how well?"""
    band = proportion(16, 0.16, "coincidences", alpha=1e-10, only_above=True)
    assert 0.0 in band
    assert 1.0 not in band
    assert band.detects <= 1 - 0.16
    assert band.high < proportion(16, 0.16, "coincidences", alpha=1e-10).high


@pytest.mark.parametrize(
    "make",
    [
        lambda: proportion(0, 0.5, "share"),
        lambda: proportion(10, 0.0, "share"),
        lambda: proportion(10, 1.0, "share"),
        lambda: proportion(10, float("nan"), "share"),
        lambda: proportion(10, 0.5, "share", alpha=0.0),
        lambda: proportion(10, 0.5, "share", beta=1.0),
        lambda: mean(0, 0.0, 1.0, "mean"),
        lambda: mean(10, 0.0, 0.0, "mean"),
        lambda: mean(10, 0.0, -1.0, "mean"),
        lambda: mean(10, 0.0, 1.0, "mean", alpha=1.0),
        lambda: variance(-3, 1.0, "variance"),
        lambda: variance(10, 0.0, "variance"),
        lambda: variance(10, math.inf, "variance"),
        lambda: variance(10, 1.0, "variance", beta=0.0),
        lambda: covariance(0, 0.5, "covariance"),
        lambda: covariance(10, 1.0, "covariance"),
        lambda: difference(10, 0, "difference"),
        lambda: difference(10, 10, "difference", alpha=0.0),
    ],
)
def test_senseless_arguments_are_refused(make: Callable[[], Band]) -> None:
    """Is an argument for which no band exists a ValueError that says why?"""
    with pytest.raises(ValueError, match="must"):
        make()


def test_a_band_states_its_errors_in_words() -> None:
    """Does the text name n, the statistic, both errors and the smallest defect?"""
    text = str(proportion(20_000, 0.7, "keep rate", alpha=1e-10))
    for word in ("keep rate", "n = 20000", "0.7", "1e-10", "1 - 1e-09", "0.044"):
        assert word in text, text


def test_a_band_states_its_errors_in_short() -> None:
    """Are n, the false alarm and the smallest defect sure to be seen in one line?"""
    band = proportion(20_000, 0.7, "keep rate", alpha=1e-10)
    assert band.errors == (
        "n = 20 000; false alarm 1e-10; a defect of 0.044 is sure to be seen"
    )
    assert proportion(5, 0.5, "share").errors == (
        "n = 5; false alarm 1e-09; too few to be sure of seeing any defect"
    )
