"""The reference solutions as sources and as namespaces, for everything that tries them.

Nothing of the book or of the assignments reads this: it belongs to the experiments
that prove the checks.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

from autograder.checks import all_checks
from autograder.pipeline.course import Course
from autograder.pipeline.release import source_notebook


@cache
def sources(topic: str) -> dict[str, str]:
    """The source of each function of ``topic`` that a student writes, by its name.

    The marks around the solution stay: what lies between them is the student's.
    """
    path = Course.here().solutions / f"{topic}.py"
    found = {}
    for cell in source_notebook(path).cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            names = [
                node.name
                for node in ast.parse(cell.source).body
                if isinstance(node, ast.FunctionDef)
            ]
            found[names[-1]] = cell.source
    return found


def namespace(topic: str, changed: dict[str, str] | None = None) -> dict[str, Any]:
    """All functions of ``topic`` in one namespace, as in a notebook that was run.

    ``changed`` maps names to other sources for them.
    """
    import numpy as np

    result: dict[str, Any] = {"np": np}
    for name, source in {**sources(topic), **(changed or {})}.items():
        exec(compile(source, f"<{name}>", "exec"), result)
    return result


def topics() -> list[str]:
    """Every topic that has a solution and checks."""
    checked = {check.topic for check in all_checks().values()}
    return [topic for topic in Course.here().topics() if topic in checked]
