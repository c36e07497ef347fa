"""Notebooks whose cells of the course are not as they were released."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from tests.hostile.malforming.notebooks import graded_cells, notebook_in, opened, save

if TYPE_CHECKING:
    from tests.hostile.classroom import Classroom

MIB = 1024**2


def points_raised(folder: Path, _: Classroom) -> None:
    """Raise the points of each check, with a checksum to match."""
    from nbgrader.utils import compute_checksum

    made = nbformat.read(notebook_in(folder), 4)
    for cell in made.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["nbgrader"]["points"] = 1000
            cell.metadata["nbgrader"]["checksum"] = compute_checksum(cell)
    nbformat.write(made, notebook_in(folder))


def checks_swapped(folder: Path, _: Classroom) -> None:
    """Exchange the names of the checks, so that easy ones bear the points of hard."""
    made = opened(folder)
    graded = graded_cells(made)
    names = [cell["metadata"]["nbgrader"]["grade_id"] for cell in graded]
    for cell, name in zip(graded, names[1:] + names[:1], strict=True):
        cell["metadata"]["nbgrader"]["grade_id"] = name
    save(folder, made)


def checks_rewritten(folder: Path, _: Classroom) -> None:
    """Let every check examine the easiest function instead of its own."""
    made = opened(folder)
    for cell in graded_cells(made):
        cell["source"] = ["check(receptive_field)"]
    save(folder, made)


def checks_copied(folder: Path, _: Classroom) -> None:
    """Copy a check that passes ten times, each copy under a name of its own."""
    made = opened(folder)
    last = graded_cells(made)[-1]
    for number in range(10):
        cell = copy.deepcopy(last)
        cell["id"] = f"copy-{number}"
        cell["metadata"]["nbgrader"]["grade_id"] += f"-{number}"
        made["cells"].append(cell)
    save(folder, made)


def scores_written(folder: Path, _: Classroom) -> None:
    """Hand in a notebook that says it is graded, with scores and comments."""
    made = opened(folder)
    made["metadata"]["tuned"] = {"refused": "", "checks": [{"points": 100}]}
    for cell in graded_cells(made):
        points = cell["metadata"]["nbgrader"]["points"]
        cell["metadata"]["nbgrader"].update(
            score=points, auto_score=points, manual_score=points, extra_credit=100
        )
        text = {"text/plain": [str(points)]}
        cell["execution_count"] = 1
        cell["outputs"] = [
            {"output_type": "execute_result", "data": text, "metadata": {}}
            | {"execution_count": 1}
        ]
    save(folder, made)


def ids_of_paths(folder: Path, _: Classroom) -> None:
    """Name cells like paths and like commands of the database."""
    made = opened(folder)
    for number, cell in enumerate(made["cells"]):
        if not cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["id"] = f"../../{number}"
            cell["metadata"]["nbgrader"] = {"grade_id": "'; DROP TABLE grade; --"}
    save(folder, made)
