"""Do a student's own files, and no others, come along when a notebook is graded?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from traitlets import TraitError
from traitlets.config import Config

from autograder.cli import main
from autograder.pipeline import beside as beside_module
from autograder.pipeline.admission import RECORD
from autograder.pipeline.beside import (
    BYTES,
    FILES,
    UnfitError,
    expect_fit,
    private_copy,
)
from autograder.pipeline.course import Course
from autograder.pipeline.gradebook import Row, grade_class
from autograder.pipeline.judging import JudgeSubmission, limits_in
from autograder.pipeline.release import release
from autograder.sandbox.limits import MIB, Limits
from tests.pipeline import ROOT, TOPIC, small_catalog
from tests.pipeline.packages import (
    BODY,
    PACKAGE,
    STUB,
    STUDENTS,
    course_with_package,
    hand_in_package,
    printed,
)
from tests.sandbox import folders_left, needs_sandbox

ANSWER = f"from {TOPIC}.given import ONE\ndef receptive_field(layers):\n{BODY}\n"
WRONG = "def receptive_field(layers):\n    return -1\n"
SECRET = "of the host"

# Printed by a student's module: what it finds, and what it could change.
PROBE = """
import json, os, sys
def tried(action, *arguments):
    try:
        return str(action(*arguments))
    except Exception as error:
        return type(error).__name__
found = [os.path.join(folder, name) for folder, _, names in os.walk(".")
         for name in names if "/.ipython" not in folder]
import autograder
print("PROBE" + json.dumps({
    "here": os.getcwd(), "files": sorted(found),
    "ledger": tried(lambda: open("run/ledger.jsonl").read()),
    "json": json.__file__, "autograder": tried(lambda: autograder.__file__),
    "change": tried(open, "mini/layers.py", "w"), "add": tried(open, "run/new", "w"),
    "remove": tried(os.remove, "mini/given.py"), "swap": tried(os.rename, "mini", "x"),
    "chmod": tried(os.chmod, "mini/given.py", 0o777),
    "own": tried(lambda: open("mine", "w").write("x")),
}))
"""


def class_in(course: Course) -> None:
    """Hand in everything that people hand in."""
    hand_in_package(course, "right", {STUDENTS: ANSWER})
    hand_in_package(course, "wrong", {STUDENTS: WRONG})
    hand_in_package(course, "untouched", {})
    shutil.rmtree(hand_in_package(course, "notebook", {}) / TOPIC)
    (hand_in_package(course, "lost", {}) / STUDENTS).unlink()
    given = {f"{TOPIC}/given.py": "ONE = (7, 7)\n", STUDENTS: ANSWER}
    hand_in_package(course, "bent", given)
    hand_in_package(
        course,
        "curious",
        {
            STUDENTS: PROBE + ANSWER,
            f"{TOPIC}/own.py": "mine = 1\n",
            f"{TOPIC}/__pycache__/given.cpython-311.pyc": "no bytecode",
            "run/ledger.jsonl": '{"record": "trial"}\n',
            "run/deep/er/file": "x",
            "notes.txt": "mine",
            # Any of these would break what imports them.
            "json.py": "raise SystemExit\n",
            "numpy.py": "raise SystemExit\n",
            "autograder/__init__.py": "check = print\n",
            f"{TOPIC}/json.py": "raise SystemExit\n",
        },
    )
    for number, (bend, _) in enumerate(UNFIT.values()):
        bend(hand_in_package(course, f"unfit-{number}", {STUDENTS: ANSWER}))


def link_file(folder: Path) -> None:
    """A link to a file of the host's among the package's."""
    (folder / TOPIC / "data.txt").symlink_to(folder.parents[3] / "secret")


def link_student_s(folder: Path) -> None:
    """A link in place of the student's own module."""
    (folder / STUDENTS).unlink()
    (folder / STUDENTS).symlink_to(folder.parents[3] / "secret")


def link_package(folder: Path) -> None:
    """A link in place of the package."""
    (folder / TOPIC).rename(folder / "own")
    (folder / TOPIC).symlink_to("own")


def link_run(folder: Path) -> None:
    """A link in place of the run, which leads to the whole course."""
    (folder / "run").symlink_to(folder.parents[3])


