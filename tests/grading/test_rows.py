"""Does every submission end in a row that says why, and what to do next?"""

from __future__ import annotations

import os

import pytest

from autograder.grading.rows import NEXT_STEPS, Row, reason_of
from autograder.judge.session import REASONS
from autograder.pipeline.gradebook import grade_class
from tests.grading import SEED, hand_in_all, small_course
from tests.judge import RIGHT
from tests.pipeline import TOPIC, assignment, hand_in, place_of
from tests.sandbox import needs_sandbox

SHORT = (
    SEED
    + """
c.JudgeSubmission.cell_seconds = 4.0
c.JudgeSubmission.call_seconds = 2.0
c.JudgeSubmission.memory_mib = 256
"""
)
FUNCTION = "def receptive_field(layers):\n    "
ANSWERS = {
    "graded": RIGHT,
    "time": FUNCTION + "while True: pass",
    "memory": FUNCTION + "return len(bytearray(10**9))",
    "kernel died": FUNCTION + "import os; os._exit(1)",
    "processes": RIGHT + "\nimport subprocess\nsubprocess.Popen(['sleep', '99'])",
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """The rows of a class in which each hands in something else, by reason."""
    course = small_course(tmp_path_factory.mktemp("rows") / "course", SHORT)
    for reason, answer in ANSWERS.items():
        hand_in_all(course, [reason], answer)
    lacking = assignment(course, RIGHT)
    lacking.cells = [
        cell
        for cell in lacking.cells
        if not cell.metadata.get("nbgrader", {}).get("solution")
    ]
    hand_in(course, "cells missing", lacking)
    place_of(course, "no notebook")
    hand_in(course, "not a notebook", b"{}")
    path = hand_in(course, "files", assignment(course, RIGHT))
    os.mkfifo(path.parent / "pipe")
    return {row.student: row for row in grade_class(course, [TOPIC])}


@needs_sandbox
@pytest.mark.parametrize(
    ("reason", "status", "says"),
    [
        ("graded", "graded", "all right"),
        ("time", "graded", "did not return: it ran for longer than 2 s"),
        ("memory", "graded", "receptive_field"),
        ("kernel died", "graded", "it ended the Python process"),
        ("processes", "graded", "left processes running"),
        ("cells missing", "graded", "receptive_field: its cell is missing"),
        ("no notebook", "refused", "expected a file named mini.ipynb"),
        ("not a notebook", "refused", "not a Jupyter notebook"),
        ("files", "refused", "pipe is a link or no file at all"),
    ],
)
def test_each_row_has_its_reason(
    rows: dict[str, Row], reason: str, status: str, says: str
) -> None:
    """Are status, reason and note what happened, and is there a next step?"""
    row = rows[reason]
    assert row.status == status
    assert says in row.note
    if reason != "memory":  # Python may say MemoryError before the judge looks
        assert row.reason == reason
        assert bool(row.next_step) == (reason != "graded")


def part(message: str) -> dict[str, object]:
    """A record with one part that failed."""
    found = {"outcome": "failed", "message": message}
    verdict = {"name": "f", "passed": False, "misconception": None, "parts": [found]}
    return {"refused": "", "checks": [{"verdicts": [verdict]}]}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("timeout", "time"),
        ("memory", "memory"),
        ("died", "kernel died"),
        ("output", "output"),
        ("strays", "processes"),
    ],
)
def test_every_ending_has_a_reason(kind: str, reason: str) -> None:
    """Is it found in what is said of a cell, and of a call?"""
    why = REASONS[kind].format(limit=3, memory=9)
    assert reason_of([], [f"This cell was ended: {why}."], {}) == reason
    assert reason_of([], [], part(f"f(x (2, 3)) did not return: {why}")) == reason
    assert reason in NEXT_STEPS


def test_what_a_student_says_is_no_reason() -> None:
    """Does an exception whose text is the judge's own change nothing?"""
    for kind in REASONS:
        said = REASONS[kind].format(limit=3, memory=9)
        for text in (said, f"did not return: {said}"):
            record = part(f"f(x) raised ValueError: {text}")
            assert reason_of([], [], record) == "graded"
    assert reason_of(["f"], [], part("f is not defined")) == "cells missing"
