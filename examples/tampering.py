"""What some students of the sample class do to the file that they hand in.

A tampering takes the notebook and returns what becomes of it: a notebook, or bytes
where the result is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

Tampering = Callable[[NotebookNode], NotebookNode | bytes]


def none(notebook: NotebookNode) -> NotebookNode:
    """Hand in the notebook as it is."""
    return notebook


def broken_json(notebook: NotebookNode) -> bytes:
    """Hand in the first half of the file, as an upload that broke off."""
    text: str = nbformat.writes(notebook)
    return text[: len(text) // 2].encode()


def empty_file(_: NotebookNode) -> bytes:
    """Hand in a file of no bytes."""
    return b""


def no_notebook(_: NotebookNode) -> bytes:
    """Hand in a few notes."""
    return b"I have moved my answers to another computer.\n"


def old_format(notebook: NotebookNode) -> bytes:
    """Save in the notebook format of 2011, with worksheets (nbformat 3)."""
    old = nbformat.convert(notebook, 3)
    return json.dumps(old, indent=1).encode()


def checks_deleted(notebook: NotebookNode) -> NotebookNode:
    """Delete every graded cell."""
    notebook.cells = [cell for cell in notebook.cells if not _is_graded(cell)]
    return notebook


def checks_doubled(notebook: NotebookNode) -> NotebookNode:
    """Put a rewritten copy, which returns the full points, around each graded cell."""
    cells = []
    for cell in notebook.cells:
        if _is_graded(cell):
            copy = nbformat.from_dict(cell)
            copy.source = f"{cell.metadata['nbgrader']['points']}"
            before, after = nbformat.from_dict(copy), nbformat.from_dict(copy)
            before.id, after.id = f"{cell.id}-a", f"{cell.id}-b"
            cells += [before, cell, after]
        else:
            cells.append(cell)
    notebook.cells = cells
    return notebook


def metadata_edited(notebook: NotebookNode) -> NotebookNode:
    """Raise the points, unlock and rename cells, and claim to be graded already."""
    notebook.metadata["tuned"] = {"refused": "", "checks": []}
    for cell in notebook.cells:
        if _is_graded(cell):
            cell.metadata["nbgrader"]["points"] *= 1000
            cell.metadata["nbgrader"]["locked"] = False
            cell.source = "True"
        elif cell.metadata.get("nbgrader", {}).get("locked"):
            cell.metadata["nbgrader"]["grade_id"] += "-mine"
    return notebook


def checks_made_answers(notebook: NotebookNode) -> NotebookNode:
    """Turn each graded cell into an answer that a person would have to grade."""
    for cell in notebook.cells:
        if _is_graded(cell):
            cell.metadata["nbgrader"]["solution"] = True
            cell.metadata["nbgrader"]["locked"] = False
            cell.source = f"{cell.metadata['nbgrader']['points']}  # all of them"
    return notebook


def outputs_forged(notebook: NotebookNode) -> NotebookNode:
    """Save the full points as the output of each graded cell."""
    for cell in notebook.cells:
        if _is_graded(cell):
            points = str(cell.metadata["nbgrader"]["points"])
            cell.execution_count = 1
            cell.outputs = [
                new_output(
                    "execute_result", data={"text/plain": points}, execution_count=1
                )
            ]
    return notebook


def colon_forgotten(notebook: NotebookNode) -> NotebookNode:
    """Leave out the first colon of the last answer."""
    answers = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    ]
    answers[-1].source = answers[-1].source.replace("):", ")", 1)
    return notebook


def _is_graded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


TAMPERINGS: dict[str, Tampering] = {
    each.__name__: each
    for each in (
        none,
        broken_json,
        empty_file,
        no_notebook,
        old_format,
        checks_deleted,
        checks_doubled,
        metadata_edited,
        checks_made_answers,
        outputs_forged,
        colon_forgotten,
    )
}
