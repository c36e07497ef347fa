"""Workers: processes, on any machine, that take trials of a run's searches.

All that a worker knows of a run lies in the study: its plan, its settings, and the
fingerprint of its data. What it trains goes into the study, and from there, by the
process of the run itself, into the ledger.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import optuna

from . import config, data, storage, train
from .config import Settings
from .device import choose
from .ledger import Record
from .progress import Progress
from .search import run_search
from .searches import with_config
from .session import StepError
from .trial import Trial
from .worker import Config, Watch

POLL = 5  # seconds after which an idle worker looks again


def work(
    url: str, progress: Progress, *, source: str | None, device: str | None
) -> None:
    """Take trials of any search in a storage, until Ctrl-C.

    source, device: where the data are, and what to train on, on this machine; None:
    as the run has it.
    """
    folds: dict[tuple, data.Fold] = {}
    progress.say("waiting for trials; Ctrl-C ends it")
    while True:
        for name, begun in _unfinished(url):
            plan, about = begun["plan"], begun["about"]
            settings = config.from_dict(about["settings"])
            key = (source or settings.data, settings.validation, settings.seed)
            if key not in folds:
                loaded = data.load(key[0], "train")
                fold = data.fold(loaded, settings.validation, settings.seed)
                folds[key] = fold.to(choose(device or settings.device))
            if folds[key].fingerprint != about["fingerprint"]:
                raise StepError(f"{key[0]} holds other data than the run {name}")
            progress.say(f"study {name}")
            objective = _worker_objective(
                settings, folds[key], plan["step"], progress, device
            )
            trials = plan.pop("trials")
            run_search(
                plan.pop("space"),
                trials,
                **plan,
                storage=url,
                study=name,
                objective=objective,
                about=about,
            )
        time.sleep(POLL)


def _worker_objective(
    settings: Settings,
    fold: data.Fold,
    step: str,
    progress: Progress,
    device: str | None,
) -> Any:
    """Return the function that trains one config here, for the run elsewhere."""

    def objective(drawn: Config, name: str, watch: Watch) -> Trial:
        planned = with_config(settings, drawn)
        here = replace(planned, device=device or planned.device)
        about = f"rate {drawn['rate']:.2g}, decay {drawn['weight_decay']:.2g}"
        with progress.trial(name, about, planned.train.epochs) as show:

            def both(epoch: Any) -> None:
                show(epoch)
                watch(epoch)

            trial = train.fit(
                here, fold, id=name, step=step, seed=settings.seed, watch=both
            )
        trial.settings = config.as_dict(planned)  # as the run has them, not this place
        return trial

    return objective


def _unfinished(url: str) -> list[tuple[str, Record]]:
    """Return name and plan of every study of this project that lacks trials."""
    done = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    found = []
    with storage.opened(url) as database, storage.quiet():
        for summary in optuna.get_all_study_summaries(
            database, include_best_trial=False
        ):
            begun = summary.user_attrs.get("begun")
            if begun is None or not begun.get("about"):
                continue
            study = optuna.load_study(study_name=summary.study_name, storage=database)
            finished = study.get_trials(deepcopy=False, states=done)
            if len(finished) < begun["plan"]["trials"]:
                found.append((summary.study_name, begun))
    return found
