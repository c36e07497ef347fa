"""The ledger: nothing in it is lost, doubled or changed, whoever dies when."""

from __future__ import annotations

import doctest
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from project import files, ledger
from project.ledger import Ledger, LedgerError, cleaned

SOLUTIONS = Path(ledger.__file__).parents[1]
WRITER = """
import sys
from pathlib import Path
from project.ledger import Ledger

name, count = sys.argv[2], int(sys.argv[3])
ledger = Ledger(Path(sys.argv[1]))
for number in range(count):
    text = name * (number % 7000)
    ledger.append({"record": "trial", "step": "coarse", "id": f"{name}{number}",
                   "text": text})
    if number == 5:
        print("going", flush=True)
"""


def trial(name: str, **more: Any) -> dict[str, Any]:
    """The shortest trial that the ledger takes."""
    return {
        "record": "trial",
        "step": name.split("-", maxsplit=1)[0],
        "id": name,
        **more,
    }


def decision(step: str, **more: Any) -> dict[str, Any]:
    """The shortest decision that the ledger takes."""
    return {"record": "decision", "step": step, **more}


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """Start a process that appends that many trials."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        env={**os.environ, "PYTHONPATH": str(SOLUTIONS)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger may be."""
    return tmp_path / "ledger.jsonl"


def test_examples() -> None:
    """Do the examples in the modules hold?"""
    for module in (ledger, files):
        assert doctest.testmod(module).failed == 0


def test_records_are_found_again(path: Path) -> None:
    """Does a later process find trials and decisions by step and by id, in order?"""
    first = Ledger(path)
    for record in (
        decision("initial_loss", losses=[2.3]),
        trial("coarse-0000"),
        trial("coarse-0001"),
        decision("coarse", best="coarse-0001"),
        decision("coarse", best="coarse-0000"),
        trial("refine-0000"),
    ):
        first.append(record)
    for reader in (first, Ledger(path)):
        assert len(reader.records()) == 6
        assert [t["id"] for t in reader.trials("coarse")] == [
            "coarse-0000",
            "coarse-0001",
        ]
        assert len(reader.trials()) == 3
        assert reader.trial("refine-0000") == trial("refine-0000")
        assert reader.trial("final-0000") is None
        assert reader.decision("coarse") == decision("coarse", best="coarse-0000")
        assert reader.decision("test") is None
        assert len(reader.decisions()) == 3


def test_a_line_is_json_of_anyone(path: Path) -> None:
    """Is a record one line of strict JSON in UTF-8, with null for NaN and infinity?"""
    values = (1.5, float("nan"), float("inf"), -float("inf"))
    Ledger(path).append(trial("a", text="ä\n\u2028", values=values, more={"x": None}))
    (line,) = path.read_text(encoding="utf-8").split("\n")[:-1]
    assert json.loads(line) == trial(
        "a", text="ä\n\u2028", values=[1.5, None, None, None], more={"x": None}
    )
    assert "ä" in line


def test_two_see_each_other(path: Path) -> None:
    """Does an open ledger see what another one appends meanwhile?"""
    one, other = Ledger(path), Ledger(path)
    one.append(trial("coarse-0000"))
    assert other.trial("coarse-0000") is not None
    other.append(trial("coarse-0001"))
    assert [t["id"] for t in one.trials()] == ["coarse-0000", "coarse-0001"]


def test_no_trial_twice(path: Path) -> None:
    """Is a second trial of the same id refused, from another process too?"""
    one, other = Ledger(path), Ledger(path)
    one.append(trial("final-0000"))
    for each in (one, other, Ledger(path)):
        with pytest.raises(LedgerError, match=r"final-0000 is in .* already"):
            each.append(trial("final-0000"))
    assert len(path.read_bytes().splitlines()) == 1


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"record": "trail", "step": "coarse", "id": "a"},
        {"record": "trial", "step": "coarse"},
        {"record": "trial", "step": "coarse", "id": 3},
        {"record": "decision"},
        {"record": ["trial"], "step": "coarse"},
        [],
        "text",
    ],
)
def test_what_is_no_record_stays_out(path: Path, record: Any) -> None:
    """Is something refused that nobody could find again, and the file left alone?"""
    with pytest.raises(LedgerError, match="neither a trial with its id nor a decision"):
        Ledger(path).append(record)
    assert path.read_bytes() == b""


@pytest.mark.parametrize("value", [{1: 2}, {1, 2}, b"bytes", Path("a"), object])
def test_what_is_no_json_stays_out(path: Path, value: Any) -> None:
    """Is a value refused that JSON does not have, rather than written as some text?"""
    with pytest.raises(TypeError):
        Ledger(path).append(decision("rate", value=value))
    assert path.read_bytes() == b""