def endless(folder: Path) -> None:
    """A link to something that has no end, where one does not look."""
    (folder / "a[b]" / "__pycache__").mkdir(parents=True)
    (folder / "a[b]" / "__pycache__" / "x.pyc").symlink_to("/dev/zero")


def pipe(folder: Path) -> None:
    """A pipe that nobody writes to."""
    os.mkfifo(folder / "run")


def many(folder: Path) -> None:
    """Thousands of files."""
    for number in range(2000):
        (folder / TOPIC / f"{number}.py").touch()


def large(folder: Path) -> None:
    """A file that is larger than the disk."""
    (folder / "run").mkdir()
    (folder / "run" / "model.safetensors").touch()
    os.truncate(folder / "run" / "model.safetensors", 1 << 42)


def deep(folder: Path) -> None:
    """Folders in folders, past what a path can say."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(100):
        os.mkdir("n" * 100, dir_fd=here)
        inner = os.open("n" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def folder_for_file(folder: Path) -> None:
    """A folder where the course's file should be put."""
    (folder / TOPIC / "given.py").unlink()
    (folder / TOPIC / "given.py").mkdir()


def file_for_folder(folder: Path) -> None:
    """A file where the package should be."""
    shutil.rmtree(folder / TOPIC)
    (folder / TOPIC).write_text("x")


def odd_name(folder: Path) -> None:
    """A link with a name that would clear a terminal, and is no UTF-8."""
    os.symlink("/etc", os.fsencode(folder / TOPIC) + b"/\x1b[2J\n\xff")


UNFIT: dict[str, tuple[Callable[[Path], None], str]] = {
    "link": (link_file, f"{TOPIC}/data.txt is a link"),
    "own link": (link_student_s, f"{STUDENTS} is a link"),
    "package": (link_package, f"{TOPIC} is a link"),
    "run": (link_run, "run is a link"),
    "endless": (endless, "x.pyc is a link"),
    "pipe": (pipe, "run is a link or no file"),
    "many": (many, f"more than {FILES} files"),
    "large": (large, f"more than {BYTES // MIB} MiB"),
    "deep": (deep, "nnn... is too long"),
    "folder": (folder_for_file, "given.py is a folder where the assignment has a file"),
    "file": (file_for_folder, f"{TOPIC} is a file where the assignment has a folder"),
    "odd name": (odd_name, f"{TOPIC}/?[2J?? is a link"),
}


@dataclass
class Class:
    """A course whose class has been graded, and what was said."""

    course: Course
    rows: dict[str, Row]

    def notebook(self, student: str) -> Path:
        """A student's judged notebook."""
        return self.course.graded / student / TOPIC / f"{TOPIC}.ipynb"

    def again(self, student: str) -> Row:
        """The row of a student, graded once more if anything changed."""
        (row,) = grade_class(self.course, [TOPIC], [student])
        return row


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A released course with everything handed in."""
    made = course_with_package(tmp_path_factory.mktemp("class") / "course")
    (made.root / "secret").write_text(SECRET)
    with small_catalog():
        release(made, [TOPIC])
    class_in(made)
    return made


@pytest.fixture(scope="module")
def graded(course: Course) -> Class:
    """The class, graded once."""
    before = folders_left()
    rows = {row.student: row for row in grade_class(course, [TOPIC])}
    assert folders_left() <= before
    return Class(course, rows)


# What is graded -----------------------------------------------------------------------


@needs_sandbox
@pytest.mark.parametrize(
    ("student", "score", "says"),
    [
        ("right", 100, "all right"),
        ("bent", 100, "all right"),
        ("curious", 100, "all right"),
        ("wrong", 0, "receptive_field"),
        ("untouched", 0, "not written yet"),
        ("notebook", 0, "not written yet"),
        ("lost", 0, "not written yet"),
    ],
)
def test_the_student_s_files_are_graded(
    graded: Class, student: str, score: float, says: str
) -> None:
    """Are theirs the student's, all others the course's, and lost ones as released?"""
    row = graded.rows[student]
    assert (row.score, row.status) == (score, "graded")
    assert says in row.note


@needs_sandbox
def test_nbgrader_keeps_what_was_graded(graded: Class) -> None:
    """Do the files beside the graded notebook show the teacher what was run?"""
    bent, lost = (graded.notebook(student).parent for student in ("bent", "lost"))
    assert (bent / STUDENTS).read_text() == ANSWER
    assert (bent / TOPIC / "given.py").read_text() == PACKAGE["given.py"]
    assert (lost / STUDENTS).read_text() == STUB


@pytest.fixture(scope="module")
def seen(graded: Class) -> dict[str, object]:
    """What a student's module found in the sandbox."""
    said = printed(graded.notebook("curious"))
    found: dict[str, object] = json.loads(said.partition("PROBE")[2].splitlines()[0])
    return found


