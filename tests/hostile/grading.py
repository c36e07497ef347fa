"""Grading the class as a teacher does, by the command line; reading what came out."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from autograder.pipeline.course import Course
from tests.hostile.classroom import BEGAN, ENDED, PROJECT
from tests.judge import text_of

COMMAND = "import sys; from autograder.cli import main; sys.exit(main(sys.argv[1:]))"


class GraderStoppedError(RuntimeError):
    """The grader itself ended otherwise than by grading the class."""


@dataclass(frozen=True)
class Result:
    """What became of one submission."""

    row: Mapping[str, Any]
    points: Mapping[str, float]  # by function, as in the gradebook
    page: str  # the student's feedback page, without its tags
    source: str  # the same, as a browser gets it
    shown: str  # what the cells show: outputs, errors and verdicts
    written: str  # all that was written for the student, as it is, and the row
    seconds: float | None  # by the clock in an ordinary student's notebook


def grade(
    course: Course, topics: list[str], environment: Mapping[str, str], *words: str
) -> str:
    """Run ``autograder grade`` for the whole class; return all that it said.

    Raises :class:`GraderStoppedError` if a submission has stopped it.
    """
    variables = {
        **os.environ,
        # Fonts are looked through once a machine, not once a class.
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        **environment,
        "PYTHONPATH": os.pathsep.join(
            filter(None, (environment.get("PYTHONPATH"), str(PROJECT)))
        ),
    }
    variables.pop("TUNED_DB_URL", None)
    ran = subprocess.run(
        [sys.executable, "-c", COMMAND, "grade", *topics, *words, "--rerun", "--json"],
        cwd=course.root,
        env=variables,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    # 1 says that some row is "failed": each attack's own row is looked at.
    if ran.returncode not in {0, 1}:
        raise GraderStoppedError(f"exit code {ran.returncode}: {ran.stderr[-2000:]}")
    return ran.stdout + ran.stderr


def rows_in(said: str) -> list[dict[str, Any]]:
    """The rows in what ``autograder grade --json`` said."""
    start = said.find("[\n")
    rows, _ = json.JSONDecoder().raw_decode(said[max(start, 0) :])
    return list(rows)


def results(course: Course, said: str) -> dict[str, list[Result]]:
    """What became of each student's submissions: one result for each of the rows."""
    found: dict[str, list[Result]] = {}
    nbgrader = course.nbgrader().coursedir
    with Gradebook(nbgrader.db_url, nbgrader.course_id) as gradebook:
        for row in rows_in(said):
            result = _result(course, gradebook, row)
            found.setdefault(row["student"], []).append(result)
    return found


def _result(course: Course, gradebook: Gradebook, row: dict[str, Any]) -> Result:
    topic, student = row["topic"], row["student"]
    page = _text(course.feedback / student / topic / f"{topic}.html")
    judged = course.graded / student / topic / f"{topic}.ipynb"
    text = re.sub(r"(?s)<style.*?</style>|<[^>]+>", "", page)
    shown = _shown(judged)
    # Earlier pages are kept, too.
    kept = [*(course.feedback / student).rglob("*"), *judged.parent.rglob("*.ipynb")]
    written = "\n".join([json.dumps(row), *map(_text, sorted(kept))])
    return Result(
        row,
        _points(gradebook, topic, student),
        html.unescape(text),
        page,
        shown,
        f"{written}\n{html.unescape(written)}",
        _seconds(shown),
    )


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _points(gradebook: Gradebook, topic: str, student: str) -> dict[str, float]:
    try:
        found = gradebook.find_submission_notebook(topic, topic, student)
    except MissingEntry:
        return {}
    return {
        grade.name.removeprefix("check-"): float(grade.score) for grade in found.grades
    }


def _shown(judged: Path) -> str:
    if not judged.is_file():
        return ""
    cells = nbformat.read(judged, 4).cells
    return "\n".join(text_of(cell.get("outputs", [])) for cell in cells)


def _seconds(shown: str) -> float | None:
    """Seconds between the cells that print the time, if there are such cells."""
    times = [re.search(rf"{words} ([\d.]+)", shown) for words in (BEGAN, ENDED)]
    began, ended = (float(time[1]) if time else 0.0 for time in times)
    return ended - began if began and ended else None


def possible_points(course: Course, topic: str) -> dict[str, float]:
    """The points possible for each function, as released."""
    path = course.assignments / topic / f"{topic}.ipynb"
    metadata = [c.metadata.get("nbgrader", {}) for c in nbformat.read(path, 4).cells]
    return {
        each["grade_id"].removeprefix("check-"): float(each["points"])
        for each in metadata
        if each.get("grade")
    }
