"""Mistakes and right variants of ``lr_range_test``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]

OF = "lr_range_test"
SEE = "tuning-range-test"


def good_until(losses: Array) -> int:
    """The place of the last loss before the first that diverges."""
    if not math.isfinite(losses[0]):
        raise ValueError("the loss is not finite at the first rate")
    for place in range(1, len(losses)):
        lowest = min(losses[:place])
        if not (math.isfinite(losses[place]) and losses[place] <= 2 * lowest):
            return place - 1
    return len(losses) - 1


@variant(OF)
def third_of_the_largest(lrs: Array, losses: Array) -> float:
    return float(lrs[good_until(losses)]) / 3


@variant(OF)
def with_a_running_minimum(lrs: Array, losses: Array) -> Any:
    losses = np.asarray(losses)
    if not np.isfinite(losses[0]):
        raise ValueError("the loss is not finite at the first rate")
    with np.errstate(invalid="ignore"):
        bad = ~(losses <= 2 * np.minimum.accumulate(losses))
    bad |= np.isnan(np.cumsum(losses))
    end = int(np.argmax(bad)) if bad.any() else len(losses)
    return np.asarray(lrs[end - 1] / 3)


@variant(OF)
def a_tenth_below_four_times_the_first(lrs: Array, losses: Array) -> float:
    best = lrs[0]
    for lr, loss in zip(lrs, losses, strict=True):
        if math.isnan(loss) or loss > 4 * losses[0]:
            break
        best = lr
    return float(best) / 10


@variant(OF)
def three_steps_back(lrs: Array, losses: Array) -> Any:
    place = good_until(np.asarray(losses))
    return lrs[place] if place == len(lrs) - 1 else np.float32(lrs[place - 2])


@mistake(
    OF,
    title="the rate with the lowest loss is returned",
    hint="The lowest loss of a sweep comes late in it, whatever the rate. "
    "Where does the loss diverge?",
    see=SEE,
)
def rate_of_the_lowest_loss(lrs: Array, losses: Array) -> float:
    return float(lrs[int(np.nanargmin(losses))])


@mistake(
    OF,
    title="the rate of the lowest loss is returned, and NaN is taken for the lowest",
    hint="np.argmin returns the place of the first NaN. And why the minimum?",
    see=SEE,
)
def argmin_over_nan(lrs: Array, losses: Array) -> float:
    return float(lrs[int(np.argmin(losses))])


@mistake(
    OF,
    title="the rate of the steepest fall is returned",
    hint="That is another rule: here the largest rate before divergence is asked for.",
    see=SEE,
)
def rate_of_the_steepest_fall(lrs: Array, losses: Array) -> float:
    steps = np.diff(np.nan_to_num(losses, nan=np.inf, posinf=1e300))
    return float(lrs[int(np.argmin(np.nan_to_num(steps, nan=np.inf)[: len(lrs) // 2]))])


@mistake(
    OF,
    title="the first rate of the sweep is returned",
    hint="It is safe, and slow. How large may the rate be?",
    see=SEE,
)
def first_rate(lrs: Array, _losses: Array) -> float:
    return float(lrs[0])


@mistake(
    OF,
    title="the first rate that diverges is returned",
    hint="Which rate was the last that still worked? And is that one safe?",
    see=SEE,
)
def diverging_rate(lrs: Array, losses: Array) -> float:
    return float(lrs[min(good_until(losses) + 1, len(lrs) - 1)])


@mistake(
    OF,
    title="the largest rate that works is returned, and not backed off",
    hint="At the very edge a few more steps may diverge. Leave a margin.",
    see=SEE,
)
def not_backed_off(lrs: Array, losses: Array) -> float:
    return float(lrs[good_until(losses)])


@mistake(
    OF,
    title="losses after the divergence count, if they are low again",
    hint="A network that has blown up may come to rest anywhere. Stop at the first.",
    see=SEE,
)
def recovery_counts(lrs: Array, losses: Array) -> float:
    with np.errstate(invalid="ignore"):
        good = losses <= 2 * losses[0]
    return float(lrs[np.flatnonzero(good)[-1]]) / 3


@mistake(
    OF,
    title="the place in the list is returned instead of the rate",
    hint="What stands at that place in lrs?",
    see=SEE,
)
def place_returned(_lrs: Array, losses: Array) -> int:
    return good_until(losses)


@mistake(
    OF,
    title="the loss is returned instead of the rate",
    hint="losses are judged; the answer comes from lrs.",
    see=SEE,
)
def loss_returned(_lrs: Array, losses: Array) -> float:
    return float(losses[good_until(losses)]) / 3


@mistake(
    OF,
    title="the first small rise of the loss counts as divergence",
    hint="Losses of mini-batches are noisy: how large is a rise that means something?",
    see=SEE,
)
def first_rise(lrs: Array, losses: Array) -> float:
    for place in range(1, len(losses)):
        if not losses[place] <= losses[place - 1]:
            return float(lrs[place - 1]) / 3
    return float(lrs[-1]) / 3


@mistake(
    OF,
    title="NaN is not noticed: it is not above any bound",
    hint="Every comparison with NaN is false. Which way round must yours be?",
    see=SEE,
)
def nan_not_noticed(lrs: Array, losses: Array) -> float:
    lowest, largest = losses[0], lrs[0]
    for lr, loss in zip(lrs, losses, strict=True):
        if loss > 2 * lowest:
            break
        lowest = min(lowest, loss)
        largest = lr
    return float(largest) / 3


@mistake(
    OF,
    title="the rate is backed off by a factor of a hundred and more",
    hint="Backing off keeps a margin; it should not cost two decades.",
    see=SEE,
)
def far_too_careful(lrs: Array, losses: Array) -> float:
    return float(lrs[good_until(losses)]) / 100
