"""Is what the guide of the project says true: commands, files, links, the ledger?"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from autograder.pipeline.release import BEGIN_SOLUTION, source_notebook
from benchmarks.solutions import CHECKED_AS, modules, sources

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "solutions" / "project.py"
TEXT = re.sub(r"(?m)^# ?", "", GUIDE.read_text(encoding="utf-8"))
STEPS = ["initial_loss", "overfit", "rate", "coarse", "refine", "curves", "final"]


def test_every_step_has_its_command_in_order() -> None:
    """Is each step carried out once, by a word that the command line knows?"""
    words = re.findall(r"(?m)^python -m project (\w+) .*--out run --resume$", TEXT)
    assert words == ["overfit", *STEPS[1:]]  # overfit: in the introduction as well
    main = ast.parse(modules("project")["__main__"])
    steps = next(
        ast.literal_eval(node.value)
        for node in main.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "STEPS"
    )
    assert list(steps) == STEPS
    for step in STEPS:
        assert f'look("{step}")' in TEXT


def test_the_four_files_are_those_with_something_to_write() -> None:
    """Does the guide name every module that holds a student's part, and no other?"""
    yours = {
        f"{name}.py"
        for name, text in modules("project").items()
        if BEGIN_SOLUTION in text
    }
    table = set(re.findall(r"(?m)^\| `project/(\w+\.py)`", TEXT))
    assert table == yours
    end = TEXT[TEXT.index("## What to hand in") :]
    assert yours <= set(re.findall(r"`(\w+\.py)`", end))


def test_the_guide_says_where_each_function_is_written() -> None:
    """Is there a line *Write `f` in `file`* for each function, in its own module?"""
    said = {}
    for names, module in re.findall(r"Write (.+?)\s+in\s+`(\w+)\.py`", TEXT):
        said |= dict.fromkeys(re.findall(r"`(\w+)`", names), module)
    renamed = {new: old for old, new in CHECKED_AS["project"].items()}
    names = {renamed.get(name, name) for name in sources("project")}
    assert said.keys() == names
    for name, module in said.items():
        assert f"def {name}(" in modules("project")[module]


def test_links_lead_to_sections_of_the_book() -> None:
    """Does each link's chapter exist, and its anchor there?"""
    links = re.findall(r"\]\(BOOK/(\w+)\.html(?:#([\w-]+))?\)", TEXT)
    assert len(links) > 15
    for chapter, anchor in links:
        text = (ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8")
        assert not anchor or f"\n({anchor})=\n" in text


@pytest.fixture
def ledger_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The cell that reads the ledger, run in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    shown: list[Any] = []
    names: dict[str, Any] = {
        "json": json,
        "Path": Path,
        "Image": lambda path: path,
        "display": shown.append,
        "shown": shown,
    }
    cells = [cell.source for cell in source_notebook(GUIDE).cells]
    exec(next(cell for cell in cells if "def look(" in cell), names)
    return names


def test_before_the_first_step_nothing_is_there(
    ledger_cell: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Does a cell that looks too early say so, and nothing worse?"""
    ledger_cell["look"]("rate")
    assert capsys.readouterr().out == "rate: not done yet\n"
    assert ledger_cell["shown"] == []


def test_a_decision_and_its_picture_are_shown(
    ledger_cell: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Are decisions of the step told, others not, long ones cut, a torn line left?"""
    run = Path("run")
    (run / "curves").mkdir(parents=True)
    (run / "curves" / "coarse.png").write_bytes(b"")
    lines = [
        {"record": "trial", "step": "coarse", "id": "coarse-0000"},
        {"record": "decision", "step": "coarse", "time": "now", "best": "coarse-0000"},
        {"record": "decision", "step": "coarse", "best": "x", "trials": ["y"] * 999},
        {"record": "decision", "step": "rate", "start": 0.1},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (run / "ledger.jsonl").write_text(text + '{"record": "deci')
    ledger_cell["look"]("coarse")
    out = capsys.readouterr().out
    assert 'coarse, decision 1 of 2:\n  best: "coarse-0000"\n' in out
    assert "decision 2 of 2" in out
    assert "0.1" not in out
    assert "now" not in out
    assert max(map(len, out.splitlines())) < 330
    assert ledger_cell["shown"] == [run / "curves" / "coarse.png"]
    assert [each["id"] for each in ledger_cell["records"]("trial", "coarse")] == [
        "coarse-0000"
    ]
