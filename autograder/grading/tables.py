"""Statements over nbgrader's tables, for many submissions to one topic at once.

nbgrader's own calls join seven tables for each cell. Here every look-up uses an index
that its schema has: the columns of its unique constraints, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from autograder.grading.page import score_of

STUDENTS, SUBMISSIONS, NOTEBOOKS, GRADES, COMMENTS = (
    kind.__table__
    for kind in (Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment)
)
# The one table that is not nbgrader's: which bytes were graded, and what came of it.
DONE = Table(
    "tuned_graded",
    MetaData(),
    Column("submission_id", String(32), primary_key=True),
    Column("identity", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("note", Text(), nullable=False),
)


class Topic:
    """What the gradebook holds of one released assignment.

    ``graded`` and ``commented`` are cells that get points and comments: the notebook
    and the name of each, by the cell's id.
    """

    def __init__(self, gradebook: Gradebook, name: str) -> None:
        assignment: Assignment = gradebook.find_assignment(name)
        self.name, self.id = name, str(assignment.id)
        self.duedate: datetime | None = assignment.duedate
        self.possible = float(assignment.max_score)
        self.notebook = str(gradebook.find_notebook(name, name).id)
        self.notebooks = [str(notebook.id) for notebook in assignment.notebooks]
        self.graded: dict[str, tuple[str, str]] = {}
        self.commented: dict[str, tuple[str, str]] = {}
        for notebook in assignment.notebooks:
            for cell in [*notebook.grade_cells, *notebook.task_cells]:
                self.graded[cell.id] = (notebook.id, cell.name)
            for cell in [*notebook.solution_cells, *notebook.task_cells]:
                self.commented[cell.id] = (notebook.id, cell.name)

    def seconds_late(self, handed_in: datetime | None, extension: Any) -> float:
        """By how much a submission is late, as nbgrader counts it."""
        if handed_in is None or self.duedate is None:
            return 0.0
        due = self.duedate + extension if extension else self.duedate
        return max(0.0, (handed_in - due).total_seconds())


@dataclass(frozen=True)
class Entry:
    """What is to be recorded of one submission; scores and comments are by cell."""

    student: str
    identity: str
    status: str
    reason: str
    note: str
    timestamp: datetime | None
    scores: dict[str, float | None]
    comments: dict[str, str | None]


@dataclass(frozen=True)
class Points:
    """What the cells of a submission earned, and what being late costs of it."""

    earned: float
    penalty: float = 0.0

    @property
    def counted(self) -> float:
        """What counts, as in nbgrader's own export."""
        return max(0.0, self.earned - self.penalty)


@dataclass
class Held:
    """The rows of one submission in the gradebook; grades and comments by cell."""

    topic: Topic
    id: str
    timestamp: datetime | None = None
    extension: Any = None
    notebooks: dict[str, Row[Any]] = field(default_factory=dict)
    grades: dict[str, Row[Any]] = field(default_factory=dict)
    comments: dict[str, Row[Any]] = field(default_factory=dict)
    done: Row[Any] | None = None

    def marks(self) -> dict[str, dict[str, Any]]:
        """What the teacher has written, by the name of the cell."""
        written: dict[str, dict[str, Any]] = {}
        for rows, places, kinds in (
            (self.grades, self.topic.graded, ("manual_score", "extra_credit")),
            (self.comments, self.topic.commented, ("manual_comment",)),
        ):
            for cell, row in rows.items():
                given = {kind: getattr(row, kind) for kind in kinds}
                given = {kind: said for kind, said in given.items() if said is not None}
                notebook, name = places[cell]
                if given and notebook == self.topic.notebook:
                    written.setdefault(name, {}).update(given)
        return written

    def points(self) -> Points:
        """What the submission has as it is recorded."""
        late = [row.late_submission_penalty or 0.0 for row in self.notebooks.values()]
        return Points(self.earned({}), sum(late))

    def earned(self, scores: Mapping[str, float | None]) -> float:
        """The points, where the judge gives some cells these ``scores``."""
        total = 0.0
        for cell, row in self.grades.items():
            notebook, name = self.topic.graded[cell]
            judged = notebook == self.topic.notebook and name in scores
            auto = scores[name] if judged else row.auto_score
            mark = {"manual_score": row.manual_score, "extra_credit": row.extra_credit}
            total += score_of(auto, mark)
        return total


