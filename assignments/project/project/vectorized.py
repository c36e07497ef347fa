"""Many trials at once: K networks of one kind, trained side by side on one device.

A small network leaves a large GPU almost idle. Here the weights of K of them are
stacked, each tensor with a first axis of K, and trained together (`group.py`). Each
trial keeps its own weights, order, augmentation, rate, momentum and weight decay; so it
comes to what `fit` alone would have made of it, but for rounding. One that diverges
stays alone with it, and is dropped after the epoch.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from . import device
from .config import Settings
from .group import Group
from .ledger import now
from .loop import Run
from .train import begun, fit
from .trial import Trial

if TYPE_CHECKING:
    from .data import Fold

OWN = ("rate", "momentum", "weight_decay")  # what may differ from trial to trial


def fit_many(
    settings_list: Sequence[Settings],
    fold: Fold,
    *,
    ids: Sequence[str],
    step: str,
    seeds: Sequence[int],
    run: Path | None = None,
) -> list[Trial]:
    """Train K networks at once; what comes back is what K calls of `fit` return.

    settings_list: K settings, for SGD and the network "small", which has no statistics
        of the batch; they may differ in `train.rate`, `momentum` and `weight_decay`.
    fold: the images to train on and to validate with, the same for all.
    ids, seeds: K of each; step: of the trials.

    run: the run directory, for the checkpoints of a trial that has to be trained alone.

    The seconds of each are those of all together. Nothing is stored on the way: a group
    that is interrupted begins anew. If the memory does not suffice for K, two halves of
    them are trained one after the other, and so on, down to `fit` for a single one.

    Raises `ValueError` if the settings cannot be trained together, `DeviceError` if
    their device is not there.
    """
    _check_counts(settings_list, ids, seeds)
    where = device.choose(settings_list[0].device)
    _check_settings(settings_list, where)
    try:
        with device.fastest_convolutions(where):
            return _fit_many(settings_list, fold, where, ids, step, seeds)
    except torch.OutOfMemoryError:
        pass  # and go on below, where the frames that hold the memory are gone
    if len(ids) == 1:
        alone = {"id": ids[0], "step": step, "seed": seeds[0], "run": run}
        return [fit(settings_list[0], fold, **alone)]
    half = len(ids) // 2
    print(
        f"{len(ids)} trials at once: out of memory; begun anew in halves",
        file=sys.stderr,
    )
    trials: list[Trial] = []
    for part in (slice(0, half), slice(half, None)):
        own = {"ids": ids[part], "step": step, "seeds": seeds[part], "run": run}
        trials += fit_many(settings_list[part], fold, **own)
    return trials


def _check_counts(
    settings_list: Sequence[Settings], ids: Sequence[str], seeds: Sequence[int]
) -> None:
    if not len(settings_list) == len(ids) == len(seeds) >= 1:
        raise ValueError(
            "there must be as many ids and seeds as settings, at least one"
        )


def _check_settings(settings_list: Sequence[Settings], where: torch.device) -> None:
    first = settings_list[0]
    for settings in settings_list:
        own = {name: getattr(first.train, name) for name in OWN}
        if replace(settings, train=replace(settings.train, **own)) != first:
            raise ValueError(
                f"trials at once may differ in seed, {', '.join(OWN)}, in nothing else"
            )
    if (first.model.name, first.train.optimizer) != ("small", "sgd"):
        raise ValueError(
            f"trials at once: sgd for the network small, not {first.train.optimizer} "
            f"for {first.model.name}"
        )
    if device.arithmetic(first.train.precision, where) == torch.float16:
        raise ValueError(
            "trials at once: in float32 or bfloat16, not in float16; set "
            "train.precision=float32"
        )


def _fit_many(
    settings_list: Sequence[Settings],
    fold: Fold,
    where: torch.device,
    ids: Sequence[str],
    step: str,
    seeds: Sequence[int],
) -> list[Trial]:
    began = time.perf_counter()
    fold = fold.to(where)  # once: what a run finds there already, it does not copy
    trials = [
        begun(settings, fold, where, id=name, step=step, seed=seed)
        for settings, name, seed in zip(settings_list, ids, seeds, strict=True)
    ]
    runs = [
        Run(settings, fold, where, trial)
        for settings, trial in zip(settings_list, trials, strict=True)
    ]
    group = Group(runs)
    for _ in range(settings_list[0].train.epochs):
        if group.runs:
            group.epoch()
        for run in group.runs:
            run.trial.seconds = time.perf_counter() - began
        group.keep([k for k, run in enumerate(group.runs) if _is_sound(run.trial)])
    for trial in trials:
        trial.outcome = "finished" if _is_sound(trial) else "diverged"
        trial.ended = now()
    return trials


def _is_sound(trial: Trial) -> bool:
    last = trial.epochs[-1]
    return math.isfinite(last.train_loss + last.validation_loss)
