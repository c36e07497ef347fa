"""Metrics: what loss, accuracy and rate cannot be together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograder.project.finding import Contradiction
from autograder.project.ledger import Run
from autograder.project.rates import rate_at
from autograder.project.records import Epoch, Trial

# Sums in single precision, over some ten thousand images.
ROUNDING = 1e-3


def lowest_loss(accuracy: float, smoothing: float = 0.0) -> float:
    """The smallest mean cross-entropy that goes with an accuracy.

    An image that is answered wrong has another class at least as probable as its own,
    which is 1/2 at most: it costs ln 2 or more. With smoothing e its own class counts
    1 - e, and what the other classes add is positive:
    loss >= (1 - accuracy) (1 - e) ln 2.

    >>> round(lowest_loss(0.9), 4)
    0.0693
    """
    return (1 - accuracy) * (1 - smoothing) * math.log(2)


def bounds(run: Run) -> Iterator[Contradiction]:
    """Does a loss lie below what its accuracy allows, or above?"""
    for trial in run.trials:
        smoothing = trial.settings.label_smoothing
        for epoch in trial.epochs:
            text = _out_of_bounds(
                "training", epoch.train_loss, epoch.train_accuracy, smoothing
            )
            text = text or _out_of_bounds(
                "validation", epoch.validation_loss, epoch.validation_accuracy, 0.0
            )
            if text and math.isfinite(epoch.train_loss + epoch.validation_loss):
                yield _of(trial, epoch, "loss and accuracy exclude each other", text)
                break
            # Right everywhere: no class is more probable than its own, so 1 / C at
            # the least.
            classes = run.classes or math.inf
            most = math.log(classes) * (1 + ROUNDING)
            if epoch.validation_accuracy == 1 and epoch.validation_loss > most:
                text = f"all right, and a validation loss of {epoch.validation_loss:g}"
                yield _of(trial, epoch, "loss and accuracy exclude each other", text)
                break


def _out_of_bounds(kind: str, loss: float, accuracy: float, smoothing: float) -> str:
    least = lowest_loss(accuracy, smoothing)
    if loss >= least * (1 - ROUNDING) - 1e-6 or math.isnan(loss + accuracy):
        return ""
    return f"{kind} loss {loss:g} with accuracy {accuracy:g}; at least {least:.4g}"


def shares(run: Run) -> Iterator[Contradiction]:
    """Is each accuracy a whole number of images?"""
    for trial in run.trials:
        for epoch in trial.epochs:
            seen = trial.train, epoch.steps * trial.batch_size_used
            if not is_share(epoch.validation_accuracy, trial.validation):
                value, n = epoch.validation_accuracy, trial.validation
            elif not any(is_share(epoch.train_accuracy, n) for n in seen):
                value, n = epoch.train_accuracy, trial.train
            else:
                continue
            text = f"accuracy {value!r} is {value * n:.3f} of {n} images"
            yield _of(trial, epoch, "no share of the images", text)
            break


def is_share(value: float, n: int) -> bool:
    """Whether ``value`` is k / n, as single precision has it; so is nan.

    A number that was made up passes with a probability of 4e-7 n, at most 2 %.

    >>> is_share(0.975, 360), is_share(0.97, 360)
    (True, False)
    """
    if math.isnan(value):
        return True
    count = value * n
    return abs(count - round(count)) <= max(1e-6, min(n * 2e-7, 0.01))


def repeated(run: Run) -> Iterator[Contradiction]:
    """Do two different runs have the same figures, to the last digit?"""
    seen: dict[tuple[tuple[float, ...], ...], Trial] = {}
    for trial in run.trials:
        figures = tuple(epoch.metrics for epoch in trial.epochs)
        flat = [value for epoch in figures for value in epoch]
        # Two runs that both come to nothing may look the same.
        if not flat or not all(map(math.isfinite, flat)):
            continue
        first = seen.setdefault(figures, trial)
        if first is trial or not _differ(first, trial):
            continue
        seeds = first.seed != trial.seed
        yield Contradiction(
            "seeds that change nothing" if seeds else "a trial copied",
            trial.step,
            trial.line,
            f"{trial.id} has the figures of {first.id} to the last digit, with "
            + ("another seed" if seeds else "other settings"),
        )


def _differ(one: Trial, other: Trial) -> bool:
    """Whether two runs must differ in their figures.

    Another seed begins with other weights, another rate takes other steps. A decay
    shrinks weights by rate x decay in each step, which single precision does not see
    where it is small; least of all behind a normalization, where only the direction of
    the weights counts.
    """
    if one.seed != other.seed:
        return True
    before, after = one.settings, other.settings
    if not math.isclose(before.rate, after.rate, rel_tol=1e-3):
        return True
    steps = sum(epoch.steps for epoch in one.epochs)
    shrunk = steps * after.rate * abs(before.weight_decay - after.weight_decay)
    return shrunk > 0.01 or before.batch_size != after.batch_size


def still(run: Run) -> Iterator[Contradiction]:
    """Does training go on after an epoch exactly as before it?"""
    for trial in run.trials:
        for one, other in zip(trial.epochs, trial.epochs[1:], strict=False):
            same = one.metrics == other.metrics and one.train_accuracy < 1
            if same and one.rate > 0 and math.isfinite(one.train_loss):
                text = f"has the figures of epoch {one.epoch} to the last digit"
                yield _of(trial, other, "an epoch copied", text)
                break


def rates(run: Run) -> Iterator[Contradiction]:
    """Is the rate at each epoch's end the schedule's?"""
    for trial in run.trials:
        settings = trial.settings
        for epoch in trial.epochs:
            if trial.outcome != "finished":
                break  # the last epoch may have been broken off
            due = rate_at(
                epoch.epoch * epoch.steps - 1,
                settings.epochs * epoch.steps,
                trial.rate_used,
                settings.warmup,
                settings.schedule,
            )
            # A step more or less is a matter of counting, not of honesty.
            near = [
                rate_at(
                    min(max(0, at), settings.epochs * epoch.steps - 1),
                    settings.epochs * epoch.steps,
                    trial.rate_used,
                    settings.warmup,
                    settings.schedule,
                )
                for at in range(
                    epoch.epoch * epoch.steps - 3, epoch.epoch * epoch.steps + 2
                )
            ]
            known = [rate for rate in near if rate is not None]
            if due is None or not known:
                break
            slack = 1e-3 * trial.rate_used
            if not min(known) - slack <= epoch.rate <= max(known) + slack:
                text = f"rate {epoch.rate:g}; {settings.schedule} after a warm-up of "
                text += f"{settings.warmup:g} has {due:g} there"
                yield _of(trial, epoch, "rate is not the schedule's", text)
                break


def _of(trial: Trial, epoch: Epoch, name: str, text: str) -> Contradiction:
    where = f"{trial.id}, epoch {epoch.epoch}: "
    return Contradiction(name, trial.step, trial.line, where + text)


LOOKS = (bounds, shares, repeated, still, rates)
