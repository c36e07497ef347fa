"""Quotations: does each decision say what the trials above it say?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from autograder.project import laws
from autograder.project.decisions import (
    Curves,
    Decision,
    Final,
    InitialLoss,
    Overfit,
    RateSearch,
    Search,
    Test,
)
from autograder.project.finding import Contradiction
from autograder.project.ledger import Run
from autograder.project.metrics import is_share
from autograder.project.records import Space, Trial

CLOSE = 1e-4  # relative; a mean of single precision


def known_trials(run: Run) -> Iterator[Contradiction]:
    """Does every trial that a decision names exist, above it and in its step?"""
    for one in run.decisions:
        steps = {"curves": "refine"}
        names: Sequence[str] = ()
        if isinstance(one, Overfit):
            names = (one.trial,)
        elif isinstance(one, Search):
            names = (*one.trials, one.best)
        elif isinstance(one, Curves):
            names = tuple(one.readings)
        elif isinstance(one, Final):
            names = one.trials
        for name in names:
            trial = run.by_id.get(name)
            step = steps.get(one.step, one.step)
            if trial is None or trial.line > one.line or trial.step != step:
                text = f"{one.step} names {name!r}, which no line above it has"
                yield _of(one, "a trial that is not there", text)
                break


def first_step(run: Run) -> Iterator[Contradiction]:
    """Is the expected loss ln C, and the judgment that of the losses?"""
    for one in run.all(InitialLoss):
        due = math.log(one.classes)
        if not math.isclose(one.expected, due, rel_tol=CLOSE):
            text = f"expected is {one.expected:g}; ln {one.classes} is {due:.5g}"
            yield _of(one, "not ln C", text)


def second_step(run: Run) -> Iterator[Contradiction]:
    """Did the trial reach what the decision says?"""
    for one in run.all(Overfit):
        trial = run.by_id.get(one.trial)
        if trial is None:
            continue
        needed = epochs_to_overfit(trial)
        if one.reached != (needed is not None) or one.epochs_needed != needed:
            said = one.epochs_needed if one.reached else "never"
            text = f"all right from epoch {said}, it says; in {trial.id}: "
            text += str(needed or "never")
            yield _of(one, "not what the trial says", text)


def epochs_to_overfit(trial: Trial) -> int | None:
    """The first epoch from which on every training image is answered right."""
    wrong = [e.epoch for e in trial.epochs if e.train_accuracy != 1]
    first = max(wrong, default=0) + 1
    return first if trial.epochs and first <= trial.epochs[-1].epoch else None


def third_step(run: Run) -> Iterator[Contradiction]:
    """Is the starting rate one of those tried?"""
    for one in run.all(RateSearch):
        if not any(math.isclose(one.start, rate, rel_tol=1e-6) for rate in one.rates):
            text = f"starts at {one.start:g}, which was not tried"
            yield _of(one, "a value that no trial has", text)


def searches(run: Run) -> Iterator[Contradiction]:
    """Is the best trial the best, in the space that was searched?"""
    for one in run.all(Search):
        round_ = [run.by_id[name] for name in one.trials if name in run.by_id]
        for trial in round_:
            if trial.space is not None and not _same_space(trial.space, one.space):
                text = f"{trial.id} was drawn from another space than {one.step} says"
                yield _of(one, "another space", text)
                break
        for trial in round_:
            outside = [
                f"{name} {trial.settings.value(name):g}"
                for name, range_ in one.space.items()
                if not range_.holds(trial.settings.value(name))
            ]
            if outside:
                text = f"{trial.id} has {outside[0]}, outside of the space"
                yield _of(one, "outside of the space", text)
                break
        finished = [trial for trial in round_ if math.isfinite(trial.loss)]
        best = run.by_id.get(one.best)
        if best is None or not finished:
            continue
        # A best trial of an earlier round may still be the best.
        due = min(finished, key=lambda trial: trial.loss)
        if best.id not in one.trials or not best.loss <= due.loss:
            text = f"{best.id} ends with validation loss {best.loss:g}, {due.id} with "
            yield _of(one, "the best is not the best", f"{text}{due.loss:g}")


def _same_space(one: Space, other: Space) -> bool:
    return one.keys() == other.keys() and all(
        math.isclose(one[name].low, other[name].low, rel_tol=1e-6)
        and math.isclose(one[name].high, other[name].high, rel_tol=1e-6)
        for name in one
    )


def final_fit(run: Run) -> Iterator[Contradiction]:
    """Are the chosen settings those of a trial, and mean and spread right?"""
    for one in run.all(Final):
        refined = run.of("refine")
        if refined and not any(has_settings(trial, one.chosen) for trial in refined):
            text = ", ".join(f"{name} {value:g}" for name, value in one.chosen.items())
            text += " was chosen; no trial of refine has that"
            yield _of(one, "a value that no trial has", text)
        trials = [run.by_id[name] for name in one.trials if name in run.by_id]
        for trial in trials:
            if not has_settings(trial, one.chosen):
                text = f"{trial.id} was not trained with what was chosen"
                yield _of(one, "not what was chosen", text)
                break
        accuracies = [trial.accuracy for trial in trials]
        yield from _mean(one, "validation", accuracies, one.mean, one.deviation)


def has_settings(trial: Trial, chosen: dict[str, float]) -> bool:
    """Whether a trial has the chosen rate and decay."""
    return all(
        math.isclose(trial.settings.value(name), value, rel_tol=1e-6)
        for name, value in chosen.items()
    )


def test(run: Run) -> Iterator[Contradiction]:
    """Are the test's figures those of as many fits, and of whole images?"""
    final = run.last(Final)
    for one in run.all(Test):
        for accuracy in one.accuracies:
            if not is_share(accuracy, one.images) or not 0 <= accuracy <= 1:
                text = f"accuracy {accuracy!r} is {accuracy * one.images:.3f} of "
                yield _of(one, "no share of the images", f"{text}{one.images} images")
                break
        if final and len(one.accuracies) != len(final.trials):
            text = f"{len(one.accuracies)} accuracies of {len(final.trials)} fits"
            yield _of(one, "accuracies do not count", text)
        yield from _mean(one, "test", one.accuracies, one.mean, one.deviation)


def _mean(
    one: Decision,
    kind: str,
    values: Sequence[float],
    said: float,
    spread: float,
) -> Iterator[Contradiction]:
    """Are mean and standard deviation those of the values?"""
    if not values or not all(map(math.isfinite, values)):
        return
    center, deviation = laws.mean(values), laws.deviation(values)
    if not math.isclose(said, center, rel_tol=CLOSE, abs_tol=1e-6):
        text = f"{kind} mean {said:g}; the accuracies have {center:.5g}"
        yield _of(one, "mean is not the mean", text)
    # One value has no spread: some write 0, some null.
    alone = len(values) == 1 and not spread > 0
    if not alone and not math.isclose(spread, deviation, rel_tol=1e-3, abs_tol=1e-6):
        text = f"{kind} sd {spread:g}; the accuracies have {deviation:.4g} (n - 1)"
        yield _of(one, "sd is not the sd", text)


def _of(one: Decision, name: str, text: str) -> Contradiction:
    step = "final" if one.step == "test" else one.step
    return Contradiction(name, step, one.line, text)


LOOKS = (
    known_trials,
    first_step,
    second_step,
    third_step,
    searches,
    final_fit,
    test,
)
