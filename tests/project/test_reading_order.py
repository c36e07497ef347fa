"""The table of modules that the package begins with, and the examples in modules."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import project
import pytest

HOME = Path(project.__file__).parent


def test_the_table_names_every_module_once() -> None:
    """Is each module of the folder in the reading order, and no other?"""
    listed = re.findall(r"^`(\w+\.py)`  +\S", project.__doc__, re.MULTILINE)
    there = {path.name for path in HOME.glob("*.py")} - {"__init__.py"}
    assert len(listed) == len(set(listed))
    assert set(listed) == there


def test_a_student_finds_what_is_to_be_written() -> None:
    """Are the modules called yours those that have a solution in them?"""
    yours = set(re.findall(r"`(\w+\.py)`  +yours:", project.__doc__))
    solved = {
        path.name
        for path in HOME.glob("*.py")
        if "### BEGIN SOLUTION" in path.read_text(encoding="utf-8")
    }
    assert yours == solved


@pytest.mark.parametrize(
    "name",
    [
        "augment",
        "averaging",
        "device",
        "final",
        "loop",
        "model",
        "optimizer",
        "schedule",
        "search",
    ],
)
def test_examples(name: str) -> None:
    """Do the examples give what they say, where no other test asks?"""
    results = doctest.testmod(importlib.import_module(f"project.{name}"))
    assert results.attempted > 0
    assert results.failed == 0
