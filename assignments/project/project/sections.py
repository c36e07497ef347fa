"""The sections of the report, one for each step: its evidence, and what it decided.

Each takes the ledger and the page and returns HTML.
"""

from __future__ import annotations

import math
from html import escape
from statistics import fmean

from . import figures, wording
from .figures import end_loss, number
from .ledger import Ledger
from .page import Page, decided, missing, table
from .search_section import search

MEANINGS = {
    "healthy": "nothing to repair",
    "diverged": "a smaller rate",
    "lr_too_small": "a larger rate",
    "bad_init": "look at the initial weights, or warm up",
    "plateau_decay_now": "decay the rate, which the final fit does",
    "keep_training": "more epochs, which the final fit has",
    "overfitting": "more regularization",
    "underfitting": "more capacity",
}


def _initial_loss(ledger: Ledger, page: Page) -> str:
    found = ledger.decision("initial_loss")
    if found is None:
        return missing("initial_loss")
    losses = [number(loss) for loss in found["losses"]]
    mean = sum(losses) / len(losses)
    text = (
        f"{len(losses)} untrained networks have a mean loss of {wording.short(mean)}; "
        f"ln {found['classes']} = {found['expected']:.4f}."
    )
    return (
        f"<p>{text}</p>"
        + page.figure(
            "initial_loss",
            f"The losses of {len(losses)} untrained networks as points, around the "
            f"dashed line at ln {found['classes']}. {text}",
            "Dots: one network for each seed. Dashed: ln C. Band: 10 % to either side.",
            figures.initial_loss,
            2.2,
            found,
        )
        + decided(
            "the network starts as it should."
            if found["sane"]
            else "this is not sane; what follows cannot be trusted."
        )
    )


def _overfit(ledger: Ledger, page: Page) -> str:
    found = ledger.decision("overfit")
    if found is None:
        return missing("overfit")
    trial = ledger.trial(found["trial"])
    needed = found["epochs_needed"]
    outcome = (
        f"all known from epoch {needed} on" if needed else "not all known at the end"
    )
    return (
        f"<p>{found['sample']} images, {len(trial['epochs'])} epochs, no augmentation, "
        f"no weight decay: {outcome}.</p>"
        + page.figure(
            "overfit",
            f"Training loss and accuracy on {found['sample']} images, by epoch: "
            f"{outcome}.",
            "Training loss (above) and accuracy (below) on the small sample.",
            figures.overfit,
            3.6,
            trial,
        )
        + decided(
            "the network can learn, and the code lets it."
            if found["reached"]
            else "something is broken: look for it before tuning anything."
        )
    )


def _rate(ledger: Ledger, page: Page) -> str:
    found = ledger.decision("rate")
    if found is None:
        return missing("rate")
    rows = []
    for rate, losses in zip(found["rates"], found["losses"], strict=True):
        curve = [number(loss) for loss in losses]
        tenth = max(1, len(curve) // 10)
        end = fmean(curve[-tenth:])
        rows.append(
            (
                f"{rate:g}",
                wording.short(curve[0]),
                wording.short(end),
                wording.percent(end, curve[0]),
            )
        )
    return (
        page.figure(
            "rate",
            "Training loss against the iteration, a line for each rate. "
            f"The largest rate that clearly lowers it is {found['start']:g}.",
            "Training loss from the first iteration on, a fresh network for each rate.",
            figures.rate,
            3.6,
            found,
        )
        + table(
            "Loss at each rate",
            ("rate", "first", "last tenth", "of the first"),
            rows,
        )
        + decided(f"the search starts around a rate of {found['start']:g}.")
    )


def _curves(ledger: Ledger, page: Page) -> str:
    found = ledger.decision("curves")
    if found is None:
        return missing("curves")
    readings = found["readings"]
    trials = ledger.trials("refine")
    return (
        page.figure(
            "curves",
            "Training and validation loss of each refined trial against the epoch. "
            + "; ".join(f"{name}: {word}" for name, word in readings.items()),
            "Full line: training; dashed: validation. The word is what the curves say.",
            figures.curves,
            0.6 + 1.5 * math.ceil(len(trials) / 2),
            trials,
            readings,
        )
        + table(
            "What the curves say, and the remedy",
            ("trial", "reading", "remedy"),
            [
                (n, w.replace("_", " "), MEANINGS.get(w, ""))
                for n, w in readings.items()
            ],
            "words",
        )
        + page.figure(
            "monitors",
            "Gradient norm (above) and update ratio (below) of each refined trial "
            "against the epoch, on logarithmic axes.",
            "Means over each epoch. The update ratio is the length of a step over the "
            "length of the weights; the dotted line is at a thousandth.",
            figures.monitors,
            4.6,
            trials,
        )
        + decided(wording.counted(readings.values()))
    )


def _final(ledger: Ledger, page: Page) -> str:
    found = ledger.decision("final")
    if found is None:
        return missing("final")
    trials = [ledger.trial(name) for name in found["trials"]]
    test = ledger.decision("test")
    rows = []
    for i, trial in enumerate(trials):
        accuracy = test["accuracies"][i] if test else None
        rows.append(
            (
                trial["id"],
                trial["seed"],
                wording.short(end_loss(trial)),
                wording.accuracy(trial),
                "not opened" if accuracy is None else wording.share(accuracy),
            )
        )
    lines = [
        f"Chosen on validation data: {wording.rates(found['chosen'])}. "
        f"Validation accuracy {wording.spread(found['validation'], len(trials))}."
    ]
    if test:
        lines.append(
            f"The test part, {test['images']} images, was opened once, "
            f"{wording.moment(test['opened'])}."
        )
    return (
        "".join(f"<p>{escape(line)}</p>" for line in lines)
        + page.figure(
            "final",
            f"Loss, validation accuracy and learning rate of {len(trials)} final fits "
            "against the epoch.",
            "A line for each seed. Full: training; dashed: validation; at the bottom "
            "the learning rate, by its schedule.",
            figures.final,
            5.2,
            trials,
        )
        + table(
            "The final fits: validation loss, accuracy in validation and in the test",
            ("trial", "seed", "loss", "validation", "test"),
            rows,
        )
        + (
            decided(f"test accuracy {wording.spread(test, len(trials))}.")
            if test
            else ""
        )
    )


SECTIONS = {
    "initial_loss": _initial_loss,
    "overfit": _overfit,
    "rate": _rate,
    "coarse": lambda ledger, page: search(ledger, page, "coarse"),
    "refine": lambda ledger, page: search(ledger, page, "refine"),
    "curves": _curves,
    "final": _final,
}
