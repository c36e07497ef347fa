"""The runs of which `benchmarks.project` speaks, and what they come to."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "solutions"))  # the engine of the final project

# ruff: noqa: E402 - the line above comes first
import torch
from project import config, data, device
from project.config import Settings
from project.train import Trial, evaluate, fit
from project.vectorized import fit_many

from benchmarks import peaks
from benchmarks.peer import PeerError, Result, Script

ROUNDS = 3  # of trials at once and one by one
CHUNK = 2000  # test images that a network is given at once

Figures = dict[str, Any]


class MeasuringError(RuntimeError):
    """Something could not be measured; says why."""


def spread(values: Sequence[float]) -> Figures:
    """Return mean, standard deviation (n - 1; None for one value) and n."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.fmean(values), "sd": deviation, "n": len(values)}


def quartiles(values: Sequence[float]) -> Figures:
    """Return the median, the lower and upper quartile, and n.

    >>> quartiles([3.0, 1.0, 2.0])
    {'median': 2.0, 'low': 1.5, 'high': 2.5, 'n': 3}
    """
    low, median, high = (
        statistics.quantiles(values, n=4, method="inclusive")
        if len(values) > 1
        else 3 * [values[0]]
    )
    return {"median": median, "low": low, "high": high, "n": len(values)}


def ratio(ours: Figures, theirs: Figures) -> Figures:
    """Divide two means; the error is that of the quotient, to first order.

    >>> one = {"mean": 3.0, "sd": 0.3, "n": 9}
    >>> quotient = ratio(one, {"mean": 2.0, "sd": 0.0, "n": 4})
    >>> quotient["mean"], round(quotient["error"], 3)
    (1.5, 0.05)
    """
    quotient = ours["mean"] / theirs["mean"]
    if ours["sd"] is None or theirs["sd"] is None:
        return {"mean": quotient, "error": None}
    # (δq/q)² = Σ s²/(n m²)
    parts = [each["sd"] ** 2 / each["n"] / each["mean"] ** 2 for each in (ours, theirs)]
    return {"mean": quotient, "error": quotient * sum(parts) ** 0.5}


