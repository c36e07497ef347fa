"""Grade one topic of a scratch course, up to three times; run by ``test_class``.

    python -m tests.examples.grading ROOT TOPIC REPORT

REPORT becomes a JSON file: the rows of the class as it was handed in, then of the
class again without changes, then, where hostile students sit in it, of the class in
the reverse order, with the seconds that each took.
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

HOSTILE = {"dropout", "pooling"}  # who harms others would show in another order
# Each of these takes as long as a limit allows; once is enough.
PATIENT = {"endless_cell", "endless_function", "fork_bomb", "memory_bomb"}


def timed(rows: Iterable[Row]) -> dict[str, Any]:
    """The rows as plain values, and the seconds it took to make them."""
    start = time.monotonic()
    made = [dataclasses.asdict(row) for row in rows]
    return {"rows": made, "seconds": time.monotonic() - start}


def main(root: str, topic: str, report: str) -> None:
    """Grade and write the report."""
    course = Course(Path(root))
    passes = {
        "first": timed(grade_class(course, [topic])),
        "again": timed(grade_class(course, [topic])),
    }
    if topic in HOSTILE:
        passes["backwards"] = timed(
            row
            for name in students(topic)[::-1]
            if name not in PATIENT
            for row in grade_class(course, [topic], [name], rerun=True)
        )
    Path(report).write_text(json.dumps(passes), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