def test_numbers_of_numpy_and_truth_values() -> None:
    """Do NumPy's floats come out as plain ones, and True as true?"""
    import numpy as np

    assert cleaned([np.float64(0.5), True, 10**20]) == [0.5, True, 10**20]
    assert type(cleaned(np.float64(0.5))) is float


@pytest.mark.parametrize("torn", [b"{", b'{"record": "trial", "id": "b', b"\0" * 9000])
def test_a_torn_last_line_is_cut_off(path: Path, torn: bytes) -> None:
    """Is what a crash left of the last line gone on opening, and the rest whole?"""
    Ledger(path).append(trial("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    opened = Ledger(path)
    assert path.read_bytes() == whole
    opened.append(trial("b"))
    assert [t["id"] for t in Ledger(path).trials()] == ["a", "b"]


def test_nothing_but_a_torn_line(path: Path) -> None:
    """Is a ledger usable of which only a torn line is there?"""
    path.write_bytes(b'{"record"')
    Ledger(path).append(trial("a"))
    assert len(Ledger(path).records()) == 1


def test_a_torn_line_of_another_is_cut_off(path: Path) -> None:
    """Does a line that another process left torn not spoil the next one?"""
    opened = Ledger(path)
    opened.append(trial("a"))
    with path.open("ab") as file:
        file.write(b'{"record": "tri')
    assert len(opened.records()) == 1
    opened.append(trial("b"))
    assert [t["id"] for t in Ledger(path).trials()] == ["a", "b"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"record": "trial", "step": "a", "id": "b", "loss": NaN}',
        b'{"record": "trial", "step": "a"}',
    ],
)
def test_a_damaged_line_is_named(path: Path, line: bytes) -> None:
    """Is a whole line that is no record an error that says where, and nothing cut?"""
    Ledger(path).append(trial("a"))
    damaged = path.read_bytes() + line + b"\n"
    path.write_bytes(damaged)
    with pytest.raises(LedgerError, match=r"ledger.jsonl, line 2 is"):
        Ledger(path)
    assert path.read_bytes() == damaged


def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a line that the disk takes only in part taken back, and said?"""
    opened = Ledger(path)
    opened.append(trial("a"))
    whole = path.read_bytes()
    real: Callable[[int, bytes], int] = os.write
    with monkeypatch.context() as patched:
        patched.setattr(ledger.os, "write", lambda to, line: real(to, line[:9]))
        with pytest.raises(LedgerError, match="no room"):
            opened.append(trial("b"))
    assert path.read_bytes() == whole
    opened.append(trial("b"))
    assert len(Ledger(path).records()) == 2


def test_no_place_for_a_ledger(tmp_path: Path) -> None:
    """Is a folder that is missing, or a folder in its place, an error in words?"""
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "missing" / "ledger.jsonl", tmp_path / "folder"):
        with pytest.raises(LedgerError, match=f"{place.name}: "):
            Ledger(place)


def test_many_write_at_once(path: Path) -> None:
    """Is each line of three processes there, once and whole?"""
    writers = [writer(path, name, 60) for name in "abc"]
    for each in writers:
        each.communicate(timeout=60)
        assert each.returncode == 0
    names = [t["id"] for t in Ledger(path).trials()]
    assert sorted(names) == sorted(f"{n}{i}" for n in "abc" for i in range(60))


def test_who_appends_is_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the file locked while a line is written, and only then?"""
    fcntl = pytest.importorskip("fcntl", reason="Windows has no flock")
    opened = Ledger(path)
    seen = []

    def locked() -> bool:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def watched(descriptor: int, line: bytes) -> int:
        seen.append(locked())
        return real(descriptor, line)

    real = os.write
    monkeypatch.setattr(ledger.os, "write", watched)
    opened.append(trial("a"))
    assert seen == [True]
    assert not locked()


def test_killed_while_writing(path: Path) -> None:
    """Is all that a killed process appended there, and does the next one go on?"""
    with writer(path, "a", 10**9) as one:
        try:
            assert one.stdout is not None
            assert one.stdout.readline() == "going\n"
        finally:
            one.kill()
    opened = Ledger(path)
    names = [t["id"] for t in opened.trials()]
    assert names == [f"a{i}" for i in range(len(names))]
    assert len(names) >= 6
    opened.append(trial("b"))
    assert Ledger(path).records()[-1] == trial("b")
