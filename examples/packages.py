"""The package that a student of the sample class hands in beside a notebook.

It is the released one. In its modules that are a student's to write, a function is as
``solutions/<topic>/`` has it, unless the student answers it, or leaves all blank.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from autograder.pipeline.release import BEGIN_SOLUTION, END_SOLUTION

Files = dict[str, bytes]


def released(topic: str, root: Path) -> Files:
    """The package of ``topic`` as it is released in the course in ``root``, or none."""
    folder = root / "assignments" / topic
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / topic).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def solved(topic: str, root: Path) -> Files:
    """The modules with a solution in them, without the marks around it."""
    folder = root / "solutions"
    found = {}
    for path in sorted((folder / topic).rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [each for each in lines if each.strip() not in _MARKS]
        if len(kept) < len(lines):
            name = path.relative_to(folder).as_posix()
            found[name] = "".join(kept).encode()
    return found


def answered(files: Files, answers: Mapping[str, str]) -> tuple[Files, set[str]]:
    """The ``files`` with the functions that ``answers`` names replaced, and which."""
    made, used = dict(files), set()
    for name, content in files.items():
        text = content.decode()
        functions = {
            node.name: node
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef)
        }
        lines = text.splitlines()
        # From the last to the first, so that the places of the others stay.
        for function in sorted(functions.values(), key=lambda f: -f.lineno):
            if function.name in answers:
                place = slice(function.lineno - 1, function.end_lineno)
                lines[place] = answers[function.name].strip("\n").splitlines()
                used.add(function.name)
        made[name] = ("\n".join(lines) + "\n").encode()
    return made, used


_MARKS = (BEGIN_SOLUTION, END_SOLUTION)
