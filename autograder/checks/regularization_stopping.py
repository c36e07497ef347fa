"""What is asked of ``early_stopping``: which epoch was best, and when it stops.

Epochs count from 0. The best epoch is the first with the lowest loss; training stops
at the first epoch that lies ``patience`` epochs after the best so far. What would have
come after the stop nobody can know.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.comparing import expect_close, number_array
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import Mismatch, hinting

stopping = Check.of(
    "early_stopping(val_losses, patience) -> best_epoch, stop_epoch", "regularization"
)

BEST = "best_epoch is the epoch with the lowest loss before the stop"
STOP = "training stops when patience epochs in a row bring nothing better"
LATER = "a lower loss after the stop is never seen"
NEVER = "where training never stops early"


def by_definition(losses: list[float], patience: int) -> tuple[int, int | None]:
    """The best epoch and the epoch of the stop, None if it never stops early.

    >>> by_definition([3.0, 2.0, 2.5, 2.0, 1.0], 2)
    (1, 3)
    >>> by_definition([3.0, 2.0, 2.5], 2)
    (1, None)
    """
    for epoch in range(len(losses)):
        seen = losses[: epoch + 1]
        best = seen.index(min(seen))
        if epoch - best == patience:
            return best, epoch
    return losses.index(min(losses)), None


# Drawing curves ----------------------------------------------------------------------


def _falling(rng: np.random.Generator, patience: int, lows: int) -> list[float]:
    """A curve of ``lows`` new lows, each but the first after some epochs without one.

    The pauses are shorter than ``patience``, and together longer. In each the loss
    rises, then falls again, but not below the last low.
    """
    losses = [_rounded(rng.uniform(4.0, 5.0))]
    for number in range(1, lows):
        low = losses[-1]
        pause = patience - 1 if number % 2 else int(rng.integers(0, patience))
        losses += _above(rng, low, pause)
        losses.append(_rounded(low - rng.uniform(0.05, 0.4)))
    return losses


def _above(rng: np.random.Generator, low: float, count: int) -> list[float]:
    """``count`` losses above ``low``: a jump, then a fall that does not reach it."""
    heights = np.sort(rng.uniform(0.02, 0.8, count))[::-1]
    return [_rounded(low + height) for height in heights]


def _rounded(loss: float) -> float:
    return round(float(loss), 3)


def _stopped(rng: np.random.Generator, patience: int, more: int) -> list[float]:
    """A curve that stops training; ``more`` epochs follow, each with a lower loss."""
    losses = _falling(rng, patience, int(rng.integers(4, 7)))
    low = losses[-1]
    losses += _above(rng, low, patience)
    return losses + [_rounded(low - 0.3 * k) for k in range(1, more + 1)]


def _scaled(rng: np.random.Generator, losses: list[float]) -> list[float]:
    """The same curve in other units: tiny, huge, or below 0."""
    factor, shift = [(1e-6, 0.0), (1e7, 0.0), (1.0, -50.0)][int(rng.integers(3))]
    return [loss * factor + shift for loss in losses]


def _expect(exam: Exam, losses: Any, patience: int, *, stop: bool) -> None:
    """Judge the epoch of the ``stop``, or else the best epoch."""
    answer = exam.call(losses, patience)
    right = by_definition([float(loss) for loss in losses], patience)
    if stop:
        assert right[1] is not None
        _expect_epoch(answer[1], right[1], "stop_epoch")
    else:
        _expect_epoch(answer[0], right[0], "best_epoch")


def _expect_epoch(value: Any, right: int, name: str) -> None:
    """Raise a :class:`Mismatch` unless ``value`` is the number of the right epoch."""
    if value is None:
        raise Mismatch(f"{name} is None; expected the number of an epoch, {right}")
    expect_close(value, right, name, rtol=0.0)


# The parts ---------------------------------------------------------------------------


@stopping.part(BEST, weight=2)
def _(exam: Exam) -> None:
    for patience in (3, 5, 2, 4):
        losses = _stopped(exam.rng, patience, more=0)
        _expect(exam, losses, patience, stop=False)


@stopping.part(STOP, weight=2)
def _(exam: Exam) -> None:
    for patience in (3, 6, 2, 4):
        losses = _stopped(exam.rng, patience, more=0)
        longer = losses + _above(exam.rng, min(losses), 3)
        with hinting("Count from the best epoch so far; a new low starts the count"):
            _expect(exam, losses, patience, stop=True)
            _expect(exam, longer, patience, stop=True)


@stopping.part(LATER, weight=2, needs=BEST)
def _(exam: Exam) -> None:
    for patience in (3, 2, 5):
        losses = _stopped(exam.rng, patience, more=int(exam.rng.integers(1, 7)))
        with hinting("Training has ended by then: those epochs never happen"):
            _expect(exam, losses, patience, stop=False)
            _expect(exam, losses, patience, stop=True)


@stopping.part("a loss that equals the best so far is no improvement", needs=BEST)
def _(exam: Exam) -> None:
    for patience in (3, 2, 4):
        losses = _falling(exam.rng, patience, 4)
        low = losses[-1]
        # Equal to the low in the last epoch of the patience, and once more before.
        flat = losses + _above(exam.rng, low, patience - 2) + [low, low, low + 0.5]
        with hinting("The best epoch is the first of equals"):
            _expect(exam, flat, patience, stop=False)
            _expect(exam, flat, patience, stop=True)


@stopping.part("an improvement counts however small it is", needs=BEST)
def _(exam: Exam) -> None:
    for patience in (2, 3):
        losses = _falling(exam.rng, patience, 4)
        low = losses[-1]
        small = [low * (1 - 1e-4), low * (1 - 2e-4)]
        losses += _above(exam.rng, low, patience - 1) + small
        losses += _above(exam.rng, low, patience)
        for curve in (losses, [1e-6 * loss for loss in losses]):
            _expect(exam, curve, patience, stop=False)
            _expect(exam, curve, patience, stop=True)


@stopping.part(NEVER, needs=BEST)
def _(exam: Exam) -> None:
    # The contract names no epoch of the stop here: the last one, the number of
    # epochs and None all say that training ran to its end.
    rng = exam.rng
    curves = [(20, _falling(rng, 3, 4)), (3, [1.3]), (2, [0.9, 1.1])]
    for patience in (2, 4):
        losses = _falling(rng, patience, 5)
        curves += [(patience, losses)]
        curves += [(patience, losses + _above(rng, losses[-1], patience - 1))]
    for patience, losses in curves:
        best, stop = exam.call(losses, patience)
        _expect_epoch(best, losses.index(min(losses)), "best_epoch")
        last = len(losses) - 1
        if stop is None or number_array(stop, "stop_epoch").tolist() in (
            last,
            last + 1,
        ):
            continue
        raise Mismatch(
            f"stop_epoch is {stop!r:.40}; the patience of {patience} never runs out in "
            f"these {len(losses)} epochs: training ends with the last one, {last}"
        )


@stopping.part("any patience, arrays, and losses of any size", needs=BEST)
def _(exam: Exam) -> None:
    rng = exam.rng
    curves = [(patience, _stopped(rng, patience, more=0)) for patience in (1, 12, 8)]
    curves += [(2, [1.5, 1.8, 1.9, 1.7]), (1, [0.7, 0.7])]
    for patience, losses in curves:
        for given in (np.array(_scaled(rng, losses)), _scaled(rng, losses)):
            _expect(exam, given, patience, stop=False)
            _expect(exam, given, patience, stop=True)


# Manners -----------------------------------------------------------------------------


@stopping.manner("without an early stop, stop_epoch is the last epoch", needs=NEVER)
def _(exam: Exam) -> None:
    losses = _falling(exam.rng, 3, 5)
    _, stop = exam.call(losses, 3)
    _expect_epoch(stop, len(losses) - 1, "stop_epoch")


@stopping.manner("a loss of NaN is no improvement")
def _(exam: Exam) -> None:
    nan = float("nan")
    for first, later in [([], [nan]), ([], [nan] * 3), ([nan], [])]:
        losses = [*first, *_falling(exam.rng, 3, 4), *later]
        right = int(np.nanargmin(losses))
        losses += _above(exam.rng, losses[right], 4)
        best, stop = exam.call(losses, 3)
        _expect_epoch(best, right, "best_epoch")
        _expect_epoch(stop, right + 3, "stop_epoch")


@stopping.manner("epochs are whole numbers")
def _(exam: Exam) -> None:
    for name, value in zip(
        ("best_epoch", "stop_epoch"),
        exam.call(_stopped(exam.rng, 3, more=1), 3),
        strict=True,
    ):
        if not isinstance(value, (int, np.integer)):
            raise Mismatch(f"{name} is {value!r:.40}; an epoch's number is an int")


@stopping.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, _stopped(exam.rng, 3, more=1), 3)
