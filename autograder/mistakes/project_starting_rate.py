"""Mistakes and right variants of the rate with which the project's search begins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.project_first_steps import mean_of

START, RANGE = "starting_rate", "tuning-carried-out"
Curve = list[float]


def last_tenth(curve: Curve) -> Curve:
    return curve[-max(1, len(curve) // 10) :]


def lowers(curve: Curve, line: float = 0.9) -> bool:
    end = mean_of(last_tenth(curve))
    return math.isfinite(end) and end <= line * curve[0]


def working(rates: Curve, losses: list[Curve]) -> Curve:
    """The rates that lower the loss."""
    found = [rate for rate, curve in zip(rates, losses, strict=True) if lowers(curve)]
    if not found:
        raise ValueError("no rate lowers the loss by a tenth")
    return found


@variant(START)
def largest_that_works(rates: Curve, losses: list[Curve]) -> float:
    return max(working(rates, losses))


@variant(START)
def from_the_largest_down(rates: Curve, losses: list[Curve]) -> Any:
    for place in np.argsort(rates)[::-1]:
        curve = np.asarray(losses[place])
        end = np.median(curve[-max(1, len(curve) // 10) :])
        if np.isfinite(curve).all() and end < 0.88 * curve[0]:
            return np.float64(rates[place])
    raise ValueError("no rate lowers the loss")


@mistake(
    START,
    title="the smallest rate that works is returned",
    hint="It is safe, and slow. How large may the rate be?",
    see=RANGE,
)
def smallest_that_works(rates: Curve, losses: list[Curve]) -> float:
    return min(working(rates, losses))


@mistake(
    START,
    title="the rate of the lowest loss is returned",
    hint="After a hundred iterations the lowest loss says little: which is the largest "
    "rate that works?",
    see=RANGE,
)
def rate_of_the_lowest_end(rates: Curve, losses: list[Curve]) -> float:
    good = [i for i, curve in enumerate(losses) if lowers(curve)]
    return rates[min(good, key=lambda i: mean_of(last_tenth(losses[i])))]


@mistake(
    START,
    title="the last of the list that works is returned, as if the rates were sorted",
    hint="The rates come in any order: compare them.",
    see=RANGE,
)
def last_of_the_list(rates: Curve, losses: list[Curve]) -> float:
    return working(rates, losses)[-1]


@mistake(
    START,
    title="the search ends at the first rate that does not work",
    hint="The smallest rate may be too slow to lower the loss: go on after it.",
    see=RANGE,
)
def stops_at_the_first_failure(rates: Curve, losses: list[Curve]) -> float | None:
    best = None
    for rate, curve in zip(rates, losses, strict=True):
        if not lowers(curve):
            break
        best = rate
    return best


@mistake(
    START,
    title="only the very last loss is looked at",
    hint="Each loss is that of one batch, and noisy: average the last tenth.",
    see=RANGE,
)
def very_last_loss(rates: Curve, losses: list[Curve]) -> float:
    last = [[curve[0], curve[-1]] for curve in losses]
    return max(working(rates, last))


@mistake(
    START,
    title="the lowest loss on the way is looked at",
    hint="A loss that fell and came back did not stay low: look at the end.",
    see=RANGE,
)
def lowest_on_the_way(rates: Curve, losses: list[Curve]) -> float:
    lowest = [[curve[0], min(curve[1:])] for curve in losses]
    return max(working(rates, lowest))


@mistake(
    START,
    title="the mean of the whole curve is looked at",
    hint="The beginning says nothing of where the loss ends: average the last tenth.",
    see=RANGE,
)
def whole_mean(rates: Curve, losses: list[Curve]) -> float:
    means = [[curve[0], mean_of(curve)] for curve in losses]
    return max(working(rates, means))


@mistake(
    START,
    title="any fall of the loss is enough",
    hint="A rate at which the loss hardly moves is too small, and one above the edge "
    "may end a little lower by chance. How much is clearly lower?",
    see=RANGE,
)
def any_fall(rates: Curve, losses: list[Curve]) -> float:
    pairs = zip(rates, losses, strict=True)
    return max(rate for rate, curve in pairs if lowers(curve, 1.0))


@mistake(
    START,
    title="NaN is not noticed: it is not above any bound",
    hint="Every comparison with NaN is false. Which way round must yours be?",
    see=RANGE,
)
def nan_is_not_above(rates: Curve, losses: list[Curve]) -> float:
    return max(
        rate
        for rate, curve in zip(rates, losses, strict=True)
        if not mean_of(last_tenth(curve)) > 0.9 * curve[0]
    )


@mistake(
    START,
    title="all losses are compared with the first loss of the first rate",
    hint="Each run has a first loss of its own: another seed, another batch.",
    see=RANGE,
)
def first_loss_of_the_first(rates: Curve, losses: list[Curve]) -> float:
    first = losses[0][0]
    same_start = [[first, *curve[1:]] for curve in losses]
    return max(working(rates, same_start))


@mistake(
    START,
    title="the place in the list is returned instead of the rate",
    hint="What stands at that place in rates?",
    see=RANGE,
)
def place_not_rate(rates: Curve, losses: list[Curve]) -> int:
    return rates.index(max(working(rates, losses)))
