"""Does each command print what it should, and end with the right exit code?"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.cli import classes, doctor, main
from autograder.pipeline import gradebook
from autograder.pipeline.course import Course
from autograder.pipeline.gradebook import Row
from tests.judge import RIGHT, graded, notebook, own
from tests.pipeline import (
    TOPIC,
    assignment,
    course_in,
    hand_in,
    place_of,
    small_catalog,
)
from tests.sandbox import needs_sandbox


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """A course of one small topic, not released yet."""
    with small_catalog():
        yield course_in(tmp_path_factory.mktemp("cli") / "course")


@pytest.fixture
def inside(course: Course, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The same, with the current folder in it."""
    monkeypatch.chdir(course.root)
    return course


def test_release_and_its_check(inside: Course, capsys: Any) -> None:
    """Is 1 the exit code before a release and after an edit, and 0 in between?"""
    assert main(["release", "--check"]) == 1
    assert "run `autograder release mini`" in capsys.readouterr().out
    assert main(["release"]) == 0
    assert "released assignments/mini/mini.ipynb" in capsys.readouterr().out
    assert main(["release", "--check", TOPIC]) == 0
    assert capsys.readouterr().out == ""


def test_a_misspelled_topic_is_a_misuse(inside: Course, capsys: Any) -> None:
    """Is the exit code 2, and the message one line on stderr?"""
    for command in ("release", "grade"):
        assert main([command, "poling"]) == 2
        said = capsys.readouterr()
        assert "there are: mini" in said.err
        assert said.err.count("\n") == 1
        assert said.out == ""


def test_outside_a_course_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Is it said where to run the command?"""
    monkeypatch.chdir(tmp_path)
    assert main(["grade"]) == 2
    assert "inside the course" in capsys.readouterr().err


def test_unknown_words_are_a_misuse(capsys: Any) -> None:
    """Does an unknown command or none end with 2?"""
    for words in (["frobnicate"], [], ["grade", "--nonsense"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@needs_sandbox
def test_grade_prints_a_row_for_everything(inside: Course, capsys: Any) -> None:
    """Are a missing, a broken and a right notebook in the table, and the code 0?"""
    if not (inside.assignments / TOPIC).is_dir():
        main(["release"])
    hand_in(inside, "ada", assignment(inside, RIGHT))
    hand_in(inside, "bob", b"no notebook")
    place_of(inside, "cyd")
    capsys.readouterr()
    assert main(["grade", "--workers", "1"]) == 0
    table = capsys.readouterr().out
    assert "mini: ada 100" in table
    assert "not a Jupyter notebook" in table
    assert "expected a file named" in table
    assert "all right" in table
    assert str(inside.feedback) in table
    assert main(["grade", TOPIC, "--json", "--student", "ada", "--student", "cyd"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["student"] for row in rows] == ["ada", "cyd"]
    assert [row["reason"] for row in rows] == ["graded", "no notebook"]
    assert rows[1]["next_step"] == "ask the student to hand it in"
    fields = {"topic", "student", "score", "possible", "status", "reason", "note"}
    assert set(rows[0]) == {*fields, "next_step"}


def test_what_was_not_graded_is_no_success(
    inside: Course, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Is the exit code 1 when the grader itself stumbled over a submission?"""
    told = ("failed", "not graded", "not graded: the disk is full")
    rows = [Row("mini", "ada", 0, 100, *told)]
    given = (row for row in rows)
    monkeypatch.setattr(classes, "grade_class", lambda *_, **__: given)
    assert main(["grade"]) == 1
    assert "the disk is full" in capsys.readouterr().out


