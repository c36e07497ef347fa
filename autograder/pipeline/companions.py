"""A package that goes with a notebook: ``solutions/<topic>/`` beside its source.

It is released as ``assignments/<topic>/<topic>/``. Between the marks of a solution a
module holds what a student writes, and is released without it. nbgrader itself
copies a package as it lies there, so that what lies among its sources must be
cleared before.
"""

from __future__ import annotations

import ast
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import ClearSolutions

from autograder.pipeline.course import SourceError
from autograder.pipeline.restoration import SCHEMA


def released_files(package: Path, clearer: ClearSolutions) -> dict[str, bytes]:
    """What students get of ``package``: contents by name, modules cleared.

    Names begin with the package's own. Caches and hidden files stay behind. Raises
    :class:`SourceError`.
    """
    files = {}
    for path in sorted(package.rglob("*")):
        name = path.relative_to(package.parent)
        if any(part[0] == "." or part == "__pycache__" for part in name.parts):
            continue
        if path.is_symlink():
            raise SourceError(f"{path}: a link; a package holds plain files")
        if path.suffix == ".ipynb":
            raise SourceError(f"{path}: nbgrader releases no notebook of a package")
        if path.suffix == ".py":
            files[name.as_posix()] = cleared(path, clearer).encode()
        elif path.is_file():
            content = path.read_bytes()
            if clearer.begin_solution_delimeter.encode() in content:
                raise SourceError(f"{path}: only a .py file can hold a solution")
            files[name.as_posix()] = content
    return files


def cleared(path: Path, clearer: ClearSolutions) -> str:
    """The module in ``path`` with the stub in place of each solution.

    Raises :class:`SourceError`.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise SourceError(f"{path}: is not UTF-8") from None
    _expect_python(text, f"{path}: is not Python")
    begin, end = clearer.begin_solution_delimeter, clearer.end_solution_delimeter
    lines = text.split("\n")
    begins = sum(begin in line for line in lines)
    ends = sum(end in line and begin not in line for line in lines)
    if begins != ends:  # an end without its begin, nbgrader would pass over
        raise SourceError(f"{path}: {begins} times {begin}, but {ends} times {end}")
    if not begins:
        return text
    about = {"schema_version": SCHEMA, "solution": True, "grade": False, "task": False}
    cell = new_code_cell(text, metadata={"nbgrader": about})
    try:
        clearer.preprocess(new_notebook(cells=[cell]), {})
    except RuntimeError as error:
        raise SourceError(f"{path}: {error}") from None
    _expect_python(cell.source, f"{path}: without its solutions, is not Python")
    return str(cell.source)


def _expect_python(text: str, says: str) -> None:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:  # a null byte is a ValueError
        raise SourceError(f"{says}: {error}") from None
