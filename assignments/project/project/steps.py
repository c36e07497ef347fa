"""The seven steps, carried out: networks are trained, `recipe.py` decides.

Each step takes a session, reads from the ledger what earlier steps decided, trains,
hands the numbers to the functions of `recipe.py`, and writes numbers and decision into
the ledger. A step that was interrupted goes on where the ledger and the checkpoints
end; one that is done is not done again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch.nn.functional import cross_entropy

from . import device, optimizer, recipe
from .data import Fold
from .ledger import Record
from .loop import Run, batches
from .session import Session, StepError
from .train import begun

NETWORKS = 5  # untrained ones, whose loss is looked at
LOOKED_AT = 1000  # training images at most that they are shown


def initial_loss(session: Session) -> None:
    """Step 1: is the loss of untrained networks ln C?"""
    began = time.perf_counter()
    settings, fold = session.settings, session.fold
    where = device.choose(settings.device)
    losses = []
    for seed in range(settings.seed, settings.seed + NETWORKS):
        trial = begun(settings, fold, where, id="", step="initial_loss", seed=seed)
        run = Run(settings, fold, where, trial)
        losses.append(untrained_loss(run))
    classes = len(fold.classes)
    sane = recipe.initial_loss_is_sane(losses, classes)
    session.decide(
        "initial_loss",
        losses=losses,
        classes=classes,
        expected=math.log(classes),
        sane=sane,
        seconds=time.perf_counter() - began,
    )
    session.say(
        f"  losses {', '.join(f'{loss:.3f}' for loss in losses)}; "
        f"ln {classes} = {math.log(classes):.3f}: {'sane' if sane else 'not sane'}"
    )
    if not sane:
        raise StepError(
            "the initial loss is not sane: find out why, then begin in another folder"
        )


def overfit(session: Session) -> None:
    """Step 2: does a small sample get known by heart, with nothing in the way?"""
    size = session.settings.recipe.sample
    fold = _first(session.fold, size)
    record = session.ledger.trial("overfit-0000")
    if record is None:
        settings = session.with_train(
            epochs=session.settings.recipe.sample_epochs,
            weight_decay=0.0,
            label_smoothing=0.0,
            crop=0,
            flip=False,
            cutout=0,
        )
        seed = session.settings.seed
        trial = session.train(
            settings, fold, id="overfit-0000", step="overfit", seed=seed
        )
        record = session.record(trial)
    accuracies = [number(epoch["train_accuracy"]) for epoch in record["epochs"]]
    needed = recipe.epochs_to_overfit(accuracies)
    session.decide(
        "overfit",
        trial=record["id"],
        sample=len(fold.train_labels),
        epochs_needed=needed,
        reached=needed is not None,
    )
    if needed is None:
        raise StepError(
            f"{len(fold.train_labels)} images were not known by heart after "
            f"{len(accuracies)} epochs (accuracy {max(accuracies, default=0):.1%} at "
            "best): look for the reason, then begin in another folder"
        )
    session.say(f"  {len(fold.train_labels)} images known from epoch {needed} on")


def rate(session: Session) -> None:
    """Step 3: which rates lower the loss at once, and which is the largest of them?"""
    rates = list(session.settings.recipe.range_rates)
    iterations = session.settings.recipe.range_iterations
    began = time.perf_counter()
    losses = []
    with session.progress.over("rates", len(rates)) as bar:
        for value in rates:
            losses.append(_first_losses(session, value, iterations))
            bar.update()
    start = decided(recipe.starting_rate, rates, losses)
    seconds = time.perf_counter() - began
    session.decide("rate", rates=rates, losses=losses, start=start, seconds=seconds)
    session.say(
        f"  of {', '.join(f'{value:g}' for value in rates)}: start at {start:g}"
    )


def curves(session: Session) -> None:
    """Step 6: what do the curves of the refinement say?"""
    session.needs("refine")
    classes = len(session.fold.classes)
    readings = {
        trial["id"]: recipe.read_curves(history(trial, classes))
        for trial in sorted(session.ledger.trials("refine"), key=lambda t: t["id"])
    }
    session.decide("curves", readings=readings)
    for name, word in readings.items():
        session.say(f"  {name}: {word}")


@torch.no_grad()
def untrained_loss(run: Run) -> float:
    """Return the loss of a network before its first step, as training would see it.

    So batch normalization normalizes with the batch: it has no statistics yet, and
    without them the logits would be far too large.
    """
    run.model.train()
    images, labels = run.images[:LOOKED_AT], run.labels[:LOOKED_AT]
    size = run.trial.batch_size_used
    total = 0.0
    for some, theirs in zip(images.split(size), labels.split(size), strict=True):
        with run.autocast():
            logits = run.model(some)
        total += cross_entropy(logits.float(), theirs, reduction="sum").item()
    return total / len(labels)


def _first(fold: Fold, size: int) -> Fold:
    """Return the first images of both parts; their order is random already."""
    return replace(
        fold,
        train_images=fold.train_images[:size],
        train_labels=fold.train_labels[:size],
        validation_images=fold.validation_images[:size],
        validation_labels=fold.validation_labels[:size],
    )


def _first_losses(session: Session, value: float, iterations: int) -> list[float]:
    """Return the losses of the first iterations at one constant rate.

    Each is that of a batch before its update; the list ends early if one is not finite.
    """
    settings = session.with_train(rate=value)
    where = device.choose(settings.device)
    fold, seed = session.fold, settings.seed
    trial = begun(settings, fold, where, id="", step="rate", seed=seed)
    run = Run(settings, fold, where, trial)
    run.model.train()
    optimizer.set_rate(run.optimizer, value)
    losses: list[float] = []
    while len(losses) < iterations:
        for chosen in batches(
            len(run.labels),
            trial.batch_size_used,
            run.generator,
            settings.train.drop_last,
        ):
            loss, _right = run.update(chosen, False, None)
            losses.append(float(loss) / len(chosen))
            if len(losses) == iterations or not math.isfinite(losses[-1]):
                break
        if not math.isfinite(losses[-1]):
            break
    return losses


def history(trial: Record, classes: int) -> dict:
    """Return a trial's curves as `recipe.read_curves` takes them.

    A trial that was lost before its first epoch has one without numbers.
    """
    nothing = dict.fromkeys(
        ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
    )
    epochs = trial["epochs"] or [nothing]
    return {
        "train_loss": [number(epoch["train_loss"]) for epoch in epochs],
        "val_loss": [number(epoch["validation_loss"]) for epoch in epochs],
        "train_acc": [number(epoch["train_accuracy"]) for epoch in epochs],
        "val_acc": [number(epoch["validation_accuracy"]) for epoch in epochs],
        "num_classes": classes,
    }


def number(value: float | None) -> float:
    """Return a number of the ledger, where null stands for what is not finite."""
    return math.nan if value is None else value


def decided(function: Callable, *evidence: object) -> object:
    """Ask a function of the recipe; its ValueError says that there is no answer."""
    try:
        return function(*evidence)
    except ValueError as error:
        raise StepError(f"{function.__name__}: {error}") from error
