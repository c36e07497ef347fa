"""A judge that runs nothing and takes no time, for tests of what lies around it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from autograder.grading.parcel import unpacked
from autograder.grading.submission import NOTEBOOK
from autograder.grading.task import grade_submission
from autograder.judge.grading import Graded, is_graded, write_outputs
from autograder.pipeline import judging
from autograder.verdict import Outcome, Part, Verdict
from tests.pipeline import TOPIC

KILLS, KILLS_ONCE = "# kills who grades it", "# kills who grades it first: "


def quick(notebook: NotebookNode, *_: object, **__: object) -> list[Graded]:
    """Judge by the text: who returns -1 is wrong."""
    wrong = any("return -1" in cell.source for cell in notebook.cells)
    found = Outcome.FAILED if wrong else Outcome.PASSED
    part = Part("values", found, "is not right" if wrong else "")
    results = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_graded(cell):
            about = cell.metadata["nbgrader"]
            verdict = Verdict("receptive_field", TOPIC, (part,))
            points = 0.0 if wrong else about["points"]
            result = Graded(about["grade_id"], (verdict,), points, about["points"])
            write_outputs(cell, result)
            results.append(result)
    return results


def grade_quickly(release: bytes, submission: bytes) -> bytes:
    """What a worker does, with the judge above."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "grade", quick)
        return grade_submission(release, submission)


def grade_or_die(release: bytes, submission: bytes) -> bytes:
    """The same; some submissions kill the process, always or the first time."""
    notebook = unpacked(submission)[NOTEBOOK].decode()
    if KILLS_ONCE in notebook:
        marker = Path(notebook.partition(KILLS_ONCE)[2].partition('"')[0])
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif KILLS in notebook:
        os.kill(os.getpid(), signal.SIGKILL)
    return grade_quickly(release, submission)


def echo(release: bytes, submission: bytes) -> bytes:
    """The least that a worker can do."""
    return release + submission


def kill_at(patch: pytest.MonkeyPatch, place: Any, name: str, when: str) -> None:
    """Kill this process at a call of ``place.name``: ``before 3`` or ``after 2``."""
    side, number = when.split()
    calls = {"left": int(number)}
    original = getattr(place, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        calls["left"] -= 1
        if side == "before" and not calls["left"]:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if side == "after" and not calls["left"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    patch.setattr(place, name, wrapped)
