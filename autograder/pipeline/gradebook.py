"""Grading what was handed in, however large the class, into nbgrader's gradebook.

Nothing aborts the class: whatever is wrong with one submission ends in a row. Nothing
is lost: whenever the grading is stopped, the same command goes on where it was.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager

from autograder.grading.recording import ClassGrading
from autograder.grading.rows import Row
from autograder.grading.scheduling import graded_by_workers, graded_here
from autograder.grading.writer import Writer
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.release import release
from autograder.sandbox.bubblewrap import why_unavailable

__all__ = ["Row", "grade_class", "handed_in"]


def handed_in(
    course: Course, topics: list[str], students: list[str] | None = None
) -> list[tuple[str, str]]:
    """Topic and student of every submission, sorted within each topic."""
    return [
        (topic, folder.parent.name)
        for topic in topics
        for folder in sorted(course.submitted.glob(f"*/{topic}"))
        if students is None or folder.parent.name in students
    ]


def grade_class(
    course: Course,
    topics: list[str],
    students: list[str] | None = None,
    rerun: bool = False,
    *,
    workers: int = 1,
    scheduler: str = "",
    db_url: str = "",
) -> Generator[Row, None, None]:
    """Grade every submission to ``topics`` and yield a row for each.

    One worker is this process; more are processes of their own, or those of the Dask
    cluster at ``scheduler``. ``db_url`` names another gradebook than the course's. What
    has not changed since it was graded is not graded again, unless ``rerun``.

    Raises :class:`CourseError` before anything is graded if a topic is unknown, this
    machine has no sandbox, or somebody grades this course already; later, if there is
    no room for the results, or the gradebook or the cluster is gone. What is graded by
    then stays graded.
    """
    unknown = sorted(set(topics) - set(course.topics()))
    if unknown:
        raise CourseError(
            f"no topic {', '.join(unknown)}; there are: {', '.join(course.topics())}"
        )
    trouble = "" if scheduler else why_unavailable()
    if trouble:
        raise CourseError(
            f"no sandbox on this machine, so nothing is graded: {trouble}. "
            "`autograder doctor` says what to install"
        )
    nbgrader = course.nbgrader(db_url)
    settings = nbgrader.coursedir
    with (
        _alone(course),
        closing(Writer(settings.db_url, settings.course_id, nbgrader.config)) as writer,
    ):
        missing = [topic for topic in topics if not _is_released(course, writer, topic)]
        if missing:
            release(course, missing, db_url)
        grading = ClassGrading(course, nbgrader, writer, rerun)
        items = grading.items(handed_in(course, topics, students))
        by_others = bool(scheduler) or workers > 1
        done = (
            graded_by_workers(items, workers, scheduler)
            if by_others
            else graded_here(items)
        )
        yield from grading.rows(done)


def _is_released(course: Course, writer: Writer, topic: str) -> bool:
    there = (course.source / topic / f"{topic}.ipynb").is_file()
    return there and writer.topic(topic) is not None


@contextmanager
def _alone(course: Course) -> Iterator[None]:
    """Hold the course's classroom, so that two gradings do not write at once.

    The system lets go of it when this process ends, however that comes about.
    """
    import fcntl  # not on Windows, where there is no sandbox either

    folder = os.open(course.graded.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CourseError(
            "another `autograder grade` is at work in this course: wait for its end"
        ) from None
    else:
        yield
    finally:
        os.close(folder)