@needs_sandbox
def test_the_package_and_the_run_are_there_and_no_more(seen: dict) -> None:
    """Are they in the working folder, without what else was handed in?"""
    assert seen["here"] == "/tmp/home"
    package = ("__init__.py", "given.py", "json.py", "layers.py", "own.py")
    assert seen["files"] == sorted(
        [
            *(f"./{TOPIC}/{name}" for name in (*package, "settings/small.toml")),
            *("./run/ledger.jsonl", "./run/deep/er/file"),
        ]
    )
    assert seen["ledger"] == '{"record": "trial"}\n'


@needs_sandbox
def test_nothing_that_is_imported_is_shadowed(seen: dict) -> None:
    """Are json and the empty `autograder` the sandbox's own?"""
    assert str(seen["json"]).endswith("/json/__init__.py")
    assert seen["autograder"] == "AttributeError"


@needs_sandbox
@pytest.mark.parametrize("what", ["change", "add", "remove", "swap"])
def test_what_is_lent_cannot_be_changed(seen: dict, what: str) -> None:
    """Is the package read-only, while the folder it lies in can be worked in?"""
    assert seen[what] in {"OSError", "PermissionError"}
    assert seen["own"] == "1"


# What is refused ----------------------------------------------------------------------


@needs_sandbox
@pytest.mark.parametrize("case", UNFIT)
def test_what_is_unfit_is_refused_with_a_reason(graded: Class, case: str) -> None:
    """Do the row and the student's page say it, and is nothing of it kept?"""
    student = f"unfit-{list(UNFIT).index(case)}"
    row = graded.rows[student]
    assert (row.score, row.possible, row.status) == (0, 100, "refused")
    assert UNFIT[case][1] in row.note
    assert row.note.isprintable()
    page = graded.course.feedback / student / TOPIC / f"{TOPIC}.html"
    assert "could not be graded" in page.read_text(encoding="utf-8")
    kept, released = (
        {str(path.relative_to(folder)) for path in folder.rglob("*")}
        for folder in (graded.notebook(student).parent, graded.course.source / TOPIC)
    )
    assert kept == released
    assert (graded.notebook(student).parent / STUDENTS).read_text() == STUB


@needs_sandbox
def test_no_link_is_followed_anywhere(graded: Class) -> None:
    """Is the host's secret in no file that grading wrote?"""
    for folder in (graded.course.graded, graded.course.feedback):
        for path in folder.rglob("*"):
            assert not path.is_symlink()
            assert not path.is_file() or SECRET not in path.read_text()


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """Is a topic's whole folder not followed, either?"""
    (tmp_path / "there").mkdir()
    (tmp_path / TOPIC).symlink_to("there")
    with pytest.raises(UnfitError, match="hand in the folder itself"):
        expect_fit(tmp_path / TOPIC, tmp_path)


@needs_sandbox
def test_a_file_that_cannot_be_read_costs_nothing(
    graded: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is it the teacher's affair, and no zero, where the machine forbids reading?"""

    def forbidden(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder / "mini"))

    monkeypatch.setattr(beside_module, "_listed", forbidden)
    row = graded.again("right")
    assert row.status == "failed"
    assert "Permission denied" in row.note


@needs_sandbox
def test_a_notebook_that_is_a_folder_is_no_notebook(graded: Class) -> None:
    """Is a package named like the notebook itself taken for none?"""
    folder = hand_in_package(graded.course, "folder", {})
    (folder / f"{TOPIC}.ipynb").unlink()
    (folder / TOPIC).rename(folder / f"{TOPIC}.ipynb")
    row = graded.again("folder")
    assert row.status == "refused"
    assert f"expected a file named {TOPIC}.ipynb" in row.note


