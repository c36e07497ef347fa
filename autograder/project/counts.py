"""Counts: epochs, steps, images, identifiers, and what stays the same in a run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from autograder.project.decisions import Overfit, Search
from autograder.project.finding import Contradiction
from autograder.project.ledger import Run
from autograder.project.records import Trial


def identifiers(run: Run) -> Iterator[Contradiction]:
    """Is each trial there, once, under the number it must have?"""
    seen: dict[str, int] = {}
    numbers: dict[str, set[int]] = {}
    for trial in run.trials:
        match = re.fullmatch(rf"{trial.step}-([0-9]{{4,6}})", trial.id, re.ASCII)
        if trial.id in seen:
            text = f"line {seen[trial.id]} has a trial {trial.id} too"
            yield Contradiction("a trial twice", trial.step, trial.line, text)
        elif not match:
            text = f"a trial of {trial.step} is called {trial.id}"
            yield Contradiction("a wrong number", trial.step, trial.line, text)
        else:
            numbers.setdefault(trial.step, set()).add(int(match[1]))
        seen.setdefault(trial.id, trial.line)
    for one in run.decisions:
        if not isinstance(one, Search):
            continue
        listed = [re.search(r"-([0-9]{4,6})$", name) for name in one.trials]
        last = max((int(match[1]) for match in listed if match), default=-1)
        missing = sorted(set(range(last + 1)) - numbers.get(one.step, set()))
        if missing:
            text = f"{one.step} has no trial number {', '.join(map(str, missing[:5]))}"
            yield Contradiction("a trial is missing", one.step, one.line, text)


def epochs(run: Run) -> Iterator[Contradiction]:
    """Are the epochs numbered, as many as were set, and is the outcome theirs?"""
    for trial in run.trials:
        n, planned = len(trial.epochs), trial.settings.epochs
        if [epoch.epoch for epoch in trial.epochs] != list(range(1, n + 1)):
            text = "has epochs out of order"
        elif n > planned or (trial.outcome == "finished" and n < planned):
            text = f"is {trial.outcome} with {n} epochs of {planned}"
        else:
            continue
        yield _of(trial, "epochs do not count", text)
    for trial in run.trials:
        losses = [(e.train_loss, e.validation_loss) for e in trial.epochs]
        finite = [all(map(math.isfinite, pair)) for pair in losses]
        blown = trial.outcome == "diverged"
        wrong = not all(finite[:-1]) or (bool(finite) and finite[-1] == blown)
        if wrong and trial.outcome in ("finished", "diverged"):
            said = "every loss is finite" if all(finite) else "a loss is null"
            yield _of(trial, "not its outcome", f"is {trial.outcome}, but {said}")


def batch(run: Run) -> Iterator[Contradiction]:
    """Is the batch the one that was set, or halved with the rate scaled?"""
    for trial in run.trials:
        size, rate = min(trial.settings.batch_size, trial.train), trial.settings.rate
        while size > trial.batch_size_used:
            share = (size // 2) / size
            rate *= share if trial.settings.optimizer == "sgd" else math.sqrt(share)
            size //= 2
        if size != trial.batch_size_used:
            text = f"used batches of {trial.batch_size_used}, set were "
            text += f"{trial.settings.batch_size}; memory that is short halves them"
            yield _of(trial, "batch does not fit", text)
        elif not math.isclose(rate, trial.rate_used, rel_tol=1e-6):
            text = f"used the rate {trial.rate_used:g}; set, and scaled, it is {rate:g}"
            yield _of(trial, "rate does not fit", text)


def steps(run: Run) -> Iterator[Contradiction]:
    """Does each epoch take as many steps as its batches need?"""
    for trial in run.trials:
        full = math.ceil(trial.train / trial.batch_size_used)
        whole = {full, max(1, trial.train // trial.batch_size_used)}
        for epoch in trial.epochs:
            broken_off = trial.outcome == "diverged" and epoch is trial.epochs[-1]
            if epoch.steps in whole or (broken_off and 1 <= epoch.steps < full):
                continue
            text = f"epoch {epoch.epoch} has {epoch.steps} steps; {trial.train} images "
            text += f"in batches of {trial.batch_size_used} need {full}"
            yield _of(trial, "steps do not fit", text)
            break


def images(run: Run) -> Iterator[Contradiction]:
    """Is each image seen once in an epoch?"""
    for trial in run.trials:
        n, train = len(trial.epochs), trial.train
        sizes = {train, sum(e.steps for e in trial.epochs[:1]) * trial.batch_size_used}
        most = {n * size for size in sizes}
        if trial.images in most:
            continue
        whole = trial.outcome == "finished"
        if not whole and max(0, n - 1) * train <= trial.images <= (n + 1) * train:
            continue  # its last epoch was broken off
        text = f"saw {trial.images} images; {n} epochs of {train} are {n * train}"
        yield _of(trial, "images do not fit", text)


def same_data(run: Run) -> Iterator[Contradiction]:
    """Do all trials train on the same images, divided the same way?"""
    overfit = run.last(Overfit)
    main = next((t for t in run.trials if t.step != "overfit"), None)
    for trial in run.trials:
        first = main or trial
        if trial.data[:2] != first.data[:2]:
            text = f"trained on other data than {first.id}: name or fingerprint differ"
            yield _of(trial, "other data", text)
        elif trial.step == "overfit":
            if overfit and overfit.trial == trial.id and overfit.sample != trial.train:
                text = f"has {trial.train} images, its decision says {overfit.sample}"
                yield _of(trial, "other data", text)
        elif trial.data != first.data:
            text = f"has {trial.train} + {trial.validation} images, {first.id} has "
            yield _of(trial, "other data", f"{text}{first.train} + {first.validation}")
        if trial.settings.data != run.settings.data:
            text = f"was set to {trial.settings.data!r}, config.toml to "
            yield _of(trial, "other data", f"{text}{run.settings.data!r}")


def same_model(run: Run) -> Iterator[Contradiction]:
    """Does one network have one number of parameters?"""
    known: dict[tuple[str, int], Trial] = {}
    ours = (run.settings.model, run.settings.width)
    for trial in run.trials:
        kind = (trial.settings.model, trial.settings.width)
        first = known.setdefault(kind, trial) if trial.parameters else trial
        if trial.parameters != first.parameters:
            text = f"has {trial.parameters} parameters, {first.id} has "
            yield _of(trial, "other parameters", f"{text}{first.parameters}")
        if kind != ours:
            text = f"trained {kind[0]} of width {kind[1]}, config.toml says "
            yield _of(trial, "other model", f"{text}{ours[0]} of width {ours[1]}")


def same_versions(run: Run) -> Iterator[Contradiction]:
    """Do the libraries stay the same on a machine?"""
    known: dict[str, Trial] = {}
    for trial in run.trials:
        first = known.setdefault(trial.device, trial)
        if trial.versions != first.versions:
            changed = set(trial.versions) ^ set(first.versions)
            names = ", ".join(sorted({name.strip("'") for name, _ in changed}))
            text = f"ran with another version than {first.id} on the same device: "
            yield _of(trial, "versions change", text + names)


def _of(trial: Trial, name: str, text: str) -> Contradiction:
    return Contradiction(name, trial.step, trial.line, f"{trial.id} {text}")


LOOKS = (
    identifiers,
    epochs,
    batch,
    steps,
    images,
    same_data,
    same_model,
    same_versions,
)
