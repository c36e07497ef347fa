"""The command that grades a class: rows as they come, and a summary at the end."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from tabulate import tabulate
from tqdm import tqdm

from autograder.cli.main import FAILED
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.gradebook import Row, grade_class, handed_in

LISTED = 200  # rows that the summary lists, so that no class fills the memory


def grade_submissions(arguments: argparse.Namespace) -> int:
    """Grade, tell of each submission as it is recorded, and sum up."""
    course = Course.here()
    topics = arguments.topics or course.topics()
    known = [topic for topic in topics if topic in course.topics()]
    total = len(handed_in(course, known, arguments.student))
    rows = grade_class(
        course,
        topics,
        arguments.student,
        arguments.rerun,
        workers=min(arguments.workers, max(1, total)),
        scheduler=arguments.scheduler,
        db_url=arguments.db,
    )
    summary = Summary()
    with (
        closing(rows),
        tqdm(
            total=total,
            unit=" submissions",
            disable=None,  # where nobody watches
            dynamic_ncols=True,
            leave=False,
        ) as progress,
    ):
        watched = _watched(rows, progress)
        try:
            if arguments.json:
                _print_json(summary.counting(watched))
            else:
                for row in summary.counting(watched):
                    progress.write(f"{row.topic}: {row.student} {row.score:g}")
        except CourseError as error:
            if not summary.total:
                raise  # nothing has begun: the command was wrong
            progress.close()
            print(f"autograder: {error}", file=sys.stderr)
            summary.stopped = True
    if not arguments.json:
        print(f"\n{summary}\n\nFeedback pages: {course.feedback}")
    # A refused submission is the student's affair, one not graded is the teacher's.
    return FAILED if summary.stopped or summary.statuses["failed"] else 0


class Summary:
    """What became of the class, in numbers; the first rows, and those to look at."""

    def __init__(self) -> None:
        self.total = 0
        self.statuses: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.rows: list[Row] = []
        self.troubled: list[Row] = []
        self.stopped = False

    def counting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Pass ``rows`` on and count them."""
        for row in rows:
            self.total += 1
            self.statuses[row.status] += 1
            self.reasons[row.reason] += 1
            if len(self.rows) < LISTED:
                self.rows.append(row)
            if row.next_step and len(self.troubled) < LISTED:
                self.troubled.append(row)
            yield row

    def __str__(self) -> str:
        listed = self.rows if self.total <= LISTED else self.troubled
        parts = [grade_table(sorted(listed, key=lambda r: (r.topic, r.student)))]
        if self.total > LISTED:
            parts.insert(0, f"Of {self.total} submissions, those to look at:\n")
        steps = {row.reason: row.next_step for row in self.troubled}
        parts += ["", f"{self.total} submissions: {self._counted()}"]
        parts += [f"  {reason}: {step}" for reason, step in steps.items()]
        return "\n".join(parts)

    def _counted(self) -> str:
        return ", ".join(f"{n} {reason}" for reason, n in self.reasons.most_common())


def grade_table(rows: list[Row]) -> str:
    """One line a submission, for a terminal."""
    return tabulate(
        [
            (row.topic, row.student, f"{row.score:g}", f"{row.possible:g}", row.note)
            for row in rows
        ],
        headers=("topic", "student", "points", "of", "what to know"),
        tablefmt="simple",
        maxcolwidths=[None, None, None, None, 72],
        colalign=("left", "left", "right", "right", "left"),
    )


def _watched(rows: Iterable[Row], progress: tqdm[Any]) -> Iterator[Row]:
    for row in rows:
        progress.update()
        yield row


def _print_json(rows: Iterable[Row]) -> None:
    """Print a list, row by row, and end it whatever happens."""
    print("[", end="")
    try:
        for number, row in enumerate(rows):
            told = {**dataclasses.asdict(row), "next_step": row.next_step}
            print("," if number else "", json.dumps(told), sep="\n", end="", flush=True)
    finally:
        print("\n]")
