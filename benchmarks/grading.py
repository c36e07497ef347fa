"""How fast a class is graded: this grader beside stock nbgrader.

The same class, an ordinary one, is graded from the first submission to the last, by
turns: with nbgrader's own preprocessors, which execute the notebook's ``check(...)``
cells in an open kernel, one submission after the other; and with this grader, in
sandboxes, by one worker and by several. All that a teacher waits for counts: starting
workers and template, grades in the gradebook, feedback pages. Beside it stands the
rate from the first submission done to the last, which a larger class comes near.
Nothing is cached: every run has a course of its own. How much more two processes can
compute than one is measured beside it, for it bounds what a second worker can bring.
Run with
``python -m benchmarks.grading [--students N] [--rounds N] [--workers N] [TOPIC ...]``
on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
import numpy as np
from nbgrader.preprocessors import Execute, SaveAutoGrades
from nbgrader.utils import is_grade
from tabulate import tabulate

from autograder.grading import task
from autograder.grading.writer import Writer
from autograder.judge import grading
from autograder.judge.kernel import Kernel
from autograder.judge.session import Session
from autograder.pipeline.course import Course
from autograder.pipeline.gradebook import grade_class
from autograder.pipeline.release import release
from autograder.sandbox.forkserver import ForkServer, end_template, why_fresh
from benchmarks.parts import Stopwatch

STOCK = """
c = get_config()
c.CourseDirectory.source_directory = "_build/source"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "classroom/submitted"
c.CourseDirectory.autograded_directory = "classroom/graded"
c.CourseDirectory.feedback_directory = "classroom/feedback"
c.CourseDirectory.db_url = "sqlite:///{root}/classroom/gradebook.db"
"""
# Of the nine topics, the three whose own cells take neither long nor little.
TOPICS = ["pooling", "regularization", "schedules"]
UNFINISHED = 3  # each third student has left one answer as it was released
# Parts that both have, by name.
KERNEL, CELLS, RECORDING, PAGE, REST = (
    "kernel start and end",
    "student's cells",
    "recording",
    "feedback page",
    "nbgrader and the rest",
)


def course_with(root: Path, config: str, topics: list[str], students: int) -> Course:
    """A scratch course in which ``students`` handed in their work on ``topics``."""
    here = Course.here()
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    shutil.copytree(here.solutions, root / "solutions")
    course = Course(root)
    release(course, topics)
    for topic in topics:
        solved = nbformat.read(course.source / topic / f"{topic}.ipynb", as_version=4)
        released = nbformat.read(
            course.assignments / topic / f"{topic}.ipynb", as_version=4
        )
        for number in range(students):
            folder = course.submitted / f"student-{number:03}" / topic
            folder.mkdir(parents=True)
            notebook = nbformat.from_dict(solved)
            if number % UNFINISHED == 0:
                answers = _answers(notebook)
                place = answers[number // UNFINISHED % len(answers)]
                notebook.cells[place] = released.cells[place]
            nbformat.write(notebook, folder / f"{topic}.ipynb")
    return course


def _answers(notebook: nbformat.NotebookNode) -> list[int]:
    """Where the cells are that a student fills in."""
    return [
        place
        for place, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        and cell.metadata.get("nbgrader", {}).get("solution")
    ]


def grade_by_stock(course: Course, topics: list[str], watch: Stopwatch) -> list[float]:
    """Grade the class as nbgrader's own commands do; return when each was done."""
    nbgrader = course.nbgrader()
    done = []
    with watch.around(
        (KERNEL, Execute, "preprocess"),
        (_part_of_cell, Execute, "preprocess_cell"),
        (RECORDING, SaveAutoGrades, "preprocess"),
    ):
        for topic in topics:
            for folder in sorted(course.submitted.glob(f"*/{topic}")):
                student = folder.parent.name
                with watch.measuring(REST):
                    _expect(nbgrader.autograde(topic, student, force=True))
                with watch.measuring(PAGE):
                    _expect(nbgrader.generate_feedback(topic, student, force=True))
                done.append(time.perf_counter())
    return done


def _part_of_cell(_: Execute, cell: nbformat.NotebookNode, *__: object) -> str:
    return "checks" if is_grade(cell) else CELLS


def _expect(result: dict[str, object]) -> None:
    if not result["success"]:
        raise RuntimeError(result["log"])


