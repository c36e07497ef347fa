"""Whatever stops a grading, does the same command end where nothing had stopped it?

SIGKILL is real. Nothing depends on how fast anything is: a process kills itself at a
call of a function, and a lock is let go by who has seen that somebody wants it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import files, scheduling, tables, writer
from autograder.grading.files import DiskFullError
from autograder.grading.writer import GradebookError
from autograder.pipeline import judging
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.gradebook import grade_class
from tests.grading import WRONG, address_of, hand_in_all, rows_in, small_course
from tests.grading.stubs import grade_quickly, quick
from tests.pipeline import ROOT, TOPIC, hand_in, place_of
from tests.sandbox import needs_sandbox

pytestmark = needs_sandbox  # without one, grading refuses to begin

STUDENTS = [f"student-{number}" for number in range(5)]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course in which five have handed in, and nothing is graded."""
    course = small_course(tmp_path_factory.mktemp("lost") / "course")
    hand_in_all(course, STUDENTS[:2])
    hand_in_all(course, STUDENTS[2:4], WRONG)
    hand_in(course, STUDENTS[4], b"no notebook")
    return course


@pytest.fixture
def course(released: Course, tmp_path: Path) -> Course:
    """A copy of it."""
    return Course(shutil.copytree(released.root, tmp_path / "course"))


class Driver:
    """Grades in processes of their own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.grading.drive"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(
        self,
        course: Course,
        kill: Sequence[str] = (),
        rerun: bool = False,
        largest: int = 0,
    ) -> tuple[int, str]:
        """Grade ``course``; return the exit code and what was said."""
        asked = {"root": str(course.root), "kill": kill}
        asked |= {"rerun": rerun, "largest": largest}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["code"], answer["said"]


@pytest.fixture(scope="module")
def drive() -> Iterator[Driver]:
    """A driver."""
    driver = Driver()
    yield driver
    driver.process.communicate()


@pytest.fixture(scope="module")
def undisturbed(
    released: Course, drive: Driver, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Any, ...]]:
    """What the gradebook holds where nothing has come in between."""
    folder = tmp_path_factory.mktemp("undisturbed") / "course"
    course = Course(shutil.copytree(released.root, folder))
    assert drive(course)[0] == 0
    return rows_in(address_of(course))


def assert_whole(course: Course, undisturbed: list[tuple[Any, ...]]) -> None:
    """Is everything recorded and written, with nothing left lying about?"""
    assert rows_in(address_of(course)) == undisturbed
    for student in STUDENTS:
        assert files.are_written(course, TOPIC, student)
    names = [path.name for path in (course.root / "classroom").rglob("*")]
    assert [name for name in names if name.startswith(".")] == []


GRADING = "autograder.grading"
POINTS = {
    "before anything is judged": (f"{GRADING}.recording", "read_folder", "before 2"),
    "with a batch judged": (f"{GRADING}.writer", "Writer.record", "before 1"),
    "before the first row": (f"{GRADING}.tables", "create", "before 1"),
    "between notebook and page": (f"{GRADING}.files", "_write_folder", "after 2"),
    "in a page": (f"{GRADING}.files", "_write_page", "before 2"),
    "before the marks": (f"{GRADING}.tables", "save", "before 1"),
    "before the commit": (f"{GRADING}.tables", "save", "after 2"),
    "after the commit": (f"{GRADING}.writer", "Writer.record", "after 2"),
}


@pytest.mark.parametrize("point", POINTS)
def test_the_grader_is_killed(
    point: str, course: Course, drive: Driver, undisturbed: list[tuple[Any, ...]]
) -> None:
    """SIGKILL at any moment: does the next run finish what this one began?"""
    assert drive(course, POINTS[point])[0] == -signal.SIGKILL
    code, said = drive(course)
    assert code == 0, said
    assert len(said.splitlines()) == len(STUDENTS)
    assert_whole(course, undisturbed)


def test_a_killed_rerun_is_finished_by_any_run(
    course: Course,
    drive: Driver,
    undisturbed: list[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Are those that the rerun did not come to graded again, although unchanged?"""
    assert drive(course)[0] == 0
    kill = POINTS["after the commit"]
    assert drive(course, kill, rerun=True)[0] == -signal.SIGKILL
    graded = []

    def counted(*parcels: bytes) -> bytes:
        graded.append(parcels)
        return grade_quickly(*parcels)

    monkeypatch.setattr(scheduling, "grade_submission", counted)
    list(grade_class(course, [TOPIC]))
    assert len(graded) == 1  # two batches of two were recorded
    assert_whole(course, undisturbed)


