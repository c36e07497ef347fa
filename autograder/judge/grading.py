"""Grading a notebook: its own cells in the sandbox, the graded ones out here.

A graded cell is a single call ``check(f, …)``. It is read, never executed: the judge
examines the named functions through proxies and writes the cell's outputs, first
what the student reads and then the points, where nbgrader looks for them.
"""

from __future__ import annotations

import ast
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.examining import catalog, examine, refused
from autograder.judge.kernel import Kernel
from autograder.judge.remote import RemoteCallee
from autograder.judge.session import Session
from autograder.sandbox.limits import Limits
from autograder.verdict import Verdict


class NotACheckError(ValueError):
    """A graded cell that is something else than one ``check(...)`` call."""


@dataclass(frozen=True)
class Graded:
    """The result of one graded cell: verdicts, points won and points possible."""

    grade_id: str
    verdicts: tuple[Verdict, ...]
    points: float
    possible: float


def functions_checked(source: str) -> list[str]:
    """The names in a cell's ``check(f, g)``; raises :class:`NotACheckError`.

    >>> functions_checked("check(conv_forward_naive, receptive_field)  # 10 points")
    ['conv_forward_naive', 'receptive_field']
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        body = []
    match body:
        case [ast.Expr(ast.Call(func=ast.Name("check"), args=[_, *_] as args))]:
            names = [arg.id for arg in args if isinstance(arg, ast.Name)]
            if len(names) == len(args) and set(names) <= set(catalog()):
                return names
    raise NotACheckError(
        "a graded cell must be one line, check(f), naming functions that "
        f"autograder.catalog() lists; this one reads {source.strip()[:80]!r}"
    )


def grade(
    notebook: NotebookNode,
    make_kernel: Callable[[], Kernel],
    limits: Limits | None = None,
    seed: int | None = None,
) -> list[Graded]:
    """Run and judge ``notebook`` in place; return the results of its graded cells.

    Cells carry nbgrader's metadata, which must be the course's own and not the
    student's. ``seed`` draws the checks' inputs; None takes a fresh one.
    """
    seed = secrets.randbits(32) if seed is None else seed
    session = Session(limits or Limits(), make_kernel)
    graded = []
    try:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            if is_graded(cell):
                result = _judge(cell, session, seed)
                write_outputs(cell, result)
                graded.append(result)
            else:
                cell.outputs = session.run_cell(cell.source)
                cell.execution_count = None
    finally:
        session.close()
    return graded


def refuse(notebook: NotebookNode, reason: str) -> list[Graded]:
    """Give every graded cell no points and the ``reason``; nothing is run."""
    graded = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_graded(cell):
            names = functions_checked(cell.source)
            verdicts = tuple(refused(name, reason) for name in names)
            result = _graded(cell, verdicts)
            write_outputs(cell, result)
            graded.append(result)
    return graded


def is_graded(cell: NotebookNode) -> bool:
    """Whether a code cell carries points that the judge gives."""
    metadata = cell.metadata.get("nbgrader")
    if not isinstance(metadata, dict):
        return False
    return bool(metadata.get("grade")) and not metadata.get("solution")


def write_outputs(cell: NotebookNode, result: Graded) -> None:
    """Write the verdicts for the student and the points for nbgrader."""
    cell.outputs = [
        new_output(
            "display_data",
            data={"text/plain": str(verdict), "text/html": verdict._repr_html_()},
        )
        for verdict in result.verdicts
    ]
    points = f"{result.points:g}"
    cell.outputs.append(
        new_output("execute_result", data={"text/plain": points}, execution_count=1)
    )
    cell.execution_count = 1


def _judge(cell: NotebookNode, session: Session, seed: int) -> Graded:
    names = functions_checked(cell.source)
    session.forget = True
    everything = {name: RemoteCallee(session, name) for name in catalog()}
    verdicts = tuple(examine(name, everything, seed=seed) for name in names)
    return _graded(cell, verdicts)


def _graded(cell: NotebookNode, verdicts: tuple[Verdict, ...]) -> Graded:
    metadata: dict[str, Any] = cell.metadata["nbgrader"]
    worth = metadata.get("points")
    possible = float(worth) if isinstance(worth, (int, float)) else 0.0
    share = sum(verdict.score for verdict in verdicts) / len(verdicts)
    points = round(possible * share, 2)
    return Graded(str(metadata.get("grade_id")), verdicts, points, possible)
