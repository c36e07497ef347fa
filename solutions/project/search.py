"""Search: Optuna draws settings from a space, and any number of workers train them.

A search has `trials` slots, numbered from 0; slot k becomes the trial `coarse-000k`.
An attempt at a slot is one of Optuna's trials. The first attempts take the slots in
the order in which the study numbers them; when an attempt fails because its worker
died, another is queued for the same slot, with the same settings. So a search ends
with exactly one finished attempt a slot, however many workers came, died or doubled.
All of that is read from the study each time, so that any worker can go on anywhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna

from .ledger import Record, cleaned
from .storage import HEARTBEAT, Storage, StorageError, opened, quiet
from .worker import Config, Objective, Space, Together, Worker

SAMPLERS = ("grid", "random", "tpe")


def run_search(
    space: Space,
    trials: int,
    *,
    sampler: str,
    seed: int,
    storage: str,
    study: str,
    objective: Objective,
    pruning: bool = False,
    step: str = "coarse",
    first: int = 0,
    together: Together | None = None,
    at_once: int = 1,
    note: Callable[[Record], None] | None = None,
    about: Mapping[str, Any] | None = None,
    heartbeat: int = HEARTBEAT,
) -> list[Record]:
    """Search until all trials of the study are finished, by whomever; return them.

    Args:
        space: for each setting its scale, "log" or "linear", and its range.
        trials: how many; those that diverged or were pruned count.
        sampler: "grid", "random" or "tpe".
        seed: of the sampler; slot k draws the same whoever draws it, and when.
        storage: URL of a database, see `storage.opened`.
        study: its name there. If there is one of that name, the search goes on with it.
        objective: trains one config under an id, calls the watch after each epoch.
        pruning: stop trials whose loss is above the median of the finished ones.
        step: the first part of the trials' ids.
        first: the number of the first trial's id.
        together: trains several configs at once, used if `at_once` is above 1.
        at_once: how many.
        note: called once with each finished record, also with those of other workers.
        about: what workers need to know of these trials, as JSON.
        heartbeat: seconds between the signs of life of a running trial.

    Returns:
        The records of the trials as the ledger has them, in the order of their ids.

    Raises:
        StorageError: the storage fails, or its study was begun with other settings.
        ValueError: the space or another argument makes no sense.

    """
    plan = Plan(checked(space), trials, sampler, seed, pruning, step, first)
    if at_once > 1 and (pruning or together is None):
        raise ValueError("trials that run at once cannot be pruned one by one")
    with opened(storage, heartbeat) as database:
        found = opened_study(database, study, plan, about)
        return Worker(database, found, plan, objective, together, at_once).run(note)


@dataclass(frozen=True)
class Plan:
    """What all workers of a study agree on; it is kept in the study."""

    space: Space
    trials: int
    sampler: str
    seed: int
    pruning: bool
    step: str
    first: int

    def __post_init__(self) -> None:
        if self.sampler not in SAMPLERS:
            raise ValueError(f"sampler {self.sampler!r}: it must be one of {SAMPLERS}")
        if self.trials < 1:
            raise ValueError(f"{self.trials} trials: there must be at least 1")

    def name(self, slot: int) -> str:
        """Return the id of a slot's trial."""
        return f"{self.step}-{self.first + slot:04d}"

    def draw(self, study: optuna.Study, trial: optuna.Trial, slot: int) -> Config:
        """Draw the settings of a slot, or take those of an earlier attempt at it."""
        with quiet():
            study.sampler = self._sampler(slot)
        return {
            name: trial.suggest_float(name, low, high, log=scale == "log")
            for name, (scale, low, high) in self.space.items()
        }

    def _sampler(self, slot: int) -> optuna.samplers.BaseSampler:
        """Return Optuna's sampler for one slot alone.

        A sampler that went from trial to trial would draw other settings after a
        restart, and the same ones again in a second worker.
        """
        seed = int(
            np.random.SeedSequence([self.seed, self.first + slot]).generate_state(1)[0]
        )
        if self.sampler == "tpe":
            return optuna.samplers.TPESampler(
                # a third at random, so that a short search models something, too
                n_startup_trials=max(1, self.trials // 3),
                constant_liar=True,  # keeps away from what other workers try now
                seed=seed,
            )
        random = optuna.samplers.RandomSampler(seed)
        if self.sampler == "random":
            return random
        points = grid(self.space, self.trials, self.seed)
        return optuna.samplers.PartialFixedSampler(points[slot], random)


def checked(space: Space) -> Space:
    """Return the space; ValueError names what is wrong with it."""
    if not space:
        raise ValueError("the space is empty: there is nothing to search")
    for name, its_range in space.items():
        scale, low, high = its_range
        if scale not in {"log", "linear"}:
            raise ValueError(f"{name}: the scale {scale!r} is neither log nor linear")
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ValueError(f"{name}: from {low} to {high} is no range")
        if scale == "log" and low <= 0:
            raise ValueError(f"{name}: a log scale cannot begin at {low}")
    return space


def grid(space: Space, trials: int, seed: int) -> list[Config]:
    """Return that many points, evenly spaced on the scales of the space.

    The grid is as square as it can be; what it has beyond `trials` is left out at
    random.

    >>> grid({"rate": ("log", 0.01, 1.0)}, 3, seed=0)
    [{'rate': 0.01}, {'rate': 0.1}, {'rate': 1.0}]
    """
    counts = dict.fromkeys(space, 1)
    while math.prod(counts.values()) < trials:
        counts[min(counts, key=lambda name: counts[name])] += 1
    axes = []
    for name, its_range in space.items():
        scale, low, high = its_range
        along = np.geomspace if scale == "log" else np.linspace
        points = along(low, high, counts[name])
        axes.append([float(min(max(point, low), high)) for point in points])
    every = [dict(zip(space, point, strict=True)) for point in itertools.product(*axes)]
    rng = np.random.default_rng(seed)
    kept = sorted(rng.choice(len(every), trials, replace=False))
    return [every[index] for index in kept]


def opened_study(
    storage: Storage, name: str, plan: Plan, about: Mapping[str, Any] | None = None
) -> optuna.Study:
    """Return the study of that name, made if there is none.

    Raises StorageError if it was begun with another plan, or for something else.
    """
    mine = cleaned({"plan": plan, "about": about})
    with quiet():
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            pruner=optuna.pruners.MedianPruner(),
            load_if_exists=True,
        )
    if "begun" not in study.user_attrs:
        study.set_user_attr("begun", mine)
    begun = study.user_attrs["begun"]
    for part in ("plan", "about"):
        for key in {**(begun[part] or {}), **(mine[part] or {})}:
            before, now = ((b[part] or {}).get(key) for b in (begun, mine))
            if before != now:
                raise StorageError(
                    f"the study {name} was begun with another {key}: {before}, not "
                    f"{now}; another --out gives a study of its own"
                )
    return study
