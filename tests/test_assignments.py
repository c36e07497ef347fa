"""Is anything of the solutions in what students open?"""

from __future__ import annotations

import json
import keyword
import re
from pathlib import Path

import pytest

from autograder.pipeline.release import BEGIN_SOLUTION, END_SOLUTION

ROOT = Path(__file__).resolve().parents[1]
TOPICS = sorted(path.stem for path in (ROOT / "solutions").glob("*.py"))


def is_keyword(line: str) -> bool:
    """Whether a line is `break`, or `else:`, or `return {`, and gives nothing away."""
    opened = re.fullmatch(r"(return|raise \w+|\w+ =) ?[(\[{]", line)
    return keyword.iskeyword(line.rstrip(":")) or opened is not None


def sources(topic: str) -> list[Path]:
    """The topic's notebook, and the modules of its package where it has one."""
    folder = ROOT / "solutions"
    return [folder / f"{topic}.py", *sorted((folder / topic).rglob("*.py"))]


def solution_lines(topic: str) -> set[str]:
    """Every line that says anything between the marks, without its indentation."""
    lines, inside = set(), False
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources(topic))
    for line in map(str.strip, text.splitlines()):
        if line in (BEGIN_SOLUTION, END_SOLUTION):
            inside = line == BEGIN_SOLUTION
        elif inside and any(map(str.isalpha, line)) and not is_keyword(line):
            lines.add(line)
    assert len(lines) > 10
    return lines


def released_lines() -> set[str]:
    """Every line of every file under assignments/, notebooks read cell by cell."""
    lines: set[str] = set()
    for path in (ROOT / "assignments").rglob("*"):
        left = {".ipynb_checkpoints", "__pycache__"} & {*path.parts}
        if not path.is_file() or left:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join("".join(cell["source"]) for cell in cells)
        lines |= {line.strip() for line in text.splitlines()}
    assert len(lines) > 100
    return lines


@pytest.mark.parametrize("topic", TOPICS)
def test_no_line_of_a_solution_is_released(topic: str) -> None:
    """Is no line of any solution in any file under assignments/?"""
    assert sorted(solution_lines(topic) & released_lines()) == []
