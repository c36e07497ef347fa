"""How long one ordinary submission takes: this grader beside stock nbgrader.

Both grade the same submissions, from the same release, in one process each, taking
turns: first one, then the other, the order swapped every round. Stock nbgrader
executes the notebook's own ``check(...)`` cells in an open kernel; this grader runs
the student's cells in the sandbox and judges outside. Run with
``python -m benchmarks.grading [--rounds N] [TOPIC ...]``.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import nbformat
from tabulate import tabulate

from autograder.pipeline.course import Course
from autograder.pipeline.release import release

STOCK = """
c = get_config()
c.CourseDirectory.source_directory = "_build/source"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "classroom/submitted"
c.CourseDirectory.autograded_directory = "classroom/graded"
c.CourseDirectory.feedback_directory = "classroom/feedback"
c.CourseDirectory.db_url = "sqlite:///{root}/classroom/gradebook.db"
"""


def course_with(root: Path, config: str, topics: list[str], students: int) -> Course:
    """A scratch course in which ``students`` handed in the solutions of ``topics``."""
    here = Course.here()
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    shutil.copytree(here.solutions, root / "solutions")
    course = Course(root)
    release(course, topics)
    for topic in topics:
        solved = nbformat.read(course.source / topic / f"{topic}.ipynb", as_version=4)
        for number in range(students):
            folder = course.submitted / f"student-{number}" / topic
            folder.mkdir(parents=True)
            nbformat.write(solved, folder / f"{topic}.ipynb")
    return course


def seconds_for(course: Course, topic: str, student: str) -> float:
    """Seconds to grade one submission, feedback not included."""
    nbgrader = course.nbgrader()
    start = time.perf_counter()
    result = nbgrader.autograde(topic, student, force=True)
    spent = time.perf_counter() - start
    if not result["success"]:
        raise RuntimeError(result["log"])
    return spent


def main() -> None:
    """Measure and print medians, ranges and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*")
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    topics = arguments.topics or Course.here().topics()
    config = (Course.here().root / "nbgrader_config.py").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="tuned-bench-") as folder:
        root = Path(folder)
        stock_config = STOCK.format(root=root / "stock")
        courses = {
            "stock nbgrader": course_with(root / "stock", stock_config, topics, 1),
            "this grader": course_with(root / "tuned", config, topics, 1),
        }
        rows = [
            row for topic in topics for row in compare(courses, topic, arguments.rounds)
        ]
    print(f"Python {platform.python_version()}, {platform.machine()}")
    print(
        tabulate(rows, headers=("topic", "grader", "median s", "min", "max", "ratio"))
    )


def compare(
    courses: dict[str, Course], topic: str, rounds: int
) -> list[tuple[str, str, str, str, str, str]]:
    """Time ``topic`` in both courses, taking turns; one row each."""
    spent: dict[str, list[float]] = {name: [] for name in courses}
    for course in courses.values():  # the first run pays for imports and caches
        seconds_for(course, topic, "student-0")
    for number in range(rounds):
        order = list(courses)[:: 1 if number % 2 else -1]
        for name in order:
            spent[name].append(seconds_for(courses[name], topic, "student-0"))
    stock, ours = spent["stock nbgrader"], spent["this grader"]
    ratios = [one / other for one, other in zip(stock, ours, strict=True)]
    return [
        _row(topic, "stock nbgrader", stock, ""),
        _row(topic, "this grader", ours, f"{statistics.median(ratios):.2f} x as fast"),
    ]


def _row(
    topic: str, name: str, times: list[float], ratio: str
) -> tuple[str, str, str, str, str, str]:
    middle = statistics.median(times)
    return (
        topic,
        name,
        f"{middle:.2f}",
        f"{min(times):.2f}",
        f"{max(times):.2f}",
        ratio,
    )


if __name__ == "__main__":
    main()
