"""What each command does; it prints here and computes elsewhere."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext

from tabulate import tabulate

from autograder.cli import classes, doctor, projects, reports
from autograder.cli.main import FAILED
from autograder.judge.grading import Graded, NotACheckError, grade
from autograder.judge.kernel import Kernel
from autograder.pipeline.admission import UnreadableError, read_submission
from autograder.pipeline.beside import UnfitError, private_copy
from autograder.pipeline.bundle import bundle, links_lead_home
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.judging import data_in, limits_in
from autograder.pipeline.release import drift, release
from autograder.pipeline.runs import run_examiner
from autograder.project.images import ImagesError
from autograder.project.reading import RunError
from autograder.sandbox.bubblewrap import SandboxUnavailableError
from autograder.sandbox.limits import Limits

USER_ERRORS = (
    CourseError,
    ImagesError,
    NotACheckError,
    RunError,
    SandboxUnavailableError,
    UnfitError,
    UnreadableError,
    FileNotFoundError,
    PermissionError,
)


def run(arguments: argparse.Namespace) -> int:
    """Run the command that ``arguments`` names; return the exit code."""
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "release": _release,
        "check": _check,
        "grade": classes.grade_submissions,
        "bundle": _bundle,
        "report": reports.report_class,
        "doctor": _doctor,
        "project": projects.grade_project,
        "leaderboard": projects.write_leaderboard,
    }
    return commands[arguments.command](arguments)


def _release(arguments: argparse.Namespace) -> int:
    course = Course.here()
    topics = arguments.topics or course.topics()
    if not arguments.check:
        for path in release(course, topics):
            print(f"released {path.relative_to(course.root)}")
        return 0
    stale = drift(course, topics)
    for topic in stale:
        print(
            f"assignments/{topic} is not what solutions/{topic}.py gives: "
            f"run `autograder release {topic}`"
        )
    return FAILED if stale else 0


def _check(arguments: argparse.Namespace) -> int:
    notebook = read_submission(arguments.notebook)
    folder, topic = arguments.notebook.resolve().parent, arguments.notebook.stem
    limits, data = _of_the_course(topic)
    lent = private_copy(folder, topic) if arguments.sandbox else nullcontext(folder)
    with (
        lent as files,
        run_examiner(files, data, arguments.sandbox) as examine_run,
    ):
        results = grade(
            notebook,
            lambda: Kernel(limits, arguments.sandbox, files),
            limits,
            arguments.seed,
            examine_run,
        )
    if not results:
        raise CourseError(
            f"{arguments.notebook} has no graded cell: is it an assignment of the "
            "course, with its metadata?"
        )
    if arguments.json:
        print(json.dumps([_as_json(result) for result in results], indent=2))
    else:
        print(_rubric(results))
    passed = all(verdict.passed for r in results for verdict in r.verdicts)
    return 0 if passed else FAILED


def _of_the_course(topic: str) -> tuple[Limits, str]:
    """The course's limits for ``topic`` and its test images; else the usual ones."""
    try:
        course = Course.here()
    except CourseError:
        return Limits(), ""
    return limits_in(course, topic), data_in(course)


def _bundle(arguments: argparse.Namespace) -> int:
    course = Course.here()
    print(f"made {bundle(course, arguments.out or course.root / 'dist')}")
    if links_lead_home():
        print(
            "autograder: its links lead to http://localhost:8000; to make a bundle for "
            "others, set TUNED_BOOK_URL to where the book is published",
            file=sys.stderr,
        )
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    findings = doctor.examine_machine()
    if arguments.json:
        print(json.dumps([dataclasses.asdict(each) for each in findings], indent=2))
    else:
        rows = [("ok" if f.ok else "--", f.what, f.found) for f in findings]
        print(tabulate(rows, tablefmt="plain", maxcolwidths=[None, None, 64]))
    return 0 if all(each.ok or not each.needed for each in findings) else FAILED


def _rubric(results: list[Graded]) -> str:
    lines = [
        (
            verdict.name,
            f"{result.points:g}",
            f"{result.possible:g}",
            "right" if verdict.passed else verdict.message.partition("\n")[2],
        )
        for result in results
        for verdict in result.verdicts
    ]
    total = sum(result.points for result in results)
    possible = sum(result.possible for result in results)
    lines.append(("total", f"{total:g}", f"{possible:g}", ""))
    return tabulate(
        lines,
        headers=("check", "points", "of", "verdict"),
        tablefmt="grid",
        maxcolwidths=[None, None, None, 76],
    )


def _as_json(result: Graded) -> dict[str, object]:
    return {
        "grade_id": result.grade_id,
        "points": result.points,
        "possible": result.possible,
        "verdicts": [verdict.as_json() for verdict in result.verdicts],
    }
