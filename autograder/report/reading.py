"""Reading the gradebook, and the judge's records in the graded notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import (
    BaseCell,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)

from autograder.pipeline.admission import RECORD
from autograder.pipeline.attempts import attempts
from autograder.pipeline.course import Course, CourseError
from autograder.report.answers import Released, answers
from autograder.report.results import (
    Check,
    ClassResults,
    Person,
    Result,
    Slip,
    Topic,
)

_SAME = 0.005  # points; the gradebook and the record agree to a hundredth


def read_class(course: Course, names: list[str]) -> ClassResults:
    """The results of everybody in the topics ``names``.

    Raises :class:`CourseError` for a topic that the gradebook does not know.
    """
    with _gradebook(course) as gradebook:
        people = [
            Person(
                each.id,
                first_name=each.first_name or "",
                last_name=each.last_name or "",
                email=each.email or "",
                lms_user_id=each.lms_user_id or "",
            )
            for each in gradebook.students
        ]
        topics, results = [], []
        for name in names:
            released = _released(course, name)
            topic = _topic(gradebook, name, released)
            code = Released(released) if released else None
            topics.append(topic)
            results += [
                _result(course, topic, row, code) for row in _rows(gradebook, name)
            ]
    people.sort(key=lambda person: (person.label.casefold(), person.id))
    return ClassResults(tuple(topics), tuple(people), tuple(results))


def graded_topics(course: Course) -> list[str]:
    """The topics that the gradebook knows, in alphabetical order."""
    with _gradebook(course) as gradebook:
        return sorted(each.name for each in gradebook.assignments)


@contextmanager
def _gradebook(course: Course) -> Iterator[Gradebook]:
    """The course's gradebook, open."""
    coursedir = course.nbgrader().coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        yield gradebook


def _topic(gradebook: Gradebook, name: str, released: Mapping[str, Any]) -> Topic:
    try:
        assignment = gradebook.find_assignment(name)
    except MissingEntry:
        known = ", ".join(sorted(each.name for each in gradebook.assignments))
        raise CourseError(
            f"the gradebook knows no topic {name}; "
            + (f"it knows: {known}" if known else "run `autograder grade` first")
        ) from None
    cells = [
        cell
        for notebook in assignment.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    ]
    order = [
        cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        for cell in released.get("cells", [])
    ]
    place = {grade_id: index for index, grade_id in enumerate(order)}
    cells.sort(key=lambda cell: (place.get(cell.name, len(order)), cell.name))
    checks = tuple(Check(cell.name, float(cell.max_score)) for cell in cells)
    return Topic(name, checks, _utc(assignment.duedate))


class _Row:
    """What the gradebook says of one submission."""

    def __init__(self, student: str, handed_in: datetime | None, penalty: float):
        self.student, self.penalty = student, penalty
        self.handed_in = _utc(handed_in)
        self.points: dict[str, float] = {}
        self.automatic: dict[str, float | None] = {}
        self.needs_manual_grade = False


def _rows(gradebook: Gradebook, topic: str) -> list[_Row]:
    """One row a submission; two queries, however many there are."""
    assignment = gradebook.find_assignment(topic)
    rows: dict[str, _Row] = {}
    for number, student, handed_in, penalty in (
        gradebook.db.query(
            SubmittedNotebook.id,
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedNotebook.late_submission_penalty,
        )
        .join(
            SubmittedAssignment,
            SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        )
        .filter(SubmittedAssignment.assignment_id == assignment.id)
    ):
        rows[number] = _Row(student, handed_in, float(penalty or 0))
    for number, name, score, automatic, manual in (
        gradebook.db.query(
            Grade.notebook_id,
            BaseCell.name,
            Grade.score,
            Grade.auto_score,
            Grade.needs_manual_grade,
        )
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(
            SubmittedAssignment,
            SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        )
        .filter(SubmittedAssignment.assignment_id == assignment.id)
    ):
        row = rows[number]
        row.points[name] = float(score)
        row.automatic[name] = automatic
        row.needs_manual_grade |= bool(manual)
    return list(rows.values())


def _result(
    course: Course, topic: Topic, row: _Row, released: Released | None
) -> Result:
    graded = course.graded / row.student / topic.name / f"{topic.name}.ipynb"
    notebook = _json(graded)
    record = notebook.get("metadata", {}).get(RECORD, {})
    if not _agree(record, row.automatic):
        # An older notebook, or none: what was handed in last could not be graded.
        notebook, record = {}, {}
    passed, slips = _judged(record)
    code, unread = answers(notebook, released) if released and notebook else ({}, 0)
    earned = sum(row.points.values())
    return Result(
        topic=topic.name,
        student=row.student,
        score=max(0.0, earned - row.penalty),
        points=row.points,
        passed=passed,
        slips=slips,
        refused=str(record.get("refused", "") if record else _NO_RECORD),
        penalty=row.penalty,
        needs_manual_grade=row.needs_manual_grade,
        handed_in=row.handed_in,
        gradings=tuple(
            datetime.fromisoformat(each.graded)
            for each in attempts(course, topic.name, row.student)
        ),
        answers=code,
        unread=unread,
    )


_NO_RECORD = "there is no judged notebook of the last hand-in"


def _judged(record: Mapping[str, Any]) -> tuple[dict[str, bool], tuple[Slip, ...]]:
    """Which checks hold, and which known mistakes were named."""
    passed, slips = {}, []
    for check in record.get("checks", []):
        verdicts = check["verdicts"]
        passed[check["grade_id"]] = bool(verdicts) and all(
            verdict["passed"] for verdict in verdicts
        )
        slips += [
            Slip(verdict["name"], verdict["misconception"])
            for verdict in verdicts
            if verdict["misconception"]
        ]
    return ({} if record.get("refused") else passed), tuple(slips)


def _agree(record: Mapping[str, Any], automatic: Mapping[str, float | None]) -> bool:
    """Whether the record tells of the grading that the gradebook holds."""
    try:
        told = {each["grade_id"]: each["points"] for each in record["checks"]}
        return all(
            abs(points - (automatic.get(name) or 0.0)) <= _SAME
            for name, points in told.items()
        )
    except (KeyError, TypeError):
        return False


def _released(course: Course, topic: str) -> dict[str, Any]:
    return _json(course.assignments / topic / f"{topic}.ipynb")


def _json(path: Path) -> dict[str, Any]:
    """The notebook in ``path`` as it is; an empty one if it cannot be read."""
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _utc(time: datetime | None) -> datetime | None:
    """``time`` of the gradebook, which holds UTC without saying so."""
    return time.replace(tzinfo=UTC) if time is not None else None
