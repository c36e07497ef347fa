"""Grade topics of scratch courses, twice; run by ``test_class``.

    python -m tests.examples.grading REPORT ROOT TOPIC [ROOT TOPIC …]

ROOT is the course in which the class of TOPIC has handed in. REPORT becomes a JSON
file: for each topic the rows of the class as it was handed in, then of the class again
without changes, with the seconds that each took.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograder.pipeline.course import Course
from autograder.pipeline.gradebook import Row, grade_class
from examples.build import students

# Who does more than answer: what that does to others, the others must show.
HARMFUL = {
    *("checks_made_answers", "metadata_edited", "outputs_forged", "patches_numpy"),
    *("prints_megabytes", "reads_files", "rewrites_cells"),
    *("checks_deleted", "checks_doubled", "endless_cell", "endless_function"),
    *("exits_process", "fork_bomb", "memory_bomb", "page_scripts"),
}


def sittings(topic: str) -> list[list[str]]:
    """The class in the order in which it is graded: the harmful between the others."""
    harmful = [name for name in students(topic) if name in HARMFUL]
    others = [name for name in students(topic) if name not in HARMFUL]
    return [others[::2], harmful, others[1::2]] if harmful else [others]


def timed(rows: Iterable[Row]) -> dict[str, Any]:
    """The rows as plain values, and the seconds it took to make them."""
    start = time.monotonic()
    made = [dataclasses.asdict(row) for row in rows]
    return {"rows": made, "seconds": time.monotonic() - start}


def graded(course: Course, topic: str) -> dict[str, Any]:
    """The class, graded for the first time and again."""
    first = timed(
        row
        for sitting in sittings(topic)
        for row in grade_class(course, [topic], sitting)
    )
    return {"first": first, "again": timed(grade_class(course, [topic]))}


def main(report: str, *words: str) -> None:
    """Grade and write the report."""
    pairs = zip(words[::2], words[1::2], strict=True)
    found = {topic: graded(Course(Path(root)), topic) for root, topic in pairs}
    Path(report).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
