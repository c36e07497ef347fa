"""What does each trick of the book bring? The digits with all of them, then one less.

    python benchmarks/ablation.py --out book/runs/digits/ablation.jsonl

An *arm* is the recipe's network with all tricks but one, with all, or with none. Each
seed divides the project's training part of the digits anew: a fifth to train on, a
fifth to choose by, three fifths to judge by; the test part is not opened. So few
training images leave enough mistakes to compare. Each arm is trained at three learning
rates, and the one with the smallest mean validation loss counts. Where that is the
first or the last, a further one is tried on that side, as the recipe has it.

The file has one line about the experiment, then one line a training run. Runs that it
holds already are not done again, so the script may be stopped at any time.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "solutions"))  # the engine of the final project

Losses = dict[tuple[str, float, int], float]  # on validation; arm, rate, seed

TRICKS: dict[str, tuple[Any, Any]] = {  # setting of `train`: on, off
    "warmup": (0.1, 0.0),
    "momentum": (0.9, 0.0),
    "weight_decay": (5e-4, 0.0),
    "label_smoothing": (0.1, 0.0),
    "crop": (1, 0),
    "average": (0.98, 0.0),
    "schedule": ("cosine", "fixed"),
}
ARMS = ("all", *(f"no {name}" for name in TRICKS), "none")
# η/(1 - μ), the length of a steady step: momentum lengthens it by 1/(1 - μ), and an arm
# without momentum must not lose that besides.
STEADY_RATES = (0.15, 0.5, 1.5)
OUTER_RATES = {0.15: 0.05, 1.5: 5.0}  # what is tried beyond an end
EPOCHS = 30
BATCH_SIZE = 32
TRAIN, VALIDATION = 0.2, 0.2  # shares; the rest is for judging


def settings_of(arm: str, steady_rate: float) -> dict[str, Any]:
    """Return the settings of `train` in an arm.

    >>> settings_of("no crop", 0.5)["crop"], settings_of("all", 0.5)["crop"]
    (0, 1)
    >>> round(settings_of("no momentum", 0.5)["rate"], 6)
    0.5
    """
    off = TRICKS if arm == "none" else {arm.removeprefix("no ")}
    chosen = {name: pair[name in off] for name, pair in TRICKS.items()}
    return {**chosen, "rate": steady_rate * (1 - chosen["momentum"])}


def measured(arm: str, steady_rate: float, seed: int) -> dict[str, Any]:
    """Train once; return the record."""
    from project import config, data
    from project.train import evaluate, fit

    settings = config.preset("digits")
    drawn = settings_of(arm, steady_rate)
    settings = replace(
        settings,
        train=replace(settings.train, epochs=EPOCHS, batch_size=BATCH_SIZE, **drawn),
    )
    whole = data.load("digits", "train")
    rest, chosen = data.split(whole.labels, TRAIN + VALIDATION, seed)
    train, validation = data.split(
        whole.labels[chosen], VALIDATION / (TRAIN + VALIDATION), seed
    )
    train, validation = chosen[train], chosen[validation]
    fold = data.Fold(
        train_images=whole.images[train],
        train_labels=whole.labels[train],
        validation_images=whole.images[validation],
        validation_labels=whole.labels[validation],
        classes=whole.classes,
        name=whole.name,
        fingerprint=whole.fingerprint,
    )
    trial = fit(settings, fold, id="", step="ablation", seed=seed, keep_model=True)
    record = {
        "arm": arm,
        "seed": seed,
        "steady_rate": steady_rate,
        "train": drawn,
        "outcome": trial.outcome,
        "validation_loss": None,
        "loss": None,
        "accuracy": None,
        "images": [len(train), len(validation), len(rest)],
        "seconds": round(trial.seconds, 3),
    }
    if trial.outcome == "finished" and trial.model is not None:
        loss, accuracy = evaluate(
            trial.model, whole.images[rest], whole.labels[rest], 500
        )
        record |= {
            "validation_loss": trial.epochs[-1].validation_loss,
            "loss": loss,
            "accuracy": accuracy,
        }
    return record


def about() -> dict[str, Any]:
    """Return the line about the experiment."""
    import torch
    from project import device

    return {
        "arms": ARMS,
        "steady_rates": STEADY_RATES,
        "outer_rates": sorted(OUTER_RATES.values()),
        "tricks": TRICKS,
        "epochs": EPOCHS,
        "batch_size": BATCH_SIZE,
        "threads": torch.get_num_threads(),
        "device": device.describe(torch.device("cpu")),
        "versions": device.versions(),
    }


def runs(seeds: int) -> Iterator[tuple[str, float, int]]:
    """Yield what is to be measured first, a whole seed at a time."""
    for seed in range(seeds):
        for arm in ARMS:
            for rate in STEADY_RATES:
                yield arm, rate, seed


def further_runs(seeds: int, losses: Losses) -> Iterator[tuple[str, float, int]]:
    """Yield what is to be measured besides: arms whose best rate is at an end."""
    for arm in ARMS:
        means = {
            rate: fmean(losses[arm, rate, seed] for seed in range(seeds))
            for rate in STEADY_RATES
        }
        best = min(means, key=means.__getitem__)
        if best in OUTER_RATES:
            for seed in range(seeds):
                yield arm, OUTER_RATES[best], seed


def main() -> None:
    """Measure what the file lacks."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="a .jsonl file")
    parser.add_argument("--seeds", type=int, default=8)
    chosen = parser.parse_args()

    import torch

    torch.set_num_threads(1)  # so that the same seed gives the same numbers
    if not chosen.out.exists():
        chosen.out.write_text(json.dumps(about()) + "\n", encoding="utf-8")
    lines = chosen.out.read_text(encoding="utf-8").splitlines()
    if json.loads(lines[0]) != json.loads(json.dumps(about())):
        parser.error(f"{chosen.out} holds another experiment, or another machine's")
    losses: Losses = {}
    for record in map(json.loads, lines[1:]):
        note(losses, record)
    for plan in (runs(chosen.seeds), further_runs(chosen.seeds, losses)):
        for arm, rate, seed in plan:
            if (arm, rate, seed) in losses:
                continue
            record = measured(arm, rate, seed)
            with chosen.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            note(losses, record)
            print(f"{seed} {arm} {rate}: {losses[arm, rate, seed]:.4f}", flush=True)


def note(losses: Losses, record: dict[str, Any]) -> None:
    """Keep the validation loss of a run, infinite if it diverged."""
    loss = record["validation_loss"]
    key = record["arm"], record["steady_rate"], record["seed"]
    losses[key] = math.inf if loss is None else loss


if __name__ == "__main__":
    main()
