"""The engine: one training run, from fresh weights to its record.

`fit` is the life of a run: it begins or goes on, ends in one of four ways, and leaves
a `Trial`. What happens in each step is in `loop.py`.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from . import checkpoint, device
from .config import Settings, as_dict
from .ledger import now
from .loop import Run, evaluate
from .trial import Epoch, Pruned, Trial

if TYPE_CHECKING:
    from .data import Fold

__all__ = ["Epoch", "Pruned", "Trial", "evaluate", "fit"]

Watch = Callable[[Epoch], None]


def fit(
    settings: Settings,
    fold: Fold,
    *,
    id: str,  # noqa: A002 - the ledger's word
    step: str,
    seed: int,
    run: Path | None = None,
    watch: Watch | None = None,
    keep_model: bool = False,
    kind: type[Run] = Run,
) -> Trial:
    """Train a network by `settings.model` and `settings.train`.

    fold: the images to train on and to validate with.
    id, step: of the trial, as the ledger has them.
    seed: of weights, order and augmentation; on a CPU, with the same number of
        threads, the same seed gives the same numbers.
    run: the run directory. After each epoch the whole state is stored under
        `run/checkpoints`; a state found there, of a run with the same settings, seed,
        data and machine, is continued to what that run would have come to. Whoever
        has written the trial's record removes it.
    watch: called with each epoch, those found stored too, once it is stored; it may
        raise `Pruned`. An epoch in which the run diverges is not shown to it.
    keep_model: put the network (the averaged one, if there is one) into `trial.model`.
    kind: the class of the run; `distributed.py` has one that is spread over processes.

    Where the device's memory does not suffice, the run begins anew with half the batch,
    and says so. The rate is halved with it for SGD, divided by √2 for AdamW and Muon,
    whose steps do not grow with the gradient.

    Raises `DeviceError` if the device is not there, and whatever else `watch` raises.
    """
    where = device.choose(settings.device)
    trial = begun(settings, fold, where, id=id, step=step, seed=seed)
    store = None if run is None else run / "checkpoints" / f"{id}.safetensors"
    with device.fastest_convolutions(where):
        while not _attempt(
            trial, kind, settings, fold, where, store, watch, keep_model
        ):
            # The memory of the attempt is free here, and not before: its frame is gone.
            if where.type == "cuda":
                torch.cuda.empty_cache()
            if store is not None:
                checkpoint.remove(store)
            _halve_batch(trial, settings.train.optimizer)
    trial.ended = now()
    return trial


def begun(
    settings: Settings,
    fold: Fold,
    where: torch.device,
    *,
    id: str,  # noqa: A002 - the ledger's word
    step: str,
    seed: int,
) -> Trial:
    """Return the record of a run that has not taken a step yet."""
    count = len(fold.train_labels)
    return Trial(
        id=id,
        step=step,
        settings=as_dict(settings),
        seed=seed,
        data={
            "name": fold.name,
            "fingerprint": fold.fingerprint,
            "train": count,
            "validation": len(fold.validation_labels),
        },
        device=device.describe(where),
        started=now(),
        batch_size_used=min(settings.train.batch_size, count),
        rate_used=settings.train.rate,
    )


def _attempt(
    trial: Trial,
    kind: type[Run],
    settings: Settings,
    fold: Fold,
    where: torch.device,
    store: Path | None,
    watch: Watch | None,
    keep_model: bool,
) -> bool:
    """Train to an end, whichever; False if it shall be tried with a smaller batch."""
    began = time.perf_counter()
    before = trial.seconds
    trial.outcome = "finished"
    try:
        run = kind(settings, fold, where, trial)
        if store is not None and run.restore(store):
            before = trial.seconds
        for epoch in trial.epochs if watch is not None else ():
            watch(epoch)
        while len(trial.epochs) < settings.train.epochs:
            epoch = run.epoch()
            trial.epochs.append(epoch)
            if not math.isfinite(epoch.train_loss + epoch.validation_loss):
                trial.outcome = "diverged"
                break
            trial.seconds = before + time.perf_counter() - began
            if store is not None:
                run.save(store)
            if watch is not None:
                watch(epoch)
        if keep_model:
            trial.model = run.evaluated.eval()
    except Pruned:
        trial.outcome = "pruned"
    except torch.OutOfMemoryError:
        trial.outcome = "out of memory"
    trial.seconds = before + time.perf_counter() - began
    return trial.outcome != "out of memory" or trial.batch_size_used == 1


def _halve_batch(trial: Trial, kind: str) -> None:
    """Prepare a new attempt that needs less memory, and say so."""
    size, rate = trial.batch_size_used, trial.rate_used
    trial.batch_size_used = size // 2
    share = trial.batch_size_used / size
    trial.rate_used = rate * (share if kind == "sgd" else math.sqrt(share))
    trial.epochs.clear()
    trial.images = 0
    print(
        f"{trial.id}: out of memory with {size} images a step; begun anew with "
        f"{trial.batch_size_used}, and the rate {trial.rate_used:.3g} for {rate:.3g}",
        file=sys.stderr,
    )
