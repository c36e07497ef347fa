"""Does a whole class end in rows and pages, whatever was handed in?"""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from autograder.grading import recording
from autograder.judge.session import SandboxDownError
from autograder.pipeline import judging
from autograder.pipeline.admission import LARGEST, RECORD
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.gradebook import Row, grade_class
from autograder.pipeline.judging import JudgeSubmission
from autograder.pipeline.release import release
from tests.judge import RIGHT
from tests.pipeline import (
    TOPIC,
    assignment,
    course_in,
    hand_in,
    place_of,
    small_catalog,
)
from tests.sandbox import needs_sandbox

pytestmark = [
    needs_sandbox,
    # On notebooks of students that an older Jupyter wrote.
    pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning"),
]

WRONG = "def receptive_field(layers):\n    return -1\n"


def class_in(course: Course) -> None:
    """Hand in everything that people hand in."""
    hand_in(course, "right", assignment(course, RIGHT))
    hand_in(course, "wrong", assignment(course, WRONG))
    hand_in(course, "untouched", assignment(course))
    _forge(course)
    _decorate(course)
    good = nbformat.writes(assignment(course, RIGHT)).encode()
    hand_in(course, "bom", b"\xef\xbb\xbf" + good)
    hand_in(
        course,
        "surrogate",
        good.replace(b"size, jump = 1", b"x = '\\ud800'\\n    size, jump = 1"),
    )
    hand_in(course, "broken", good[:200])
    hand_in(course, "empty", b"")
    hand_in(course, "utf16", good.decode().encode("utf-16"))
    hand_in(course, "list", b"[]")
    place_of(course, "folder").mkdir()
    place_of(course, "nothing")
    place_of(course, "link").symlink_to("/etc/hostname")
    os.truncate(hand_in(course, "huge", b"x"), LARGEST + 1)
    hand_in(course, "beside", good)
    (place_of(course, "beside").parent / "data").symlink_to("/dev/zero")
    hand_in(course, "pipe", good)
    os.mkfifo(place_of(course, "pipe").parent / "pipe")


def _forge(course: Course) -> None:
    """A wrong answer with everything around it bent."""
    made = assignment(course, WRONG)
    made.metadata[RECORD] = {"refused": "", "checks": [{"points": 100, "verdicts": []}]}
    by_id = {c.metadata["nbgrader"]["grade_id"]: c for c in made.cells
             if "nbgrader" in c.metadata}  # fmt: skip
    given = by_id["given-1"]
    given.source = "import autograder\nautograder.check = lambda *a: 100"
    graded = by_id["check-receptive_field"]
    graded.source = "100"
    graded.metadata["nbgrader"].update(points=10**6, solution=True, locked=False)
    graded.outputs = [
        nbformat.v4.new_output(
            "execute_result", data={"text/plain": "100"}, execution_count=1
        )
    ]
    extra = copy.deepcopy(graded)
    extra.id, extra.metadata["nbgrader"]["grade_id"] = "more", "check-more"
    made.cells += [extra, new_code_cell("100")]
    path = hand_in(course, "forger", made)
    (path.parent / "fingerprint.txt").mkdir()
    (path.parent / "gradebook.db").write_text("mine")
    shutil.copy(path, path.with_name("another.ipynb"))


def _decorate(course: Course) -> None:
    """A right answer with pages full of active content."""
    made = assignment(course, RIGHT)
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    made.metadata["title"] = "</title><script>alert('title')</script>"
    evil = "<script>alert('markdown')</script> [x](javascript:alert('link'))"
    made.cells.insert(1, new_markdown_cell(evil))
    made.cells.append(
        new_code_cell(
            "from IPython.display import HTML, Javascript, SVG, display\n"
            "display(HTML('<script>alert(\"html\")</script>'))\n"
            "display(Javascript('alert(\"javascript\")'))\n"
            "display({'image/png': '\"><script>alert(\"png\")</script>'}, raw=True)\n"
            "print('<script>alert(\"print\")</script>')\n"
            "raise ValueError('<script>alert(\"error\")</script>')"
        )
    )
    hand_in(course, "decorated", made)


