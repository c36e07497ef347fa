"""Is what `autograder grade` says right for a class of any size, and when it stops?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.cli import classes, main
from autograder.grading.writer import GradebookError
from autograder.pipeline.course import Course
from autograder.pipeline.gradebook import Row
from tests.pipeline import TOPIC, course_in, place_of


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course, with the current folder in it."""
    course = course_in(tmp_path / "course")
    monkeypatch.chdir(course.root)
    return course


def told(monkeypatch: pytest.MonkeyPatch, rows: list[Row], stop: str = "") -> list[Any]:
    """Grade as if ``rows`` came of it; return what the grader was asked."""
    asked = []

    def grade(*args: Any, **options: Any) -> Iterator[Row]:
        asked.append((args, options))
        yield from rows
        if stop:
            raise GradebookError(stop)

    monkeypatch.setattr(classes, "grade_class", grade)
    return asked


def right(number: int) -> Row:
    """One who has it all."""
    return Row(TOPIC, f"s{number:05}", 100, 100, "graded", "graded", "all right")


BROKEN = Row(TOPIC, "broken", 0, 100, "refused", "not a notebook", "is none")


def test_a_large_class_is_summed_up(
    inside: Course, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Of 5000, are only those listed that need somebody, and all counted?"""
    told(monkeypatch, [*map(right, range(4999)), BROKEN])
    assert main(["grade"]) == 0
    summary = capsys.readouterr().out.partition("\n\n")[2]
    assert "Of 5000 submissions, those to look at" in summary
    assert "4999 graded, 1 not a notebook" in summary
    assert "not a notebook: ask the student to hand it in again" in summary
    assert "s00000" not in summary
    assert len(summary.splitlines()) < 15


def test_what_is_kept_of_a_class_is_bounded() -> None:
    """Do the summary's lists stop growing?"""
    summary = classes.Summary()
    assert sum(1 for _ in summary.counting([BROKEN] * 10_000)) == 10_000
    assert len(summary.rows) == len(summary.troubled) == classes.LISTED


def test_what_stops_the_grading_is_told_after_the_rows(
    inside: Course, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Exit code 1, the rows so far, the reason on stderr, in JSON a whole list?"""
    told(monkeypatch, [right(1)], "the gradebook is locked")
    assert main(["grade"]) == 1
    said = capsys.readouterr()
    assert "s00001 100" in said.out
    assert said.err == "autograder: the gradebook is locked\n"
    assert main(["grade", "--json"]) == 1
    said = capsys.readouterr()
    assert [row["student"] for row in json.loads(said.out)] == ["s00001"]
    told(monkeypatch, [], "no such address")
    assert main(["grade"]) == 2
    assert capsys.readouterr().err == "autograder: no such address\n"


def test_options_reach_the_grader(
    inside: Course, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Workers no more than submissions, the cluster, the gradebook?"""
    for student in ("ada", "bob"):
        place_of(inside, student)
    asked = told(monkeypatch, [])
    address, url = "tcp://host:8786", "postgresql://me@host/grades"
    words = ["--workers", "9", "--scheduler", address, "--db", url]
    assert main(["grade", *words, "--rerun", "--student", "ada"]) == 0
    assert main(["grade", "--workers", "9"]) == 0
    (first, options), (_, others) = asked
    assert first[2:] == (["ada"], True)
    assert options == {"workers": 1, "scheduler": address, "db_url": url}
    assert others["workers"] == 2
    with pytest.raises(SystemExit):
        main(["grade", "--workers", "0"])
    assert "--workers" in capsys.readouterr().err
