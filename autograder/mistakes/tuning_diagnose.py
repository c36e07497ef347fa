"""Mistakes and right variants of ``diagnose``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant

History = dict[str, Any]

OF = "diagnose"
SEE = "tuning-curves"


def by_the_rules(history: History, *, without: str = "") -> str:
    """The notebook's rules in their order, but for the one called ``without``."""
    chance = np.log(history["num_classes"])
    losses = np.array([history["train_loss"], history["val_loss"]])
    train, val = history["train_acc"], history["val_acc"]
    n = losses.shape[1]
    loss = losses[0] / chance
    finite = np.isfinite(losses).all()
    rules = [
        ("diverged", not finite or loss[-1] > 2),
        ("lr_too_small", loss[-1] > 0.9),
        ("bad_init", loss[n // 3] > 0.9),
        ("overfitting", train[-1] - val[-1] > 0.15),
        ("keep_training", val[-1] - val[3 * n // 4] > 0.03),
        ("healthy", val[-1] >= 0.9),
        ("underfitting", train[-1] < 0.5),
        ("plateau_decay_now", True),
    ]
    return next(label for label, holds in rules if holds and label != without)


@variant(OF)
def rules_in_a_list(history: History) -> str:
    return by_the_rules(history)


@variant(OF)
def by_the_shape_of_the_loss(history: History) -> str:
    train = np.array(history["train_loss"])
    if not np.isfinite(train).all() or train[-1] > 3 * train[0]:
        return "diverged"
    n = len(train)
    start, end = train[0], train[-n // 10 :].mean()
    fallen = (start - train) / start  # 0 to 1
    if fallen[-1] < 0.1:
        return "lr_too_small"
    if fallen[: n // 3].max() < 0.1:
        return "bad_init"
    if history["train_acc"][-1] > history["val_acc"][-1] + 0.2:
        return "overfitting"
    before = train[n // 2 : 3 * n // 4].mean()
    if before - end > 0.06 * start:
        return "keep_training"
    if fallen[-1] > 0.85:
        return "healthy"
    return "plateau_decay_now" if fallen[-1] > 0.5 else "underfitting"


@variant(OF)
def by_a_line_through_the_end(history: History) -> str:
    train_loss, val_loss, train_acc, val_acc = (
        np.array(history[name])
        for name in ("train_loss", "val_loss", "train_acc", "val_acc")
    )
    chance = np.log(history["num_classes"])
    if np.isnan(train_loss).any() or np.isnan(val_loss).any():
        return "diverged"
    if train_loss.max() > 5 * chance:
        return "diverged"
    if train_acc.max() < 2.5 / history["num_classes"] and train_loss[-1] > 0.8 * chance:
        return "lr_too_small"
    third = len(train_acc) // 3
    if train_acc[:third].max() < 0.3 * train_acc[-1]:
        return "bad_init"
    if val_loss[-1] > 1.3 * val_loss.min() and train_acc[-1] - val_acc[-1] > 0.1:
        return "overfitting"
    quarter = len(val_acc) // 4
    slope = np.polyfit(np.arange(quarter), val_acc[-quarter:], 1)[0]
    if slope * quarter > 0.04:
        return "keep_training"
    if train_acc[-1] > 0.85:
        return "healthy"
    return "underfitting" if train_acc[-1] < 0.45 else "plateau_decay_now"


@mistake(
    OF,
    title="only the last epoch is looked at",
    hint="A run that is still rising and one that has stopped can end alike: "
    "look back.",
    see=SEE,
)
def only_the_last_epoch(history: History) -> str:
    ends: History = {
        name: value if name == "num_classes" else [value[-1]]
        for name, value in history.items()
    }
    return by_the_rules(ends)


@mistake(
    OF,
    title="NaN is not noticed",
    hint="Every comparison with NaN is false. Ask for it by name: np.isfinite.",
    see=SEE,
)
def nan_unnoticed(history: History) -> str:
    if np.isnan(history["train_loss"]).any():
        return by_the_rules(history, without="diverged")
    return by_the_rules(history)


@mistake(
    OF,
    title="a loss that explodes without NaN or infinity is not noticed",
    hint="A run may end at a thousand times the loss of chance, all numbers finite.",
    see=SEE,
)
def explosion_unnoticed(history: History) -> str:
    finite = np.isfinite(history["train_loss"]).all()
    return by_the_rules(history, without="diverged" if finite else "")


@mistake(
    OF,
    title="a loss that is infinite is not noticed",
    hint="np.isnan is false for infinity; np.isfinite is false for both.",
    see=SEE,
)
def infinity_unnoticed(history: History) -> str:
    infinite = np.isinf(history["train_loss"]).any()
    return by_the_rules(history, without="diverged" if infinite else "")


@mistake(
    OF,
    title="a flat beginning is not noticed",
    hint="Where did the loss stand after a third of the run?",
    see=SEE,
)
def flat_beginning_unnoticed(history: History) -> str:
    return by_the_rules(history, without="bad_init")


@mistake(
    OF,
    title="the gap between training and validation is not noticed",
    hint="Compare the two accuracies at the end.",
    see=SEE,
)
def gap_unnoticed(history: History) -> str:
    return by_the_rules(history, without="overfitting")


@mistake(
    OF,
    title="the gap is taken the wrong way round",
    hint="Which of the two accuracies is the larger one when a network overfits?",
    see=SEE,
)
def gap_reversed(history: History) -> str:
    if history["val_acc"][-1] - history["train_acc"][-1] > 0.15:
        return "overfitting"
    label = by_the_rules(history, without="overfitting")
    return "underfitting" if label == "plateau_decay_now" else label


@mistake(
    OF,
    title="a run that still gets better is not noticed",
    hint="How much did the validation accuracy gain in the last quarter?",
    see=SEE,
)
def rise_unnoticed(history: History) -> str:
    return by_the_rules(history, without="keep_training")


@mistake(
    OF,
    title="every flat end is a plateau, even one near the top",
    hint="Where nothing is left to gain, a lower rate gains nothing.",
    see=SEE,
)
def every_flat_end_a_plateau(history: History) -> str:
    return by_the_rules(history, without="healthy")


@mistake(
    OF,
    title="every flat end is healthy, even one half way up",
    hint="Flat at what level? A plateau has something left to gain.",
    see=SEE,
)
def every_flat_end_healthy(history: History) -> str:
    label = by_the_rules(history)
    return "healthy" if label == "plateau_decay_now" else label


@mistake(
    OF,
    title="underfitting is not told from a plateau",
    hint="How good is the *training* accuracy where the curves went flat?",
    see=SEE,
)
def underfitting_unnoticed(history: History) -> str:
    return by_the_rules(history, without="underfitting")


@mistake(
    OF,
    title="every bad training accuracy is underfitting, even of a run that never began",
    hint="Has the loss fallen at all? If not, what is to blame first?",
    see=SEE,
)
def slow_start_is_underfitting(history: History) -> str:
    label = by_the_rules(history)
    return "underfitting" if label == "lr_too_small" else label


@mistake(
    OF,
    title="levels are judged as if there were ten classes",
    hint="A loss of 2.3 is chance for ten classes, and good for a thousand.",
    see=SEE,
)
def ten_classes_assumed(history: History) -> str:
    return by_the_rules({**history, "num_classes": 10})


@mistake(
    OF,
    title="the answer is always the same",
    hint="Every run has a story of its own: begin with one that diverged.",
    see=SEE,
)
def always_healthy(_history: History) -> str:
    return "healthy"


@mistake(
    OF,
    title="the labels are spelled otherwise",
    hint="The eight names are given, in small letters and with underscores.",
    see=SEE,
)
def labels_in_words(history: History) -> str:
    return by_the_rules(history).replace("_", " ")
