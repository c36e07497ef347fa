"""Which mistakes the class made, and where the book explains what to teach again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from autograder.mistakes import Mistake, mistakes_of
from autograder.rendering import book_url, chapter_of
from autograder.report.results import ClassResults, Slip


@dataclass(frozen=True)
class Misunderstanding:
    """A known mistake that ``students`` of a class made, out of ``judged``."""

    topic: str
    slip: Slip
    students: tuple[str, ...]
    judged: int
    title: str
    hint: str
    see: str

    @property
    def share(self) -> float:
        """Of the hand-ins that were judged, in [0, 1]."""
        return len(self.students) / self.judged

    @property
    def url(self) -> str:
        """The section of the book to teach again."""
        return book_url(chapter_of(self.see), self.see)

    @property
    def section(self) -> str:
        """What to call that section."""
        return section_title(self.see)


def section_title(see: str) -> str:
    """A name for the section that ``see`` marks.

    >>> section_title("pooling-output-size")
    'Pooling: output size'
    >>> section_title("pooling")
    'Pooling'
    """
    chapter, _, section = see.partition("-")
    words = section.replace("-", " ")
    return f"{chapter.capitalize()}: {words}" if words else chapter.capitalize()


def misunderstandings(results: ClassResults) -> list[Misunderstanding]:
    """The mistakes of each topic begun, the most frequent first."""
    catalog = _catalog()
    found = []
    for topic in results.begun:
        here = results.by_topic[topic.name]
        judged = sum(bool(result.passed) for result in here)
        made_by: dict[Slip, set[str]] = defaultdict(set)
        for each in here:
            for slip in each.slips:
                made_by[slip].add(each.student)
        for slip, students in made_by.items():
            known = catalog.get((slip.function, slip.mistake))
            found.append(
                Misunderstanding(
                    topic.name,
                    slip,
                    tuple(sorted(students)),
                    judged,
                    known.title if known else slip.mistake.replace("_", " "),
                    known.hint if known else "",
                    known.see if known else topic.name,
                )
            )
    place = {topic.name: index for index, topic in enumerate(results.topics)}
    return sorted(
        found,
        key=lambda each: (
            place[each.topic],
            -len(each.students),
            each.slip.function,
            each.slip.mistake,
        ),
    )


def _catalog() -> dict[tuple[str, str], Mistake]:
    return {(each.of, each.name): each for each in mistakes_of()}


def same_again(results: ClassResults) -> dict[str, dict[str, int]]:
    """For each student, the sections that two or more of the mistakes lead to.

    Two functions that fail for one reason have mistakes of different names; what they
    share is the section of the book that explains both.
    """
    catalog = _catalog()
    found: dict[str, dict[str, int]] = {}
    for student, those in results.by_student.items():
        counts: dict[str, int] = {}
        for slip in (slip for each in those for slip in each.slips):
            known = catalog.get((slip.function, slip.mistake))
            if known:
                counts[known.see] = counts.get(known.see, 0) + 1
        again = {see: count for see, count in counts.items() if count > 1}
        if again:
            found[student] = again
    return found
