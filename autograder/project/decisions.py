"""The decisions of a ledger, typed: what each step concluded, and from what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from autograder.project.curves import READINGS
from autograder.project.reading import Fields, RunError
from autograder.project.records import STEPS, Space, read_space


@dataclass(frozen=True)
class Decision:
    """What all decisions have: where and when it was written, and in which step."""

    line: int
    step: str
    time: datetime


@dataclass(frozen=True)
class InitialLoss(Decision):
    """Step 1: the losses of untrained networks."""

    losses: tuple[float, ...]
    classes: int
    expected: float
    sane: bool


@dataclass(frozen=True)
class Overfit(Decision):
    """Step 2: a small sample is known by heart."""

    trial: str
    sample: int
    epochs_needed: int | None
    reached: bool


@dataclass(frozen=True)
class RateSearch(Decision):
    """Step 3: the largest rate that lowers the loss at once."""

    rates: tuple[float, ...]
    losses: tuple[tuple[float, ...], ...]
    start: float


@dataclass(frozen=True)
class Search(Decision):
    """Steps 4 and 5: one round of trials in a space, and where to look next."""

    space: Space
    trials: tuple[str, ...]
    best: str
    next_space: Space
    extended: bool


@dataclass(frozen=True)
class Curves(Decision):
    """Step 6: what the curve of each trial says."""

    readings: dict[str, str]


@dataclass(frozen=True)
class Final(Decision):
    """Step 7: the settings chosen, and the final fits, one for each seed."""

    chosen: dict[str, float]
    trials: tuple[str, ...]
    mean: float
    deviation: float


@dataclass(frozen=True)
class Test(Decision):
    """The end: the test images, opened once."""

    __test__ = False  # not one of pytest's

    accuracies: tuple[float, ...]
    mean: float
    deviation: float
    images: int


def read_decision(fields: Fields, line: int) -> Decision:
    """A record of the kind ``decision``; raises RunError."""
    step = fields.text("step", *STEPS, "test")
    moment = fields.time("time" if "time" in fields or step != "test" else "opened")
    return _READERS[step](fields, line, step, moment)


def _initial_loss(
    fields: Fields, line: int, step: str, moment: datetime
) -> InitialLoss:
    return InitialLoss(
        line,
        step,
        moment,
        losses=tuple(fields.measurements("losses", 10_000)),
        classes=fields.whole("classes", 2, 100_000),
        expected=fields.number("expected", 0, 100),
        sane=fields.flag("sane"),
    )


def _overfit(fields: Fields, line: int, step: str, moment: datetime) -> Overfit:
    return Overfit(
        line,
        step,
        moment,
        trial=fields.text("trial"),
        sample=fields.whole("sample", 1),
        epochs_needed=(
            fields.whole("epochs_needed", 1) if "epochs_needed" in fields else None
        ),
        reached=fields.flag("reached"),
    )


def _rate(fields: Fields, line: int, step: str, moment: datetime) -> RateSearch:
    curves = fields.items("losses", 1000)
    rates = tuple(fields.measurements("rates", 1000))
    if not rates or len(rates) != len(curves) or not all(rate > 0 for rate in rates):
        raise RunError(f"{fields.where}: each of the rates, above 0, needs its losses")
    return RateSearch(
        line,
        step,
        moment,
        rates=rates,
        losses=tuple(
            tuple(Fields({"losses": curve}, fields.where).measurements("losses"))
            for curve in curves
        ),
        start=fields.number("start", 1e-30, 1e9),
    )


def _search(fields: Fields, line: int, step: str, moment: datetime) -> Search:
    following = fields.inner("next")
    return Search(
        line,
        step,
        moment,
        space=read_space(fields.inner("space")),
        trials=tuple(fields.texts("trials")),
        best=fields.text("best"),
        next_space=read_space(following.inner("space")),
        extended=following.flag("extended"),
    )


def _curves(fields: Fields, line: int, step: str, moment: datetime) -> Curves:
    readings = fields.inner("readings")
    return Curves(
        line,
        step,
        moment,
        readings={name: readings.text(name, *READINGS) for name in readings.values},
    )


def _final(fields: Fields, line: int, step: str, moment: datetime) -> Final:
    chosen, validation = fields.inner("chosen"), fields.inner("validation")
    return Final(
        line,
        step,
        moment,
        chosen={name: chosen.number(name, 0, 1e9) for name in ("rate", "weight_decay")},
        trials=tuple(fields.texts("trials")),
        mean=validation.measured("mean"),
        deviation=validation.measured("sd"),
    )


def _test(fields: Fields, line: int, step: str, moment: datetime) -> Test:
    return Test(
        line,
        step,
        moment,
        accuracies=tuple(fields.measurements("accuracies", 100_000)),
        mean=fields.measured("mean"),
        deviation=fields.measured("sd"),
        images=fields.whole("images", 1),
    )


_READERS: dict[str, Callable[[Fields, int, str, datetime], Decision]] = {
    "initial_loss": _initial_loss,
    "overfit": _overfit,
    "rate": _rate,
    "coarse": _search,
    "refine": _search,
    "curves": _curves,
    "final": _final,
    "test": _test,
}