def grade_by_ours(
    course: Course, topics: list[str], watch: Stopwatch, workers: int
) -> list[float]:
    """Grade the class as ``autograder grade`` does; return when each was done."""
    done = []
    try:
        with (
            watch.around(
                ("template", ForkServer, "__init__"),
                (KERNEL, Kernel, "__init__"),
                (KERNEL, Kernel, "ready"),
                (KERNEL, Kernel, "close"),
                (CELLS, Session, "run_cell"),
                ("checks: calls", Kernel, "ask"),
                ("checks: judge", grading, "_judge"),
                (PAGE, task, "feedback_page"),
                (RECORDING, Writer, "record"),
            ),
            watch.measuring(REST),
        ):
            for row in grade_class(course, topics, workers=workers):
                if row.status != "graded":
                    raise RuntimeError(row)
                done.append(time.perf_counter())
    finally:
        end_template()  # each run pays for its own
    return done


def main() -> None:
    """Measure and print rates, ratios and where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", default=TOPICS)
    parser.add_argument("--students", type=int, default=60, help="in each topic")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    config = (Course.here().root / "nbgrader_config.py").read_text(encoding="utf-8")

    def ours(workers: int) -> Callable[[Course, list[str], Stopwatch], list[float]]:
        return lambda course, topics, watch: grade_by_ours(
            course, topics, watch, workers
        )

    graders = {"stock nbgrader": (STOCK, grade_by_stock)}
    for workers in sorted({1, arguments.workers}):
        named = f"this grader, {workers} worker" + "s" * (workers > 1)
        graders[named] = (config, ours(workers))
    rates: dict[str, list[float]] = {name: [] for name in graders}
    steady: dict[str, list[float]] = {name: [] for name in graders}
    parts: dict[str, Stopwatch] = {name: Stopwatch() for name in graders}
    for number in range(arguments.rounds):
        for name in list(graders)[:: 1 if number % 2 else -1]:
            settings, grade = graders[name]
            with tempfile.TemporaryDirectory(prefix="tuned-bench-") as folder:
                root = Path(folder) / "course"
                course = course_with(
                    *(root, settings.replace("{root}", str(root))),
                    *(arguments.topics, arguments.students),
                )
                start = time.perf_counter()
                done = grade(course, arguments.topics, parts[name])
                rates[name].append(len(done) / (time.perf_counter() - start))
                steady[name].append((len(done) - 1) / (done[-1] - done[0]))
    print(
        f"Python {platform.python_version()}, {platform.machine()}, "
        f"{os.cpu_count()} cores; {len(done)} submissions in each of "
        f"{arguments.rounds} rounds; "
        f"kernels {'fresh: ' + why_fresh() if why_fresh() else 'forked'}\n"
    )
    print("From the command to its end:\n")
    print(table_of_rates(rates))
    print("\nFrom the first submission done to the last:\n")
    print(table_of_rates(steady))
    print(
        f"\n{arguments.workers} processes that only compute do "
        f"{gain_of_processes(arguments.workers):.2f} times the work of one here."
    )
    print("\nMilliseconds of a submission, by one process:\n")
    print(table_of_parts(parts, len(done) * arguments.rounds))


def gain_of_processes(count: int, seconds: float = 3.0) -> float:
    """How many times the work of one process ``count`` of them do in ``seconds``."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn) as pool:
        list(pool.map(_rounds, [0.1] * count))  # all have started
        alone = pool.submit(_rounds, seconds).result()
        return sum(pool.map(_rounds, [seconds] * count)) / alone


def _rounds(seconds: float) -> int:
    """How many rounds of plain Python and NumPy pass in ``seconds``."""
    rng, rounds = np.random.default_rng(0), 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        np.sort(rng.standard_normal(2000))
        sum(number * number for number in range(2000))
        rounds += 1
    return rounds


def table_of_rates(rates: dict[str, list[float]]) -> str:
    """Submissions a second, and ratios within each round to the first of ``rates``."""
    first = next(iter(rates.values()))
    rows = []
    for name, each in rates.items():
        ratios = [one / other for one, other in zip(each, first, strict=True)]
        rows.append(
            (
                name,
                *(f"{value:.2f}" for value in _spread(each)),
                *(f"{value:.2f}" for value in _spread(ratios)),
            )
        )
    headers = ("grader", "submissions/s", "min", "max", "x stock", "min", "max")
    return tabulate(rows, headers=headers, disable_numparse=True)


def _spread(values: list[float]) -> tuple[float, float, float]:
    return statistics.median(values), min(values), max(values)


def table_of_parts(parts: dict[str, Stopwatch], graded: int) -> str:
    """Milliseconds a submission for each part; several workers are not watched."""
    watched = {name: watch for name, watch in parts.items() if KERNEL in watch.seconds}
    names = dict.fromkeys(part for watch in watched.values() for part in watch.seconds)
    rows = [
        (
            part,
            *(1000 * watch.seconds.get(part, 0) / graded for watch in watched.values()),
        )
        for part in names
    ]
    return tabulate(rows, headers=("part", *watched), floatfmt=".0f")


if __name__ == "__main__":
    main()