# What is graded again -----------------------------------------------------------------


@needs_sandbox
def test_a_change_in_any_file_is_graded_again(graded: Class) -> None:
    """Is unchanged work skipped, and changed work not, wherever it changed?"""
    folder = hand_in_package(graded.course, "busy", {STUDENTS: WRONG})
    assert graded.again("busy").score == 0
    stamp = graded.notebook("busy").stat().st_mtime_ns
    assert graded.again("busy").score == 0
    assert graded.notebook("busy").stat().st_mtime_ns == stamp
    (folder / STUDENTS).write_text(ANSWER)
    assert graded.again("busy").score == 100
    stamps = {graded.notebook("busy").stat().st_mtime_ns}
    (folder / "run").mkdir()
    (folder / "run" / "ledger.jsonl").write_text("{}\n")
    graded.again("busy")
    stamps.add(graded.notebook("busy").stat().st_mtime_ns)
    (folder / "run" / "ledger.jsonl").rename(folder / "run" / "other.jsonl")
    graded.again("busy")
    stamps.add(graded.notebook("busy").stat().st_mtime_ns)
    given = graded.course.source / TOPIC / TOPIC / "given.py"
    given.write_text("ONE = 1, 1\n")
    graded.again("busy")
    stamps.add(graded.notebook("busy").stat().st_mtime_ns)
    assert len(stamps) == 4


# Other ways to grade ------------------------------------------------------------------


