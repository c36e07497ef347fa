"""The commands and their options."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

FAILED, MISUSED = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 well, 1 not passed, 2 misused."""
    arguments = _parser().parse_args(argv)
    try:
        from autograder.cli import commands
    except ModuleNotFoundError as error:
        print(
            f"autograder: no {error.name} here; the command line belongs to the "
            "course's repository, where `make setup` installs what it needs. "
            "In a notebook, check(...) needs none of it.",
            file=sys.stderr,
        )
        return MISUSED
    try:
        return commands.run(arguments)
    except commands.USER_ERRORS as error:
        print(f"autograder: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("autograder: stopped; what is graded stays graded", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder", description="The grader of the course Tuned."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    release = commands.add_parser(
        "release", help="make the assignments from solutions/"
    )
    release.add_argument("topics", nargs="*", metavar="TOPIC", help="default: all")
    release.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit 1 if an assignment differs from its source",
    )

    check = commands.add_parser(
        "check", help="grade a notebook of your own, without a gradebook"
    )
    check.add_argument("notebook", type=Path)
    check.add_argument("--json", action="store_true", help="for machines")
    check.add_argument("--seed", type=int, help="repeat an earlier run's inputs")
    check.add_argument(
        "--sandbox", action="store_true", help="run it in the sandbox all the same"
    )

    _add_grade(commands)

    report = commands.add_parser(
        "report", help="write what the class understood: a page, and tables"
    )
    report.add_argument(
        "topics", nargs="*", metavar="TOPIC", help="default: all that are graded"
    )
    report.add_argument(
        "--out", type=Path, metavar="DIR", help="default: classroom/report"
    )
    report.add_argument(
        "--anonymous", action="store_true", help="pseudonyms instead of names"
    )
    report.add_argument("--json", action="store_true", help="for machines")

    bundle = commands.add_parser(
        "bundle", help="make the file that a student without the repository gets"
    )
    bundle.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: dist, in the course"
    )

    _add_project(commands)

    doctor = commands.add_parser("doctor", help="say what this machine can do")
    doctor.add_argument("--json", action="store_true", help="for machines")
    return parser


def _add_grade(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command that grades a class."""
    grade = commands.add_parser("grade", help="grade what is in classroom/submitted")
    grade.add_argument("topics", nargs="*", metavar="TOPIC", help="default: all")
    grade.add_argument("--student", action="append", help="only this one; repeatable")
    grade.add_argument(
        "--workers",
        type=_at_least_one,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that grade; default: one for each core",
    )
    grade.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="of a Dask cluster that grades instead, such as tcp://host:8786",
    )
    grade.add_argument(
        "--db",
        default="",
        metavar="URL",
        help="of the gradebook; default: what nbgrader_config.py says",
    )
    grade.add_argument(
        "--rerun", action="store_true", help="also what has not changed since"
    )
    grade.add_argument("--json", action="store_true", help="for machines")


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("at least one")
    return number


def _add_project(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the two commands for the final project."""
    project = commands.add_parser(
        "project", help="grade a run of the final project: its process and its result"
    )
    project.add_argument("run", type=Path, metavar="RUN", help="its folder")
    project.add_argument("--json", action="store_true", help="for machines")
    project.add_argument("--out", type=Path, metavar="FILE", help="write a page, too")

    board = commands.add_parser(
        "leaderboard", help="put runs of the final project side by side on a page"
    )
    board.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    board.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: leaderboard, here"
    )
    board.add_argument(
        "--target", type=float, help="validation accuracy that seconds are counted to"
    )
    for command in (project, board):
        command.add_argument(
            "--data",
            metavar="DATA",
            help="test images to measure on: CIFAR-10's archive, or an .npz; "
            "the digits need no naming",
        )
        command.add_argument(
            "--code",
            type=Path,
            metavar="FOLDER",
            help="where the package `project` lies; default: beside the run",
        )
