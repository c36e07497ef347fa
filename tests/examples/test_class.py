"""The sample class, graded for real: does each submission get what it deserves?"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
import yaml
from nbgrader.api import Gradebook

from autograder.pipeline.course import Course
from autograder.pipeline.release import release
from autograder.sandbox.bubblewrap import why_unavailable
from examples.build import SOURCES, Student, build, students, topics
from tests.examples.grading import HARMFUL

PROJECT = Path(__file__).resolve().parents[2]
TABLE: dict[str, dict[str, Any]] = yaml.safe_load(
    (PROJECT / "examples" / "expected.yml").read_text(encoding="utf-8")
)
EVERYONE = [(topic, student) for topic in TABLE for student in TABLE[topic]]
# Short, so that endless loops end soon; a right answer needs a hundredth of it.
LIMITS = """
c.JudgeSubmission.cell_seconds = 4.0
c.JudgeSubmission.call_seconds = 4.0
c.JudgeSubmission.submission_seconds = 60.0
c.JudgeSubmission.memory_mib = 256
"""
OUTPUTS = ("classroom/graded/", "classroom/feedback/", "classroom/attempts/")

pytestmark = pytest.mark.skipif(
    bool(why_unavailable()), reason=f"no sandbox here: {why_unavailable()}"
)


@dataclass(frozen=True)
class Class:
    """A topic's class in a course of its own, and what grading it gave."""

    course: Course
    topic: str
    passes: dict[str, Any]
    log: str
    before: dict[str, str]  # digests of the course's files before the grading
    scratch: Path  # where the grader made its temporary files

    def row(self, student: str, which: str = "first") -> dict[str, Any]:
        """The one row of ``student`` in a pass."""
        (found,) = (
            row for row in self.passes[which]["rows"] if row["student"] == student
        )
        return dict(found)

    def page(self, student: str) -> str:
        """The text of the feedback page, without its tags."""
        path = self.course.feedback / student / self.topic / f"{self.topic}.html"
        text = re.sub(r"(?s)<style.*?</style>|<[^>]+>", "", path.read_text("utf-8"))
        return html.unescape(text)

    def points(self, student: str) -> dict[str, float]:
        """What the gradebook holds for each check."""
        course = self.course.nbgrader().coursedir
        with Gradebook(course.db_url, course.course_id) as gradebook:
            submission = gradebook.find_submission_notebook(
                self.topic, self.topic, student
            )
            return {grade.name: float(grade.score) for grade in submission.grades}


def without_figures(source: str) -> str:
    """A topic's source without the cells that draw: no point hangs on them."""
    head, *cells = re.split(r"(?m)^(?=# %%)", source)
    cells = [cell.replace("import matplotlib.pyplot as plt\n", "") for cell in cells]
    return head + "".join(cell for cell in cells if "plt." not in cell)


def digests(course: Course) -> dict[str, str]:
    """A digest of every file that grading must not touch."""
    found = {}
    for path in sorted(course.root.rglob("*")):
        name = str(path.relative_to(course.root))
        if path.is_file() and not name.startswith((*OUTPUTS, "classroom/gradebook.db")):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Class]:
    """All topics' classes, each in a course of its own, graded by two processes."""
    courses = {
        topic: handed_in(topic, tmp_path_factory.mktemp(topic)) for topic in TABLE
    }
    by_size = sorted(courses, key=lambda topic: -len(TABLE[topic]))
    shares = [
        {topic: courses[topic] for topic in by_size[first::2]} for first in (0, 1)
    ]
    roots = [tmp_path_factory.mktemp("share") for _ in shares]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(graded, shares, roots)
        return {each.topic: each for share in found for each in share}


def handed_in(topic: str, root: Path) -> Course:
    """A course of its own below ``root``, to which the class has handed in."""
    course = Course(root / "course")
    course.solutions.mkdir(parents=True)
    source = (PROJECT / "solutions" / f"{topic}.py").read_text("utf-8")
    (course.solutions / f"{topic}.py").write_text(without_figures(source), "utf-8")
    package = PROJECT / "solutions" / topic
    if package.is_dir():
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, course.solutions / topic, ignore=without)
    config = (PROJECT / "nbgrader_config.py").read_text("utf-8") + LIMITS
    (course.root / "nbgrader_config.py").write_text(config, "utf-8")
    release(course, [topic])
    build(topic, course.submitted, course.root)
    return course


