"""Make the notebooks that the sample class hands in.

    python -m examples.build [--out classroom/submitted] [TOPIC …]

A student is a file ``examples/<topic>/<student>.py`` with cells in percent format.
Its docstring says who this is and what should happen. A cell that defines a function
of the topic is the student's answer, in the notebook or in a module of the package
beside it; all other answers come from ``solutions/``. Any other cell is added to the
notebook before the first answer, or behind the cell that ``# %% after <grade_id>``
names. Four lines of the docstring are read:

    base: blank        the other answers stay as they were released
    run: NAME          the run that is handed in as well, see examples/runs.py
    tampering: NAME    what is done to the file itself, see examples/tampering.py
    file: NAME         the name of the file that is handed in
"""

from __future__ import annotations

import argparse
import ast
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.pipeline.beside import RUN
from autograder.pipeline.release import BEGIN_SOLUTION, END_SOLUTION, source_notebook
from examples.packages import Files, answered, released, solved
from examples.runs import RUNS
from examples.tampering import TAMPERINGS

ROOT = Path(__file__).resolve().parents[1]
SOURCES = Path(__file__).resolve().parent


class ExampleError(ValueError):
    """A student's source that breaks a rule; the message names file and rule."""


@dataclass(frozen=True)
class Student:
    """One student's source, read: the docstring's settings and the cells."""

    path: Path
    settings: dict[str, str]
    cells: list[NotebookNode]

    @classmethod
    def read(cls, path: Path) -> Student:
        """The student in ``path``; raises :class:`ExampleError`."""
        text = path.read_text(encoding="utf-8")
        story = ast.get_docstring(ast.parse(text))
        if not story:
            raise ExampleError(f"{path}: the docstring must say who this is")
        settings = dict(re.findall(r"(?m)^(base|run|tampering|file): (\S+)$", story))
        _, marker, body = text.partition("\n# %%")
        notebook = jupytext.reads(marker + body, fmt="py:percent")
        cells = [cell for cell in notebook.cells if cell.source.strip()]
        return cls(path, settings, cells)


def students(topic: str) -> list[str]:
    """The names of the students who hand in ``topic``."""
    return sorted(path.stem for path in (SOURCES / topic).glob("*.py"))


def topics() -> list[str]:
    """The topics that have students."""
    return sorted(path.name for path in SOURCES.iterdir() if students(path.name))


def build(topic: str, out: Path, root: Path = ROOT) -> list[Path]:
    """Write what each student hands in below ``out``; return the files written.

    The released assignment and its solution are those of the course in ``root``. A
    file that is as it should be is left alone, so that it is not graded again.
    """
    written = []
    for name in students(topic):
        student = Student.read(SOURCES / topic / f"{name}.py")
        for file, data in handed_in(student, topic, root).items():
            path = out / name / topic / file
            if not path.is_file() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                written.append(path)
    return written


def strangers(out: Path) -> list[str]:
    """Who has handed something in below ``out`` and is not of the sample class."""
    own = {name for topic in topics() for name in students(topic)}
    here = {path.name for path in out.glob("*") if path.is_dir()}
    return sorted(here - own)


def handed_in(student: Student, topic: str, root: Path = ROOT) -> Files:
    """The files that ``student`` hands in, by name; raises :class:`ExampleError`."""
    package, cells = _package(student, topic, root)
    file = student.settings.get("file", f"{topic}.ipynb")
    files = {file: _notebook(student, cells, topic, root), **package}
    run = student.settings.get("run")
    if run is None:
        return files
    if run not in RUNS:
        raise ExampleError(f"{student.path}: no run is called {run!r}")
    solution = {**package, **solved(topic, root)}
    found = RUNS[run](solution, package)
    return {**files, **{f"{RUN}/{name}": data for name, data in found.items()}}


def _package(
    student: Student, topic: str, root: Path
) -> tuple[Files, list[NotebookNode]]:
    """The student's package, and the cells that do not go into it."""
    package, theirs = released(topic, root), solved(topic, root)
    if student.settings.get("base") == "blank":
        theirs = {name: package[name] for name in theirs}
    answers = {name: cell.source for cell in student.cells for name in _defined(cell)}
    made, used = answered(theirs, answers)
    for cell in student.cells:
        if len(used & _defined(cell)) > 1:
            raise ExampleError(f"{student.path}: one cell defines {_defined(cell)}")
    left = [cell for cell in student.cells if not used & _defined(cell)]
    return {**package, **made}, left