class Bench:
    """The data on the device, and runs on them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.where = device.choose(settings.device)
        self.train = data.load(settings.data, "train")
        self.test = data.load(settings.data, "test")
        self.dtype = device.arithmetic(settings.train.precision, self.where)
        self.answers = [
            tensor.to(self.where) for tensor in (self.test.images, self.test.labels)
        ]
        # All images are trained on; one is also validated with, since there must be.
        images, labels = self.train.images.to(self.where), self.train.labels
        labels = labels.to(self.where)
        self.fold = data.Fold(
            images,
            labels,
            images[:1],
            labels[:1],
            self.train.classes,
            self.train.name,
            self.train.fingerprint,
        )

    def run(self, seed: int, epochs: int | None = None) -> tuple[Trial, Result]:
        """Train once; return the record, and test accuracy and time.

        Raises MeasuringError if the run does not finish, or only with smaller batches.
        """
        train = self.settings.train
        settings = replace(
            self.settings, train=replace(train, epochs=epochs or train.epochs)
        )
        if self.where.type == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        trial = fit(
            settings, self.fold, id="", step="benchmark", seed=seed, keep_model=True
        )
        if trial.outcome != "finished" or trial.model is None:
            raise MeasuringError(f"the run of seed {seed}: {trial.outcome}")
        precise = self.dtype == torch.float32
        with (
            device.fastest_convolutions(self.where),
            nullcontext() if precise else torch.autocast(self.where.type, self.dtype),
        ):
            # `evaluate` returns numbers, so here the device has done all of its work
            _, accuracy = evaluate(trial.model, *self.answers, CHUNK)
        seconds = time.perf_counter() - began
        size = min(train.batch_size, len(self.train.labels))
        if trial.batch_size_used != size:
            raise MeasuringError(f"out of memory with {size} images a step")
        return trial, Result(accuracy, seconds)

    def speed(self, trials: Sequence[Trial]) -> Figures:
        """Say how fast the epochs of these runs were, and how near the device's peak.

        The time of an epoch is the engine's: steps, monitors, one validation image.
        """
        count = len(self.train.labels)
        epochs = [epoch for trial in trials for epoch in trial.epochs]
        rate = quartiles([count / epoch.seconds for epoch in epochs])
        image, step = peaks.operations(self.settings, self.fold)
        each = image + step * epochs[0].steps / count  # with the optimizer's part
        name = device.describe(self.where).partition(": ")[2]
        known = None
        if self.where.type == "cuda":
            known = peaks.peak(name, self.dtype, torch.backends.cudnn.allow_tf32)
        return {
            "images_per_second": rate,
            "operations_per_image": each,
            "operations_per_second": each * rate["median"],
            "precision": str(self.dtype).removeprefix("torch."),
            "peak": known and known[0],
            "peak_source": known and known[1],
            "share": known and each * rate["median"] / known[0],
        }


def in_turns(bench: Bench, seeds: int, peer: Script | None) -> Figures:
    """Train from each seed, the peer after us; its failure ends its part only."""
    bench.run(seed=seeds, epochs=2)  # the warm-up
    trials, ours, theirs, failed = [], [], [], None
    for seed in range(seeds):
        trial, result = bench.run(seed)
        trials.append(trial)
        ours.append(result)
        if peer is not None and failed is None and len(theirs) < seeds:
            try:
                theirs += peer.results(seeds - len(theirs))
            except PeerError as error:
                failed = str(error)
    figures: Figures = {"speed": bench.speed(trials), "ours": _outcome(ours)}
    if peer is not None:
        name = {"script": peer.name, "sha256": peer.fingerprint}
        figures["peer"] = name | ({"failed": failed} if failed else _outcome(theirs))
    return figures


def _outcome(results: Sequence[Result]) -> Figures:
    return {
        "accuracy": spread([result.accuracy for result in results]),
        "seconds": spread([result.seconds for result in results]),
        "runs": [asdict(result) for result in results],
    }


def at_once(bench: Bench, together: int) -> Figures:
    """Compare trials of the coarse search: K at once, and one after the other.

    Both find the data on the device; both take turns, after a warm-up.

    Raises MeasuringError if a trial does not finish.
    """
    small = _small(bench.settings)
    fold = data.fold(bench.train, bench.settings.validation, seed=0)
    parts = ("train_images", "train_labels", "validation_images", "validation_labels")
    moved = {part: getattr(fold, part).to(bench.where) for part in parts}
    fold = replace(fold, **moved)
    rate = small.train.rate
    many = [  # rates over a decade, as a search would have them
        replace(small, train=replace(small.train, rate=rate * 10 ** (-k / together)))
        for k in range(together)
    ]

    def minutes(settings: list[Settings], seed: int) -> float:
        began = time.perf_counter()
        seeds = range(seed, seed + len(settings))
        if len(settings) == 1:
            trials = [fit(settings[0], fold, id="", step="benchmark", seed=seed)]
        else:
            names = [str(place) for place in seeds]
            trials = fit_many(settings, fold, ids=names, step="benchmark", seeds=seeds)
        if any(trial.outcome != "finished" for trial in trials):
            raise MeasuringError(
                f"{len(settings)} trials at once: not all of them finished"
            )
        return (time.perf_counter() - began) / 60

    alone, group = [], []
    for turn in range(1 + ROUNDS):
        alone.append(1 / minutes(many[-1:], turn))
        group.append(together / minutes(many, turn))
    # the first turn was the warm-up
    one, all_of_them = quartiles(alone[1:]), quartiles(group[1:])
    return {
        "k": together,
        "network": f"small, width {small.model.width}",
        "epochs": small.train.epochs,
        "batch_size": small.train.batch_size,
        "one_per_minute": one,
        "together_per_minute": all_of_them,
        "ratio": all_of_them["median"] / one["median"],
    }


def _small(settings: Settings) -> Settings:
    """Return settings of a coarse trial that can be trained together with others."""
    model = settings.model
    if model.name != "small":
        model = config.preset("digits").model
    epochs = settings.recipe.coarse_epochs
    train = replace(settings.train, optimizer="sgd", compile=False, epochs=epochs)
    return replace(settings, model=model, train=train)