def graded(courses: dict[str, Course], root: Path) -> list[Class]:
    """The classes of some topics, graded one after the other by a process of its own.

    What it needs for itself lies below ``root``.
    """
    scratch = root / "tmp"
    scratch.mkdir()
    before = {topic: digests(course) for topic, course in courses.items()}
    report, log = root / "report.json", root / "log.txt"
    environment = {**os.environ, "TMPDIR": str(scratch), "OMP_NUM_THREADS": "1"}
    environment.pop("TUNED_DB_URL", None)
    words = [word for topic in courses for word in (courses[topic].root, topic)]
    with log.open("w") as file:
        process = subprocess.run(
            [sys.executable, "-m", "tests.examples.grading", report, *words],
            cwd=PROJECT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            timeout=900,
            check=False,
        )
    said = log.read_text("utf-8")
    assert process.returncode == 0, said[-4000:]
    passes = json.loads(report.read_text("utf-8"))
    return [
        Class(courses[topic], topic, passes[topic], said, before[topic], scratch)
        for topic in courses
    ]


# The sources --------------------------------------------------------------------------


def test_the_table_names_every_student() -> None:
    """Is there a line of the table for each source, and none without one?"""
    assert {topic: sorted(TABLE[topic]) for topic in TABLE} == {
        topic: students(topic) for topic in topics()
    }
    assert all(len(students(topic)) >= 4 for topic in topics())
    assert sum(len(students(topic)) for topic in topics()) >= 60


@pytest.mark.parametrize(("topic", "student"), EVERYONE)
def test_the_source_is_small(topic: str, student: str) -> None:
    """Does a source say who this is, and could one read it in a minute?"""
    path = SOURCES / topic / f"{student}.py"
    assert Student.read(path)
    assert len(path.read_text("utf-8").splitlines()) <= 130


def test_building_again_writes_nothing(classes: dict[str, Class]) -> None:
    """Is a class built twice the same, byte for byte, and left alone?"""
    for each in classes.values():
        assert build(each.topic, each.course.submitted, each.course.root) == []


# What each deserves -------------------------------------------------------------------


@pytest.mark.parametrize(("topic", "student"), EVERYONE)
def test_it_gets_what_it_deserves(
    classes: dict[str, Class], topic: str, student: str
) -> None:
    """Are the row, the points of each check and the named mistakes as in the table?"""
    each, deserved = classes[topic], TABLE[topic][student]
    row = each.row(student)
    assert row["status"] == deserved["status"]
    assert row["score"] == pytest.approx(deserved["total"])
    assert row["possible"] == 100
    for word in deserved["reason"]:
        assert word in row["note"]
    possible = check_points(each)
    share = {"full": 1, "none": 0}[deserved["otherwise"]]
    expected = {name: share * points for name, points in possible.items()}
    expected |= {
        f"check-{name}": points for name, points in deserved.get("points", {}).items()
    }
    assert each.points(student) == pytest.approx(expected)
    assert sum(expected.values()) == pytest.approx(deserved["total"])
    assert misconceptions(each, student) == deserved.get("misconceptions", {})


def check_points(each: Class) -> dict[str, float]:
    """The points of each check as released."""
    path = each.course.assignments / each.topic / f"{each.topic}.ipynb"
    metadata = [
        cell.metadata.get("nbgrader", {}) for cell in nbformat.read(path, 4).cells
    ]
    return {m["grade_id"]: m["points"] for m in metadata if m.get("grade")}


def misconceptions(each: Class, student: str) -> dict[str, str]:
    """The mistakes that the judge has named, by function."""
    path = each.course.graded / student / each.topic / f"{each.topic}.ipynb"
    if not path.is_file():
        return {}
    return {
        verdict["name"]: verdict["misconception"]
        for check in nbformat.read(path, 4).metadata["tuned"]["checks"]
        for verdict in check["verdicts"]
        if verdict["misconception"]
    }


# What it may read ---------------------------------------------------------------------


@pytest.mark.parametrize(("topic", "student"), EVERYONE)
def test_the_page_tells_the_reason(
    classes: dict[str, Class], topic: str, student: str
) -> None:
    """Is there a page on which the student reads why?"""
    page = classes[topic].page(student)
    for word in TABLE[topic][student].get("page", []):
        assert word in page


