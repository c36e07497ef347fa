"""Tests of the project's grader; what they share: runs that are honest by design."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from autograder.project.contradictions import find
from autograder.project.images import DIGITS, DIGITS_TRAIN
from autograder.project.ledger import Run, read_run

Record = dict[str, Any]
Forge = Callable[[list[Record]], None]
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
VERSIONS = {"python": "3.11.2", "torch": "2.13.0", "numpy": "2.4.6", "project": "1"}


class Honest:
    """A run as the project writes it, without the networks: its figures are drawn.

    A trial's accuracy comes from how near its rate is to a good one. Everything that
    must hold holds: counts, times, bounds between loss and accuracy, decisions.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        sampler: str = "random",
        classes: int = 10,
        total: int = DIGITS_TRAIN,
        schedule: str = "cosine",
        smoothing: float = 0.0,
        batch: int = 64,
        coarse: int = 12,
        epochs: tuple[int, int, int] = (2, 10, 20),
        seeds: int = 3,
        good: float = 0.12,
        diverging: float = math.inf,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.records: list[Record] = []
        self.now = START
        self.classes, self.good, self.diverging = classes, good, diverging
        self.batch, self.schedule, self.smoothing = batch, schedule, smoothing
        self.validation = round(0.2 * total)
        self.train = total - self.validation
        self.parameters = int(self.rng.integers(5_000, 500_000))
        self.epochs, self.seeds = epochs, seeds
        self.recipe = {
            "sample": 100,
            "sample_epochs": 30,
            "range_rates": [0.001, 0.01, 0.1, 1.0],
            "range_iterations": 100,
            "coarse_trials": coarse,
            "coarse_epochs": epochs[0],
            "refined_trials": 8,
            "refined_epochs": epochs[1],
            "keep": 3,
            "max_extensions": 2,
            "sampler": sampler,
            "pruning": False,
            "final_epochs": epochs[2],
            "seeds": seeds,
        }
        self._initial_loss()
        self._overfit()
        start = self._rate()
        space = self._coarse(start)
        chosen = self._refine(space)
        self._final(chosen)

    # The steps ----------------------------------------------------------------------

    def _initial_loss(self) -> None:
        losses = math.log(self.classes) * self.rng.uniform(0.99, 1.03, 5)
        self._decide(
            "initial_loss",
            losses=losses.tolist(),
            classes=self.classes,
            expected=math.log(self.classes),
            sane=True,
        )

    def _overfit(self) -> None:
        trial = self._trial(
            "overfit", 0, 0.1, 0.0, 30, "fixed", train=100, known_by_heart=True
        )
        accuracies = [e["train_accuracy"] for e in trial["epochs"]]
        wrong = [place for place, a in enumerate(accuracies) if a < 1]
        self._decide(
            "overfit",
            trial=trial["id"],
            sample=100,
            epochs_needed=wrong[-1] + 2 if wrong else 1,
            reached=True,
        )

    def _rate(self) -> float:
        rates = self.recipe["range_rates"]
        first = math.log(self.classes)
        curves = []
        for rate in rates:
            end = first * (0.5 if 0.01 <= rate <= 0.1 else 0.99)
            curve = np.linspace(first, end, 100)
            curves.append(curve.tolist() if rate < 1 else [first, 50.0, None])
        self._decide("rate", rates=rates, losses=curves, start=0.1)
        return 0.1

    def _coarse(self, start: float) -> dict[str, list[Any]]:
        space: dict[str, list[Any]] = {
            "rate": ["log", start / 10, start * 3],
            "weight_decay": ["log", 1e-6, 1e-2],
        }
        for extension in range(3):
            trials = self._search("coarse", space, self.recipe["coarse_trials"])
            following, extended = next_space(space, trials, self.recipe["keep"])
            self._decided_search("coarse", space, trials, following, extended)
            if not extended or extension == 2:
                return following
            space = following
        raise AssertionError("unreachable")

    def _refine(self, space: dict[str, list[Any]]) -> dict[str, float]:
        trials = self._search("refine", space, self.recipe["refined_trials"])
        following, extended = next_space(space, trials, self.recipe["keep"])
        self._decided_search("refine", space, trials, following, extended)
        self._decide("curves", readings={t["id"]: reading(t, self) for t in trials})
        best = min((t for t in trials if t["outcome"] == "finished"), key=end_loss)
        return settings_of(best)

    def _final(self, chosen: dict[str, float]) -> None:
        trials = [
            self._trial("final", k, *chosen.values(), self.epochs[2], self.schedule, k)
            for k in range(self.seeds)
        ]
        accuracies = [t["epochs"][-1]["validation_accuracy"] for t in trials]
        self._decide(
            "final",
            chosen=chosen,
            trials=[t["id"] for t in trials],
            validation=spread(accuracies),
        )
        images = DIGITS_TRAIN // 4
        tested = [round(a * images) / images for a in accuracies]
        self._decide(
            "test",
            opened=self._time(),
            accuracies=tested,
            images=images,
            **spread(tested),
        )

    # Their records ------------------------------------------------------------------

    def _search(self, step: str, space: dict[str, list[Any]], n: int) -> list[Record]:
        first = sum(
            r.get("step") == step and r["record"] == "trial" for r in self.records
        )
        drawn = []
        for slot in range(n):
            values = []
            for axis, (_, low, high) in enumerate(space.values()):
                place = self.rng.random()
                if self.recipe["sampler"] == "grid":
                    place = ((slot // 4) if axis else slot % 4) / (3 if not axis else 2)
                    place = min(place, 1.0)
                values.append(float(low * (high / low) ** place))
            epochs = self.epochs[0] if step == "coarse" else self.epochs[1]
            trial = self._trial(step, first + slot, *values, epochs, "fixed")
            trial["space"] = copy.deepcopy(space)
            drawn.append(trial)
        return drawn

    def _decided_search(
        self,
        step: str,
        space: dict[str, list[Any]],
        trials: list[Record],
        following: dict[str, list[Any]],
        extended: bool,
    ) -> None:
        best = min((t for t in trials if t["outcome"] == "finished"), key=end_loss)
        self._decide(
            step,
            space=space,
            trials=[t["id"] for t in trials],
            best=best["id"],
            next={"space": following, "extended": extended},
        )

    def _trial(
        self,
        step: str,
        number: int,
        rate: float,
        decay: float,
        epochs: int,
        schedule: str,
        seed: int = 0,
        train: int | None = None,
        known_by_heart: bool = False,
    ) -> Record:
        n = train or self.train
        batch = min(self.batch, n)
        steps = math.ceil(n / batch)
        blown = rate > self.diverging
        distance = abs(math.log(rate / self.good)) + 0.1 * abs(
            math.log(max(decay, 1e-6) / 3e-4)
        )
        top = float(np.clip(0.995 - 0.04 * distance, 2 / self.classes, 0.995))
        started, made = self.now, []
        for epoch in range(1, epochs + 1):
            share = 1 - math.exp(-(epoch + 1) / 2)
            accuracy = top * share + self.rng.uniform(-0.004, 0.004)
            if known_by_heart:
                accuracy = 1.0 if epoch > 10 else 0.9 * share
            last = blown and epoch == min(2, epochs)
            took = n / 10_000 * self.rng.uniform(0.9, 1.1)
            made.append(
                {
                    "epoch": epoch,
                    "steps": steps,
                    "rate": rate_at(epoch * steps - 1, epochs * steps, rate, schedule),
                    **self._losses("train", accuracy, n, last),
                    **self._losses(
                        "validation", accuracy - 0.01, self.validation, last
                    ),
                    "gradient_norm": float(self.rng.uniform(0.1, 3)),
                    "update_ratio": float(self.rng.uniform(1e-4, 1e-2)),
                    "seconds": took,
                }
            )
            self.now += timedelta(seconds=took)
            if last:
                made[-1]["steps"] = max(1, steps // 2)
                break
        seconds = sum(e["seconds"] for e in made) + 0.05
        self.now += timedelta(seconds=0.2)
        settings = {
            "data": "digits",
            "validation": 0.2,
            "seed": 0,
            "device": "auto",
            "model": {"name": "small", "width": 16},
            "train": {
                "epochs": epochs,
                "batch_size": self.batch,
                "optimizer": "sgd",
                "rate": rate,
                "momentum": 0.9,
                "weight_decay": decay,
                "schedule": schedule,
                "warmup": 0.1,
                "label_smoothing": self.smoothing,
                "crop": 0,
                "flip": False,
                "cutout": 0,
            },
            "recipe": self.recipe,
        }
        images = sum(min(n, e["steps"] * batch) for e in made)
        trial = {
            "record": "trial",
            "id": f"{step}-{number:04d}",
            "step": step,
            "settings": settings,
            "seed": seed,
            "data": {
                "name": "digits",
                "fingerprint": DIGITS,
                "train": n,
                "validation": self.validation,
            },
            "space": None,
            "epochs": made,
            "parameters": self.parameters,
            "images": images,
            "started": stamp(started),
            "ended": stamp(self.now),
            "seconds": seconds,
            "device": "cpu: a laptop",
            "versions": dict(VERSIONS),
            "outcome": "diverged" if blown else "finished",
            "batch_size_used": batch,
            "rate_used": rate,
        }
        self.records.append(trial)
        return trial

    def _losses(self, kind: str, accuracy: float, n: int, blown: bool) -> Record:
        count = min(max(round(accuracy * n), 0), n)
        share = float(np.float32(count) / np.float32(n))
        slack = self.rng.uniform(0.01, 0.3)
        smooth = self.smoothing if kind == "train" else 0.0
        least = (1 - share) * math.log(2) + smooth * math.log(self.classes)
        loss = least + slack * (1.2 - share)
        return {
            f"{kind}_loss": None if blown else loss,
            f"{kind}_accuracy": None if blown and kind == "validation" else share,
        }

    def _decide(self, step: str, **fields: Any) -> None:
        self.now += timedelta(seconds=0.3)
        one = {"record": "decision", "step": step, "time": self._time(), **fields}
        self.records.append(copy.deepcopy(one))

    def _time(self) -> str:
        return stamp(self.now)

    # Their files --------------------------------------------------------------------

    def write(self, folder: Path) -> Path:
        """Write the run directory."""
        folder.mkdir(parents=True, exist_ok=True)
        settings = next(r["settings"] for r in self.records if "settings" in r)
        tables = {k: v for k, v in settings.items() if isinstance(v, dict)}
        lines = [
            f"{k} = {json.dumps(v)}" for k, v in settings.items() if k not in tables
        ]
        for name, table in tables.items():
            lines += [
                f"[{name}]",
                *(f"{k} = {json.dumps(v)}" for k, v in table.items()),
            ]
        (folder / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        write_ledger(folder, self.records)
        return folder


def write_ledger(folder: Path, records: list[Record]) -> None:
    """Write the records as the ledger."""
    text = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "ledger.jsonl").write_text(text, encoding="utf-8")


def run_of(folder: Path, forge: Forge | None = None, **options: Any) -> Run:
    """An honest run, forged by ``forge`` if there is one, and read."""
    honest = Honest(**options)
    if forge:
        forge(honest.records)
    return read_run(honest.write(folder))


def named(run: Run) -> set[str]:
    """The names of the contradictions that are found in a run."""
    return {one.name for one in find(run)}


def trials(records: list[Record], step: str) -> list[Record]:
    """The trials of a step."""
    return [r for r in records if r["record"] == "trial" and r["step"] == step]


def decision(records: list[Record], step: str) -> Record:
    """The last decision of a step."""
    return [r for r in records if r["record"] == "decision" and r["step"] == step][-1]


def stamp(moment: datetime) -> str:
    """A time as the ledger writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moved(text: str, seconds: float) -> str:
    """A time of the ledger, later by some seconds."""
    return stamp(datetime.fromisoformat(text) + timedelta(seconds=seconds))


def spread(values: list[float]) -> dict[str, float | None]:
    """Mean and standard deviation."""
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "sd": sd}


def end_loss(trial: Record) -> float:
    """The validation loss after the last epoch."""
    loss = trial["epochs"][-1]["validation_loss"]
    return math.inf if loss is None else float(loss)


def settings_of(trial: Record) -> dict[str, float]:
    """The two settings that are searched for."""
    train = trial["settings"]["train"]
    return {name: train[name] for name in ("rate", "weight_decay")}


def next_space(
    space: dict[str, list[Any]], trials: list[Record], keep: int
) -> tuple[dict[str, list[Any]], bool]:
    """The decision of steps 4 and 5, as the guide states it."""
    sound = sorted((t for t in trials if end_loss(t) < math.inf), key=end_loss)[:keep]
    best = settings_of(sound[0])
    extended, narrowed = {}, {}
    for name, (scale, low, high) in space.items():
        edge = 0.05 * math.log(high / low)
        below = math.log(best[name] / low) <= edge
        above = math.log(high / best[name]) <= edge
        ends = [low / 10 if below else low, high * 10 if above else high]
        extended[name] = [scale, *ends]
        values = [settings_of(t)[name] for t in sound]
        narrowed[name] = [scale, min(values), max(values)]
    return (narrowed, False) if extended == space else (extended, True)


def rate_at(step: int, steps: int, peak: float, schedule: str) -> float:
    """Warm-up over a tenth of the steps, then one of three schedules."""
    warm = round(0.1 * steps)
    if step < warm:
        return peak * (step + 1) / warm
    s = (step - warm) / (steps - warm)
    factors = {
        "fixed": 1.0,
        "linear": 1 - s,
        "cosine": (1 + math.cos(math.pi * s)) / 2,
    }
    return peak * factors[schedule]


def reading(trial: Record, run: Honest) -> str:
    """What the curves say, as the tuning assignment words it."""
    chance = math.log(run.classes)
    epochs = trial["epochs"]
    if any(e[k] is None for e in epochs for k in ("train_loss", "validation_loss")):
        return "diverged"
    last, n = epochs[-1], len(epochs)
    if last["train_loss"] > 0.9 * chance:
        return "diverged" if last["train_loss"] > 2 * chance else "lr_too_small"
    if epochs[n // 3]["train_loss"] > 0.9 * chance:
        return "bad_init"
    if last["train_accuracy"] - last["validation_accuracy"] > 0.15:
        return "overfitting"
    rise = last["validation_accuracy"] - epochs[3 * n // 4]["validation_accuracy"]
    if rise > 0.03:
        return "keep_training"
    if last["validation_accuracy"] >= 0.9:
        return "healthy"
    return "underfitting" if last["train_accuracy"] < 0.5 else "plateau_decay_now"
