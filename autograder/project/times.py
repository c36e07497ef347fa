"""Times: nothing ends before it begins, and work takes time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from autograder.project.decisions import Test
from autograder.project.finding import Contradiction
from autograder.project.ledger import Run

# What two machines that share a search may disagree about the time.
CLOCKS = timedelta(seconds=5)

# Beyond what any machine does. A step of a training loop takes 100 µs at the least;
# the bounds leave room for a hundred networks trained side by side. No weight is used
# less than once an image in the forward and twice in the backward pass, two operations
# each; the largest machines that one process drives do some 1e16 of them a second.
STEPS_A_SECOND = 1e6
OPERATIONS_A_SECOND = 1e17

BEFORE = {"coarse": "rate", "refine": "coarse", "final": "refine"}


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S")


def backwards(run: Run) -> Iterator[Contradiction]:
    """Does time run backwards, within a record or from line to line?"""
    name = "time runs backwards"
    for trial in run.trials:
        if trial.ended < trial.started:
            text = f"{trial.id} ends before it begins"
            yield Contradiction(name, trial.step, trial.line, text)
    latest: datetime | None = None
    for one in run.decisions:
        if latest and one.time < latest - CLOCKS:
            text = (
                f"{one.step} was decided at {_clock(one.time)}, before the line above"
            )
            yield Contradiction(name, _step(one.step), one.line, text)
        latest = max(latest, one.time) if latest else one.time
    for trial in run.trials:
        for one in run.decisions:
            if one.line < trial.line and trial.ended < one.time - CLOCKS:
                text = (
                    f"{trial.id} ended at {_clock(trial.ended)}, before the decision "
                    f"of {one.step} that stands above it ({_clock(one.time)})"
                )
                yield Contradiction(name, trial.step, trial.line, text)
                break
            if one.line > trial.line and one.time < trial.ended - CLOCKS:
                text = (
                    f"{one.step} was decided at {_clock(one.time)}, before {trial.id} "
                    f"above it had ended ({_clock(trial.ended)})"
                )
                yield Contradiction(name, _step(one.step), one.line, text)
                break


def too_early(run: Run) -> Iterator[Contradiction]:
    """Does a trial begin before what it rests on was decided?"""
    for trial in run.trials:
        needed = BEFORE.get(trial.step)
        decided = [one.time for one in run.decisions if one.step == needed]
        if decided and trial.started < min(decided) - CLOCKS:
            yield Contradiction(
                "begun too early",
                trial.step,
                trial.line,
                f"{trial.id} began at {_clock(trial.started)}, {needed} was decided at "
                f"{_clock(min(decided))}",
            )


def overlap(run: Run) -> Iterator[Contradiction]:
    """Do runs overlap that are made one after the other?

    Searches may have many workers; final fits have one.
    """
    ordered = sorted(run.of("final"), key=lambda trial: trial.started)
    for one, other in pairwise(ordered):
        if other.started < one.ended - CLOCKS:
            yield Contradiction(
                "runs overlap",
                "final",
                other.line,
                f"{other.id} began at {_clock(other.started)}, {one.id} ended at "
                f"{_clock(one.ended)}; final fits are made one after the other",
            )


def seconds(run: Run) -> Iterator[Contradiction]:
    """Do a trial's seconds fit its clock and its epochs?"""
    name = "seconds do not add up"
    for trial in run.trials:
        passed = (trial.ended - trial.started).total_seconds()
        epochs = math.fsum(epoch.seconds for epoch in trial.epochs)
        if trial.seconds > passed * 1.001 + 1:
            text = f"worked for {trial.seconds:.1f} s within {passed:.1f} s"
        elif epochs > trial.seconds * 1.01 + 0.1:
            text = f"its epochs take {epochs:.1f} s, all of it {trial.seconds:.1f} s"
        elif trial.outcome == "finished" and trial.seconds > 5 * epochs + 120:
            text = f"its epochs take {epochs:.1f} s of {trial.seconds:.1f} s"
        else:
            continue
        yield Contradiction(name, trial.step, trial.line, f"{trial.id} {text}")


def throughput(run: Run) -> Iterator[Contradiction]:
    """Is anything faster than any machine?"""
    for trial in run.trials:
        for epoch in trial.epochs:
            took = max(epoch.seconds, 1e-9)
            steps = epoch.steps / took
            operations = 6.0 * trial.parameters * trial.train / took
            if trial.outcome == "finished" and (
                steps > STEPS_A_SECOND or operations > OPERATIONS_A_SECOND
            ):
                yield Contradiction(
                    "impossible speed",
                    trial.step,
                    trial.line,
                    f"{trial.id}, epoch {epoch.epoch}: {epoch.steps} steps with "
                    f"{trial.train} images in {epoch.seconds:g} s",
                )
                break


def opened_last(run: Run) -> Iterator[Contradiction]:
    """Is the test set opened once, and after everything else?"""
    opened = run.all(Test)
    for again in opened[1:]:
        yield Contradiction(
            "test set opened twice",
            "final",
            again.line,
            f"opened at {_clock(opened[0].time)} and again at {_clock(again.time)}",
        )
    if not opened:
        return
    first = min(opened, key=lambda one: one.time)
    for trial in run.trials:
        if trial.line > first.line or trial.ended > first.time + CLOCKS:
            yield Contradiction(
                "training after the test",
                trial.step,
                trial.line,
                f"{trial.id} ended at {_clock(trial.ended)} and the test set had been "
                f"opened at {_clock(first.time)}, in line {first.line}",
            )


def _step(step: str) -> str:
    return "final" if step == "test" else step


LOOKS = (backwards, too_early, overlap, seconds, throughput, opened_last)
