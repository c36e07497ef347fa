"""The report on a search: where it looked, what it found, where to look next."""

from __future__ import annotations

import math
from html import escape

from . import figures, wording
from .figures import Record, end_loss
from .ledger import Ledger
from .page import Page, decided, missing, table


def search(ledger: Ledger, page: Page, step: str) -> str:
    """The section of `coarse` or `refine`, as HTML."""
    decisions = ledger.decisions(step)
    if not decisions:
        return missing(step)
    trials = ledger.trials(step)
    last = decisions[-1]
    best = ledger.trial(last["best"])
    shown = [("coarse", "o", ledger.trials("coarse"), _widest(ledger, "coarse"))]
    caption = (
        "Color: validation loss at the end, dark is low. Numbers: the best three. "
        "Frame: the range searched. Circled: the best."
    )
    if step == "refine":
        shown.append(("refined", "s", trials, last["space"]))
        caption = (
            "Squares, full frame: the refinement; dots, dashed frame: the coarse "
            f"search before it. {caption.replace('Frame: the range searched. ', '')} "
            "Coarse trials are shorter, so their losses are higher at the same place."
        )
    return (
        "".join(f"<p>{escape(line)}</p>" for line in _rounds(decisions))
        + page.figure(
            step,
            f"Learning rate against weight decay of {len(trials)} {step} trials on "
            "logarithmic axes, the validation loss as color. The best is "
            f"{best['id']}: {wording.config(best)}, validation loss "
            f"{wording.short(end_loss(best))}.",
            caption,
            figures.search,
            4.4,
            shown,
            best,
        )
        + _ranking(trials)
        + decided(
            f"{best['id']} is the best ({wording.config(best)}). {_next(step, last)}"
        )
    )


def _ranking(trials: list[Record]) -> str:
    """All trials of a step, best first; their outcomes only if not all are the same."""
    ranked = sorted(trials, key=lambda t: (not math.isfinite(end_loss(t)), end_loss(t)))
    all_well = all(trial["outcome"] == "finished" for trial in trials)
    rows = []
    for trial in ranked:
        train = trial["settings"]["train"]
        rate, decay = (
            wording.amount(train["rate"]),
            wording.amount(train["weight_decay"]),
        )
        loss, accuracy = wording.short(end_loss(trial)), wording.accuracy(trial)
        outcome = () if all_well else (trial["outcome"],)
        rows.append((trial["id"], rate, decay, loss, accuracy, *outcome))
    epochs = trials[0]["settings"]["train"]["epochs"]
    return table(
        f"All {len(trials)} trials of {epochs} epochs, by validation loss",
        (
            "trial",
            "rate",
            "decay",
            "loss",
            "accuracy",
            *(() if all_well else ("outcome",)),
        ),
        rows,
    )


def _widest(ledger: Ledger, step: str) -> Record:
    """The space of the last round, which holds those before it."""
    return ledger.decisions(step)[-1]["space"]


def _rounds(decisions: list[Record]) -> list[str]:
    """What was searched, round by round."""
    lines = []
    for i, one in enumerate(decisions, start=1):
        name = f"Round {i}" if len(decisions) > 1 else "Searched"
        where = "on an edge" if one["next"]["extended"] else "inside the range"
        lines.append(
            f"{name}: {wording.space(one['space'])}, {len(one['trials'])} trials; "
            f"the best, {one['best']}, is {where}."
        )
    return lines


def _next(step: str, last: Record) -> str:
    """Where to look next, if anywhere."""
    place = wording.space(last["next"]["space"])
    if step == "coarse" and last["next"]["extended"]:
        return "It is on an edge still, so beware: the optimum may lie further out."
    if step == "coarse":
        return f"The refinement looks at {place}."
    if last["next"]["extended"]:
        return f"It is on an edge; a further search would look at {place}."
    return f"A further search would look at {place}."