@dataclass
class Class:
    """A course whose class has been graded, and what was said."""

    course: Course
    rows: dict[str, Row]

    def page(self, student: str) -> str:
        """A student's feedback page."""
        path = self.course.feedback / student / TOPIC / f"{TOPIC}.html"
        return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A released course with everything handed in."""
    made = course_in(tmp_path_factory.mktemp("class") / "course")
    with small_catalog():
        release(made, [TOPIC])
    class_in(made)
    return made


@pytest.fixture(scope="module")
def graded(course: Course) -> Class:
    """The class, graded once."""
    return Class(course, {row.student: row for row in grade_class(course, [TOPIC])})


def test_every_submission_ends_in_a_row(graded: Class) -> None:
    """Is there a row for each folder, and none that the grader stumbled on?"""
    handed_in = {path.name for path in graded.course.submitted.iterdir()}
    assert set(graded.rows) == handed_in
    assert [r for r in graded.rows.values() if r.status == "failed"] == []
    assert {row.possible for row in graded.rows.values()} == {100}


@pytest.mark.parametrize("student", ["right", "bom", "surrogate", "decorated"])
def test_right_work_earns_all_points(graded: Class, student: str) -> None:
    """Are 100 points in the row and in the gradebook?"""
    row = graded.rows[student]
    assert (row.score, row.status) == (100, "graded")
    url = f"sqlite:///{graded.course.root}/classroom/gradebook.db"
    with Gradebook(url) as gradebook:
        assert gradebook.find_submission(TOPIC, student).score == 100


@pytest.mark.parametrize("student", ["wrong", "untouched", "forger"])
def test_wrong_work_earns_none(graded: Class, student: str) -> None:
    """Is nothing to be had by bending what lies around the answer?"""
    row = graded.rows[student]
    assert (row.score, row.status) == (0, "graded")
    assert "receptive_field" in row.note


@pytest.mark.parametrize(
    ("student", "says"),
    [
        ("broken", "not a Jupyter notebook"),
        ("empty", "not a Jupyter notebook"),
        ("utf16", "not a Jupyter notebook"),
        ("list", "not a Jupyter notebook"),
        ("link", "a link"),
        ("huge", "Clear the outputs"),
        ("folder", "no notebook: expected a file named mini.ipynb"),
        ("nothing", "no notebook: expected a file named mini.ipynb"),
        ("beside", "data is a link"),
        ("pipe", "pipe is a link or no file"),
    ],
)
def test_what_cannot_be_graded_is_refused_with_a_reason(
    graded: Class, student: str, says: str
) -> None:
    """Do the row and the student's page say what to do?"""
    row = graded.rows[student]
    assert (row.score, row.status) == (0, "refused")
    assert says in row.note
    assert "notebook" in graded.page(student) or says in graded.page(student)


def test_the_page_shows_the_verdict(graded: Class) -> None:
    """Does a page hold score, verdict and, where it is wrong, what was expected?"""
    assert "receptive_field: right" in graded.page("right")
    wrong = graded.page("wrong")
    assert "receptive_field: not right yet" in wrong
    assert "expected" in wrong


@pytest.mark.parametrize("student", ["right", "wrong", "forger", "broken"])
def test_the_page_gives_nothing_away(graded: Class, student: str) -> None:
    """Is there no source of a check, no solution, no trace through the grader?"""
    page = graded.page(student)
    secrets = ["expect_close", "exam.call", "most recent call", "site-packages"]
    secrets += ["secret_of_the_solution", str(graded.course.root)]
    for word in secrets:
        assert word not in page


def test_the_page_runs_nothing(graded: Class) -> None:
    """Does no content of a student's become active in a teacher's browser?"""
    page = graded.page("decorated")
    assert "<script>alert" not in page
    assert not re.search("(href|src)=.?javascript:", page)
    for word in ("print", "error"):
        assert f'script&gt;alert("{word}")' in page.replace("&quot;", '"')


