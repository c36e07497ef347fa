"""What a topic's submissions answer: the release, as bytes that a worker can use."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.utils import find_all_files

from autograder.grading.parcel import packed, unpacked
from autograder.pipeline.restoration import released_cells

ABOUT, FILES = "about.json", "files/"


@dataclass(frozen=True)
class Release:
    """The gradebook's own cells of a topic, and the files that go with it.

    ``files`` are laid over what a student hands in, except those in ``own``, which
    are the student's and are here as they were released. ``judge`` is what the course
    configures of the judge.
    """

    topic: str
    cells: list[dict[str, Any]]
    kernelspec: dict[str, Any] | None
    files: dict[str, bytes]
    own: frozenset[str]
    judge: dict[str, Any]

    @cached_property
    def digest(self) -> str:
        """Changes when what is answered does; how it is judged is left out."""
        told = json.dumps([self.cells, self.kernelspec], sort_keys=True)
        digest = hashlib.sha256(told.encode())
        for name, content in sorted(self.files.items()):
            digest.update(repr(name).encode() + hashlib.sha256(content).digest())
        return digest.hexdigest()

    def notebook_cells(self) -> list[NotebookNode]:
        """The cells as a notebook holds them, made anew."""
        cells: list[NotebookNode] = nbformat.from_dict(self.cells)
        return cells

    @cached_property
    def parcel(self) -> bytes:
        """Everything in one piece."""
        about = {
            "topic": self.topic,
            "cells": self.cells,
            "kernelspec": self.kernelspec,
            "own": sorted(self.own),
            "judge": self.judge,
        }
        files = {FILES + name: content for name, content in self.files.items()}
        return packed({ABOUT: json.dumps(about).encode(), **files})


@lru_cache(maxsize=16)
def release_from(parcel: bytes) -> Release:
    """The release in ``parcel``; a worker reads that of a topic once."""
    files = unpacked(parcel)
    about = json.loads(files.pop(ABOUT))
    about["own"] = frozenset(about["own"])
    named = {name.removeprefix(FILES): content for name, content in files.items()}
    return Release(files=named, **about)


def read_release(nbgrader: NbGraderAPI, gradebook: Gradebook, topic: str) -> Release:
    """The release of ``topic``; raises nbgrader's ``MissingEntry`` if there is none."""
    notebook = gradebook.find_notebook(topic, topic)
    course, config = nbgrader.coursedir, nbgrader.config
    source = Path(course.format_path(course.source_directory, ".", topic))
    paths = find_all_files(str(source), [*course.ignore, "*.ipynb"])
    own = config.Autograde.get("exclude_overwriting", {}).get(topic, [])
    return Release(
        topic=topic,
        cells=[dict(cell) for cell in released_cells(notebook)],
        kernelspec=json.loads(notebook.kernelspec) if notebook.kernelspec else None,
        files={
            Path(path).relative_to(source).as_posix(): Path(path).read_bytes()
            for path in sorted(paths)
        },
        own=frozenset(own),
        judge=dict(config.get("JudgeSubmission", {})),
    )
