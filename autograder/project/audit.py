"""The seven steps, each asked for its evidence.

The points, 100 in all, follow what a step decides: 50 for the searches and what is
read from them (coarse 20, refine 15, curves 10, and 5 for the initial loss, which is a
look and no work); 10 each for the two tests that find broken code and hopeless rates
before anything is searched (overfit, rate); 10 for the final fits with their spread;
and 20 for the result, which is measured and not read (:mod:`scoring`).

Evidence is computed anew from the trials' figures; what a decision says of itself is
never believed. A part that fails costs its share of the step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from autograder.project import laws
from autograder.project.curves import readings
from autograder.project.decisions import (
    Curves,
    Final,
    InitialLoss,
    Overfit,
    RateSearch,
    Test,
)
from autograder.project.evidence import missing, part
from autograder.project.ledger import Run
from autograder.project.quotes import epochs_to_overfit, has_settings
from autograder.project.records import Trial
from autograder.project.searching import coarse, refine
from autograder.verdict import Part, Verdict

SEEDS = 3
RATES, DECADES, ITERATIONS = 4, 1.5, 20


class Step(NamedTuple):
    """A step, its worth in points, and the function that asks for its evidence."""

    name: str
    title: str
    possible: float
    examine: Callable[[Run], Iterable[Part]]


def initial_loss(run: Run) -> Iterable[Part]:
    """Step 1: the loss of untrained networks is ln C."""
    found = run.last(InitialLoss)
    if found is None:
        return [missing("initial_loss")]
    due, n = math.log(found.classes), len(found.losses)
    finite = n > 0 and all(map(math.isfinite, found.losses))
    mean = laws.mean(found.losses) if finite else math.nan
    sane = abs(mean - due) <= 0.1 * due
    return [
        part(
            "several networks, every loss finite",
            finite and n >= SEEDS,
            f"{n} losses, {SEEDS} or more are needed",
        ),
        part(
            "their mean is within 10 % of ln C",
            sane,
            f"mean {mean:.4g}, ln {found.classes} = {due:.4g}",
        ),
        part(
            "judged as the losses say",
            found.sane == sane,
            f"said {'sane' if found.sane else 'not sane'}",
        ),
    ]


def overfit(run: Run) -> Iterable[Part]:
    """Step 2: a small sample is known by heart."""
    found = run.last(Overfit)
    trial = run.by_id.get(found.trial) if found else None
    if found is None or trial is None:
        return [missing("overfit")]
    classes = run.classes or 2
    needed = epochs_to_overfit(trial)
    plain = not trial.settings.augmented and trial.settings.weight_decay == 0
    best = max((epoch.train_accuracy for epoch in trial.epochs), default=math.nan)
    return [
        part(
            "a small sample, with two images a class or more",
            2 * classes <= trial.train,
            f"{trial.train} images of {classes} classes",
        ),
        part(
            "no augmentation and no decay stand in the way",
            plain,
            "neither was set" if plain else "the trial has one of them, or both",
        ),
        part(
            "every image is answered right, up to the end",
            needed is not None,
            f"from epoch {needed}" if needed else f"best accuracy {best:.3f}",
            weight=2,
        ),
    ]


def rate(run: Run) -> Iterable[Part]:
    """Step 3: the largest rate that lowers the loss at once."""
    found = run.last(RateSearch)
    if found is None:
        return [missing("rate")]
    decades = math.log10(max(found.rates) / min(found.rates))
    lengths = [len(losses) for losses in found.losses]
    due = largest_working(found)
    right = any(math.isclose(found.start, one, rel_tol=1e-6) for one in due)
    said = " or ".join(f"{one:g}" for one in sorted(due)) or "none"
    return [
        part(
            f"{RATES} rates or more, over {DECADES} decades or more",
            len(found.rates) >= RATES and decades >= DECADES,
            f"{len(found.rates)} rates over {decades:.1f} decades",
        ),
        part(
            f"up to 100 iterations of each, {ITERATIONS} or more",
            max(lengths) >= ITERATIONS,
            f"{max(lengths)} iterations",
        ),
        part(
            "begun with the largest rate that lowers the loss by a tenth",
            right,
            f"begun with {found.start:g}; the losses say {said}",
            weight=2,
        ),
    ]


def largest_working(found: RateSearch) -> set[float]:
    """The largest rate that works; two where one lies on the line of 90 %."""
    due = set()
    for slack in (1 - 1e-6, 1 + 1e-6):
        working = [
            rate
            for rate, losses in zip(found.rates, found.losses, strict=True)
            if losses
            and laws.mean(losses[-max(1, len(losses) // 10) :])
            <= 0.9 * losses[0] * slack
        ]
        due |= {max(working)} if working else set()
    return due


def curves(run: Run) -> Iterable[Part]:
    """Step 6: what the curves say."""
    found = run.last(Curves)
    trials = run.of("refine")
    if found is None or not trials:
        return [missing("curves")]
    unread = [trial.id for trial in trials if trial.id not in found.readings]
    made = [
        part(
            "the curves of every trial of the refinement are read",
            not unread,
            f"{len(trials) - len(unread)} of {len(trials)} trials",
        )
    ]
    classes = run.classes or 2
    right: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for trial in trials:
        said = found.readings.get(trial.id)
        due = readings(trial, classes)
        if said in due:
            right.setdefault(said, []).append(trial.id)
        elif said is not None:
            wrong.setdefault(f"{min(due)}, and not {said}", []).append(trial.id)
    for words, passed in ((right, True), (wrong, False)):
        for word, names in sorted(words.items()):
            listed = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
            name = f"read as diagnose does: {word}" if passed else f"it is {word}"
            made.append(part(name, passed, listed, weight=len(names)))
    return made


def final(run: Run) -> Iterable[Part]:
    """Step 7: the final fits, chosen by validation, spread over seeds, tested once."""
    found, test = run.last(Final), run.last(Test)
    if found is None:
        return [missing("final")]
    trials = [run.by_id[name] for name in found.trials if name in run.by_id]
    seeds = {trial.seed for trial in trials}
    refined = [t for t in run.of("refine") if math.isfinite(t.loss)]
    lowest = min((trial.loss for trial in refined), default=math.nan)
    best = [trial for trial in refined if trial.loss == lowest]
    falls = [t for t in trials if _rate_falls(t)]
    n, n_opened = len(test.accuracies) if test else 0, len(run.all(Test))
    first = test.line if test else 0
    return [
        part(
            "chosen by the best validation loss of the refinement",
            any(has_settings(trial, found.chosen) for trial in best),
            f"{best[0].id}: validation loss {lowest:.4g}" if best else "none finished",
            weight=2,
        ),
        part(
            f"{SEEDS} seeds or more",
            len(seeds) >= SEEDS,
            f"{len(seeds)} seeds in {len(trials)} fits",
        ),
        part(
            "the rate falls by a schedule",
            bool(trials) and len(falls) == len(trials),
            f"in {len(falls)} of {len(trials)} fits",
        ),
        part(
            "mean and standard deviation over the seeds are given",
            test is not None and n == len(trials) and math.isfinite(test.deviation),
            f"test accuracy {test.mean:.4f} ± {test.deviation:.4f} (sd), n = {n}"
            if test
            else "the test set was not opened",
        ),
        part(
            "the test set is opened once, and last",
            n_opened == 1
            and all(trial.line < first for trial in run.trials)
            and all(one.line <= first for one in run.decisions),
            "opened once" if n_opened == 1 else f"opened {n_opened} times",
        ),
    ]


def _rate_falls(trial: Trial) -> bool:
    rates = [epoch.rate for epoch in trial.epochs]
    return bool(rates) and rates[-1] < 0.5 * max(*rates, trial.rate_used)


STEPS = (
    Step("initial_loss", "Initial loss", 5, initial_loss),
    Step("overfit", "Overfit a sample", 10, overfit),
    Step("rate", "Find a rate", 10, rate),
    Step("coarse", "Coarse search", 20, coarse),
    Step("refine", "Refinement", 15, refine),
    Step("curves", "Read the curves", 10, curves),
    Step("final", "Final fits", 10, final),
)
RESULT = Step("result", "Result, measured", 20, lambda _: [])


def examine(run: Run) -> list[tuple[Step, Verdict]]:
    """The verdict on each step."""
    return [
        (step, Verdict(step.title, "project", tuple(step.examine(run))))
        for step in STEPS
    ]
