"""What is asked of ``diagnose``: to read the curves of a run.

Every part shows runs of at least two kinds, so that no answer is right for all. The
curves are unmistakable (:mod:`autograder.oracles.tuning_histories`); where the notebook
draws its lines is a matter of manners, asked with curves made of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import Mismatch
from autograder.oracles.tuning import asking
from autograder.oracles.tuning_histories import (
    Draw,
    History,
    bad_init,
    diverged,
    healthy,
    keep_training,
    lr_too_small,
    overfitting,
    plateau,
    underfitting,
)
from autograder.oracles.tuning_pictures import Lines

LABELS = (
    "healthy",
    "diverged",
    "lr_too_small",
    "bad_init",
    "plateau_decay_now",
    "keep_training",
    "overfitting",
    "underfitting",
)
SHOWN: dict[str, Draw] = {
    "healthy": healthy,
    "lr_too_small": lr_too_small,
    "bad_init": bad_init,
    "plateau_decay_now": plateau,
    "keep_training": keep_training,
    "overfitting": overfitting,
    "underfitting": underfitting,
}
WHY = {
    "healthy": "both accuracies came to rest near 1, and close together",
    "diverged": "the loss blew up",
    "lr_too_small": "in all the epochs the loss hardly fell",
    "bad_init": "the loss lay at ln C for a good part of the run, and then dropped",
    "plateau_decay_now": "the curves went flat early, half way up",
    "keep_training": "the validation accuracy still rises at the end",
    "overfitting": "training and validation went apart",
    "underfitting": "the curves went flat, and even the training accuracy is bad",
}

Run = tuple[History, str, str]  # the curves, what they say, and why

reading = Check.of("diagnose(history) -> label", "tuning")


def _expect_labels(exam: Exam, runs: Iterable[Run]) -> None:
    """Ask about all the runs; then judge the answers.

    So what is observed of a function does not end at its first wrong answer.
    """
    answers = []
    for history, label, why in runs:
        epochs, classes = len(history["train_loss"]), history["num_classes"]
        words = f"{exam.check.name}(history of {epochs} epochs, {classes} classes)"
        got = asking(exam, words, history)
        answers.append((words, got, history, label, why))
    for exam.asked, got, history, label, why in answers:
        _expect_label(got, history, label, why)


def _expect_label(got: Any, history: History, label: str, why: str) -> None:
    if isinstance(got, str) and str(got) == label:
        return
    classes = history["num_classes"]
    said = repr(got) if isinstance(got, str) else f"a {type(got).__name__}"
    if isinstance(got, str) and got not in LABELS:
        said += f", which is none of {', '.join(LABELS)}"
    picture = Lines(
        f"the losses of a run that is {label}",
        {"train loss": history["train_loss"], "val loss": history["val_loss"]},
    )
    last = {name: history[name][-1] for name in history if name != "num_classes"}
    ends = ", ".join(f"{name} {value:.3g}" for name, value in last.items())
    raise Mismatch(
        f"returned {said}; expected {label!r}: {why} (ln {classes} is "
        f"{np.log(classes):.3g}; the run began at train_loss "
        f"{history['train_loss'][0]:.3g} and ended at {ends})",
        picture,
    )


def _ask(title: str, *labels: str, weight: float = 1.0) -> None:
    """Add a part that shows two runs of each kind, in an order of its own."""

    @reading.part(title, weight=weight)
    def _(exam: Exam) -> None:
        kinds = [str(label) for label in exam.rng.permutation(list(labels) * 2)]
        _expect_labels(exam, [(SHOWN[k](exam.rng), k, WHY[k]) for k in kinds])


@reading.part("a run that diverged")
def _(exam: Exam) -> None:
    runs: list[Run] = []
    for kind in ("nan", "inf", "exploded", "never"):
        runs.append((diverged(kind)(exam.rng), "diverged", WHY["diverged"]))
        runs.append((healthy(exam.rng), "healthy", WHY["healthy"]))
    _expect_labels(exam, runs)


_ask("hardly falling, or still on its way", "lr_too_small", "keep_training")
_ask("flat, then a drop", "bad_init", "healthy", "lr_too_small")
_ask("flat at the end: nothing left, or stuck", "plateau_decay_now", "healthy")
_ask("flat, or still rising", "plateau_decay_now", "keep_training")
_ask("a gap between training and validation", "overfitting", "healthy")
_ask("both bad, or only one", "underfitting", "overfitting", "plateau_decay_now")


# Manners -----------------------------------------------------------------------------


def _run(epochs: int, classes: int, **curves: Any) -> History:
    """A flat run half way up, but for ``curves``: losses in units of ln C.

    A curve is a number, or the list of its values.
    """
    flat = {"train_loss": 0.4, "val_loss": 0.45, "train_acc": 0.7, "val_acc": 0.68}
    history: History = {"num_classes": classes}
    for name, level in {**flat, **curves}.items():
        values = level if isinstance(level, list) else [level] * epochs
        unit = float(np.log(classes)) if name.endswith("loss") else 1.0
        history[name] = [value * unit for value in values]
    if not isinstance(curves.get("train_loss"), list):
        history["train_loss"][0] = float(np.log(classes))
    return history


def _step(epochs: int, at: int, before: float, then: float) -> list[float]:
    """``before`` up to the epoch ``at``, from there on ``then``."""
    return [before] * at + [then] * (epochs - at)


Line = tuple[str, dict[str, Any]]  # a label, and the curves that deserve it
STUCK = "plateau_decay_now"


def _lines_in_losses(n: int) -> list[Line]:
    """Runs of ``n`` epochs on both sides of each line that is drawn in a loss."""
    last, third = n - 1, n // 3
    gone = [*_step(last, n // 2, 0.4, np.nan), 0.4]
    return [
        (STUCK, {}),
        ("diverged", {"val_loss": _step(n, last, 0.4, np.nan)}),
        ("diverged", {"train_loss": gone}),
        ("diverged", {"train_loss": _step(n, last, 1.0, 2.04)}),
        ("lr_too_small", {"train_loss": _step(n, last, 1.0, 1.99)}),
        (STUCK, {"train_loss": _step(n, 1, 3.0, 0.4)}),
        ("lr_too_small", {"train_loss": 0.91}),
        ("lr_too_small", {"train_loss": _step(n, last, 0.4, 0.91)}),
        (STUCK, {"train_loss": 0.899}),
        ("bad_init", {"train_loss": _step(n, third + 1, 0.91, 0.4)}),
        (STUCK, {"train_loss": _step(n, third + 1, 0.899, 0.4)}),
        (STUCK, {"train_loss": _step(n, third, 0.91, 0.4)}),
    ]


def _lines_in_accuracies(n: int) -> list[Line]:
    """Runs of ``n`` epochs on both sides of each line that is drawn in an accuracy."""
    last, turn = n - 1, 3 * n // 4 + 1
    good = {"train_loss": 0.05, "val_loss": 0.1, "train_acc": 0.96}
    return [
        ("overfitting", {"train_acc": 0.835}),
        ("overfitting", {"train_acc": _step(n, last, 0.7, 0.85)}),
        ("overfitting", {"val_acc": _step(n, last, 0.68, 0.54)}),
        (STUCK, {"train_acc": 0.825}),
        ("underfitting", {"train_acc": 0.15, "val_acc": 0.0}),
        ("keep_training", {"val_acc": _step(n, turn, 0.65, 0.681)}),
        ("keep_training", {"val_acc": _step(n, last, 0.65, 0.69)}),
        (STUCK, {"val_acc": _step(n, turn, 0.65, 0.679)}),
        (STUCK, {"val_acc": _step(n, turn - 1, 0.5, 0.68)}),
        ("underfitting", {"train_acc": 0.1, "val_acc": _step(n, turn, 0.0, 0.03)}),
        ("healthy", {**good, "val_acc": 0.9}),
        ("healthy", {**good, "val_acc": _step(n, last, 0.885, 0.905)}),
        (STUCK, {**good, "val_acc": 0.89}),
        (STUCK, {"train_acc": 0.5, "val_acc": 0.48}),
        ("underfitting", {"train_acc": 0.49, "val_acc": 0.48}),
        ("underfitting", {"train_acc": _step(n, last, 0.51, 0.49), "val_acc": 0.48}),
    ]


def _expect_lines(exam: Exam, draw: Callable[[int], list[Line]]) -> None:
    # Rounding the quarters down before or after they are multiplied differs.
    epochs = 4 * int(exam.rng.integers(6, 15)) + 3
    classes = int(exam.rng.choice([10, 37, 200]))
    why = "that is what the docstring's rules say"
    runs = [(_run(epochs, classes, **c), label, why) for label, c in draw(epochs)]
    _expect_labels(exam, runs)


@reading.manner("lines in the losses are where the docstring draws them")
def _(exam: Exam) -> None:
    _expect_lines(exam, _lines_in_losses)


@reading.manner("lines in the accuracies are where the docstring draws them")
def _(exam: Exam) -> None:
    _expect_lines(exam, _lines_in_accuracies)


def _two_rules_hold(n: int) -> list[Line]:
    rising, late = _step(n, 3 * n // 4 + 1, 0.5, 0.7), _step(n, n // 3 + 1, 1.0, 0.4)
    return [
        ("lr_too_small", {"train_loss": 1.0, "train_acc": 0.9}),
        ("bad_init", {"train_loss": late, "train_acc": 0.95}),
        ("overfitting", {"train_acc": 0.95, "val_acc": rising}),
        ("keep_training", {"train_acc": 0.96, "val_acc": [a + 0.25 for a in rising]}),
        ("keep_training", {"train_acc": 0.4, "val_acc": [a - 0.3 for a in rising]}),
        ("healthy", {"train_acc": 0.45, "val_acc": 0.95}),
    ]


@reading.manner("the rules are tried in the docstring's order")
def _(exam: Exam) -> None:
    _expect_lines(exam, _two_rules_hold)


@reading.manner("the history is left as it was")
def _(exam: Exam) -> None:
    expect_untouched(exam, keep_training(exam.rng))
