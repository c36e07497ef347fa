"""What curves say: the rules of the tuning assignment's ``diagnose``, as an oracle."""

from __future__ import annotations

import math

from autograder.project.records import Trial

READINGS = (
    "diverged",
    "lr_too_small",
    "bad_init",
    "overfitting",
    "keep_training",
    "healthy",
    "underfitting",
    "plateau_decay_now",
)
ROUNDING = 1e-9


def readings(trial: Trial, classes: int) -> set[str]:
    """The words that are right for ``trial``: one, or two where a line runs through.

    A difference of accuracies such as 0.95 - 0.8 lies on either side of 0.15, as the
    arithmetic has it. A run without a single epoch diverged at once.
    """
    return {_reading(trial, classes, slack) for slack in (-ROUNDING, 0.0, ROUNDING)}


def _reading(trial: Trial, classes: int, slack: float) -> str:
    epochs = trial.epochs
    chance = math.log(classes) * (1 + slack)
    losses = [loss for e in epochs for loss in (e.train_loss, e.validation_loss)]
    if not losses or not all(map(math.isfinite, losses)):
        return "diverged"
    last, third, quarter = epochs[-1], epochs[len(epochs) // 3], 3 * len(epochs) // 4
    if last.train_loss > 2 * chance:
        return "diverged"
    if last.train_loss > 0.9 * chance:
        return "lr_too_small"
    if third.train_loss > 0.9 * chance:
        return "bad_init"
    if last.train_accuracy - last.validation_accuracy > 0.15 + slack:
        return "overfitting"
    rise = last.validation_accuracy - epochs[quarter].validation_accuracy
    if rise > 0.03 + slack:
        return "keep_training"
    if last.validation_accuracy >= 0.9 + slack:
        return "healthy"
    if last.train_accuracy < 0.5 + slack:
        return "underfitting"
    return "plateau_decay_now"
