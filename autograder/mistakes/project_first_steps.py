"""Mistakes and right variants of the project's first two decisions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant

SANE, OVERFIT = "initial_loss_is_sane", "epochs_to_overfit"
INITIAL, SAMPLE = "tuning-initial-loss", "tuning-small-sample"
Curve = list[float]


# initial_loss_is_sane ----------------------------------------------------------------


def near(loss: float, expected: float) -> bool:
    return 0.9 * expected <= loss <= 1.1 * expected


def mean_of(losses: list[float]) -> float:
    return sum(losses) / len(losses)


@variant(SANE)
def mean_within_a_tenth(losses: list[float], classes: int) -> bool:
    return near(mean_of(losses), math.log(classes))


@variant(SANE)
def finite_and_by_the_ratio(losses: list[float], classes: int) -> Any:
    if not np.isfinite(losses).all():
        return False
    return np.abs(np.mean(losses) / np.log(classes) - 1) < 0.1


@mistake(
    SANE,
    title="every loss must be near ln C, not their mean",
    hint="One network may start a little off by chance: what do they say together?",
    see=INITIAL,
)
def every_single_loss(losses: list[float], classes: int) -> bool:
    return all(near(loss, math.log(classes)) for loss in losses)


@mistake(
    SANE,
    title="one loss near ln C is enough",
    hint="One of them may be near it by chance: what do they say together?",
    see=INITIAL,
)
def any_single_loss(losses: list[float], classes: int) -> bool:
    finite = all(map(math.isfinite, losses))
    return finite and any(near(loss, math.log(classes)) for loss in losses)


@mistake(
    SANE,
    title="only the first loss is looked at",
    hint="There is a loss for each seed, so that chance does not decide.",
    see=INITIAL,
)
def first_loss_only(losses: list[float], classes: int) -> bool:
    return near(losses[0], math.log(classes))


@mistake(
    SANE,
    title="the median is taken for the mean",
    hint="A median does not see the network that started far off.",
    see=INITIAL,
)
def median_of_the_losses(losses: list[float], classes: int) -> bool:
    if not all(map(math.isfinite, losses)):
        return False
    return near(sorted(losses)[len(losses) // 2], math.log(classes))


@mistake(
    SANE,
    title="losses that are not finite are left out",
    hint="A network whose first loss is NaN is broken, whatever the others say.",
    see=INITIAL,
)
def broken_ones_left_out(losses: list[float], classes: int) -> bool:
    finite = [loss for loss in losses if math.isfinite(loss)]
    return bool(finite) and near(mean_of(finite), math.log(classes))


@mistake(
    SANE,
    title="NaN passes: it is neither too small nor too large",
    hint="Every comparison with NaN is false. Which way round must yours be?",
    see=INITIAL,
)
def nan_slips_through(losses: list[float], classes: int) -> bool:
    mean, expected = mean_of(losses), math.log(classes)
    return not (mean < 0.9 * expected or mean > 1.1 * expected)


@mistake(
    SANE,
    title="a small loss is always sane",
    hint="A loss far below ln C is as suspicious as one far above it: the network "
    "knows what it cannot know.",
    see=INITIAL,
)
def small_is_sane(losses: list[float], classes: int) -> bool:
    mean = mean_of(losses)
    return math.isfinite(mean) and mean <= 1.1 * math.log(classes)


@mistake(
    SANE,
    title="the logarithm is that to base 10",
    hint="Losses are in nats. Which base has the natural logarithm?",
    see=INITIAL,
)
def base_ten(losses: list[float], classes: int) -> bool:
    return near(mean_of(losses), math.log10(classes))


@mistake(
    SANE,
    title="ten classes are assumed",
    hint="2.3 is the loss of chance for ten classes only.",
    see=INITIAL,
)
def ten_classes_always(losses: list[float], _classes: int) -> bool:
    return near(mean_of(losses), math.log(10))


# epochs_to_overfit -------------------------------------------------------------------


@variant(OVERFIT)
def back_from_the_end(accuracies: Curve) -> int | None:
    epoch = len(accuracies)
    while epoch and accuracies[epoch - 1] == 1:
        epoch -= 1
    return epoch + 1 if epoch < len(accuracies) else None


@variant(OVERFIT)
def one_after_the_last_below(accuracies: Curve) -> int | None:
    below = [i for i, each in enumerate(accuracies, start=1) if each < 1]
    if not accuracies or (below and below[-1] == len(accuracies)):
        return None
    return below[-1] + 1 if below else 1


@variant(OVERFIT)
def by_whole_tails(accuracies: Curve) -> Any:
    for i in range(len(accuracies)):
        if np.all(np.asarray(accuracies[i:]) >= 1):
            return np.int64(i + 1)
    return None


@mistake(
    OVERFIT,
    title="epochs are counted from 0",
    hint="After how many epochs? After the first it is one.",
    see=SAMPLE,
)
def counted_from_zero(accuracies: Curve) -> int | None:
    epoch = back_from_the_end(accuracies)
    return None if epoch is None else epoch - 1


@mistake(
    OVERFIT,
    title="the first accuracy of 1 counts, even if it is lost again",
    hint="One lucky epoch is not knowing by heart: does it stay?",
    see=SAMPLE,
)
def first_time(accuracies: Curve) -> int | None:
    return accuracies.index(1.0) + 1 if 1.0 in accuracies else None


@mistake(
    OVERFIT,
    title="the first accuracy of 1 counts if the last is 1 too",
    hint="And in between? From there on it must stay.",
    see=SAMPLE,
)
def first_time_if_the_last(accuracies: Curve) -> int | None:
    return first_time(accuracies) if accuracies[-1:] == [1.0] else None


@mistake(
    OVERFIT,
    title="nearly 1 is taken for 1",
    hint="In a small sample every image can be known. Which one is not, and why?",
    see=SAMPLE,
)
def nearly_is_enough(accuracies: Curve) -> int | None:
    return back_from_the_end([float(each >= 0.99) for each in accuracies])


@mistake(
    OVERFIT,
    title="where it never gets there, the number of epochs is returned",
    hint="Never is None: whoever reads a number believes that it got there.",
    see=SAMPLE,
)
def never_is_the_last_epoch(accuracies: Curve) -> int:
    return back_from_the_end(accuracies) or len(accuracies)


@mistake(
    OVERFIT,
    title="where it never gets there, -1 is returned",
    hint="Never is None: whoever reads a number believes that it got there.",
    see=SAMPLE,
)
def never_is_minus_one(accuracies: Curve) -> int:
    return back_from_the_end(accuracies) or -1


@mistake(
    OVERFIT,
    title="the epochs with an accuracy of 1 are counted",
    hint="Not how many epochs had it, but which one was the first.",
    see=SAMPLE,
)
def epochs_counted(accuracies: Curve) -> int | None:
    return accuracies.count(1.0) if accuracies[-1:] == [1.0] else None


@mistake(
    OVERFIT,
    title="whether is returned, instead of when",
    hint="The answer is a number of epochs.",
    see=SAMPLE,
)
def whether_not_when(accuracies: Curve) -> bool:
    return back_from_the_end(accuracies) is not None
