"""Does anything outside the sandbox execute or unpickle what comes out of it?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import autograder

PACKAGE = Path(autograder.__file__).parent
# The agent and what loads it run inside, on what the judge sends.
INSIDE = {PACKAGE / "judge" / "agent.py"}
OUTSIDE = sorted(
    path
    for room in ("judge", "sandbox", "pipeline", "cli")
    for path in (PACKAGE / room).glob("*.py")
    if path not in INSIDE
)
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
CALLS = {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize(
    "path", OUTSIDE, ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_no_code_and_no_pickle_is_read_outside(path: Path) -> None:
    """Is there no import of a pickler, no eval, no exec, no shell?"""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                imported = {alias.name.partition(".")[0] for alias in names}
                assert not imported & MODULES
            case ast.ImportFrom(module=str(module)):
                assert module.partition(".")[0] not in MODULES
            case ast.Call(func=ast.Name(id=name)):
                assert name not in CALLS
            case ast.keyword(
                arg="allow_pickle" | "shell", value=ast.Constant(value=on)
            ):
                assert not on
            case _:
                pass


def test_there_is_something_to_look_at() -> None:
    """Are the judge's and the sandbox's files among those looked at?"""
    names = {path.name for path in OUTSIDE}
    assert {"wire.py", "kernel.py", "session.py", "remote.py", "judging.py"} <= names