def test_only_what_changed_is_graded(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte of one, a new release for all: who is graded again?"""
    graded = []

    def counted(notebook: Any, *rest: Any) -> Any:
        graded.append(notebook)
        return quick(notebook, *rest)

    monkeypatch.setattr(judging, "grade", counted)
    first = list(grade_class(course, [TOPIC]))
    assert len(graded) == 4  # one was no notebook
    assert list(grade_class(course, [TOPIC])) == first
    assert len(graded) == 4
    (place_of(course, STUDENTS[0]).parent / "notes.txt").write_text("more")
    list(grade_class(course, [TOPIC]))
    assert len(graded) == 5
    shutil.rmtree(course.feedback / STUDENTS[1])
    list(grade_class(course, [TOPIC]))
    assert len(graded) == 6
    with sqlite3.connect(course.root / "classroom" / "gradebook.db") as database:
        database.execute("UPDATE source_cell SET source = source || ' '")
    list(grade_class(course, [TOPIC]))
    assert len(graded) == 6 + 4


def test_the_disk_is_full(
    course: Course, undisturbed: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is it said, is no batch half recorded, and is all well once there is room?"""
    monkeypatch.setattr(judging, "grade", quick)
    original, written = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) > 5:
            path.touch()
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return original(path, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(DiskFullError, match="make room, then run the same command"):
            list(grade_class(course, [TOPIC]))
    assert rows_in(address_of(course)) == []
    list(grade_class(course, [TOPIC]))
    assert_whole(course, undisturbed)


def test_there_is_no_room_for_the_gradebook(
    course: Course, drive: Driver, undisturbed: list[tuple[Any, ...]]
) -> None:
    """The same where the database cannot grow, in a real process with a real limit."""
    size = (course.root / "classroom" / "gradebook.db").stat().st_size
    code, said = drive(course, largest=size)
    assert code == 1
    assert "make room" in said
    assert "run the same command again" in said
    assert drive(course)[0] == 0
    assert_whole(course, undisturbed)


def locked(course: Course) -> sqlite3.Connection:
    """A connection that keeps everybody else from the gradebook."""
    holder = sqlite3.connect(
        course.root / "classroom" / "gradebook.db", check_same_thread=False
    )
    holder.execute("BEGIN EXCLUSIVE")
    return holder


def test_the_gradebook_is_locked(
    course: Course, undisturbed: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program never lets go: a clear error, and nothing lost?"""
    monkeypatch.setattr(judging, "grade", quick)
    monkeypatch.setattr(writer, "PATIENCE", 0.01)
    holders: list[sqlite3.Connection] = []

    def lock(*parcels: bytes) -> bytes:
        if not holders:
            holders.append(locked(course))
        return grade_quickly(*parcels)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduling, "grade_submission", lock)
        with pytest.raises(GradebookError, match="another program holds it: close"):
            list(grade_class(course, [TOPIC]))
    with pytest.raises(GradebookError, match="is locked"):
        list(grade_class(course, [TOPIC]))
    holders[0].close()
    list(grade_class(course, [TOPIC]))
    assert_whole(course, undisturbed)


def test_the_gradebook_is_locked_for_a_while(
    course: Course, undisturbed: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program lets go while the grader waits: does it go on by itself?"""
    monkeypatch.setattr(judging, "grade", quick)
    original, holders = tables.forget, []

    def forget(*arguments: Any) -> None:
        if not holders:
            holders.append(
                subprocess.Popen(
                    [
                        sys.executable,
                        "-c",
                        HOLDS,
                        course.root / "classroom" / "gradebook.db",
                    ],
                    stdout=subprocess.PIPE,
                    stdin=subprocess.PIPE,
                    text=True,
                )
            )
            assert holders[0].stdout.readline() == "locked\n"
            holders[0].stdin.write("somebody waits\n")
            holders[0].stdin.flush()
        original(*arguments)

    monkeypatch.setattr(tables, "forget", forget)
    list(grade_class(course, [TOPIC]))
    holders[0].communicate()
    assert_whole(course, undisturbed)


HOLDS = """
import sqlite3, sys, time
holder = sqlite3.connect(sys.argv[1])
holder.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
time.sleep(0.5)  # so that there is something to wait for
holder.rollback()
"""


def test_two_gradings_at_once(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the second told to wait, and not the first disturbed?"""
    monkeypatch.setattr(judging, "grade", quick)
    first = grade_class(course, [TOPIC])
    rows = [next(first)]
    with pytest.raises(CourseError, match="another `autograder grade` is at work"):
        next(grade_class(course, [TOPIC]))
    rows += first
    assert len(rows) == len(STUDENTS)
    assert len(list(grade_class(course, [TOPIC]))) == len(STUDENTS)