def _notebook(
    student: Student, cells: list[NotebookNode], topic: str, root: Path
) -> bytes:
    """The notebook, or what the student makes of it, with the answers in ``cells``."""
    notebook = nbformat.read(root / "assignments" / topic / f"{topic}.ipynb", 4)
    if student.settings.get("base") != "blank":
        _answer(notebook, _solutions(root / "solutions" / f"{topic}.py"))
    _add(notebook, _answer(notebook, _answers(student, cells, notebook)))
    tampering = student.settings.get("tampering", "none")
    if tampering not in TAMPERINGS:
        raise ExampleError(f"{student.path}: no tampering is called {tampering!r}")
    result = TAMPERINGS[tampering](notebook)
    return result if isinstance(result, bytes) else nbformat.writes(result).encode()


def _solutions(path: Path) -> list[NotebookNode]:
    """The solved cells of a topic, without the marks around the solution."""
    cells = source_notebook(path).cells
    for cell in cells:
        kept = [
            line
            for line in cell.source.splitlines()
            if line.strip() not in (BEGIN_SOLUTION, END_SOLUTION)
        ]
        cell.source = "\n".join(kept)
    return [cell for cell in cells if _metadata(cell).get("solution")]


def _answers(
    student: Student, cells: list[NotebookNode], notebook: NotebookNode
) -> list[NotebookNode]:
    """The student's ``cells``, each answer marked with the cell that it answers."""
    wanted = {
        _metadata(cell)["grade_id"]
        for cell in notebook.cells
        if _metadata(cell).get("solution")
    }
    for cell in cells:
        names = sorted(_defined(cell) & wanted)
        if len(names) > 1:
            raise ExampleError(f"{student.path}: one cell defines {names}")
        if names:
            cell.metadata["nbgrader"] = {"grade_id": names[0]}
    return cells


def _defined(cell: NotebookNode) -> set[str]:
    """The functions that a cell defines."""
    if cell.cell_type != "code":
        return set()
    body = ast.parse(cell.source).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def _answer(notebook: NotebookNode, cells: list[NotebookNode]) -> list[NotebookNode]:
    """Put the answers among ``cells`` into ``notebook``; return the other cells."""
    answers = {_metadata(cell)["grade_id"]: cell for cell in cells if _metadata(cell)}
    for cell in notebook.cells:
        answer = answers.get(_metadata(cell).get("grade_id", ""))
        if answer is not None:
            cell.source = answer.source
    return [cell for cell in cells if not _metadata(cell)]


def _add(notebook: NotebookNode, cells: list[NotebookNode]) -> None:
    """Insert the ``cells`` that answer nothing where each belongs."""
    for number, cell in enumerate(cells, start=1):
        make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
        added = make(cell.source, id=f"added-{number}")
        names = [_metadata(each).get("grade_id") for each in notebook.cells]
        after = re.fullmatch(r"after (\S+)", cell.metadata.get("title", ""))
        if after is not None:
            place = names.index(after[1]) + 1
        else:
            solution = (bool(_metadata(c).get("solution")) for c in notebook.cells)
            place = list(solution).index(True)
        notebook.cells.insert(place, added)


def _metadata(cell: NotebookNode) -> NotebookNode:
    metadata: NotebookNode = cell.metadata.get("nbgrader", nbformat.from_dict({}))
    return metadata


def main() -> None:
    """Build the class, or the topics named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.build",
        description="Make the notebooks that the sample class hands in.",
    )
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="default: all")
    parser.add_argument("--out", type=Path, default=ROOT / "classroom" / "submitted")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.topics) - set(topics()))
    if unknown:
        parser.error(f"no class for {', '.join(unknown)}; there are: {topics()}")
    others = strangers(arguments.out)
    if others:
        print(
            f"{arguments.out} holds submissions of others, of {others[0]} for one: the "
            "sample class is not mixed in; --out FOLDER puts it elsewhere"
        )
        return
    for topic in arguments.topics or topics():
        written = build(topic, arguments.out)
        everyone = len(students(topic))
        print(f"{topic}: {everyone} submissions, {len(written)} written")


if __name__ == "__main__":
    main()
