"""Grading a notebook: its own cells in the sandbox, the graded ones out here.

A graded cell is a single call, ``check(f, …)`` or ``check_run("run")``. It is read,
never executed: the judge examines the named functions through proxies, has the folder
of a run examined by what it was given for that, and writes the cell's outputs, first
what the student reads and then the points, where nbgrader looks for them.
"""

from __future__ import annotations

import ast
import re
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
from autograder.verdict import Outcome, Part, Verdict

ExamineRun = Callable[[str], Verdict]  # from the name of a folder


class NotACheckError(ValueError):
    """A graded cell that is something else than one call that the judge answers."""


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
        'autograder.catalog() lists, or check_run("run"), naming a folder; '
        f"this one reads {source.strip()[:80]!r}"
    )


def run_checked(source: str) -> str | None:
    """The folder in a cell's ``check_run("run")``, or None for any other cell.

    >>> run_checked('check_run("run")  # 40 points')
    'run'
    >>> run_checked('check_run("../run")')
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    match body:
        case [
            ast.Expr(
                ast.Call(
                    func=ast.Name("check_run"),
                    args=[ast.Constant(str(name))],
                    keywords=[],
                )
            )
        ] if re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            return name
    return None


def grade(
    notebook: NotebookNode,
    make_kernel: Callable[[], Kernel],
    limits: Limits | None = None,
    seed: int | None = None,
    examine_run: ExamineRun | None = None,
) -> list[Graded]:
    """Run and judge ``notebook`` in place; return the results of its graded cells.

    Cells carry nbgrader's metadata, which must be the course's own and not the
    student's. ``seed`` draws the checks' inputs; None takes a fresh one.
    ``examine_run`` looks at the folder that a ``check_run`` names.
    """
    seed = secrets.randbits(32) if seed is None else seed
    session = Session(limits or Limits(), make_kernel)
    graded = []
    try:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            if is_graded(cell):
                result = _judge(cell, session, seed, examine_run)
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
            result = _graded(cell, _refused(cell, reason))
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


def _judge(
    cell: NotebookNode, session: Session, seed: int, examine_run: ExamineRun | None
) -> Graded:
    folder = run_checked(cell.source)
    if folder and examine_run:
        return _graded(cell, (examine_run(folder),))
    names = functions_checked(cell.source)
    session.forget = True
    everything = {name: RemoteCallee(session, name) for name in catalog()}
    verdicts = tuple(examine(name, everything, seed=seed) for name in names)
    return _graded(cell, verdicts)


def _refused(cell: NotebookNode, reason: str) -> tuple[Verdict, ...]:
    folder = run_checked(cell.source)
    if folder:
        parts = (Part("it can be examined", Outcome.FAILED, reason),)
        return (Verdict(folder, "", parts),)
    names = functions_checked(cell.source)
    return tuple(refused(name, reason) for name in names)


def _graded(cell: NotebookNode, verdicts: tuple[Verdict, ...]) -> Graded:
    metadata: dict[str, Any] = cell.metadata["nbgrader"]
    worth = metadata.get("points")
    possible = float(worth) if isinstance(worth, (int, float)) else 0.0
    share = sum(verdict.score for verdict in verdicts) / len(verdicts)
    points = round(possible * share, 2)
    return Graded(str(metadata.get("grade_id")), verdicts, points, possible)
