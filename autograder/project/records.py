"""The trials of a ledger, typed; :mod:`decisions` has the rest.

Only what the audit looks at is read; other fields may stand beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from autograder.project.reading import Fields, RunError, quoted

STEPS = ("initial_loss", "overfit", "rate", "coarse", "refine", "curves", "final")
OUTCOMES = ("finished", "diverged", "pruned", "out of memory")


@dataclass(frozen=True)
class Range:
    """Where one setting is looked for: from ``low`` to ``high`` on a scale."""

    scale: str
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies inside, but for rounding."""
        return self.low * (1 - 1e-6) <= value <= self.high * (1 + 1e-6)

    def place(self, value: float) -> float:
        """Where ``value`` lies, 0 to 1 on the logarithmic scale; 1/2 in a point."""
        if self.low == self.high:
            return 0.5
        return math.log(value / self.low) / math.log(self.high / self.low)


Space = dict[str, Range]


@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch."""

    epoch: int
    steps: int
    rate: float
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    gradient_norm: float
    update_ratio: float
    seconds: float

    @property
    def metrics(self) -> tuple[float, ...]:
        """What no two different runs share."""
        return (
            self.train_loss,
            self.train_accuracy,
            self.validation_loss,
            self.validation_accuracy,
            self.gradient_norm,
        )


@dataclass(frozen=True)
class Settings:
    """Of a trial's settings, those that the audit looks at."""

    data: str
    model: str
    width: int
    epochs: int
    batch_size: int
    optimizer: str
    rate: float
    weight_decay: float
    schedule: str
    warmup: float
    label_smoothing: float
    augmented: bool
    sampler: str
    coarse_trials: int
    refined_trials: int
    max_extensions: int
    seeds: int

    def value(self, name: str) -> float:
        """The value of a setting that is searched for."""
        return self.rate if name == "rate" else self.weight_decay


@dataclass(frozen=True)
class Trial:
    """One training run."""

    line: int
    id: str
    step: str
    settings: Settings
    seed: int
    data: tuple[str, str, int, int]  # name, fingerprint, train, validation
    space: Space | None
    epochs: tuple[Epoch, ...]
    parameters: int
    images: int
    started: datetime
    ended: datetime
    seconds: float
    device: str
    versions: tuple[tuple[str, str], ...]
    outcome: str
    batch_size_used: int
    rate_used: float
    energy: float | None  # joules, where the driver tells

    @property
    def train(self) -> int:
        """The number of images trained on."""
        return self.data[2]

    @property
    def validation(self) -> int:
        """The number of images validated on."""
        return self.data[3]

    @property
    def loss(self) -> float:
        """The validation loss after the last epoch; nan for a run that diverged."""
        if self.outcome != "finished" or not self.epochs:
            return math.nan
        return self.epochs[-1].validation_loss

    @property
    def accuracy(self) -> float:
        """The validation accuracy after the last epoch."""
        return self.epochs[-1].validation_accuracy if self.epochs else math.nan


def read_settings(fields: Fields) -> Settings:
    """The settings in ``config.toml`` or of one trial; raises RunError."""
    model, train = fields.inner("model"), fields.inner("train")
    recipe = fields.inner("recipe")
    crop = train.whole("crop", high=1000)
    cutout = train.whole("cutout", high=1000)
    return Settings(
        data=fields.text("data"),
        model=model.text("name"),
        width=model.whole("width", 1, 100_000),
        epochs=train.whole("epochs", 1, 1_000_000),
        batch_size=train.whole("batch_size", 1, 10_000_000),
        optimizer=train.text("optimizer"),
        rate=train.number("rate", 0, 1e9),
        weight_decay=train.number("weight_decay", 0, 1e9),
        schedule=train.text("schedule"),
        warmup=train.number("warmup", 0, 1),
        label_smoothing=train.number("label_smoothing", 0, 1),
        augmented=bool(crop or cutout or train.flag("flip")),
        sampler=recipe.text("sampler"),
        coarse_trials=recipe.whole("coarse_trials", 1, 1_000_000),
        refined_trials=recipe.whole("refined_trials", 1, 1_000_000),
        max_extensions=recipe.whole("max_extensions", 0, 1000),
        seeds=recipe.whole("seeds", 1, 100_000),
    )


def read_trial(fields: Fields, line: int) -> Trial:
    """A record of the kind ``trial``; raises RunError."""
    data, versions = fields.inner("data"), fields.inner("versions")
    epochs = fields.items("epochs")
    return Trial(
        line=line,
        id=fields.text("id"),
        step=fields.text("step", *STEPS),
        settings=read_settings(fields.inner("settings")),
        seed=fields.whole("seed", -(2**53)),
        data=(
            data.text("name"),
            data.text("fingerprint"),
            data.whole("train", 1),
            data.whole("validation", 1),
        ),
        space=read_space(fields.inner("space")) if "space" in fields else None,
        epochs=tuple(
            _epoch(entry, f"{fields.where}, epoch {place}")
            for place, entry in enumerate(epochs, 1)
        ),
        parameters=fields.whole("parameters"),  # 0: lost before there was a network
        images=fields.whole("images"),
        started=fields.time("started"),
        ended=fields.time("ended"),
        seconds=fields.number("seconds", 0, 1e9),
        device=fields.text("device"),
        versions=tuple(
            sorted((quoted(name), versions.text(name)) for name in versions.values)
        ),
        outcome=fields.text("outcome", *OUTCOMES),
        batch_size_used=fields.whole("batch_size_used", 1),
        rate_used=fields.number("rate_used", 0, 1e9),
        energy=fields.number("energy", 0, 1e15) if "energy" in fields else None,
    )


def _epoch(entry: Any, where: str) -> Epoch:
    if not isinstance(entry, dict):
        raise RunError(f"{where} is not an object")
    fields = Fields(entry, where)
    return Epoch(
        epoch=fields.whole("epoch", 1),
        steps=fields.whole("steps", 0),
        rate=fields.measured("rate", 0),
        train_loss=fields.measured("train_loss", 0),
        train_accuracy=fields.measured("train_accuracy", 0, 1),
        validation_loss=fields.measured("validation_loss", 0),
        validation_accuracy=fields.measured("validation_accuracy", 0, 1),
        gradient_norm=fields.measured("gradient_norm", 0),
        update_ratio=fields.measured("update_ratio", 0),
        seconds=fields.number("seconds", 0, 1e9),
    )


def read_space(fields: Fields) -> Space:
    """A search space, ``{"rate": ["log", 0.01, 1.0], …}``; raises RunError."""
    if not fields.values or set(fields.values) - {"rate", "weight_decay"}:
        raise RunError(f"{fields.where}: a space names rate and weight_decay")
    space = {}
    for name in fields.values:
        entry = fields.items(name, 3)
        if len(entry) != 3:
            fields.refuse(name, "a scale and two numbers")
        scale, low, high = entry
        ends = Fields({"scale": scale, "low": low, "high": high}, fields.where)
        bottom = ends.number("low", 1e-30, 1e9)
        space[name] = Range(
            ends.text("scale", "log", "linear"),
            bottom,
            ends.number("high", bottom, 1e9),
        )
    return space
