"""Several runs side by side, on a static page: only what was measured again.

A run is listed with figures if its model was measured, its claim agrees, and its ledger
does not contradict itself; any other is listed by name, with the reason. The accuracy
that ranks is the one measured here. What no one can measure again, the other seeds and
the clock, comes from the ledger of such a run, and the page says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from autograder.project import laws
from autograder.project.decisions import Final, Test
from autograder.project.images import Labeled
from autograder.project.ledger import Run, read_run
from autograder.project.page import document
from autograder.project.reading import RunError
from autograder.project.records import Trial
from autograder.project.scoring import Report, grade_run

TARGETS = {"digits": 0.95, "cifar": 0.94}
JOULES_A_KWH = 3.6e6


@dataclass(frozen=True)
class Entry:
    """One run on the board; ``why`` says why it has no figures, if it has none.

    ``accuracy`` is the measured one on ``images`` images, ``mean`` with the half-width
    ``half`` of its 95 % interval that over ``seeds`` seeds; ``seconds`` are those until
    the validation accuracy reached the target, with theirs.
    """

    name: str
    why: str = ""
    accuracy: float = math.nan
    images: int = 0
    seeds: int = 0
    mean: float = math.nan
    half: float = math.nan
    seconds: float = math.nan
    seconds_half: float = math.nan
    reached: int = 0
    energy: float = math.nan
    parameters: int = 0
    hardware: str = ""


def entry(folder: Path, data: Labeled, code: Path | None, target: float) -> Entry:
    """What the board says of one run."""
    name = folder.resolve().name
    try:
        run, report = read_run(folder), grade_run(folder, data, code)
    except RunError as error:
        return Entry(name, why=str(error))
    why = _why_not(report)
    test, final = run.last(Test), run.last(Final)
    if why or report.measured is None or test is None or final is None:
        return Entry(name, why=why or "it holds no final fit and test")
    trials = [run.by_id[one] for one in final.trials if one in run.by_id]
    times = [time for t in trials if (time := seconds_to(t, target)) is not None]
    energies = [trial.energy for trial in trials if trial.energy is not None]
    complete = bool(times) and len(times) == len(trials)
    return Entry(
        name,
        accuracy=report.measured.accuracy,
        images=report.measured.n,
        seeds=len(trials),
        mean=laws.mean(test.accuracies),
        half=laws.interval(test.accuracies),
        seconds=laws.mean(times) if complete else math.nan,
        seconds_half=laws.interval(times) if complete else math.nan,
        reached=len(times),
        energy=laws.mean(energies) if len(energies) == len(trials) else math.nan,
        parameters=trials[0].parameters,
        hardware=_hardware(run),
    )


def _why_not(report: Report) -> str:
    """Why a run gets no figures, or nothing."""
    if report.measured is None:
        parts = report.steps[-1].verdict.parts
        return f"not measured: {parts[0].message}"
    if not report.measured.agrees:
        return (
            f"claims {report.measured.claim:.4f}, measured "
            f"{report.measured.accuracy:.4f} on {report.measured.n} images"
        )
    if report.contradictions:
        return f"its ledger contradicts itself: {report.contradictions[0].name}"
    return report.measured.question


def seconds_to(trial: Trial, target: float) -> float | None:
    """Seconds until the validation accuracy reached the target; None if never."""
    passed = 0.0
    for epoch in trial.epochs:
        passed += epoch.seconds
        if epoch.validation_accuracy >= target:
            return passed
    return None


def _hardware(run: Run) -> str:
    final = run.of("final")
    return ", ".join(dict.fromkeys(trial.device for trial in final))


def target_of(name: str) -> float:
    """The accuracy to reach, by the data's name; 0.9 for data that have none."""
    return next((at for kind, at in TARGETS.items() if name.startswith(kind)), 0.9)


def html(entries: Sequence[Entry], data: str, target: float) -> str:
    """The page."""
    listed = sorted((e for e in entries if not e.why), key=lambda e: -e.accuracy)
    others = [e for e in entries if e.why]
    n = listed[0].images if listed else 0
    heads = (
        ("Run", ""),
        ("measured accuracy", "number"),
        ("over seeds", "number"),
        ("seeds", "number"),
        (f"seconds to {target:g}", "number"),
        ("energy of a fit", "number"),
        ("parameters", "number"),
        ("hardware", ""),
    )
    head = "".join(
        f'<th scope="col"{f" class={kind}" if kind else ""}>{escape(text)}</th>'
        for text, kind in heads
    )
    rows = "\n".join(_row(one) for one in listed)
    body = [
        f"<header>\n<h1>Leaderboard: {escape(data)}</h1>\n</header>\n<main>",
        f"<p>Accuracy: of the submitted model, measured by the grader on {n} test "
        "images, with its 95&nbsp;% interval by Wilson. Over seeds and seconds: mean "
        "± half of the 95&nbsp;% t interval over the final fits, as the ledger of a "
        "run says whose claim was measured and agrees; the grader cannot measure them "
        "again.</p>",
        '<div class="table" role="region" aria-label="Runs" tabindex="0">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n"
        "</table>\n</div>"
        if listed
        else "<p>No run could be measured.</p>",
    ]
    if others:
        items = "\n".join(
            f"<li><strong>{escape(e.name)}</strong>: {escape(e.why)}</li>"
            for e in others
        )
        body.append(f"<h2>Without figures</h2>\n<ul>\n{items}\n</ul>")
    return document(f"Leaderboard: {data}", "\n".join([*body, "</main>"]), "wide")


def _row(one: Entry) -> str:
    low, high = wilson(one.accuracy, one.images)
    cells = (
        f"{one.accuracy:.4f} ({low:.3f} to {high:.3f})",
        _spread(one.mean, one.half, 4),
        str(one.seeds),
        _seconds(one),
        "not told"
        if math.isnan(one.energy)
        else f"{one.energy / JOULES_A_KWH * 1000:.3g} Wh",
        f"{one.parameters:,}".replace(",", " "),
    )
    numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
    return (
        f'<tr><th scope="row">{escape(one.name)}</th>{numbers}'
        f"<td>{escape(one.hardware)}</td></tr>"
    )


def _seconds(one: Entry) -> str:
    if one.reached < one.seeds:
        return f"reached by {one.reached} of {one.seeds}"
    return _spread(one.seconds, one.seconds_half, 1)


def _spread(mean: float, half: float, digits: int) -> str:
    if math.isnan(half):
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def wilson(share: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share of ``n``, by Wilson's score.

    >>> low, high = wilson(0.98, 360)
    >>> round(low, 3), round(high, 3)
    (0.96, 0.99)
    """
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return max(0.0, center - half), min(1.0, center + half)
