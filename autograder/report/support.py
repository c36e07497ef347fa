"""Who needs help, and what is known of when people worked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from autograder.report.results import ClassResults, Result, Topic
from autograder.report.understanding import same_again

LOW = 0.5  # of the points of the topics begun


@dataclass(frozen=True)
class Standing:
    """Where one student stands; ``share`` is of the points of the topics begun.

    ``again`` are the sections of the book that several of the student's mistakes lead
    to, with how many. ``refused`` are topics whose hand-in could not be graded.
    """

    student: str
    share: float
    missing: tuple[str, ...]
    refused: tuple[str, ...]
    again: dict[str, int]

    @property
    def needs_help(self) -> bool:
        """A low share, nothing handed in, nothing that could be graded, or again."""
        return bool(self.share < LOW or self.missing or self.refused or self.again)


def standings(results: ClassResults) -> list[Standing]:
    """Everybody, those with the lowest share first; empty before anything is begun."""
    again = same_again(results)
    made = []
    for student, share in results.shares().items():
        own = {result.topic: result for result in results.by_student[student]}
        made.append(
            Standing(
                student,
                share,
                tuple(t.name for t in results.begun if t.name not in own),
                tuple(name for name, result in own.items() if result.refused),
                again.get(student, {}),
            )
        )
    return sorted(made, key=lambda each: (each.share, each.student))


@dataclass(frozen=True)
class Times:
    """What the clock tells of a topic; a field is None where nobody wrote it down.

    ``timed`` of ``handed_in`` submissions carry a time of hand-in. ``ahead`` is the
    median time before the deadline; ``attempts`` the mean number of gradings of those
    ``followed``, and ``span`` the median time from the first grading to the last,
    among those graded more than once.
    """

    topic: str
    handed_in: int
    timed: int
    late: int | None
    ahead: timedelta | None
    followed: int
    attempts: float | None
    span: timedelta | None


def times(results: ClassResults) -> list[Times]:
    """What is known of each topic begun."""
    return [_times(topic, results.by_topic[topic.name]) for topic in results.begun]


def _times(topic: Topic, results: list[Result]) -> Times:
    handed_in = [each.handed_in for each in results if each.handed_in]
    ahead = [topic.due - when for when in handed_in] if topic.due else []
    followed = [each.gradings for each in results if each.gradings]
    spans = [each[-1] - each[0] for each in followed if len(each) > 1]
    return Times(
        topic.name,
        len(results),
        len(handed_in),
        sum(each < timedelta(0) for each in ahead) if ahead else None,
        _median(ahead),
        len(followed),
        sum(map(len, followed)) / len(followed) if followed else None,
        _median(spans),
    )


def _median(values: list[timedelta]) -> timedelta | None:
    return (
        timedelta(seconds=median(each.total_seconds() for each in values))
        if values
        else None
    )


def spoken(time: timedelta) -> str:
    """A length of time in the unit that fits it.

    >>> spoken(timedelta(hours=50)), spoken(timedelta(minutes=90))
    ('2.1 days', '1.5 hours')
    >>> spoken(timedelta(seconds=-120))
    '−2 minutes'
    """
    seconds = time.total_seconds()
    for length, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if abs(seconds) >= length or unit == "minutes":
            value = f"{seconds / length:.1f}".removesuffix(".0").replace("-", "−")
            return f"{value} {unit.removesuffix('s') if value == '1' else unit}"
    raise AssertionError  # the last unit takes whatever is left