@needs_sandbox
def test_plain_nbgrader_does_the_same(graded: Class) -> None:
    """Are files taken along, and links not followed, without this command line?"""
    course = graded.course
    hand_in_package(course, "plain-right", {STUDENTS: ANSWER})
    link_file(hand_in_package(course, "plain-link", {STUDENTS: ANSWER}))
    link_student_s(hand_in_package(course, "plain-own", {}))
    endless(hand_in_package(course, "plain-endless", {STUDENTS: ANSWER}))
    shutil.rmtree(hand_in_package(course, "plain-lost", {}) / TOPIC)
    for step in ("autograde", "generate_feedback"):
        ran = subprocess.run(
            [sys.executable, "-m", "nbgrader", step, TOPIC, "--student=plain-*"],
            cwd=course.root,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
    for student, says in {
        "plain-right": "receptive_field: right",
        "plain-link": "data.txt is a link",
        "plain-own": "layers.py is a link",
        "plain-endless": "x.pyc is a link",
        "plain-lost": "is not written yet",
    }.items():
        page = course.feedback / student / TOPIC / f"{TOPIC}.html"
        assert says in page.read_text(encoding="utf-8")
    test_no_link_is_followed_anywhere(graded)
    record = nbformat.read(graded.notebook("plain-link"), as_version=4).metadata[RECORD]
    assert "data.txt is a link" in record["refused"]


@needs_sandbox
def test_the_formgrader_s_button_does_the_same(graded: Class) -> None:
    """Is what is unfit refused there, too, and the next thing done as ever?"""
    course = graded.course
    link_file(hand_in_package(course, "button-link", {STUDENTS: ANSWER}))
    shutil.rmtree(hand_in_package(course, "button-lost", {}) / TOPIC)
    nbgrader = course.nbgrader()  # the formgrader keeps one, for hours
    for student in ("button-link", "button-lost"):
        assert nbgrader.autograde(TOPIC, student)["success"]
    made = nbformat.read(graded.notebook("button-link"), as_version=4)
    assert "data.txt is a link" in made.metadata[RECORD]["refused"]
    assert [*graded.notebook("button-link").parent.iterdir()] == [
        graded.notebook("button-link")
    ]
    assert (graded.notebook("button-lost").parent / STUDENTS).read_text() == STUB


@needs_sandbox
@pytest.mark.parametrize("words", [[], ["--sandbox"]])
def test_one_s_own_notebook_is_checked_with_its_files(
    graded: Class,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    """Does `autograder check` find the package, from any folder and in the sandbox?"""
    folder = tmp_path / "mine"
    shutil.copytree(graded.course.submitted / "right" / TOPIC, folder)
    monkeypatch.chdir(tmp_path)
    assert main(["check", f"mine/{TOPIC}.ipynb", *words]) == 0
    (folder / STUDENTS).write_text(WRONG)
    assert main(["check", f"mine/{TOPIC}.ipynb", *words]) == 1
    capsys.readouterr()


@needs_sandbox
def test_in_one_s_own_folder_links_are_refused_too(
    graded: Class, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """With --sandbox, is it said in a line, and without, are they one's own affair?"""
    folder = tmp_path / "mine"
    shutil.copytree(graded.course.submitted / "right" / TOPIC, folder)
    (folder / TOPIC / "data").symlink_to(tmp_path)
    path = str(folder / f"{TOPIC}.ipynb")
    assert main(["check", path, "--sandbox"]) == 2
    assert capsys.readouterr().err == (
        "autograder: mini/data is a link or no file at all: hand in plain files\n"
    )
    assert main(["check", path]) == 0


@needs_sandbox
def test_a_notebook_alone_takes_nothing_along(tmp_path: Path) -> None:
    """Is nothing lent where there is no package, or a link in its place?"""
    (tmp_path / "run").mkdir()
    with private_copy(tmp_path, TOPIC) as lent:
        assert lent is None
    (tmp_path / TOPIC).symlink_to("run")
    with private_copy(tmp_path, TOPIC) as lent:
        assert lent is None


def test_a_file_that_turns_into_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a look at it and its copy, can a file be exchanged for a link?"""
    (tmp_path / TOPIC).mkdir()
    (tmp_path / TOPIC / "x.py").write_text("x = 1\n")
    below = beside_module._below

    def exchanged(*arguments):
        for name, mode in below(*arguments):
            if name.endswith("x.py"):
                (tmp_path / name).unlink()
                (tmp_path / name).symlink_to("/etc/hostname")
            yield name, mode

    monkeypatch.setattr(beside_module, "_below", exchanged)
    with pytest.raises(OSError, match="symbolic link"), private_copy(tmp_path, TOPIC):
        raise AssertionError("was lent")


# Limits of a topic --------------------------------------------------------------------


def test_a_topic_has_limits_of_its_own() -> None:
    """Do they hold for that topic alone, and leave what they do not name?"""
    judge = JudgeSubmission(
        cell_seconds=7, topics={"big": {"memory_mib": 3000, "addresses_mib": 9}}
    )
    assert judge.limits("big") == Limits(
        cell_seconds=7, memory=3000 * MIB, addresses=9 * MIB
    )
    assert judge.limits("other") == judge.limits() == Limits(cell_seconds=7)


@pytest.mark.parametrize("given", [{"memory": 1}, {"memory_mib": "1"}])
def test_a_limit_that_is_none_is_refused(given: dict[str, object]) -> None:
    """Are a misspelled limit and a value that is no number named?"""
    config = Config(JudgeSubmission={"topics": {"big": given}})
    with pytest.raises(TraitError, match=r"'big'.*memory.*is no limit.*memory_mib"):
        JudgeSubmission(config=config)


def test_the_project_may_import_torch() -> None:
    """Does this course give the project more than the others?"""
    course = Course(ROOT)
    usual, more = limits_in(course, "pooling"), limits_in(course, "project")
    assert usual == Limits()
    assert more.memory > usual.memory
    assert more.submission_seconds > usual.submission_seconds


@needs_sandbox
def test_torch_can_be_imported_in_the_sandbox(graded: Class) -> None:
    """Within the project's limits, does a student's module that uses torch run?"""
    folder = hand_in_package(
        graded.course,
        "torch",
        {STUDENTS: f"import torch\nprint('torch', torch.ones(3).sum())\n{ANSWER}"},
    )
    config = (graded.course.root / "nbgrader_config.py").read_text()
    (graded.course.root / "nbgrader_config.py").write_text(
        config.replace('"project": {', f'"{TOPIC}": {{')
    )
    made = nbformat.read(folder / f"{TOPIC}.ipynb", as_version=4)
    made.cells.append(new_code_cell("import resource\nprint(resource.getrlimit(9))"))
    nbformat.write(made, folder / f"{TOPIC}.ipynb")
    assert graded.again("torch").score == 100
    said = printed(graded.notebook("torch"))
    assert "torch tensor(3.)" in said
    bound = 2 * 2048 * MIB + 16 * 1024 * MIB
    assert f"({bound}, {bound})" in said
