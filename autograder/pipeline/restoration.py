"""Putting a submission back into the form in which it was released.

Of a submission only two things are the student's: the text of solution cells, and
cells added in between. Everything else, graded cells and all of nbgrader's metadata,
comes from the gradebook's own copy: whatever was deleted, doubled, renamed, moved or
edited is as it was. Cells keep the release's order; an added cell stays behind the
released cell that it followed.
"""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

SCHEMA = 3


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Rebuild the notebook from the gradebook's cells and the student's answers."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore ``nb`` in place, as nbconvert's preprocessors do."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            released = gradebook.find_notebook(where["notebook"], where["assignment"])
            cells = released_cells(released)
        nb.cells = restored(nb.cells, cells)
        nb.nbformat, nb.nbformat_minor = 4, 5
        return nb, resources


def released_cells(released: Any) -> list[NotebookNode]:
    """The cells of a release as the gradebook (an ORM object) keeps them."""
    points = {cell.name: cell.max_score for cell in released.grade_cells}
    solutions = {cell.name for cell in released.solution_cells}
    tasks = {cell.name: cell.max_score for cell in released.task_cells}
    cells = []
    for kept in released.source_cells:
        metadata = {
            "grade": kept.name in points,
            "grade_id": kept.name,
            "locked": bool(kept.locked),
            "schema_version": SCHEMA,
            "solution": kept.name in solutions,
            "task": kept.name in tasks,
            "cell_type": kept.cell_type,
            "checksum": kept.checksum,
        }
        if kept.name in points or kept.name in tasks:
            metadata["points"] = float({**points, **tasks}[kept.name])
        make = new_code_cell if kept.cell_type == "code" else new_markdown_cell
        cell = make(kept.source or "")
        cell.id = re.sub(r"[^\w-]", "-", kept.name)[:64]
        cell.metadata["nbgrader"] = metadata
        cells.append(cell)
    return cells


def restored(
    submitted: list[NotebookNode], released: list[NotebookNode]
) -> list[NotebookNode]:
    """The release's cells with the answers in ``submitted``, and the added cells.

    Of a solution cell that occurs twice the first is the answer; the other stays,
    as an added cell, and runs after it as it did for the student.
    """
    names = {cell.metadata["nbgrader"]["grade_id"] for cell in released}
    answers: dict[str, str] = {}
    added: dict[str | None, list[NotebookNode]] = {}
    after: str | None = None  # the released cell that was passed last
    for cell in submitted:
        name = _grade_id(cell)
        if name is None or name not in names:
            added.setdefault(after, []).append(_own(cell))
        elif name not in answers:
            answers[name] = cell.source
            after = name
        elif not _is_locked(name, released):
            added.setdefault(after, []).append(_own(cell))
    result = added.get(None, [])
    for cell in released:
        name = cell.metadata["nbgrader"]["grade_id"]
        if not cell.metadata["nbgrader"]["locked"]:
            cell.source = answers.get(name, cell.source)
        result += [cell, *added.get(name, [])]
    for number, cell in enumerate(result):
        if "nbgrader" not in cell.metadata:
            cell.id = f"added-{number}"
    return result


def _grade_id(cell: NotebookNode) -> str | None:
    metadata = cell.metadata.get("nbgrader")
    name = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


def _is_locked(name: str | None, released: list[NotebookNode]) -> bool:
    return any(
        cell.metadata["nbgrader"]["locked"]
        for cell in released
        if cell.metadata["nbgrader"]["grade_id"] == name
    )


def _own(cell: NotebookNode) -> NotebookNode:
    """An added cell with nothing but its text: no metadata, no active content."""
    if cell.cell_type == "code":
        return new_code_cell(cell.source)
    return new_markdown_cell(inert(cell.source))


def inert(markdown: str) -> str:
    """Markdown of which a teacher's browser runs nothing and fetches nothing.

    Raw HTML shows as text, a picture becomes a link, and a link leads to a page or
    shows as text.

    >>> inert("a < b, <script>alert(1)</script>")
    'a < b, &lt;script>alert(1)&lt;/script>'
    >>> inert("[book](https://example.org) [run](javascript:alert(1))")
    '[book](https://example.org) [run]&#40;javascript:alert(1))'
    >>> inert("![seen](https://example.org/me.png)")
    '&#33;[seen](https://example.org/me.png)'
    """
    markdown = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", markdown).replace("![", "&#33;[")
    leads_elsewhere = r"(?!\s*(?:https?://|mailto:|#))"
    markdown = re.sub(rf"\]\({leads_elsewhere}", "]&#40;", markdown)
    return re.sub(rf"\]:{leads_elsewhere}", "]&#58;", markdown)
