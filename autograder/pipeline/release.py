"""From ``solutions/<topic>.py`` to the notebook that students open.

The source is a percent-format notebook that says nothing of nbgrader: what a cell is
follows from what it holds. A cell with ``### BEGIN SOLUTION`` is a student's, a
single line ``check(f)  # 10 points`` carries points, and so does one that reads
``check_run("run")  # 40 points``; any other code is given and locked. A folder beside
it that bears its name is the package that goes with it.
"""

from __future__ import annotations

import ast
import filecmp
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from autograder.examining import catalog
from autograder.judge.grading import (
    NotACheckError,
    functions_checked,
    run_checked,
)
from autograder.pipeline.companions import released_files
from autograder.pipeline.course import Course, CourseError, SourceError
from autograder.pipeline.restoration import SCHEMA
from autograder.rendering import book_root

BEGIN_SOLUTION = "### BEGIN SOLUTION"
END_SOLUTION = "### END SOLUTION"
TOTAL = 100


def source_notebook(path: Path) -> NotebookNode:
    """The notebook of a percent-format source, with nbgrader's metadata derived.

    Raises :class:`SourceError`.
    """
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        }
    )
    counts = {"prose": 0, "given": 0}
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type != "code":
            counts["prose"] += 1
            cell.id = f"prose-{counts['prose']}"
            cell.source = cell.source.replace("](BOOK/", f"]({book_root()}/")
            continue
        derived = _derived(cell.source, path)
        if not derived["solution"] and not derived["grade"]:
            counts["given"] += 1
            derived["grade_id"] = f"given-{counts['given']}"
        cell.metadata["nbgrader"] = derived
        cell.id = derived["grade_id"]
        cell.outputs, cell.execution_count = [], None
    _expect_sound(notebook, path)
    notebook.nbformat_minor = 5
    return notebook


def _derived(source: str, path: Path) -> dict[str, Any]:
    """The metadata of nbgrader for a code cell, from what it holds."""
    metadata: dict[str, Any] = {
        "grade": False,
        "grade_id": "",
        "locked": True,
        "schema_version": SCHEMA,
        "solution": False,
        "task": False,
    }
    if BEGIN_SOLUTION in source:
        try:
            body = ast.parse(source).body
        except SyntaxError as error:
            raise SourceError(
                f"{path}: a solution cell is not Python: {error}"
            ) from None
        names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
        if not names:
            raise SourceError(f"{path}: a solution cell defines no function: {source}")
        return metadata | {"grade_id": names[0], "locked": False, "solution": True}
    if re.match(r"check(_run)?\(", source):
        folder = run_checked(source)
        try:
            names = [folder] if folder else functions_checked(source)
        except NotACheckError as error:
            raise SourceError(f"{path}: {error}") from None
        points = re.search(r"#\s*(\d+) points?\s*$", source)
        if points is None:
            raise SourceError(f"{path}: say the points: `{source}  # 10 points`")
        return metadata | {
            "grade": True,
            "grade_id": "check-" + "-".join(names),
            "points": int(points[1]),
        }
    return metadata


def _expect_sound(notebook: NotebookNode, path: Path) -> None:
    """Raise a :class:`SourceError` unless points and functions add up."""
    first = notebook.cells[0].source if notebook.cells else ""
    if not first.startswith("# "):
        raise SourceError(f"{path}: the first cell must be prose with a title, `# …`")
    ids = [cell.id for cell in notebook.cells]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise SourceError(f"{path}: defined or checked twice: {', '.join(twice)}")
    graded = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    total = sum(cell.metadata["nbgrader"]["points"] for cell in graded)
    if total != TOTAL:
        raise SourceError(f"{path}: the points add up to {total}, not to {TOTAL}")
    checked = {
        name
        for cell in graded
        if not run_checked(cell.source)
        for name in functions_checked(cell.source)
    }
    expected = {name for name, topic in catalog().items() if topic == path.stem}
    if checked != expected:
        raise SourceError(
            f"{path}: checks {sorted(checked - expected)} beyond its topic, "
            f"leaves out {sorted(expected - checked)}"
        )


def release(course: Course, topics: list[str], db_url: str = "") -> list[Path]:
    """Build the sources of ``topics`` and release them; return the notebooks.

    ``db_url`` names another gradebook than the course's. Raises
    :class:`CourseError`.
    """
    nbgrader = course.nbgrader(db_url)
    clearer = ClearSolutions(config=nbgrader.config)
    released = []
    for topic in topics:
        path = course.solutions / f"{topic}.py"
        if not path.is_file():
            known = ", ".join(course.topics())
            raise CourseError(f"no topic {topic!r}; there are: {known}")
        notebook = source_notebook(path)
        package = released_files(course.solutions / topic, clearer)
        source = course.source / topic
        if source.exists():
            shutil.rmtree(source)  # with what its sources no longer have
        source.mkdir(parents=True)
        nbformat.write(notebook, source / f"{topic}.ipynb")
        for name, content in package.items():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        # Without force a stale release would be kept.
        result = nbgrader.generate_assignment(topic, force=True, create=True)
        if not result["success"]:
            raise CourseError(f"nbgrader could not release {topic}:\n{result['log']}")
        released.append(course.assignments / topic / f"{topic}.ipynb")
    return released


def drift(course: Course, topics: list[str]) -> list[str]:
    """The topics whose committed assignment is not what its source gives."""
    with tempfile.TemporaryDirectory(prefix="tuned-") as folder:
        scratch = Course(Path(folder))
        shutil.copytree(course.solutions, scratch.solutions)
        shutil.copy(course.root / "nbgrader_config.py", scratch.root)
        fresh_ones = release(scratch, topics, f"sqlite:///{folder}/gradebook.db")
        return [
            topic
            for topic, fresh in zip(topics, fresh_ones, strict=True)
            if not _same_folder(fresh.parent, course.assignments / topic)
        ]


def _same_folder(one: Path, other: Path) -> bool:
    if not other.is_dir():
        return False
    compared = filecmp.dircmp(one, other, ignore=[".ipynb_checkpoints", "__pycache__"])
    if compared.left_only or compared.right_only or compared.common_funny:
        return False
    _, different, unreadable = filecmp.cmpfiles(
        one, other, compared.common_files, shallow=False
    )
    return not (different or unreadable) and all(
        _same_folder(one / name, other / name) for name in compared.common_dirs
    )
