"""Tests of the way through nbgrader; what they share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

import autograder.pipeline.release as release_module
from autograder.pipeline.course import Course
from tests.judge import RIGHT

ROOT = Path(__file__).parents[2]
TOPIC = "mini"
SOURCE = f'''# %% [markdown]
# # A small assignment
#
# With a [link](BOOK/pooling.html) into the book.

# %%
import numpy as np
from autograder import check

# %%
def receptive_field(layers):
    """Say how far a unit sees."""
    ### BEGIN SOLUTION
    secret_of_the_solution = 1
{RIGHT.strip().partition(":")[2].strip(chr(10))}
    ### END SOLUTION

# %%
check(receptive_field)  # 100 points

# %%
print("the field is", receptive_field([(3, 1)]))
'''


@contextmanager
def small_catalog() -> Iterator[None]:
    """For the release, the course has one topic with one function."""
    with pytest.MonkeyPatch.context() as patch:
        catalog = {"receptive_field": TOPIC}
        patch.setattr(release_module, "catalog", lambda: catalog)
        yield


def course_in(folder: Path, source: str = SOURCE) -> Course:
    """A course of one small topic, not released yet."""
    (folder / "solutions").mkdir(parents=True)
    (folder / "solutions" / f"{TOPIC}.py").write_text(source, encoding="utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return Course(folder)


def assignment(course: Course, answer: str = "") -> NotebookNode:
    """What a student opens, with the solution cell replaced by ``answer``."""
    path = course.assignments / TOPIC / f"{TOPIC}.ipynb"
    made = nbformat.read(path, as_version=4)
    for cell in made.cells:
        if answer and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answer
    return made


def place_of(course: Course, student: str) -> Path:
    """Where a student's notebook lies; the folder is made."""
    folder = course.submitted / student / TOPIC
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{TOPIC}.ipynb"


def hand_in(course: Course, student: str, made: NotebookNode | bytes) -> Path:
    """Put a notebook, or any bytes, where a student hands in."""
    path = place_of(course, student)
    if isinstance(made, bytes):
        path.write_bytes(made)
    else:
        path.write_text(nbformat.writes(made), encoding="utf-8")
    return path
