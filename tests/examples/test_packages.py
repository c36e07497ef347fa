"""Does a student of the sample class hand in the package and the run that it should?"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from examples import runs
from examples.build import ExampleError, Student, handed_in
from examples.packages import Files, answered, released, solved

ROOT = Path(__file__).parents[2]
MODULE = b'''"""Two functions."""

import math


def first(x):
    """One."""
    return 1


def second(x):
    return 2
'''


def student(folder: Path, text: str) -> Student:
    """A student's source with this text."""
    path = folder / "somebody.py"
    path.write_text(text, encoding="utf-8")
    return Student.read(path)


def namespace(source: bytes) -> dict[str, object]:
    """What a module defines."""
    made: dict[str, object] = {}
    exec(source, made)
    return made


# The package --------------------------------------------------------------------------


def test_an_answer_takes_the_place_of_its_function() -> None:
    """Are one or both replaced, whole, and all else left as it is?"""
    one = "def first(x):\n    # mine\n    return math.pi\n"
    two = "\n\ndef second(x):\n    return [\n        x,\n    ]"
    files, used = answered({"m.py": MODULE}, {"first": one, "third": "x"})
    assert used == {"first"}
    assert files["m.py"] == MODULE.replace(
        b'def first(x):\n    """One."""\n    return 1\n', one.encode()
    )
    files, used = answered({"m.py": MODULE}, {"first": one, "second": two})
    made = namespace(files["m.py"])
    assert used == {"first", "second"}
    assert made["first"](0) > 3  # type: ignore[operator]
    assert made["second"](4) == [4]  # type: ignore[operator]


def test_the_solution_is_the_release_written_out() -> None:
    """Are the student's modules those without marks, and all of them released?"""
    theirs, package = solved("project", ROOT), released("project", ROOT)
    assert set(theirs) == {
        f"project/{name}.py"
        for name in ("monitors", "recipe", "regularization", "schedule")
    }
    assert theirs.keys() < package.keys()
    for name, content in theirs.items():
        assert b"###" not in content
        assert b"NotImplementedError" in package[name]
        ast.parse(content)
    assert solved("pooling", ROOT) == released("pooling", ROOT) == {}


def test_a_student_answers_in_a_module(tmp_path: Path) -> None:
    """Is the answer in the package, in the notebook nothing of it, and no run made?"""
    text = '"""Somebody."""\n\n# %%\ndef choose(trials):\n    return trials[7]\n'
    files = handed_in(student(tmp_path, text), "project", ROOT)
    assert b"return trials[7]" in files["project/recipe.py"]
    assert b"trials[7]" not in files["project.ipynb"]
    assert (
        files["project/monitors.py"] == solved("project", ROOT)["project/monitors.py"]
    )
    assert not [name for name in files if name.startswith("run/")]
    blank = handed_in(student(tmp_path, '"""S.\n\nbase: blank\n"""'), "project", ROOT)
    assert blank["project/recipe.py"] == released("project", ROOT)["project/recipe.py"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('"""S.\n\nrun: marathon\n"""', "no run is called 'marathon'"),
        (
            '"""S."""\n# %%\ndef choose(t): pass\ndef coarse_space(r): pass\n',
            "one cell defines",
        ),
    ],
    ids=["run", "cell"],
)
def test_a_source_that_breaks_a_rule_is_named(
    text: str, says: str, tmp_path: Path
) -> None:
    """Does the message name the file and the rule?"""
    with pytest.raises(ExampleError, match=rf"somebody\.py.*{says}"):
        handed_in(student(tmp_path, text), "project", ROOT)


# The run ------------------------------------------------------------------------------


def trial(number: int, accuracy: float | None) -> runs.Record:
    """A trial of the coarse search."""
    about = {"record": "trial", "step": "coarse", "id": f"coarse-{number:04d}"}
    return {**about, "epochs": [{"validation_accuracy": accuracy}]}


LEDGER = [
    trial(0, 0.9),
    trial(1, None),
    trial(2, 0.8),
    {"record": "decision", "step": "final"},
    {"record": "decision", "step": "test", "mean": 0.9},
]


@pytest.fixture
def carried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the package's command line was asked for; it writes a ledger at once."""
    asked: list[object] = []

    def carry_out(package: Files, folder: Path, *words: str) -> None:
        asked.append((package["m.py"], words))
        folder.mkdir(exist_ok=True)
        ledger = folder / runs.LEDGER
        before = ledger.read_bytes() if ledger.is_file() else b""
        ledger.write_bytes(before or runs._lines(LEDGER))
        (folder / "left").write_bytes(before)

    monkeypatch.setattr(runs, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(runs, "_carry_out", carry_out)
    return asked


def test_a_run_is_made_once(carried_out: list[object]) -> None:
    """Is it kept for whoever has the same package, and made anew for another?"""
    for package in (b"1", b"1", b"2"):
        files = runs.honest({"m.py": package}, {"m.py": b"another"})
        assert files[runs.LEDGER] == runs._lines(LEDGER)
    assert carried_out == [(b"1", ("all",)), (b"2", ("all",))]
    assert len(list(runs.KEPT.iterdir())) == 2  # and nothing half made


def test_what_is_polished_is_gone(carried_out: list[object]) -> None:
    """Are the worst trial and the true mean no longer in the ledger?"""
    files = runs.prettier({"m.py": b"1"}, {})
    left = [json.loads(line) for line in files[runs.LEDGER].splitlines()]
    assert [each.get("id") for each in left[:2]] == ["coarse-0000", "coarse-0002"]
    assert left[-1]["mean"] == pytest.approx(0.91)
    assert len(carried_out) == 1


def test_an_own_choice_begins_where_the_curves_are_read(
    carried_out: list[object],
) -> None:
    """Has the student's package the ledger of the class, up to its last step?"""
    files = runs.own_choice({"m.py": b"1"}, {"m.py": b"mine"})
    assert set(carried_out) == {(b"1", ("all",)), (b"mine", ("final", "--resume"))}
    assert files["left"] == runs._lines(LEDGER[:3])


def test_a_run_that_fails_is_told_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the command line's own message the error, and the place left empty?"""
    monkeypatch.setattr(runs, "KEPT", tmp_path / "kept")
    package = {"project/__init__.py": b"", "project/__main__.py": b"1 / 0\n"}
    with pytest.raises(runs.RunFailed, match="ZeroDivisionError"):
        runs.honest(package, {})
    assert list(runs.KEPT.iterdir()) == []
