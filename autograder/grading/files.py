"""Where the judged notebooks and the pages go: nbgrader's own folders.

A file is there whole or not at all, whenever this process is killed.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from autograder.pipeline.attempts import keep_attempt
from autograder.pipeline.course import Course, CourseError

GRADED, FEEDBACK = 0o444, 0o644  # as nbgrader leaves them
# The last is what a limit on the size of files gives.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DiskFullError(CourseError):
    """There is no room for what was judged."""


def write_results(
    course: Course,
    topic: str,
    student: str,
    notebook: bytes,
    beside: Mapping[str, bytes],
    page: bytes,
    points: tuple[float, float],
) -> None:
    """Write a judged ``notebook``, the files ``beside`` it, and the student's page.

    The page is kept beside those of earlier attempts, with the ``points`` earned and
    possible. Raises :class:`DiskFullError`, or the :class:`OSError` of this one.
    """
    try:
        _write_folder(
            course.graded / student / topic, {f"{topic}.ipynb": notebook, **beside}
        )
        _write_page(course.feedback / student / topic / f"{topic}.html", page)
        keep_attempt(course, topic, student, points)
    except OSError as error:
        if error.errno in FULL:
            raise DiskFullError(
                f"the disk is full ({error.filename or course.graded}): make room, "
                "then run the same command again; what is graded stays graded"
            ) from None
        raise


def are_written(course: Course, topic: str, student: str) -> bool:
    """Whether the judged notebook and the page are there."""
    graded = course.graded / student / topic / f"{topic}.ipynb"
    page = course.feedback / student / topic / f"{topic}.html"
    return graded.is_file() and page.is_file()


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    made = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    try:
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(GRADED)
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _write_page(page: Path, content: bytes) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    made = page.with_name(f".{page.name}.new")
    try:
        made.write_bytes(content)
        made.chmod(FEEDBACK)
        os.replace(made, page)
    except OSError:
        made.unlink(missing_ok=True)
        raise
