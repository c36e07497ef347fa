"""Does `autograder report` write what it says, and refuse what it must?"""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from autograder.cli import main
from tests.report.conftest import STUDENTS, TOPIC, Graded
from tests.sandbox import needs_sandbox

TABLES = ["students.csv", "checks.csv", "mistakes.csv", "alike.csv"]
EXPORTS = ["nbgrader.csv", "canvas.csv", "moodle.csv"]


@pytest.fixture
def inside(graded: Graded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the graded course, as the current folder."""
    root = tmp_path / "course"
    shutil.copytree(graded.course.root, root)
    monkeypatch.chdir(root)
    return root


@needs_sandbox
def test_it_writes_the_page_and_the_tables(
    inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Are all files there, named in the output, and of this class?"""
    assert main(["report"]) == 0
    out = inside / "classroom" / "report"
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["index.html", *TABLES, *EXPORTS]
    )
    said = capsys.readouterr().out
    assert f"The page: {out / 'index.html'}" in said
    text = (out / "index.html").read_text(encoding="utf-8")
    for words in ("Noether, Emmy (perfect)", "p is read as", "dropout_forward"):
        assert words in text, words
    with (out / "students.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["student"] for row in rows} == {
        "Noether, Emmy (perfect)" if name == "perfect" else name for name in STUDENTS
    } | {"Ann (absent)"}
    assert rows[-1]["share"] == "1.0"
    with (out / "checks.csv").open(encoding="utf-8", newline="") as file:
        checks = list(csv.DictReader(file))
    assert [row["judged"] for row in checks] == ["4"] * 4
    assert main(["report", TOPIC]) == 0  # again, over the old files


@needs_sandbox
def test_without_names_there_are_no_exports(inside: Path) -> None:
    """Is no id in any file, and is the folder another one?"""
    assert main(["report", "--anonymous"]) == 0
    out = inside / "classroom" / "report-anonymous"
    assert sorted(p.name for p in out.iterdir()) == sorted(["index.html", *TABLES])
    for path in out.iterdir():
        text = path.read_text(encoding="utf-8")
        for name in (*STUDENTS, "Emmy", "Noether", "absent"):
            if name not in {"blank", "perfect"}:  # words of the page, too
                assert name not in text.replace("mask_forgotten", ""), path


@needs_sandbox
def test_a_report_without_names_never_joins_one_with_them(
    inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is a folder with exports refused, and nothing of it touched?"""
    assert main(["report", "--out", "shared"]) == 0
    before = (inside / "shared" / "index.html").read_bytes()
    assert main(["report", "--anonymous", "--out", "shared"]) == 2
    assert "name another folder" in capsys.readouterr().err
    assert (inside / "shared" / "index.html").read_bytes() == before


@needs_sandbox
def test_for_machines(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is --json all that is printed, and the same as the page's numbers?"""
    assert main(["report", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["students"] == len(STUDENTS) + 1
    assert told["hand_ins"] == len(STUDENTS)
    assert told["checks"][0]["check"]["name"] == "check-dropout_forward"
    assert {each["slip"]["mistake"] for each in told["mistakes"]} >= {
        "p_read_as_drop_rate"
    }


@needs_sandbox
def test_misuse_is_said_in_a_line(
    inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Do an unknown topic and a spoiled key end with what to do?"""
    assert main(["report", "nonsense"]) == 2
    assert "knows no topic nonsense" in capsys.readouterr().err
    (inside / "classroom" / "pseudonyms.key").write_bytes(b"")
    assert main(["report", "--anonymous"]) == 2
    assert "move it away" in capsys.readouterr().err