def test_without_a_sandbox_nothing_is_graded(
    inside: Course, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Is it said in one line, before anybody gets a zero?"""
    hand_in(inside, "ada", assignment(inside, RIGHT))
    monkeypatch.setattr(gradebook, "why_unavailable", lambda: "bwrap is missing")
    assert main(["grade"]) == 2
    assert "bwrap is missing" in capsys.readouterr().err


def test_stopping_is_no_crash(
    inside: Course, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Does Ctrl-C end with 130 and a sentence?"""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(classes, "grade_class", stop)
    assert main(["grade"]) == 130
    assert "what is graded stays graded" in capsys.readouterr().err


def test_a_long_note_is_wrapped() -> None:
    """Does the table fit a terminal?"""
    row = Row("mini", "ada", 3.5, 10, "graded", "graded", "word " * 60)
    table = classes.grade_table([row])
    assert max(map(len, table.splitlines())) < 130
    assert "3.5" in table


# check --------------------------------------------------------------------------------


def written(folder: Path, *cells: Any) -> str:
    """The path of a notebook of ``cells``."""
    path = folder / "mine.ipynb"
    path.write_text(nbformat.writes(notebook(*cells)), encoding="utf-8")
    return str(path)


def test_check_of_right_work(tmp_path: Path, capsys: Any) -> None:
    """Is the exit code 0, and the table full of points?"""
    path = written(tmp_path, own(RIGHT), graded("receptive_field"))
    assert main(["check", path]) == 0
    said = capsys.readouterr().out
    assert "receptive_field" in said
    assert "right" in said
    assert "total" in said


@needs_sandbox
def test_check_of_wrong_work_in_the_sandbox(tmp_path: Path, capsys: Any) -> None:
    """Is the exit code 1, and the reason there, for people and for machines?"""
    wrong = own("def receptive_field(layers): return -1")
    path = written(tmp_path, wrong, graded("receptive_field"))
    assert main(["check", path, "--sandbox", "--seed", "3"]) == 1
    assert "expected" in capsys.readouterr().out
    assert main(["check", path, "--sandbox", "--seed", "3", "--json"]) == 1
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["points"], result["possible"]) == (0, 10)
    assert result["verdicts"][0]["seed"] == 3
    assert result["verdicts"][0]["passed"] is False


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([new_code_cell("x = 1")], "has no graded cell"),
        ([graded("unknown_function")], "must be one line"),
    ],
    ids=["nothing graded", "unknown function"],
)
def test_check_of_a_notebook_that_is_no_assignment(
    cells: list[Any], says: str, tmp_path: Path, capsys: Any
) -> None:
    """Is it a misuse, told in a sentence?"""
    assert main(["check", written(tmp_path, *cells)]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "about", [{"points": None}, {"grade_id": 3}, None, [], "x"], ids=str
)
def test_check_of_bent_metadata_is_no_crash(
    about: Any, tmp_path: Path, capsys: Any
) -> None:
    """Does a notebook of one's own with broken metadata end in a code, not a trace?"""
    cell = graded("receptive_field")
    if isinstance(about, dict):
        cell.metadata["nbgrader"] |= about
        if about.get("points", 0) is None:
            del cell.metadata["nbgrader"]["points"]
    else:
        cell.metadata["nbgrader"] = about
    assert main(["check", written(tmp_path, cell)]) in {1, 2}
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err


def test_check_of_what_is_no_notebook(tmp_path: Path, capsys: Any) -> None:
    """Are a missing file, a folder and a text file misuses?"""
    (tmp_path / "text.ipynb").write_text("def f(): pass")
    for path in ("text.ipynb", "absent.ipynb", "."):
        assert main(["check", str(tmp_path / path)]) == 2
        said = capsys.readouterr().err
        assert said.startswith("autograder: ")
        assert said.count("\n") == 1


@needs_sandbox
def test_check_without_a_sandbox_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Where bubblewrap is missing, is `--sandbox` refused and not ignored?"""
    path = written(tmp_path, own(RIGHT), graded("receptive_field"))
    monkeypatch.setenv("PATH", "")
    assert main(["check", path, "--sandbox"]) == 2
    assert "is not installed" in capsys.readouterr().err


# doctor -------------------------------------------------------------------------------


def test_doctor_reports_everything(capsys: Any) -> None:
    """Does it end with 0 here, in words and for machines, and name each thing?"""
    code = main(["doctor"])
    said = capsys.readouterr().out
    assert main(["doctor", "--json"]) == code
    findings = json.loads(capsys.readouterr().out)
    assert code == (0 if all(f["ok"] or not f["needed"] for f in findings) else 1)
    for finding in findings:
        assert finding["what"] in said
    assert {"Python", "numpy", "bwrap", "sandbox", "cores"} <= {
        finding["what"] for finding in findings
    }


@pytest.mark.parametrize("why", ["", "not permitted"])
def test_doctor_says_how_kernels_start(
    monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Is it told whether they are forked, and why not; is it no failure if not?"""
    monkeypatch.setattr(doctor, "why_unavailable", lambda: "")
    monkeypatch.setattr(doctor, "why_not_forked", lambda: why)
    (found,) = [each for each in doctor.examine_machine() if each.what == "kernels"]
    assert not found.needed
    assert found.ok is not bool(why)
    assert (why or "forked") in found.found


def test_doctor_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """On a machine that lacks all, is every remedy named and the exit code 1?"""
    monkeypatch.setattr(doctor, "why_unavailable", lambda: "no namespaces")
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "version_info", (3, 10, 2, "final", 0))

    def absent(name: str) -> str:
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", absent)
    findings = {finding.what: finding for finding in doctor.examine_machine()}
    assert "3.11 or newer" in findings["Python"].found
    assert "make setup" in findings["nbgrader"].found
    assert "apt-get install bubblewrap" in findings["bwrap"].found
    assert "apt-get install util-linux" in findings["prlimit"].found
    assert "no namespaces; user namespaces" in findings["sandbox"].found
    assert "counted together" in findings["limit on processes"].found
    assert not findings["torch"].ok
    assert not findings["torch"].needed
    monkeypatch.setattr(doctor, "examine_machine", lambda: list(findings.values()))
    assert main(["doctor"]) == 1
    assert shutil.which("bwrap") is None
    assert "--" in capsys.readouterr().out
