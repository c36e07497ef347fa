"""Is the gradebook what nbgrader's own steps would have left, row for row?"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.pipeline import judging
from autograder.pipeline.course import Course
from autograder.pipeline.gradebook import Row, grade_class
from tests.grading import (
    SEED,
    WRONG,
    address_of,
    hand_in_all,
    rows_in,
    small_course,
)
from tests.grading.stubs import quick
from tests.judge import RIGHT
from tests.pipeline import TOPIC, assignment, hand_in, place_of
from tests.sandbox import needs_sandbox

pytestmark = needs_sandbox

LATE = SEED + "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
DUE = datetime.datetime(2026, 1, 10, 12)
WHEN = {
    "early": "2026-01-09 08:00:00 UTC",
    "late": "2026-01-10 12:00:00.5 UTC",
    "extended": "2026-01-11 08:00:00 UTC",
    "punctual": "2026-01-10 12:00:00 UTC",
}
ANSWERS = {"right": RIGHT, "wrong": WRONG, "untouched": ""}
MARKED = ["late", "right", "untouched", "wrong"]  # by hand, see below


def class_in(course: Course) -> None:
    """Hand in on time and late, right, wrong, not at all and what is none."""
    for student, when in WHEN.items():
        path = hand_in(course, student, assignment(course, RIGHT))
        (path.parent / "timestamp.txt").write_text(when)
        (path.parent / "notes.txt").write_text("mine")
    for student, answer in ANSWERS.items():
        hand_in(course, student, assignment(course, answer))
    hand_in(course, "broken", b"no notebook")
    with Gradebook(address_of(course), "tuned") as gradebook:
        gradebook.update_or_create_assignment(TOPIC, duedate=DUE)
        gradebook.add_student("extended", first_name="Eve")
        gradebook.add_submission(TOPIC, "extended")
        gradebook.grant_extension(TOPIC, "extended", days=1)


def mark(course: Course) -> None:
    """What a teacher writes: points, more points and comments, in some places."""
    with Gradebook(address_of(course), "tuned") as gradebook:
        where = ("check-receptive_field", TOPIC, TOPIC)
        wrong = gradebook.find_grade(*where, "wrong")
        wrong.manual_score, wrong.extra_credit = 40.0, 2.5
        gradebook.find_grade(*where, "right").extra_credit = 5.0
        gradebook.find_grade(*where, "late").manual_score = 70.0
        answers = ("receptive_field", TOPIC, TOPIC)
        for student in ("untouched", "right"):
            comment = gradebook.find_comment(*answers, student)
            comment.manual_comment = f"See me, {student}!"
        gradebook.db.commit()


def grade_by_nbgrader(course: Course, students: Iterable[str]) -> None:
    """Grade ``students`` with nbgrader's own converters."""
    nbgrader = course.nbgrader()
    for student in students:
        for step in (nbgrader.autograde, nbgrader.generate_feedback):
            result = step(TOPIC, student, force=True)
            assert result["success"], result