def test_the_forged_record_is_not_believed(graded: Class) -> None:
    """Does the judged notebook hold the judge's own record?"""
    path = graded.course.graded / "forger" / TOPIC / f"{TOPIC}.ipynb"
    record = nbformat.read(path, as_version=4).metadata[RECORD]
    assert [check["points"] for check in record["checks"]] == [0]


def test_nothing_is_graded_twice(
    graded: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is unchanged work skipped, and the same row given?"""
    monkeypatch.setattr(judging, "grade", None)
    again = list(grade_class(graded.course, [TOPIC], ["right"]))
    assert again == [graded.rows["right"]]


def test_changed_work_is_graded_again(graded: Class) -> None:
    """Is a new hand-in graded, although an old one was?"""
    path = place_of(graded.course, "untouched")
    kept = path.read_bytes()
    hand_in(graded.course, "untouched", assignment(graded.course, RIGHT))
    (row,) = grade_class(graded.course, [TOPIC], ["untouched"])
    assert row.score == 100
    path.write_bytes(kept)
    (row,) = grade_class(graded.course, [TOPIC], ["untouched"], rerun=True)
    assert row.score == 0


def test_a_grader_that_stumbles_gives_no_zero(
    graded: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the row 'failed', with the error, and are the others graded?"""

    def stumble(*_: object) -> None:
        raise SandboxDownError("the sandbox did not start")

    monkeypatch.setattr(judging, "grade", stumble)
    (row,) = grade_class(graded.course, [TOPIC], ["wrong"], rerun=True)
    assert row.status == "failed"
    assert "did not start" in row.note
    monkeypatch.undo()

    def unreadable(*_: object) -> str:
        raise PermissionError("closed")

    monkeypatch.setattr(recording, "read_folder", unreadable)
    rows = list(grade_class(graded.course, [TOPIC], ["wrong", "nothing"]))
    assert [row.status for row in rows] == ["failed", "failed"]
    assert "closed" in rows[1].note


def test_an_unknown_topic_stops_before_anything_is_graded(course: Course) -> None:
    """Is a misspelled topic an error that lists the topics?"""
    with pytest.raises(CourseError, match="no topic poling; there are: mini"):
        list(grade_class(course, [TOPIC, "poling"]))


def test_limits_can_be_configured() -> None:
    """Do nbgrader's settings reach the sandbox?"""
    judge = JudgeSubmission(
        cell_seconds=1.5,
        call_seconds=0.5,
        submission_seconds=9,
        memory_mib=300,
        processes=7,
    )
    limits = judge.limits()
    assert (limits.cell_seconds, limits.call_seconds) == (1.5, 0.5)
    assert (limits.submission_seconds, limits.memory >> 20) == (9, 300)
    assert limits.processes == 7


def test_plain_nbgrader_does_the_right_thing(course: Course) -> None:
    """Do `nbgrader autograde` and `nbgrader generate_feedback` use the judge?"""
    hand_in(course, "plain", assignment(course, RIGHT))
    hand_in(course, "unplain", b"no notebook")
    nbgrader = [sys.executable, "-m", "nbgrader"]
    for step in ("autograde", "generate_feedback"):
        ran = subprocess.run(
            [*nbgrader, step, TOPIC, "--student=*plain"],
            cwd=course.root,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
    page = course.feedback / "plain" / TOPIC / f"{TOPIC}.html"
    assert "receptive_field: right" in page.read_text(encoding="utf-8")
    page = course.feedback / "unplain" / TOPIC / f"{TOPIC}.html"
    assert "not a Jupyter notebook" in page.read_text(encoding="utf-8")
    with Gradebook(f"sqlite:///{course.root}/classroom/gradebook.db") as gradebook:
        assert gradebook.find_submission(TOPIC, "plain").score == 100
        assert gradebook.find_submission(TOPIC, "unplain").score == 0
