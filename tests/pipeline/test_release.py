"""Does a source become an assignment that gives nothing away, or an error by rule?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

import autograder.pipeline.release as release_module
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.release import (
    SourceError,
    drift,
    release,
    source_notebook,
)
from tests.pipeline import SOURCE, TOPIC, assignment, course_in, small_catalog


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """A course of one topic, released."""
    with small_catalog():
        made = course_in(tmp_path_factory.mktemp("course") / "here")
        assert [path.is_file() for path in release(made, [TOPIC])] == [True]
        yield made


def test_the_assignment_holds_no_solution(course: Course) -> None:
    """Is no line of the solution in the files that students get?"""
    (path,) = (p for p in course.assignments.rglob("*") if p.is_file())
    text = path.read_text(encoding="utf-8")
    assert "secret_of_the_solution" not in text
    assert "SOLUTION" not in text
    assert "jump" not in text
    assert "raise NotImplementedError" in text
    assert "Say how far a unit sees." in text


def test_cells_are_what_they_hold(course: Course) -> None:
    """Do the student's, the graded and the given cells have nbgrader's metadata?"""
    cells = [c for c in assignment(course).cells if c.cell_type == "code"]
    found = {c.metadata["nbgrader"]["grade_id"]: c.metadata["nbgrader"] for c in cells}
    assert list(found) == [
        "given-1",
        "receptive_field",
        "check-receptive_field",
        "given-2",
    ]
    about = [(f["grade"], f["solution"], f["locked"]) for f in found.values()]
    assert about == [
        *((False, False, True), (False, True, False)),
        *((True, False, True), (False, False, True)),
    ]
    assert found["check-receptive_field"]["points"] == 100


def test_links_point_into_the_book(course: Course) -> None:
    """Is the place of the book filled in?"""
    assert "](BOOK/" not in assignment(course).cells[0].source
    assert "/book/pooling.html)" in assignment(course).cells[0].source


def test_a_fresh_release_does_not_drift(course: Course) -> None:
    """Does releasing twice give the same bytes, without touching the gradebook?"""
    before = (course.root / "classroom" / "gradebook.db").read_bytes()
    assert drift(course, [TOPIC]) == []
    assert (course.root / "classroom" / "gradebook.db").read_bytes() == before


def test_one_byte_is_drift(course: Course) -> None:
    """Is a single changed byte seen, also one in the text of a cell?"""
    path = course.assignments / TOPIC / f"{TOPIC}.ipynb"
    kept = path.read_bytes()
    try:
        path.write_bytes(kept.replace(b"far", b"fat", 1))
        assert drift(course, [TOPIC]) == [TOPIC]
    finally:
        path.write_bytes(kept)


def test_a_file_too_many_or_missing_is_drift(course: Course) -> None:
    """Are the folders compared, and not only the notebook?"""
    folder = course.assignments / TOPIC
    extra = folder / "answers.txt"
    extra.write_text("x")
    try:
        assert drift(course, [TOPIC]) == [TOPIC]
    finally:
        extra.unlink()
    folder.rename(folder.with_name("elsewhere"))
    try:
        assert drift(course, [TOPIC]) == [TOPIC]
    finally:
        folder.with_name("elsewhere").rename(folder)


CHECK = "check(receptive_field)  # 100 points"
BAD = {
    "points add up": (SOURCE.replace("# 100 points", "# 90 points"), "90, not to 100"),
    "points are said": (SOURCE.replace("  # 100 points", ""), "say the points"),
    "points are whole": (SOURCE.replace("# 100 ", "# 99.5 "), "points add up|say the"),
    "a title": (SOURCE.replace("# # A small", "# A small"), "title"),
    "a title first": (SOURCE.partition("# %%\n")[2], "title"),
    "a function in a solution": (
        SOURCE.replace("def receptive_field(layers):", "if True:"),
        "defines no function",
    ),
    "a function once": (
        SOURCE + "\n# %%\ndef receptive_field(layers):\n    ### BEGIN SOLUTION\n"
        "    return 2\n    ### END SOLUTION\n",
        "twice: receptive_field",
    ),
    "a check once": (
        SOURCE.replace("100 points", "50 points")
        + "\n# %%\ncheck(receptive_field)  # 50 points\n",
        "twice: check-receptive_field",
    ),
    "a check of its own topic": (
        SOURCE.replace(
            CHECK, f"{CHECK}\n\n# %%\ncheck(conv_forward_naive)  # 0 points"
        ),
        "conv_forward_naive.*beyond its topic",
    ),
    "all functions of its topic": (
        SOURCE.replace(CHECK, ""),
        "add up to 0|leaves out",
    ),
    "a known function": (SOURCE.replace(CHECK, "check(f)  # 100 points"), "one line"),
    "nothing but the check": (
        SOURCE.replace(CHECK, "check(receptive_field); x = 1  # 100 points"),
        "one line",
    ),
    "something at all": ("", "title"),
    "points": (SOURCE.replace(CHECK, "pass"), "add up to 0"),
    "Python": (
        SOURCE.replace("def receptive_field(layers):", "def ("),
        "is not Python",
    ),
}


def test_a_run_carries_points_as_a_function_does(tmp_path: Path) -> None:
    """Is its cell locked and graded, and counted among the points?"""
    run = 'check_run("run")  # 40 points'
    source = SOURCE.replace(CHECK, f"{CHECK[:-10]}60 points\n\n# %%\n{run}")
    path = course_in(tmp_path / "here", source).solutions / f"{TOPIC}.py"
    with small_catalog():
        cell = source_notebook(path).cells[-2]
    assert cell.source == run
    about = cell.metadata["nbgrader"]
    assert (about["grade_id"], about["points"]) == ("check-run", 40)
    assert (about["grade"], about["locked"], about["solution"]) == (True, True, False)
    path.write_text(source.replace('"run"', '"../run"'), encoding="utf-8")
    with small_catalog(), pytest.raises(SourceError, match="one line"):
        source_notebook(path)


@pytest.mark.parametrize("rule", BAD)
def test_a_source_that_breaks_a_rule_is_refused(rule: str, tmp_path: Path) -> None:
    """Does the message name the file and the rule?"""
    source, says = BAD[rule]
    course = course_in(tmp_path / "here", source)
    with small_catalog(), pytest.raises(SourceError, match=says) as refused:
        source_notebook(course.solutions / f"{TOPIC}.py")
    assert f"{TOPIC}.py" in str(refused.value)


def test_an_unknown_topic_is_named(course: Course) -> None:
    """Does the error list the topics that there are?"""
    with pytest.raises(CourseError, match="no topic 'poling'; there are: mini"):
        release(course, ["poling"])


def test_nbgrader_s_own_refusal_is_told(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nbgrader cannot release, is its log the error?"""
    monkeypatch.setattr(release_module, "BEGIN_SOLUTION", "### NO SUCH MARK")
    with pytest.raises(CourseError, match=r"beyond its topic|could not release"):
        release(course, [TOPIC])
    monkeypatch.undo()
    with small_catalog():
        release(course, [TOPIC])


def test_ids_do_not_change_from_one_conversion_to_the_next(course: Course) -> None:
    """Are ids derived, where jupytext would draw them?"""
    path = course.solutions / f"{TOPIC}.py"
    one, other = source_notebook(path), source_notebook(path)
    assert json.dumps(one) == json.dumps(other)
    nbformat.validate(one)


def test_a_course_is_found_from_below(
    course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Do commands work in any folder of the course, and say so elsewhere?"""
    monkeypatch.chdir(course.assignments / TOPIC)
    assert Course.here().root == course.root
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match="run this inside the course"):
        Course.here()
