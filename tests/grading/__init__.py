"""Tests of grading a class; what they share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select

from autograder.pipeline.course import Course
from autograder.pipeline.release import release
from tests.judge import RIGHT
from tests.pipeline import TOPIC, assignment, course_in, hand_in, small_catalog

WRONG = "def receptive_field(layers):\n    return -1\n"
SEED = "\nc.JudgeSubmission.seed = 7\n"
# Of each submission: what nbgrader keeps of it, by natural keys.
ROWS = (
    select(
        SubmittedAssignment.student_id,
        Assignment.name,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        Notebook.name,
        SubmittedNotebook.flagged,
        SubmittedNotebook.late_submission_penalty,
    )
    .select_from(SubmittedNotebook)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .join(SubmittedAssignment)
    .join(Assignment),
    *(
        select(
            SubmittedAssignment.student_id,
            Notebook.name,
            BaseCell.name,
            BaseCell.type,
            *kept,
        )
        .select_from(table)
        .join(BaseCell)
        .join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(SubmittedAssignment)
        for table, *kept in (
            (
                *(Grade, Grade.auto_score, Grade.manual_score),
                *(Grade.extra_credit, Grade.needs_manual_grade),
            ),
            (Comment, Comment.auto_comment, Comment.manual_comment),
        )
    ),
)


def address_of(course: Course) -> str:
    """The URL of a course's own gradebook."""
    return f"sqlite:///{course.root}/classroom/gradebook.db"


def rows_in(url: str) -> list[tuple[Any, ...]]:
    """All that a gradebook holds of submissions, in an order of its own."""
    with Gradebook(url, "tuned") as gradebook:
        found = [tuple(row) for rows in ROWS for row in gradebook.db.execute(rows)]
    return sorted(found, key=repr)


def small_course(folder: Path, settings: str = SEED) -> Course:
    """A released course of one topic whose checks draw the same inputs each time."""
    course = course_in(folder)
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8") + settings, encoding="utf-8")
    with small_catalog():
        release(course, [TOPIC])
    return course


def hand_in_all(course: Course, students: Iterable[str], answer: str = RIGHT) -> None:
    """Hand in the same for each of ``students``."""
    made = assignment(course, answer)
    for student in students:
        hand_in(course, student, made)
