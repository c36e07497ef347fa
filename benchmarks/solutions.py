"""The reference solutions as sources and as namespaces, for everything that tries them.

A topic's functions stand in the cells of its notebook, or, where students work in a
package beside it, in the modules of ``solutions/<topic>/``, of which ``checked.py`` has
every function as the checks ask for it.

Nothing of the book or of the assignments reads this: it belongs to the experiments
that prove the checks.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.checks import all_checks
from autograder.pipeline.course import Course
from autograder.pipeline.release import BEGIN_SOLUTION, END_SOLUTION, source_notebook

# Where a function is checked by another name than the one in its module.
CHECKED_AS = {"project": {"update_ratio": "network_update_ratio"}}


@cache
def sources(topic: str) -> dict[str, str]:
    """The source of each function of ``topic`` that a student writes, by its name.

    The marks around the solution stay: what lies between them is the student's.
    """
    found = {}
    for cell in source_notebook(Course.here().solutions / f"{topic}.py").cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            names = [
                node.name
                for node in ast.parse(cell.source).body
                if isinstance(node, ast.FunctionDef)
            ]
            found[names[-1]] = cell.source
    names_of_checks = CHECKED_AS.get(topic, {})
    for text in modules(topic).values():
        for name, source in _solved_functions(text):
            found[names_of_checks.get(name, name)] = source
    return found


@cache
def modules(topic: str) -> dict[str, str]:
    """The texts of the package that belongs to ``topic``, by name; of most, none."""
    folder = Course.here().solutions / topic
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("*.py"))
    }


def _solved_functions(text: str) -> Iterator[tuple[str, str]]:
    """Each function of a module with a solution in it, up to the end of that."""
    lines = text.splitlines(keepends=True)
    starts = [node.lineno - 1 for node in ast.parse(text).body] + [len(lines)]
    for node, end in zip(ast.parse(text).body, starts[1:], strict=True):
        own = lines[node.lineno - 1 : end]
        stripped = [line.strip() for line in own]
        if isinstance(node, ast.FunctionDef) and BEGIN_SOLUTION in stripped:
            yield node.name, "".join(own[: stripped.index(END_SOLUTION) + 1])


def namespace(topic: str, changed: dict[str, str] | None = None) -> dict[str, Any]:
    """All functions of ``topic`` in one namespace, as in a notebook that was run.

    ``changed`` maps names to other sources for them.
    """
    import numpy as np

    result: dict[str, Any] = {"np": np}
    texts = modules(topic)
    if texts:
        for name, source in (changed or {}).items():
            was = sources(topic)[name]
            texts = {stem: text.replace(was, source) for stem, text in texts.items()}
        return result | vars(_imported(topic, texts))
    for name, source in {**sources(topic), **(changed or {})}.items():
        exec(compile(source, f"<{name}>", "exec"), result)
    return result


def _imported(package: str, texts: dict[str, str]) -> ModuleType:
    """The module ``checked`` of a package with these texts, imported afresh.

    What was imported under these names before is there again afterwards.
    """
    finder = _Texts(Course.here().solutions / package, texts)
    with _set_aside(package):
        sys.meta_path.insert(0, finder)
        try:
            return importlib.import_module(f"{package}.checked")
        finally:
            sys.meta_path.remove(finder)


@contextmanager
def _set_aside(package: str) -> Iterator[None]:
    """Take a package out of the imported modules for a while."""

    def taken() -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.split(".")[0] == package]
        return {name: sys.modules.pop(name) for name in names}

    before = taken()
    try:
        yield
    finally:
        taken()
        sys.modules.update(before)


class _Texts(MetaPathFinder, SourceLoader):
    """Imports the modules of the package in ``folder`` from texts instead of files."""

    def __init__(self, folder: Path, texts: dict[str, str]) -> None:
        self.folder = folder
        self.texts = texts

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None = None,
        _target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Say where a module of the package is, and nothing of any other."""
        package, *_ = fullname.split(".")
        if package != self.folder.name or not self._has(fullname):
            return None
        inside = [str(self.folder)] if fullname == self.folder.name else None
        path = self.get_filename(fullname)
        return spec_from_file_location(
            fullname, path, loader=self, submodule_search_locations=inside
        )

    def get_filename(self, fullname: str) -> str:
        """Say which file it would come from."""
        return str(self.folder / f"{self._stem(fullname)}.py")

    def get_data(self, path: str | bytes) -> bytes:
        """Give the text instead of what is in the file."""
        return self.texts[Path(str(path)).stem].encode()

    def _has(self, fullname: str) -> bool:
        return self._stem(fullname) in self.texts

    @staticmethod
    def _stem(fullname: str) -> str:
        return fullname.partition(".")[2] or "__init__"


def topics() -> list[str]:
    """Every topic that has a solution and checks."""
    checked = {check.topic for check in all_checks().values()}
    return [topic for topic in Course.here().topics() if topic in checked]
