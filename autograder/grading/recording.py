"""From the folders of a class to rows in the gradebook, a batch at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice

import nbformat
from nbgrader.apps import NbGraderAPI

from autograder.grading.files import DiskFullError, are_written, write_results
from autograder.grading.page import feedback_page
from autograder.grading.released import Release, read_release
from autograder.grading.rows import Row, note_of, printable, reason_of
from autograder.grading.scheduling import Done, SchedulerError, Task, WorkerLostError
from autograder.grading.submission import Submission, read_folder
from autograder.grading.tables import Entry, Held, Points, Topic
from autograder.grading.task import Outcome, laid_over, outcome_from
from autograder.grading.writer import Writer
from autograder.pipeline.course import Course, CourseError

LONGEST_NAME = 128  # characters of a student's name in nbgrader's tables
BATCH = 100  # submissions in a transaction
SECONDS = 2.0  # how long a result waits for others to be recorded with it


@dataclass(frozen=True)
class Place:
    """A submission on its way, with what the gradebook held of it when it left."""

    topic: Topic
    release: Release
    submission: Submission
    identity: str
    held: Held

    @property
    def student(self) -> str:
        """Whose it is."""
        return self.submission.student


@dataclass(frozen=True)
class Judged:
    """A submission that came back, and what is to be recorded of it."""

    place: Place
    outcome: Outcome
    entry: Entry


class ClassGrading:
    """Reads a class's submissions one by one and records what comes of them."""

    def __init__(
        self, course: Course, nbgrader: NbGraderAPI, writer: Writer, rerun: bool
    ) -> None:
        self.course = course
        self.nbgrader = nbgrader
        self.writer = writer
        self.rerun = rerun

    def items(self, places: Sequence[tuple[str, str]]) -> Iterator[Task | Row]:
        """What is to be graded, read when it is asked for, and rows of what is not.

        ``places`` are topics and students, a topic's in sequence.
        """
        if self.rerun:  # all at once: a rerun that is stopped, the next run finishes
            for topic, chunk in self._chunks(places):
                self.writer.forget(topic, chunk)
        yield from (_nameless(*place) for place in places if not is_name(place[1]))
        release: Release | None = None
        for topic, chunk in self._chunks(places):
            if release is None or release.topic != topic.name:
                with self.writer.reading() as gradebook:
                    release = read_release(self.nbgrader, gradebook, topic.name)
            held = self.writer.held(topic, chunk)
            for student in chunk:
                mine = held.get(student) or Held(topic, "")
                yield self._item(topic, release, student, mine)

    def _chunks(
        self, places: Sequence[tuple[str, str]]
    ) -> Iterator[tuple[Topic, list[str]]]:
        """The students of a topic, as many as are looked up at once."""
        for name, group in groupby(places, key=lambda place: place[0]):
            topic = self.writer.topic(name)
            assert topic is not None, "grade_class has released what was not"
            students = (student for _, student in group if is_name(student))
            while chunk := list(islice(students, BATCH)):
                yield topic, chunk

    def _item(
        self, topic: Topic, release: Release, student: str, held: Held
    ) -> Task | Row:
        ignored = self.nbgrader.coursedir.ignore
        try:
            submission = read_folder(self.course, topic.name, student, ignored)
        except Exception as error:
            # A file that cannot be opened, a name that nobody can read: the others
            # are graded all the same.
            return _failed(topic, student, held, error)
        identity = submission.identity(release.digest)
        done = held.done
        if (
            done is not None
            and done.identity == identity
            and are_written(self.course, topic.name, student)
        ):
            told = (done.status, done.reason, done.note)
            return _row(topic, student, held.points(), *told)
        place = Place(topic, release, submission, identity, held)
        return Task(release.parcel, submission.to_bytes(held.marks()), place)

    def rows(self, done: Iterable[Done | Row]) -> Iterator[Row]:
        """Record what comes back, and yield a row for each submission."""
        waiting: list[Judged] = []
        recorded = time.monotonic()
        try:
            for item in done:
                if isinstance(item, Row):
                    yield item
                    continue
                place: Place = item.task.about
                try:
                    waiting.append(_judged(place, item))
                except Exception as error:
                    yield _failed(place.topic, place.student, place.held, error)
                now = time.monotonic()
                if len(waiting) >= BATCH or (waiting and now - recorded > SECONDS):
                    batch, waiting = waiting, []
                    yield from self._recorded(batch)
                    recorded = now
        except SchedulerError:
            yield from self._recorded(waiting)  # what came before the cluster was lost
            raise
        yield from self._recorded(waiting)

    def _recorded(self, batch: Sequence[Judged]) -> Iterator[Row]:
        """Write one batch, a transaction for each topic in it."""
        for _, group in groupby(batch, key=lambda each: each.place.topic.name):
            judged = {each.place.student: each for each in group}
            failures: dict[str, Row] = {}
            topic = next(iter(judged.values())).place.topic
            entries = [each.entry for each in judged.values()]
            counted = self.writer.record(
                topic, entries, partial(self._written, judged, failures)
            )
            for entry in entries:
                if entry.student in failures:
                    yield failures[entry.student]
                else:
                    points = counted[entry.student]
                    told = (entry.status, entry.reason, entry.note)
                    yield _row(topic, entry.student, points, *told)

    def _written(
        self,
        judged: dict[str, Judged],
        failures: dict[str, Row],
        entry: Entry,
        held: Held,
        penalty: float,
    ) -> bool:
        """Write the files of one submission; say whether it can be recorded."""
        place, outcome = judged[entry.student].place, judged[entry.student].outcome
        topic, marks = place.topic.name, held.marks()
        page = outcome.page
        if penalty or marks != place.held.marks():
            # The worker could not know it: it depends on the points, or it is new.
            notebook = nbformat.reads(outcome.notebook.decode(), as_version=4)
            given = (outcome.scores, outcome.comments, marks, penalty)
            page = feedback_page(notebook, topic, *given).encode()
        beside = laid_over(place.release, place.submission.beside)
        files = (outcome.notebook, beside, page)
        points = Points(held.earned(outcome.scores), penalty).counted
        possible = place.topic.possible
        try:
            write_results(self.course, topic, entry.student, *files, (points, possible))
        except DiskFullError:
            raise
        except Exception as error:  # of this one: the others are recorded
            failures[entry.student] = _failed(place.topic, entry.student, held, error)
            return False
        return True


