"""A course of its own for a measurement, released and thrown away afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.pipeline.course import Course
from autograder.pipeline.release import release


@contextmanager
def scratch_course(topics: list[str], db_url: str = "") -> Iterator[Course]:
    """Lend a course with the releases of ``topics``, and nothing handed in.

    ``db_url`` names another gradebook than a file of the course's own.
    """
    here = Course.here()
    with tempfile.TemporaryDirectory(prefix="tuned-bench-") as folder:
        course = Course(Path(folder))
        shutil.copytree(here.solutions, course.solutions)
        shutil.copy(here.root / "nbgrader_config.py", course.root)
        release(course, topics, db_url)
        yield course
