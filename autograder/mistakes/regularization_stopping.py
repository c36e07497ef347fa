"""Mistakes and right variants of early stopping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant

Losses = Sequence[float]
STOPPING = "early_stopping"


@variant(STOPPING)
def stopping_with_a_counter(val_losses: Losses, patience: int) -> tuple[int, int]:
    best, best_loss, waited = 0, float("inf"), 0
    for epoch, loss in enumerate(val_losses):
        if loss < best_loss:
            best, best_loss, waited = epoch, loss, 0
        else:
            waited += 1
        if waited >= patience:
            return best, epoch
    return best, len(val_losses) - 1


@variant(STOPPING)
def stopping_by_running_minimum(val_losses: Losses, patience: int) -> tuple[Any, Any]:
    losses = np.asarray(val_losses)
    lowest = np.fmin.accumulate(losses)
    first = np.searchsorted(-lowest, -lowest)  # where each lowest was first reached
    late = np.flatnonzero(np.arange(len(losses)) - first >= patience)
    stop = late[0] if len(late) else len(losses) - 1
    return first[stop], stop


@variant(STOPPING)
def stopping_that_says_none(
    val_losses: Losses, patience: int
) -> list[float | int | None]:
    losses = [float("inf") if np.isnan(loss) else loss for loss in val_losses]
    for epoch in range(patience, len(losses)):
        if min(losses[epoch - patience + 1 : epoch + 1]) >= min(
            losses[: epoch - patience + 1]
        ):
            return [epoch - patience, epoch]
    return [losses.index(min(losses)), None]


@mistake(
    STOPPING,
    title="the best epoch is looked for after the stop, too",
    hint="When training has stopped there are no later epochs: their losses were "
    "never computed.",
    see="regularization-early-stopping",
)
def minimum_of_all(val_losses: Losses, patience: int) -> tuple[int, int]:
    _, stop = stopping_with_a_counter(val_losses, patience)
    return int(np.argmin(val_losses)), stop


@mistake(
    STOPPING,
    title="it stops one epoch too late",
    hint="With a patience of 1 the first epoch without a new low is the last one.",
    see="regularization-early-stopping",
)
def one_epoch_too_late(val_losses: Losses, patience: int) -> tuple[int, int]:
    return stopping_with_a_counter(val_losses, patience + 1)


@mistake(
    STOPPING,
    title="it stops one epoch too early",
    hint="With a patience of 2 two epochs in a row may bring nothing better; the "
    "second of them is the last.",
    see="regularization-early-stopping",
)
def one_epoch_too_early(val_losses: Losses, patience: int) -> tuple[int, int]:
    best, best_loss = 0, float("inf")
    for epoch, loss in enumerate(val_losses):
        if loss < best_loss:
            best, best_loss = epoch, loss
        if epoch - best >= patience - 1 and epoch > best:
            return best, epoch
    return best, len(val_losses) - 1


@mistake(
    STOPPING,
    title="the count goes on after a new low",
    hint="The epochs without a new low must come in a row: what happens to the count "
    "when one is found?",
    see="regularization-early-stopping",
)
def count_never_reset(val_losses: Losses, patience: int) -> tuple[int, int]:
    best, waited = 0, 0
    for epoch, loss in enumerate(val_losses):
        if loss < val_losses[best]:
            best = epoch
        elif epoch > 0:
            waited += 1
        if waited >= patience:
            return best, epoch
    return best, len(val_losses) - 1


@mistake(
    STOPPING,
    title="a loss that only equals the best one counts as better",
    hint="No improvement is no improvement: is your comparison strict?",
    see="regularization-early-stopping",
)
def ties_are_better(val_losses: Losses, patience: int) -> tuple[int, int]:
    best = 0
    for epoch, loss in enumerate(val_losses):
        if loss <= val_losses[best]:
            best = epoch
        elif epoch - best >= patience:
            return best, epoch
    return best, len(val_losses) - 1


@mistake(
    STOPPING,
    title="each loss is compared with that of the epoch before",
    hint="After a jump a loss can fall for long without reaching the best one.",
    see="regularization-early-stopping",
)
def compared_with_the_epoch_before(
    val_losses: Losses, patience: int
) -> tuple[int, int]:
    waited = 0
    for epoch in range(1, len(val_losses)):
        waited = waited + 1 if val_losses[epoch] >= val_losses[epoch - 1] else 0
        if waited >= patience:
            return int(np.argmin(val_losses[: epoch + 1])), epoch
    return int(np.argmin(val_losses)), len(val_losses) - 1


@mistake(
    STOPPING,
    title="epochs are counted from 1",
    hint="val_losses[0] is the loss of epoch 0.",
    see="regularization-early-stopping",
)
def counted_from_one(val_losses: Losses, patience: int) -> tuple[int, int]:
    best, stop = stopping_with_a_counter(val_losses, patience)
    return best + 1, stop + 1


@mistake(
    STOPPING,
    title="the epoch of the stop is returned as the best one",
    hint="The weights to keep are those from before the patience began to run out.",
    see="regularization-early-stopping",
)
def last_epoch_kept(val_losses: Losses, patience: int) -> tuple[int, int]:
    _, stop = stopping_with_a_counter(val_losses, patience)
    return stop, stop


@mistake(
    STOPPING,
    title="the highest value counts as the best",
    hint="That is right for an accuracy. These are losses.",
    see="regularization-early-stopping",
)
def highest_is_best(val_losses: Losses, patience: int) -> tuple[int, int]:
    return stopping_with_a_counter([-loss for loss in val_losses], patience)
