"""What a student handed in, read into memory once and never trusted."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.utils import find_all_files, parse_utc

from autograder.grading.parcel import packed
from autograder.pipeline.admission import UnreadableError, notebook_bytes
from autograder.pipeline.beside import RUN, UnfitError, expect_fit
from autograder.pipeline.course import Course, CourseError

TIMESTAMP = "timestamp.txt"
NOTEBOOK, ABOUT, BESIDE = "notebook.ipynb", "about.json", "beside/"


@dataclass(frozen=True)
class Submission:
    """The files of one submission; ``refused`` says why none of them can be graded.

    ``reason`` is the refusal's short name. ``timestamp`` is when it was handed in, in
    UTC, as the exchange noted it.
    """

    topic: str
    student: str
    notebook: bytes = b""
    beside: dict[str, bytes] = field(default_factory=dict)
    reason: str = ""
    refused: str = ""
    timestamp: datetime | None = None

    def identity(self, release: str) -> str:
        """Changes when a byte does, or the digest of the ``release`` it answers."""
        told = [release, self.refused, str(self.timestamp)]
        digest = hashlib.sha256(json.dumps(told).encode())
        for name, content in sorted({**self.beside, NOTEBOOK: self.notebook}.items()):
            digest.update(repr(name).encode() + hashlib.sha256(content).digest())
        return digest.hexdigest()

    def to_bytes(self, marks: Mapping[str, Any]) -> bytes:
        """What a worker needs of it: the notebook and the files that it may read."""
        needed = (f"{self.topic}/", f"{RUN}/")
        about = {
            "student": self.student,
            "refused": self.refused,
            "marks": marks,
        }
        files = {
            BESIDE + name: content
            for name, content in self.beside.items()
            if name.startswith(needed)
        }
        told = json.dumps(about).encode()
        return packed({ABOUT: told, NOTEBOOK: self.notebook, **files})


def read_folder(
    course: Course, topic: str, student: str, ignore: list[str]
) -> Submission:
    """The submission of ``student`` to ``topic``; what cannot be graded is refused.

    ``ignore`` are patterns of names that are left behind. Raises
    :class:`CourseError` where the exchange's own note cannot be read.
    """
    folder = course.submitted / student / topic
    notebook = folder / f"{topic}.ipynb"
    when = _timestamp(folder / TIMESTAMP)
    if not notebook.is_file() and not notebook.is_symlink():
        said = f"no notebook: expected a file named {topic}.ipynb"
        return Submission(
            topic, student, reason="no notebook", refused=said, timestamp=when
        )
    try:
        expect_fit(folder, course.source / topic)
    except UnfitError as error:
        return Submission(
            topic, student, reason="files", refused=str(error), timestamp=when
        )
    try:
        content = notebook_bytes(notebook)
    except UnreadableError as error:
        return Submission(
            topic, student, reason="not a notebook", refused=str(error), timestamp=when
        )
    paths = [Path(path) for path in find_all_files(str(folder), [*ignore, "*.ipynb"])]
    beside = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return Submission(topic, student, content, beside, timestamp=when)


def _timestamp(path: Path) -> datetime | None:
    """When the submission was handed in, or None where nobody noted it."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None  # a link or a folder: not the exchange's
    text = path.read_bytes()[:200].decode("utf-8", "replace").strip()
    try:
        when: datetime | None = parse_utc(text) if text else None
    except (ValueError, OverflowError):
        raise CourseError(
            f"{TIMESTAMP} holds no date: correct or remove it, and grade again"
        ) from None
    return when
