"""A student's page: the judged notebook with the points that count.

``marks`` are what a teacher has written in the gradebook, by cell: ``manual_score``,
``extra_credit`` and ``manual_comment``. They win over what the judge says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task
from traitlets.config import Config

from autograder.pipeline.feedback import FeedbackExporter

Marks = Mapping[str, Mapping[str, Any]]


def score_of(auto: float | None, mark: Mapping[str, Any]) -> float:
    """A cell's points as nbgrader counts them.

    >>> score_of(3.0, {}), score_of(None, {}), score_of(3.0, {"extra_credit": 1.0})
    (3.0, 0.0, 4.0)
    >>> score_of(3.0, {"manual_score": 5.0, "extra_credit": 1.0})
    6.0
    """
    manual = mark.get("manual_score")
    given = auto if manual is None else manual
    return 0.0 if given is None else float(given) + float(mark.get("extra_credit") or 0)


def feedback_page(
    notebook: NotebookNode,
    topic: str,
    scores: Mapping[str, float | None],
    comments: Mapping[str, str | None],
    marks: Marks,
    penalty: float = 0.0,
) -> str:
    """The page of a judged ``notebook``, as HTML.

    ``scores`` and ``comments`` are the judge's, by cell; ``penalty`` is in points.
    """
    total = possible = 0.0
    for cell in notebook.cells:
        if not (is_grade(cell) or is_solution(cell) or is_task(cell)):
            continue
        about = cell.metadata["nbgrader"]
        name = about["grade_id"]
        mark = marks.get(name, {})
        if is_solution(cell) or is_task(cell):
            manual = mark.get("manual_comment")
            about["comment"] = comments.get(name) if manual is None else manual
        if is_grade(cell) or is_task(cell):
            about["score"] = score_of(scores.get(name), mark)
            total += about["score"]
            possible += about["points"]
    resources = {
        "nbgrader": {
            "notebook": topic,
            "score": total - penalty,
            "max_score": possible,
            "late_penalty": penalty,
        }
    }
    html, _ = _exporter().from_notebook_node(notebook, resources)
    return str(html)


@cache
def _exporter() -> FeedbackExporter:
    """The exporter as nbgrader uses it; making one costs more than a page."""
    bare = Config()
    bare.Exporter.default_preprocessors = []
    return FeedbackExporter(config=bare)