def _judged(place: Place, done: Done) -> Judged:
    """What came back; raises what kept it from being graded, or from being read."""
    if done.error is not None:
        raise done.error
    outcome = outcome_from(done.outcome)
    refused = outcome.record.get("refused", "")
    if refused:
        status, note = "refused", refused
        reason = place.submission.reason or "not a notebook"
    else:
        status, note = "graded", note_of(outcome.missing, outcome.record)
        reason = reason_of(outcome.missing, outcome.ended, outcome.record)
    entry = Entry(
        student=place.student,
        identity=place.identity,
        status=status,
        reason=reason,
        note=printable(note),
        timestamp=place.submission.timestamp,
        scores=outcome.scores,
        comments=outcome.comments,
    )
    return Judged(place, outcome, entry)


def _row(
    topic: Topic, student: str, points: Points, status: str, reason: str, note: str
) -> Row:
    if points.penalty:
        note = f"{note}; handed in late: {points.penalty:g} points less"
    score = round(points.counted, 2)
    return Row(topic.name, student, score, topic.possible, status, reason, note)


def _nameless(topic: str, student: str) -> Row:
    said = f"no name of a student: give this folder one of {LONGEST_NAME} characters"
    return Row(topic, printable(student)[:80], 0, 0, "failed", "not graded", said)


def is_name(student: str) -> bool:
    r"""Whether every gradebook can hold a folder's name.

    >>> is_name("ada"), is_name("a" * 200), is_name("\udcff")
    (True, False, False)
    """
    return len(student) <= LONGEST_NAME and student.isprintable()


def _failed(topic: Topic, student: str, held: Held, error: Exception) -> Row:
    """A row for a submission on which the grader itself stumbled: never a zero."""
    said = str(error) or type(error).__name__
    lost = isinstance(error, WorkerLostError)
    if not isinstance(error, (CourseError, WorkerLostError)):
        said = f"{type(error).__name__}: {said}"
    reason = "worker lost" if lost else "not graded"
    told = ("failed", reason, printable(f"not graded: {said}"))
    return _row(topic, printable(student), held.points(), *told)
