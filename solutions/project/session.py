"""A run directory while a step works on it: settings, ledger, data, and what it says.

RUN/config.toml     all settings as used: they stay as they are
RUN/ledger.jsonl    every trial and every decision
RUN/checkpoints/    of trials under way
RUN/study.db        the search, unless it lies in a database of its own
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from . import checkpoint, config, data, device, distributed, train
from .config import Settings
from .ledger import Ledger, Record, now
from .progress import Progress
from .trial import Trial


class StepError(RuntimeError):
    """A step cannot be carried out; the message says why, and what to do."""


@dataclass
class Session:
    """A run directory, and how it is worked on this time."""

    folder: Path
    settings: Settings
    storage: str | None = None  # of the search; None: a file in the folder
    vectorize: int = 1  # trials of the coarse search at once, in one process
    workers: int = 1  # processes that share a search
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.folder / "ledger.jsonl")
        self.storage = self.storage or study_of(self.folder)

    @cached_property
    def fold(self) -> data.Fold:
        """The training part of the data, divided; the test part is not looked at.

        It lies on the device that trains: no trial has to bring it there.
        """
        where = device.choose(self.settings.device)
        loaded = data.load(self.settings.data, "train")
        return data.fold(loaded, self.settings.validation, self.settings.seed).to(where)

    def needs(self, step: str) -> Record:
        """Return the latest decision of an earlier step; StepError if there is none."""
        found = self.ledger.decision(step)
        if found is None:
            raise StepError(
                f"{self.folder} holds no decision of `{step}`: run `{step}` first"
            )
        return found

    def is_done(self, step: str) -> bool:
        """Tell whether there is nothing left to do of a step."""
        if step == "coarse":
            rounds = self.ledger.decisions("coarse")
            extended = bool(rounds) and rounds[-1]["next"]["extended"]
            most = 1 + self.settings.recipe.max_extensions
            return bool(rounds) and (not extended or len(rounds) >= most)
        return self.ledger.decision("test" if step == "final" else step) is not None

    def decide(self, step: str, **found: Any) -> Record:
        """Write a decision, with its evidence, into the ledger; return it."""
        self.ledger.append({"record": "decision", "step": step, "time": now(), **found})
        return self.needs(step)

    def with_train(self, **changes: Any) -> Settings:
        """Return the settings with some of `train` changed."""
        return replace(self.settings, train=replace(self.settings.train, **changes))

    def say(self, text: str) -> None:
        """Tell the user."""
        self.progress.say(text)

    def train(
        self,
        settings: Settings,
        fold: data.Fold,
        *,
        id: str,  # noqa: A002 - the ledger's word
        step: str,
        seed: int,
        also: Any = None,
        shared: bool = False,
        keep_model: bool = False,
    ) -> Trial:
        """Train once, shown as it goes; `also` is called with each epoch, too.

        shared: with all processes that torchrun started, if it did.
        """
        chosen = settings.train
        about = f"rate {chosen.rate:.2g}, decay {chosen.weight_decay:.2g}"
        with self.progress.trial(id, about, chosen.epochs) as show:

            def watch(epoch: Any) -> None:
                show(epoch)
                if also is not None:
                    also(epoch)

            return (distributed.fit if shared else train.fit)(
                settings,
                fold,
                id=id,
                step=step,
                seed=seed,
                run=self.folder,
                watch=watch,
                keep_model=keep_model,
            )

    def record(self, trial: Trial | Record) -> Record:
        """Write a trial into the ledger, unless it is there; its checkpoint goes."""
        name = trial["id"] if isinstance(trial, dict) else trial.id
        if self.ledger.trial(name) is None:
            self.ledger.append(trial)
        checkpoint.remove(self.folder / "checkpoints" / f"{name}.safetensors")
        written = self.ledger.trial(name)
        if written["outcome"] != "finished":
            self.say(f"  {name}: {written['outcome']}")
        return written


def study_of(folder: Path) -> str:
    """Return the address of the search that lies in a run directory."""
    file = str(folder.absolute() / "study.db")
    return URL.create("sqlite", database=file).render_as_string(hide_password=False)


def settings_for(
    folder: Path,
    *,
    source: str | None = None,
    file: Path | None = None,
    changes: Iterable[str] = (),
    seed: int | None = None,
    device: str | None = None,
) -> Settings:
    """Return the settings that a run has, or shall have, in this folder.

    source: the data, also the name of a preset; file: settings that replace the
    preset; changes: as `key=value`. A run that has begun keeps its settings: what is
    asked for must be what it has.

    Raises ConfigError, or StepError if a run in the folder has other settings.
    """
    begun = folder / "config.toml"
    if begun.is_file():
        before = config.read(begun)
        asked = config.read(file) if file else before
    elif file is not None:
        asked = config.read(file)
    else:
        name = source or "digits"
        asked = config.preset(name if name in config.PRESETS else "cifar10")
    named = list(changes)
    if source is not None:
        asked = replace(asked, data=source)
    if seed is not None:
        named.append(f"seed={seed}")
    if device is not None:
        named.append(f"device={device}")
    asked = config.override(asked, named)
    if begun.is_file() and asked != before:
        raise StepError(
            f"{folder} was begun with other settings ({_differences(before, asked)}); "
            "a run keeps its settings: name another folder by --out"
        )
    return asked


def opened(folder: Path, settings: Settings, *, resume: bool, **how: Any) -> Session:
    """Open a run directory, or make it.

    Raises StepError if something else is there, or a run that `resume` was not said
    of.
    """
    begun = folder / "config.toml"
    if not begun.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            others = [path.name for path in folder.iterdir()]
        except OSError as error:
            raise StepError(f"{folder}: {error.strerror}") from error
        if any(not name.startswith(".") for name in others):
            raise StepError(
                f"{folder} is there, and is not a run: name another folder by --out"
            )
        for leftover in folder.glob(".config.toml.*"):  # of a run killed right here
            leftover.unlink()
        config.write(settings, begun)
    elif not resume:
        raise StepError(
            f"{folder} is there: go on with it by --resume, or name another folder "
            "by --out"
        )
    return Session(folder, settings, **how)


def _differences(before: Settings, asked: Settings) -> str:
    """Name the settings that differ: train.rate is 0.1, not 0.3."""
    old, new = _flat(config.as_dict(before)), _flat(config.as_dict(asked))
    changed = [key for key in old if old[key] != new[key]]
    shown = [f"{key} is {old[key]}, not {new[key]}" for key in changed[:3]]
    return "; ".join(shown) + ("; …" if len(changed) > 3 else "")


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": entry for name, entry in value.items()}
        else:
            flat[key] = value
    return flat