@pytest.mark.parametrize(("topic", "student"), EVERYONE)
def test_the_page_keeps_secrets(
    classes: dict[str, Class], topic: str, student: str
) -> None:
    """Does the page show nothing of the checks and nothing of the grader's machine?"""
    each = classes[topic]
    page = each.page(student)
    page = page.replace('"FOUND"', "")  # in the source of the one that looks for it
    roots = [str(each.course.root), str(PROJECT / "autograder")]
    for secret in [*roots, "autograder/judge/", "autograder/pipeline/", "FOUND"]:
        assert secret not in page
    # A student's answer may well share a line with an oracle.
    own = (SOURCES / topic / f"{student}.py").read_text("utf-8")
    own += (each.course.solutions / f"{topic}.py").read_text("utf-8")
    shown = {line.strip() for line in page.splitlines()}
    assert not shown & lines_of_the_checks() - {
        line.strip() for line in own.splitlines()
    }


def lines_of_the_checks() -> set[str]:
    """Every line of the checks and the oracles that could be told from others."""
    return {
        line.strip()
        for folder in ("checks", "oracles")
        for path in (PROJECT / "autograder" / folder).glob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if len(line.strip()) > 24 and not line.startswith(("import ", "from "))
    }


@pytest.mark.parametrize(("topic", "student"), EVERYONE)
def test_the_page_stands_alone(
    classes: dict[str, Class], topic: str, student: str
) -> None:
    """Does opening the page run no script and ask nothing of the network?"""
    each = classes[topic]
    path = each.course.feedback / student / topic / f"{topic}.html"
    source = path.read_text("utf-8")
    assert "<script" not in source
    assert "default-src 'none'" in source  # what is left cannot load anything
    for loaded in re.findall(r"""<[^>]+(?:src|href)=["']([^"']+)""", source):
        earlier = re.fullmatch(r"attempts/\d+\.html", loaded)
        assert loaded.startswith(("#", "http://", "https://", "data:image/")) or (
            earlier and (path.parent / loaded).is_file()
        )
    assert not re.findall(r"""src=["']?attempts""", source)
    assert not re.findall(r"""<img[^>]+src=["']?http""", source)
    # Links to the book have survived what is done to a student's own prose.
    if TABLE[topic][student]["status"] == "graded":
        assert re.search(r'<a href="[^"]+/\w+\.html#', source)


# What it may do -----------------------------------------------------------------------


def test_nothing_is_left_behind(classes: dict[str, Class]) -> None:
    """Are all processes gone, and all temporary files?"""
    for each in classes.values():
        assert not list(each.scratch.glob("tuned-*"))
        for process in psutil.process_iter(["cmdline"]):
            assert str(each.scratch) not in " ".join(process.info["cmdline"] or [])


def test_no_file_of_the_course_is_changed(classes: dict[str, Class]) -> None:
    """Is every file as it was, but for the outputs?"""
    for each in classes.values():
        assert digests(each.course) == each.before


def test_grading_again_grades_nothing_anew(classes: dict[str, Class]) -> None:
    """Does a second run give the same rows, at once?"""
    for each in classes.values():
        first, again = each.passes["first"], each.passes["again"]
        assert again["rows"] == sorted(first["rows"], key=lambda row: row["student"])
        assert again["seconds"] < first["seconds"] / 5


def test_nobody_harms_others(classes: dict[str, Class]) -> None:
    """Do right and wrong work, graded before and after the harmful, get their due?"""
    harmed = {topic for topic in TABLE if HARMFUL & TABLE[topic].keys()}
    assert harmed == {"dropout", "pooling"}
    assert {name for topic in harmed for name in TABLE[topic]} >= HARMFUL
    for topic in harmed:
        rows = classes[topic].passes["first"]["rows"]
        sits = [row["student"] in HARMFUL for row in rows]
        first, last = sits.index(True), len(sits) - sits[::-1].index(True)
        assert all(sits[first:last])
        for side in (rows[:first], rows[last:]):
            deserved = {
                row["student"]: TABLE[topic][row["student"]]["total"] for row in side
            }
            assert {0, 100} <= set(deserved.values())
            assert {row["student"]: row["score"] for row in side} == pytest.approx(
                deserved
            )


def test_the_grader_says_nothing_unasked(classes: dict[str, Class]) -> None:
    """Is the terminal free of warnings and stack traces?"""
    for each in classes.values():
        assert each.log == ""
