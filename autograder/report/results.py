"""What is known of a class, as plain values that the rest of the report reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True)
class Person:
    """A student as the gradebook knows one; all but ``id`` may be empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def label(self) -> str:
        """What a teacher calls this student.

        >>> Person("ada", "Ada", "Lovelace").label
        'Lovelace, Ada (ada)'
        >>> Person("ada").label
        'ada'
        """
        name = ", ".join(part for part in (self.last_name, self.first_name) if part)
        return f"{name} ({self.id})" if name else self.id


@dataclass(frozen=True)
class Check:
    """A graded cell of an assignment and what it is worth."""

    name: str
    possible: float

    @property
    def title(self) -> str:
        """What it asks for: the name of a function.

        >>> Check("check-affine_forward", 10).title
        'affine_forward'
        """
        return self.name.removeprefix("check-")


@dataclass(frozen=True)
class Slip:
    """A known mistake that a function behaved like: its name and the function's."""

    function: str
    mistake: str


@dataclass(frozen=True)
class Result:
    """What became of one student's hand-in to one topic.

    ``points`` are each check's, manual corrections included; ``score`` is their sum
    after the penalty for being late. ``passed`` says of each check that a judge has
    looked at whether it holds, and is empty where no record of a judge was found.
    ``answers`` hold the student's own code in the form that
    :mod:`autograder.report.answers` gives it. Times are UTC, and None where nobody
    wrote them down.
    """

    topic: str
    student: str
    score: float
    points: dict[str, float] = field(default_factory=dict)
    passed: dict[str, bool] = field(default_factory=dict)
    slips: tuple[Slip, ...] = ()
    refused: str = ""
    penalty: float = 0.0
    needs_manual_grade: bool = False
    handed_in: datetime | None = None
    gradings: tuple[datetime, ...] = ()
    answers: dict[str, str] = field(default_factory=dict, repr=False)
    unread: int = 0  # pieces of code that are no Python, and so cannot be compared


@dataclass(frozen=True)
class Topic:
    """An assignment: its checks in the notebook's order, and when it was due."""

    name: str
    checks: tuple[Check, ...]
    due: datetime | None = None

    @property
    def possible(self) -> float:
        """Points that can be earned."""
        return sum(check.possible for check in self.checks)


@dataclass(frozen=True)
class ClassResults:
    """Everybody's results in some topics."""

    topics: tuple[Topic, ...]
    students: tuple[Person, ...]
    results: tuple[Result, ...]

    @cached_property
    def by_topic(self) -> dict[str, list[Result]]:
        """The results of each topic; a topic without any has an empty list."""
        found: dict[str, list[Result]] = {topic.name: [] for topic in self.topics}
        for result in self.results:
            found[result.topic].append(result)
        return found

    @cached_property
    def by_student(self) -> dict[str, list[Result]]:
        """The results of each student; one without any has an empty list."""
        found: dict[str, list[Result]] = {person.id: [] for person in self.students}
        for result in self.results:
            found[result.student].append(result)
        return found

    @cached_property
    def begun(self) -> tuple[Topic, ...]:
        """The topics to which somebody has handed something in."""
        return tuple(topic for topic in self.topics if self.by_topic[topic.name])

    def shares(self) -> dict[str, float]:
        """Each student's share of the points of the topics begun, in [0, 1].

        What is not handed in counts as nothing. Empty where nothing is handed in.
        """
        possible = sum(topic.possible for topic in self.begun)
        if not possible:
            return {}
        return {
            student: sum(result.score for result in results) / possible
            for student, results in self.by_student.items()
        }