class Pair:
    """The same class twice: graded here, and by nbgrader's own steps."""

    def __init__(self, folder: Path) -> None:
        self.ours = small_course(folder / "ours", LATE)
        self.stock = small_course(folder / "stock", LATE)
        self.rows: dict[str, Row] = {}
        for course in (self.ours, self.stock):
            class_in(course)

    def grade(self, students: list[str]) -> None:
        """Grade ``students`` in both."""
        rows = grade_class(self.ours, [TOPIC], students, rerun=True)
        self.rows |= {row.student: row for row in rows}
        grade_by_nbgrader(self.stock, students)

    def files(self, which: str) -> list[tuple[str, str]]:
        """The names and texts of a kind of results, ours and nbgrader's."""
        found = []
        for course in (self.ours, self.stock):
            top = getattr(course, which)
            found.append(
                {
                    str(path.relative_to(top)): path
                    for path in top.rglob("*")
                    if path.is_file() and "attempts" not in path.parts
                }
            )
        return found


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Two courses with the same class, graded, marked by hand, and graded again."""
    made = Pair(tmp_path_factory.mktemp("pair"))
    made.grade([*WHEN, *ANSWERS, "broken"])
    return made


def test_the_gradebook_is_nbgrader_s(pair: Pair) -> None:
    """Are grades, comments, timestamps and penalties what nbgrader records?"""
    ours, stock = (rows_in(address_of(course)) for course in (pair.ours, pair.stock))
    assert ours == stock
    assert len(ours) == 3 * len(list(pair.ours.submitted.iterdir()))


def test_the_judged_notebooks_are_nbgrader_s(pair: Pair) -> None:
    """Are the same files there, readable by all and writable by none?"""
    ours, stock = pair.files("graded")
    assert ours.keys() == stock.keys()
    for name, path in ours.items():
        assert path.stat().st_mode == stock[name].stat().st_mode, name
        if name.endswith(".ipynb"):
            one, other = (nbformat.read(p, as_version=4) for p in (path, stock[name]))
            assert one == other, name
        else:
            assert path.read_bytes() == stock[name].read_bytes(), name


def test_the_pages_are_nbgrader_s(pair: Pair) -> None:
    """Is each page, byte for byte, the one that nbgrader makes with our template?"""
    ours, stock = (
        {name: path for name, path in files.items() if name.endswith(".html")}
        for files in pair.files("feedback")
    )
    assert ours.keys() == stock.keys()
    for name in ours:
        assert ours[name].read_text() == stock[name].read_text(), name


def test_who_is_late_loses_what_nbgrader_says(pair: Pair) -> None:
    """Does the row hold what counts, and the page say why?"""
    assert pair.rows["late"].score == 0
    assert "handed in late: 100 points less" in pair.rows["late"].note
    page = pair.ours.feedback / "late" / TOPIC / f"{TOPIC}.html"
    assert "Handed in late" in page.read_text(encoding="utf-8")
    for student in set(WHEN) - {"late"}:
        assert pair.rows[student].score == 100, student


def test_what_a_teacher_wrote_stays(pair: Pair) -> None:
    """Marked by hand and graded again: same rows, the marks kept and on the page?"""
    mark(pair.ours)
    mark(pair.stock)
    pair.grade(MARKED)
    ours = rows_in(address_of(pair.ours))
    assert ours == rows_in(address_of(pair.stock))
    assert pair.rows["wrong"].score == 42.5
    assert pair.rows["right"].score == 105
    page = pair.ours.feedback / "untouched" / TOPIC / f"{TOPIC}.html"
    assert "See me, untouched!" in page.read_text(encoding="utf-8")
    again = list(grade_class(pair.ours, [TOPIC]))
    assert {row.student: row for row in again} == pair.rows
    assert rows_in(address_of(pair.ours)) == ours


def test_what_is_written_while_it_is_graded_counts(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A teacher marks after a submission was sent to a worker: does the page say it?"""
    from autograder.grading import scheduling

    original = scheduling.grade_submission

    def meanwhile(release: bytes, submission: bytes) -> bytes:
        with Gradebook(address_of(pair.ours), "tuned") as gradebook:
            where = ("check-receptive_field", TOPIC, TOPIC, "early")
            gradebook.find_grade(*where).manual_score = 61.0
            gradebook.db.commit()
        return original(release, submission)

    monkeypatch.setattr(scheduling, "grade_submission", meanwhile)
    (row,) = grade_class(pair.ours, [TOPIC], ["early"], rerun=True)
    assert row.score == 61
    page = pair.ours.feedback / "early" / TOPIC / f"{TOPIC}.html"
    assert "61 of 100 points" in page.read_text(encoding="utf-8")


def test_a_timestamp_that_is_none(pair: Pair) -> None:
    """Is it told, not guessed, and is the grade that was there left alone?"""
    before = rows_in(address_of(pair.ours))
    path = place_of(pair.ours, "right").parent / "timestamp.txt"
    path.write_text("yesterday\n")
    (row,) = grade_class(pair.ours, [TOPIC], ["right"])
    path.unlink()
    assert (row.status, row.reason, row.score) == ("failed", "not graded", 105)
    assert "timestamp.txt holds no date" in row.note
    assert rows_in(address_of(pair.ours)) == before


def test_one_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is one submission told as not graded, and the others of its batch recorded?"""
    course = small_course(tmp_path / "course")
    hand_in_all(course, ["ada", "bob", "cyd"])
    course.graded.mkdir(parents=True)
    (course.graded / "bob").write_text("a file in the way")
    rows = {row.student: row for row in grade_class(course, [TOPIC])}
    assert rows["bob"].status == "failed"
    assert re.search(r"not graded: \w+Error", rows["bob"].note)
    assert rows["ada"].score == rows["cyd"].score == 100
    os.remove(course.graded / "bob")
    rows = {row.student: row for row in grade_class(course, [TOPIC])}
    assert {row.score for row in rows.values()} == {100}


def test_names_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that no gradebook can hold: told, and nobody else harmed?"""
    monkeypatch.setattr(judging, "grade", quick)
    course = small_course(tmp_path / "course")
    hand_in_all(course, ["ada", "n" * 129, "a\nb", "\udcff"])
    rows = list(grade_class(course, [TOPIC]))
    assert [row.status for row in rows] == ["failed"] * 3 + ["graded"]
    assert {row.note[:12] for row in rows[:3]} == {"no name of a"}
    assert all(row.student.isprintable() for row in rows)


def test_an_answer_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of another version answers something else: one row, and no crash?"""
    from autograder.grading import scheduling

    course = small_course(tmp_path / "course")
    hand_in_all(course, ["ada"])
    monkeypatch.setattr(scheduling, "grade_submission", lambda *_: b"nonsense")
    (row,) = grade_class(course, [TOPIC])
    assert (row.status, row.reason) == ("failed", "not graded")
    assert rows_in(address_of(course)) == []
