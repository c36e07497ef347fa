"""How fast results get into the gradebook: synthetic ones, through the one writer.

    python -m benchmarks.gradebook [--results N] [--db URL ...]

Each result is what a real one is for the database: points and a comment for every
cell of a topic. Written once for students who are new, then once more for the same
ones, as after a second hand-in, then looked up, as for a class that has not changed.
Judging and files are left out. Without ``--db`` the gradebook is a file, in SQLite;
``--db postgresql://user@host/database`` names another one, which must be empty.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import sqlalchemy
from tabulate import tabulate

from autograder.grading.recording import BATCH
from autograder.grading.tables import Entry, Topic
from autograder.grading.writer import Writer
from benchmarks.scratch import scratch_course

TOPIC = "pooling"


def entries(topic: Topic, students: list[str], attempt: int) -> list[Entry]:
    """What is recorded of ``students``; their points depend on the ``attempt``."""
    scores = {name for _, name in topic.graded.values()}
    comments = {name for _, name in topic.commented.values()}
    return [
        Entry(
            student=student,
            identity=f"{attempt}-{student}",
            status="graded",
            reason="graded",
            note="all right",
            timestamp=datetime(2026, 1, 1),
            scores=dict.fromkeys(scores, float(attempt)),
            comments=dict.fromkeys(comments),
        )
        for student in students
    ]


def measure(url: str, results: int) -> list[tuple[str, float]]:
    """Seconds for ``results`` new ones, the same again, and looking them up."""
    students = [f"student-{number:06}" for number in range(results)]
    chunks = [students[at : at + BATCH] for at in range(0, results, BATCH)]
    with scratch_course([TOPIC], url) as course:
        nbgrader = course.nbgrader(url)
        where = nbgrader.coursedir
        with closing(Writer(where.db_url, where.course_id, nbgrader.config)) as writer:
            topic = writer.topic(TOPIC)
            assert topic is not None
            spent = []
            for attempt, name in enumerate(("new", "again"), start=1):
                with timed(name, spent):
                    for chunk in chunks:
                        given = entries(topic, chunk, attempt)
                        points = writer.record(topic, given, lambda *_: True)
                        assert len(points) == len(chunk)
            with timed("looked up", spent):
                assert (
                    sum(len(writer.held(topic, chunk)) for chunk in chunks) == results
                )
    return spent


@contextmanager
def timed(name: str, spent: list[tuple[str, float]]) -> Iterator[None]:
    """Note the seconds that something takes."""
    start = time.perf_counter()
    yield
    spent.append((name, time.perf_counter() - start))


def main() -> None:
    """Measure and print rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=int, default=10_000)
    parser.add_argument("--db", action="append", metavar="URL")
    arguments = parser.parse_args()
    rows = []
    for url in arguments.db or [""]:
        kind = sqlalchemy.make_url(url).get_backend_name() if url else "sqlite"
        for name, seconds in measure(url, arguments.results):
            rate = f"{arguments.results / seconds:.0f}"
            rows.append((kind, name, arguments.results, f"{seconds:.1f}", rate))
    print(
        f"Python {platform.python_version()}, {platform.machine()}, batches of {BATCH}"
    )
    print(tabulate(rows, headers=("gradebook", "what", "results", "s", "results/s")))


if __name__ == "__main__":
    main()