def load(
    connection: Connection, topic: Topic, students: Sequence[str]
) -> dict[str, Held]:
    """What is there of each of ``students``; who never handed in is left out."""
    table = SUBMISSIONS.c
    found = connection.execute(
        select(table.id, table.student_id, table.timestamp, table.extension).where(
            table.assignment_id == topic.id, table.student_id.in_(students)
        )
    )
    held = {
        row.student_id: Held(topic, row.id, row.timestamp, row.extension)
        for row in found
    }
    by_id = {each.id: each for each in held.values()}
    done = select(DONE).where(DONE.c.submission_id.in_(by_id))
    for row in connection.execute(done):
        by_id[row.submission_id].done = row
    by_notebook = {}
    notebooks = select(NOTEBOOKS).where(
        NOTEBOOKS.c.notebook_id.in_(topic.notebooks),
        NOTEBOOKS.c.assignment_id.in_(by_id),
    )
    for row in connection.execute(notebooks):
        by_notebook[row.id] = by_id[row.assignment_id]
        by_id[row.assignment_id].notebooks[row.notebook_id] = row
    for kind, cells in ((GRADES, topic.graded), (COMMENTS, topic.commented)):
        wanted = select(kind).where(
            kind.c.cell_id.in_(cells), kind.c.notebook_id.in_(by_notebook)
        )
        for row in connection.execute(wanted):
            mine = by_notebook[row.notebook_id]
            (mine.grades if kind is GRADES else mine.comments)[row.cell_id] = row
    return held


def create(connection: Connection, topic: Topic, students: Sequence[str]) -> None:
    """Make every row that a submission of each of ``students`` needs and lacks."""
    known = select(STUDENTS.c.id).where(STUDENTS.c.id.in_(students))
    there = set(connection.scalars(known))
    _insert(connection, STUDENTS, [{"id": s} for s in students if s not in there])
    held = load(connection, topic, students)
    fresh = {s: Held(topic, new_uuid()) for s in students if s not in held}
    _insert(
        connection,
        SUBMISSIONS,
        [
            {"id": each.id, "assignment_id": topic.id, "student_id": student}
            for student, each in fresh.items()
        ],
    )
    notebooks: list[dict[str, Any]] = []
    grades: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    for each in (held | fresh).values():
        ids = {name: row.id for name, row in each.notebooks.items()}
        for name in topic.notebooks:
            if name not in ids:
                ids[name] = new_uuid()
                about = {"notebook_id": name, "assignment_id": each.id}
                notebooks.append({"id": ids[name], "flagged": False, **about})
        for rows, there_already, cells in (
            (grades, each.grades, topic.graded),
            (comments, each.comments, topic.commented),
        ):
            rows += [
                {"id": new_uuid(), "cell_id": cell, "notebook_id": ids[notebook]}
                for cell, (notebook, _) in cells.items()
                if cell not in there_already
            ]
    _insert(connection, NOTEBOOKS, notebooks)
    _insert(connection, GRADES, grades)
    _insert(connection, COMMENTS, comments)


def save(
    connection: Connection,
    topic: Topic,
    entries: Iterable[tuple[Entry, Held, float | None]],
) -> None:
    """Write entries with their late penalties, over what the grader wrote before."""
    stamps, grades, comments, penalties, done = [], [], [], [], []
    for entry, held, penalty in entries:
        if entry.timestamp is not None:
            stamps.append({"row": held.id, "timestamp": entry.timestamp})
        for cell, row in held.grades.items():
            notebook, name = topic.graded[cell]
            if notebook == topic.notebook and name in entry.scores:
                auto = entry.scores[name]
                review = row.manual_score is not None or auto is None
                values = {"auto_score": auto, "needs_manual_grade": review}
                grades.append({"row": row.id, **values})
        for cell, row in held.comments.items():
            notebook, name = topic.commented[cell]
            if notebook == topic.notebook and name in entry.comments:
                comments.append({"row": row.id, "auto_comment": entry.comments[name]})
        mine = held.notebooks[topic.notebook].id
        penalties.append({"row": mine, "late_submission_penalty": penalty})
        told = {"status": entry.status, "reason": entry.reason, "note": entry.note}
        about = {"submission_id": held.id, "identity": entry.identity}
        done.append({**about, **told})
    for table, rows in (
        (SUBMISSIONS, stamps),
        (GRADES, grades),
        (COMMENTS, comments),
        (NOTEBOOKS, penalties),
    ):
        if rows:
            names = [name for name in rows[0] if name != "row"]
            changed: dict[str, Any] = {name: bindparam(name) for name in names}
            mine = table.c.id == bindparam("row")
            connection.execute(update(table).where(mine).values(changed), rows)
    _insert(connection, DONE, done)


def forget(connection: Connection, topic: Topic, students: Sequence[str]) -> None:
    """Have the submissions of ``students`` graded again; their grades stay."""
    theirs = select(SUBMISSIONS.c.id).where(
        SUBMISSIONS.c.assignment_id == topic.id, SUBMISSIONS.c.student_id.in_(students)
    )
    connection.execute(delete(DONE).where(DONE.c.submission_id.in_(theirs)))


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
