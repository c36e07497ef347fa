"""Grades as tables for other systems: nbgrader's, Canvas's and Moodle's CSV.

Text that a spreadsheet would take for a formula gets an apostrophe in front, as the
OWASP page "CSV Injection" advises; numbers are written as numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.plugins import CsvExportPlugin

from autograder.report.results import ClassResults, Person, Result

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NO_GRADE = "-"  # Moodle's; by itself it is no formula

Value = str | int | float


def defused(field: Value) -> Value:
    """``field`` such that no spreadsheet computes with it.

    >>> defused("=HYPERLINK(1)"), defused("Ada"), defused(-1.5)
    ("'=HYPERLINK(1)", 'Ada', -1.5)
    """
    if not isinstance(field, str):
        return field
    plain = field.replace("\0", "")
    harmless = plain == NO_GRADE or not plain.lstrip(" ").startswith(FORMULA)
    return plain if harmless else f"'{plain}"


def as_csv(rows: Iterable[Sequence[Value]]) -> str:
    """``rows`` as RFC 4180 has them: fields with commas, quotes or lines are quoted."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    for row in rows:
        writer.writerow([defused(field) for field in row])
    return lines.getvalue()


def write_table(path: Path, rows: Iterable[Sequence[Value]]) -> None:
    """Write ``rows`` to ``path``, as UTF-8."""
    path.write_text(as_csv(rows), encoding="utf-8", newline="")


def write_nbgrader(path: Path, results: ClassResults) -> None:
    """Write what ``nbgrader export`` writes: nbgrader's exporter does it.

    It puts fields between commas as they are, so it is given fields that are quoted
    and defused already, and it asks the database once for each pair of student and
    topic, so it is given the results that were read before.
    """
    exporter = CsvExportPlugin()
    exporter.to = str(path)
    exporter.export(_Quoted(results))


class _Quoted:
    """As much of a gradebook as nbgrader's exporter asks of one."""

    def __init__(self, results: ClassResults) -> None:
        self.assignments = [
            SimpleNamespace(
                name=_quoted(topic.name),
                duedate=topic.due and topic.due.replace(tzinfo=None),
                max_score=topic.possible,
            )
            for topic in results.topics
        ]
        self.students = [
            SimpleNamespace(
                id=_quoted(person.id),
                last_name=_quoted(person.last_name),
                first_name=_quoted(person.first_name),
                email=_quoted(person.email),
            )
            for person in results.students
        ]
        self._found = {
            (_quoted(each.topic), _quoted(each.student)): each
            for each in results.results
        }

    def find_submission(self, topic: str, student: str) -> Any:
        result = self._found.get((topic, student))
        if result is None:
            raise MissingEntry
        return SimpleNamespace(
            timestamp=result.handed_in and result.handed_in.replace(tzinfo=None),
            score=sum(result.points.values()),
            late_submission_penalty=result.penalty,
        )


def _quoted(field: str) -> str:
    """``field`` as it stands in a CSV."""
    return as_csv([[field]]).removesuffix("\r\n") if field else ""


def canvas(results: ClassResults) -> list[Sequence[Value]]:
    """The rows of a Canvas gradebook: header, points possible, then each student.

    The columns are those that Canvas exports and reads, in this order: Student, ID,
    SIS User ID, SIS Login ID, Section, then one for each assignment. The second row
    begins with "Points Possible". Canvas finds a student by its own ID (nbgrader's
    ``lms_user_id``), then by SIS Login ID (nbgrader's id), then by name; a topic
    without an assignment of that name is offered as a new one. An empty field leaves
    Canvas's grade as it is: here, of what was not handed in.

    Reference: Canvas Instructor Guide, "How do I import grades in the Gradebook?", and
    ``lib/gradebook_importer.rb`` in https://github.com/instructure/canvas-lms.
    """
    names = [topic.name for topic in results.begun]
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names]
    possible: list[Value] = [
        *("    Points Possible", "", "", "", ""),
        *(topic.possible for topic in results.begun),
    ]
    return [
        header,
        possible,
        *(
            [
                _name(person),
                person.lms_user_id,
                "",
                person.id,
                "",
                *_scores(results, person, names, missing=""),
            ]
            for person in results.students
        ),
    ]


def moodle(results: ClassResults) -> list[Sequence[Value]]:
    """The rows of a Moodle gradebook: header, then each student.

    The columns are those of Moodle's own export, with the username, which its import
    can map to a user just as the ID number (nbgrader's ``lms_user_id``) or the email
    address; "-" stands for no grade. Moodle refuses the whole file for one student
    that it does not know, and grades above 100 unless the site allows them.

    Reference: https://docs.moodle.org/en/Grade_import and ``grade/import/csv`` in
    https://github.com/moodle/moodle.
    """
    names = [topic.name for topic in results.begun]
    header = [
        *("First name", "Last name", "Username", "ID number", "Email address"),
        *(f"{name} (Real)" for name in names),
    ]
    return [
        header,
        *(
            [
                person.first_name,
                person.last_name,
                person.id,
                person.lms_user_id,
                person.email,
                *_scores(results, person, names, missing=NO_GRADE),
            ]
            for person in results.students
        ),
    ]


def _name(person: Person) -> str:
    names = ", ".join(part for part in (person.last_name, person.first_name) if part)
    return names or person.id


def _scores(
    results: ClassResults, person: Person, topics: list[str], missing: str
) -> list[Value]:
    own: dict[str, Result] = {
        result.topic: result for result in results.by_student[person.id]
    }
    return [round(own[name].score, 2) if name in own else missing for name in topics]
