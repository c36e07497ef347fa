"""A small course of one topic whose notebook goes with a package."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from autograder.pipeline.course import Course
from tests.judge import RIGHT
from tests.pipeline import TOPIC, course_in

NOTEBOOK = f"""# %% [markdown]
# # A small project

# %%
from autograder import check
from {TOPIC}.layers import receptive_field

# %%
check(receptive_field)  # 100 points
"""
BODY = RIGHT.strip().partition("\n")[2].replace("size, jump = 1, 1", "size, jump = ONE")
LAYERS = f'''"""What a unit sees."""

from {TOPIC}.given import ONE


def receptive_field(layers):
    """Say how far a unit sees."""
    ### BEGIN SOLUTION
    secret_of_the_package = 1
{BODY}
    ### END SOLUTION
'''
STUB = LAYERS.partition("    ### BEGIN")[0] + (
    "    # Your code goes here.\n    raise NotImplementedError\n"
)
PACKAGE = {
    "__init__.py": '"""A small package."""\n',
    "given.py": "ONE = (1, 1)\n",
    "layers.py": LAYERS,
    "settings/small.toml": "epochs = 1\n",
}
STUDENTS = f"{TOPIC}/layers.py"  # the one file that is the student's


def course_with_package(folder: Path) -> Course:
    """A course of one topic with a package, not released yet."""
    course = course_in(folder, NOTEBOOK)
    for name, text in PACKAGE.items():
        path = course.solutions / TOPIC / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return course


def hand_in_package(course: Course, student: str, files: dict[str, str]) -> Path:
    """Hand in a copy of the assignment with ``files`` written over it."""
    folder = course.submitted / student / TOPIC
    shutil.copytree(course.assignments / TOPIC, folder)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def printed(notebook: Path) -> str:
    """What the cells of a judged notebook printed."""
    cells = nbformat.read(notebook, as_version=4).cells
    return "".join(
        output.get("text", "") for cell in cells for output in cell.get("outputs", [])
    )
