"""Does the report read what gradebook and judge say, and survive what is not?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.pipeline.course import Course, CourseError
from autograder.report.page import html, report_on
from autograder.report.reading import graded_topics, read_class
from autograder.report.results import ClassResults, Result, Slip
from tests.report.conftest import STUDENTS, TOPIC, Graded
from tests.sandbox import needs_sandbox


def copied(course: Course, folder: Path) -> Course:
    """A copy of the course that a test may spoil."""
    shutil.copytree(course.root, folder / "course")
    return Course(folder / "course")


def of(results: ClassResults, student: str) -> Result:
    """The one result of a student."""
    (found,) = (each for each in results.results if each.student == student)
    return found


@needs_sandbox
def test_what_is_graded_is_read(graded: Graded) -> None:
    """Are points, checks, mistakes, refusals and attempts those of the class?"""
    results = read_class(graded.course, graded_topics(graded.course))
    assert [each.name for each in results.topics] == [TOPIC]
    assert results.topics[0].possible == 100
    assert [check.title for check in results.topics[0].checks] == [
        "dropout_forward",
        "dropout_backward",
        "vanilla_dropout_forward",
        "dropconnect_forward",
    ]
    assert {each.student for each in results.results} == set(STUDENTS)
    assert {p.id for p in results.students} == {*STUDENTS, "absent"}
    for name, (score, _) in graded.scores.items():
        assert of(results, name).score == pytest.approx(score)
        assert len(of(results, name).gradings) == 1
    assert all(of(results, "perfect").passed.values())
    assert (
        Slip("dropout_forward", "p_read_as_drop_rate")
        in of(results, "keep_or_drop").slips
    )
    assert "not a Jupyter notebook" in of(results, "empty_file").refused
    assert of(results, "empty_file").passed == {}
    # What was released is no answer of anybody's.
    assert of(results, "blank").answers == {}
    assert len(of(results, "perfect").answers["dropout_forward"]) > 30
    names = {person.id: person.label for person in results.students}
    assert names["perfect"] == "Noether, Emmy (perfect)"


@needs_sandbox
def test_a_record_of_an_older_hand_in_is_not_believed(
    graded: Graded, tmp_path: Path
) -> None:
    """If the gradebook says otherwise, are the old notebook's verdicts left alone?"""
    course = copied(graded.course, tmp_path)
    api = course.nbgrader().coursedir
    with Gradebook(api.db_url, api.course_id) as gradebook:
        notebook = gradebook.find_submission_notebook(TOPIC, TOPIC, "perfect")
        for each in notebook.grades:
            each.auto_score = 0
        gradebook.db.commit()
    result = of(read_class(course, [TOPIC]), "perfect")
    assert (result.score, result.passed, result.answers) == (0, {}, {})
    assert "no judged notebook" in result.refused


@needs_sandbox
@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"metadata": {"tuned": []}}',
        b'{"metadata": {"tuned": {"checks": [{}]}}}',
        b"[" * 100_000,
    ],
)
def test_a_missing_or_broken_record_leaves_the_points(
    graded: Graded, tmp_path: Path, content: bytes | None
) -> None:
    """Is the score still the gradebook's, and the page still made?"""
    course = copied(graded.course, tmp_path)
    path = course.graded / "perfect" / TOPIC / f"{TOPIC}.ipynb"
    path.chmod(0o644)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    results = read_class(course, [TOPIC])
    assert of(results, "perfect").score == pytest.approx(graded.scores["perfect"][0])
    assert of(results, "perfect").passed == {}
    assert "Who needs help" in html(report_on(results))


@needs_sandbox
def test_a_teacher_s_points_and_penalties_count(graded: Graded, tmp_path: Path) -> None:
    """Are manual scores and late penalties in the score, and the verdicts kept?"""
    course = copied(graded.course, tmp_path)
    api = course.nbgrader().coursedir
    with Gradebook(api.db_url, api.course_id) as gradebook:
        notebook = gradebook.find_submission_notebook(TOPIC, TOPIC, "blank")
        notebook.late_submission_penalty = 3
        notebook.grades[0].manual_score = 10
        notebook.grades[1].needs_manual_grade = True
        gradebook.db.commit()
    result = of(read_class(course, [TOPIC]), "blank")
    assert (result.score, result.penalty) == (7, 3)
    assert result.needs_manual_grade
    assert set(result.passed.values()) == {False}


@needs_sandbox
def test_without_the_released_notebook_nothing_is_compared(
    graded: Graded, tmp_path: Path
) -> None:
    """Is released code never taken for a student's own?"""
    course = copied(graded.course, tmp_path)
    (course.assignments / TOPIC / f"{TOPIC}.ipynb").write_text(json.dumps([]))
    results = read_class(course, [TOPIC])
    assert not any(each.answers for each in results.results)
    assert len(results.topics[0].checks) == 4


@needs_sandbox
def test_an_unknown_topic_is_said(graded: Graded) -> None:
    """Does the error name what there is?"""
    with pytest.raises(CourseError, match=f"no topic nonsense; it knows: {TOPIC}"):
        read_class(graded.course, ["nonsense"])


def test_an_empty_gradebook_has_no_topics(tmp_path: Path) -> None:
    """Before anything is graded, is that what is read and said?"""
    config = Path(__file__).parents[2] / "nbgrader_config.py"
    shutil.copy(config, tmp_path)
    (tmp_path / "solutions").mkdir()
    course = Course(tmp_path)
    assert graded_topics(course) == []
    assert read_class(course, []) == ClassResults((), (), ())
    with pytest.raises(CourseError, match="run `autograder grade` first"):
        read_class(course, [TOPIC])
