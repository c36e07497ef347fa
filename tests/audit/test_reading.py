"""Does whatever may lie in a run directory end in one plain sentence?"""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.cli import main
from autograder.project import ledger
from autograder.project.ledger import read_run
from autograder.project.model_file import read_code, read_model
from autograder.project.reading import MIB, RunError, parse_object, quoted, read_bytes
from autograder.project.weights import read_weights
from tests.audit import Honest, Record, decision, trials, write_ledger

GOOD = '{"record": "decision", "step": "rate"}'

LINES: dict[str, bytes] = {
    "not JSON": b"epoch 1: loss 2.3",
    "NaN is not JSON": b'{"record": "trial", "seconds": NaN}',
    "Infinity is not JSON": b'{"record": "trial", "seconds": -Infinity}',
    "too large a number": b'{"record": "trial", "seconds": 1e999}',
    "too large a number ": b'{"record": "trial", "seconds": ' + b"9" * 5000 + b"}",
    "stands twice": b'{"record": "trial", "id": "a", "id": "b"}',
    "deeper than": b'{"record": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "not UTF-8": b'{"record": "\xff\xfe"}',
    "a list where": b"[1, 2]",
    "null where": b"null",
    "a number where": b"1.5",
    "true or false where": b"true",
    "not JSON ": b"",
    "'record' is missing": b"{}",
    "'record' is 7": b'{"record": 7}',
    "not trial or decision": b'{"record": "confession"}',
    "'data' is missing": b'{"record": "trial"}',
    "'step' is missing": b'{"record": "decision"}',
    "'time' is missing": b'{"record": "decision", "step": "coarse"}',
    "not a time": b'{"record": "decision", "step": "coarse", "time": "yesterday"}',
    "not a time ": b'{"record": "decision", "step": "coarse", "time": "2026-01-31"}',
    "not JSON  ": b'\xef\xbb\xbf{"record": "trial"}',
    # Without an end: a careless regular expression would look at it for minutes.
    "not JSON   ": b'{"record": "' + b'\\"' * 200_000,
}


@pytest.mark.parametrize("said", LINES, ids=str.strip)
def test_a_damaged_line_is_said(said: str, tmp_path: Path) -> None:
    """Does the sentence name the line and what is wrong, and stay short?"""
    folder = Honest().write(tmp_path / "run")
    text = (folder / "ledger.jsonl").read_bytes().splitlines()
    (folder / "ledger.jsonl").write_bytes(b"\n".join([text[0], LINES[said], b""]))
    with pytest.raises(RunError) as refused:
        read_run(folder)
    message = str(refused.value)
    assert said.strip() in message
    assert "line 2" in message
    assert len(message) < 400
    assert message.isprintable()


def _trial(records: list[Record]) -> Record:
    return trials(records, "coarse")[0]


def _set(path: str, value: Any) -> Callable[[list[Record]], None]:
    """Put ``value`` at a path such as ``trial.data.train`` or ``rate.losses``."""

    def change(records: list[Record]) -> None:
        kind, *keys = path.split(".")
        at: Any = _trial(records) if kind == "trial" else decision(records, kind)
        for key in keys[:-1]:
            at = at[int(key)] if isinstance(at, list) else at[key]
        at[keys[-1]] = value

    return change


WRONG: list[tuple[str, Any, str]] = [
    ("trial.id", 7, "'id' is 7, not a text"),
    ("trial.id", "", "not a text of 1"),
    ("trial.id", "x" * 1000, "not a text of 1"),
    ("trial.seed", 1.5, "not a whole number"),
    ("trial.seed", True, "not a whole number"),
    ("trial.seconds", -1, "'seconds' is -1, not a number from 0"),
    ("trial.seconds", "fast", "not a number"),
    ("trial.seconds", True, "not a number"),
    ("trial.data", [], "'data' is a list, not an object"),
    ("trial.data.train", 0, "not a whole number from 1"),
    ("trial.epochs", {}, "'epochs' is an object, not a list"),
    ("trial.epochs", [[]], "epoch 1 is not an object"),
    ("trial.epochs", [{}] * 20_000, "more than 10000 entries"),
    ("trial.epochs.0.train_accuracy", 1.01, "not a number from 0 to 1"),
    ("trial.epochs.0.steps", None, "'steps' is None, not a whole"),
    ("trial.started", "2026-13-01T00:00:00Z", "not a time"),
    ("trial.started", "0001-01-01T00:00:00+23:59", "not a time"),
    ("trial.ended", 1_700_000_000, "not a text"),
    ("trial.outcome", "excellent", "not finished or diverged"),
    ("trial.settings.train.flip", 1, "not true or false"),
    ("trial.settings.recipe", None, "not an object"),
    ("trial.space", {"momentum": ["log", 0.1, 0.9]}, "a space names rate"),
    ("trial.space", {"rate": ["log", 0.1]}, "a scale and two numbers"),
    ("trial.space", {"rate": ["log", 0.1, 0.01]}, "a number from 0.1"),
    ("trial.space", {"rate": ["log", 0, 1]}, "a number from"),
    ("trial.space", {"rate": ["sinus", 0.1, 1]}, "log or linear"),
    ("rate.losses", [[1.0]], "each of the rates"),
    ("rate.rates", [0, 1, 2, 3], "each of the rates"),
    ("rate.losses", [[1.0], [1.0], [1.0], ["a"]], "entry 1"),
    ("coarse.trials", "all", "not a list"),
    ("coarse.next", None, "not an object"),
    ("curves.readings", {"refine-0000": "fine"}, "not diverged or"),
    ("final.chosen", {"rate": 0.1}, "'weight_decay' is missing"),
    ("test.images", 0, "not a whole number from 1"),
    ("initial_loss.classes", 1, "not a whole number from 2"),
]


@pytest.mark.parametrize(("path", "value", "said"), WRONG)
def test_a_wrong_field_is_said(
    path: str, value: Any, said: str, tmp_path: Path
) -> None:
    """Is the field named, with what is there and what is needed?"""
    honest = Honest()
    _set(path, value)(honest.records)
    with pytest.raises(RunError, match=r"line \d+") as refused:
        read_run(honest.write(tmp_path / "run"))
    assert said in str(refused.value)


def test_a_missing_field_is_said(tmp_path: Path) -> None:
    """Is every field that is read missed by name, and no other?"""
    honest = Honest()
    folder = honest.write(tmp_path / "run")
    whole = [json.dumps(record) for record in honest.records]
    for place in (1, 5):  # a trial, and one with a space
        for key in honest.records[place]:
            if key in ("record", "step", "space", "id"):
                continue
            less = {k: v for k, v in honest.records[place].items() if k != key}
            lines = [*whole[:place], json.dumps(less)]
            (folder / "ledger.jsonl").write_text("\n".join(lines) + "\n")
            with pytest.raises(RunError, match=f"'{key}' is missing"):
                read_run(folder)
    extra = {**honest.records[0], "mood": "good"}
    write_ledger(folder, [extra])
    assert read_run(folder).classes == 10


def test_files_that_are_no_files_are_said(tmp_path: Path) -> None:
    """Are links, folders, pipes and what is missing refused without being read?"""
    folder = Honest().write(tmp_path / "run")
    path = folder / "ledger.jsonl"
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(RunError, match=r"ledger\.jsonl is missing"):
        read_run(folder)
    path.symlink_to("/etc/passwd")
    with pytest.raises(RunError, match="is a link"):
        read_run(folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(RunError, match="not a plain file"):
        read_run(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match="not a plain file"):
        read_run(folder)
    path.rmdir()
    path.write_bytes(b"")
    with pytest.raises(RunError, match="holds no record"):
        read_run(folder)
    path.write_bytes(kept)
    (folder / "config.toml").unlink()
    with pytest.raises(RunError, match=r"config\.toml is missing"):
        read_run(folder)
    with pytest.raises(RunError, match="is not a folder"):
        read_run(folder / "nowhere")
    with pytest.raises(RunError, match="not readable"):
        read_bytes(folder / "a\0b", 10)


@pytest.mark.parametrize(
    "text",
    [
        b"data = ",
        b"\xff",
        b"a = " + b"[" * 50_000,
        b"a.b = 1\n" * 2,
        b"x" * MIB,
        b"data = 3",
        b"[model]\nname = 'small'",
        b"a = " + b"9" * 5000,
    ],
)
def test_damaged_settings_are_said(text: bytes, tmp_path: Path) -> None:
    """Is a config.toml of any kind read, or refused in a sentence?"""
    folder = Honest().write(tmp_path / "run")
    (folder / "config.toml").write_bytes(text)
    with pytest.raises(RunError, match=r"config\.toml"):
        read_run(folder)


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a long line, a long ledger, a long list of decisions refused at once?"""
    folder = Honest().write(tmp_path / "run")
    path = folder / "ledger.jsonl"
    kept = path.read_bytes()
    path.write_bytes(b" " * (5 * MIB) + b"\n")
    with pytest.raises(RunError, match="longer than 4 MiB"):
        read_run(folder)
    path.write_bytes(b"\n" * (ledger.LINES + 2))
    with pytest.raises(RunError, match="more than 20000 lines"):
        read_run(folder)
    path.write_bytes(kept.splitlines(keepends=True)[0] * (ledger.DECISIONS + 1))
    with pytest.raises(RunError, match="more than 500 decisions"):
        read_run(folder)
    monkeypatch.setattr(ledger, "LEDGER", 1000)
    with pytest.raises(RunError, match="is larger than"):
        read_run(folder)


def test_a_torn_last_line_is_no_fault(tmp_path: Path) -> None:
    """Is what a killed run leaves passed over, and said?"""
    folder = Honest().write(tmp_path / "run")
    whole = read_run(folder)
    with (folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"record": "trial", "id": "coa')
    torn = read_run(folder)
    assert torn.trials == whole.trials
    assert "has no end" in torn.notes[0]


def test_brackets_in_texts_nest_nothing() -> None:
    """Is only what really nests counted?"""
    assert parse_object(json.dumps({"a": "[" * 100 + '"{\\'}), "x")
    assert quoted("\x1b[31mred\n").isprintable()


def test_the_command_never_shows_a_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does the command end with 2 and one line, whatever the ledger is?"""
    folder = Honest().write(tmp_path / "run")
    for line in LINES.values():
        (folder / "ledger.jsonl").write_bytes(line + b"\n")
        assert main(["project", str(folder)]) == 2
        said = capsys.readouterr()
        assert said.err.startswith("autograder: ledger.jsonl")
        assert said.err.count("\n") == 1
        assert said.out == ""
    assert main(["project", str(folder / "nowhere")]) == 2
    assert "is not a folder" in capsys.readouterr().err


def test_random_damage_never_raises_anything_else(tmp_path: Path) -> None:
    """Is a ledger with bytes exchanged read, or refused with a sentence?"""
    from autograder.project.scoring import grade_run

    folder = Honest(coarse=6, epochs=(1, 2, 2)).write(tmp_path / "run")
    path = folder / "ledger.jsonl"
    kept = path.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(150):
        damaged = bytearray(kept)
        for place in rng.integers(0, len(kept), rng.integers(1, 4)):
            damaged[place] = rng.choice(list(b'0123456789.-eE"{}[],:ntx\xff'))
        path.write_bytes(bytes(damaged))
        with contextlib.suppress(RunError):
            report = grade_run(folder)
            assert 0 <= report.points <= report.possible


# The model ----------------------------------------------------------------------------


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """A file of that format, or nearly."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype: str, shape: list[Any], start: Any, end: Any) -> dict[str, Any]:
    """What a header says of a tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def test_weights_are_read_as_their_library_reads_them(tmp_path: Path) -> None:
    """Are names, shapes and numbers those that safetensors wrote, for each type?"""
    torch = pytest.importorskip("torch")
    library = pytest.importorskip("safetensors.torch")
    made = {
        "a.weight": torch.randn(3, 4),
        "half": torch.randn(5).half(),
        "brain": torch.randn(2, 2).bfloat16(),
        "count": torch.tensor(7),
        "mask": torch.tensor([True, False]),
        "empty": torch.zeros(0, 3),
        "bytes": torch.arange(4, dtype=torch.uint8),
        "double": torch.randn(2, dtype=torch.float64),
    }
    path = tmp_path / "model.safetensors"
    path.write_bytes(library.save(made, {"about": "a test"}))
    read = read_weights(path)
    assert read.keys() == made.keys()
    for name, value in made.items():
        wide = value.float() if value.dtype == torch.bfloat16 else value
        np.testing.assert_array_equal(read[name], wide.numpy())
        assert read[name].shape == tuple(value.shape)


F4 = tensor("F32", [1], 0, 4)
BAD_WEIGHTS: dict[str, bytes] = {
    "no end": b"",
    "no end ": b"\x00" * 8,
    "no end  ": safetensors({"a": F4}, b"0000", length=2**63),
    "no end   ": safetensors({"a": F4}, b"0000", length=10**6),
    "not JSON": safetensors(b"\x80\x04pickle".replace(b"\x80", b"x")),
    "not UTF-8": safetensors(b"\x80\x04\x95 a pickle"),
    "0 tensors": safetensors({}),
    "is no shape": safetensors({"a": tensor("F32", [-1], 0, 4)}, b"0000"),
    "is no shape ": safetensors({"a": tensor("F32", [1.0], 0, 4)}, b"0000"),
    "is no shape  ": safetensors({"a": tensor("F32", [2**52], 0, 4)}, b"0000"),
    "does not fill": safetensors({"a": tensor("F32", [2], 0, 4)}, b"0000"),
    "does not fill ": safetensors({"a": tensor("F32", [1], 0, 4)}, b"00"),
    "does not fill  ": safetensors({"a": tensor("F32", [1], 4, 0)}, b"0000"),
    "does not fill   ": safetensors(
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": []}}, b"0000"
    ),
    "not F64 or": safetensors({"a": tensor("object", [1], 0, 4)}, b"0000"),
    "in one place": safetensors({"a": F4, "b": F4}, b"0000"),
    "stands twice": safetensors(b'{"a": {}, "a": {}}'),
    "not an object": safetensors({"a": 3}),
}


@pytest.mark.parametrize("said", BAD_WEIGHTS, ids=str.strip)
def test_damaged_weights_are_said(said: str, tmp_path: Path) -> None:
    """Is a file of weights that lies about itself refused?"""
    path = tmp_path / "model.safetensors"
    path.write_bytes(BAD_WEIGHTS[said])
    with pytest.raises(RunError, match=said.strip()):
        read_weights(path)


def test_a_model_without_its_parts_is_said(tmp_path: Path) -> None:
    """Is each missing or wrong file of a model named?"""
    with pytest.raises(RunError, match=r"model\.json is missing"):
        read_model(tmp_path)
    (tmp_path / "model.json").write_text('{"name": "small"}')
    with pytest.raises(RunError, match="'width' is missing"):
        read_model(tmp_path)
    with pytest.raises(RunError, match=r"no project/model\.py"):
        read_code(tmp_path)
    package = tmp_path / "project"
    package.mkdir()
    (package / "model.py").write_bytes(b"\xff")
    with pytest.raises(RunError, match="not UTF-8"):
        read_code(tmp_path)
    (package / "model.py").write_text("x = 1\n")
    (package / "notes.txt").write_text("not code")
    assert read_code(tmp_path) == {"model.py": "x = 1\n"}
    (package / "more.py").symlink_to("/etc/passwd")
    with pytest.raises(RunError, match="is a link"):
        read_code(tmp_path)
    (package / "more.py").unlink()
    for number in range(70):
        (package / f"m{number}.py").write_text("")
    with pytest.raises(RunError, match="71 modules"):
        read_code(tmp_path)
    for number in range(70):
        (package / f"m{number}.py").unlink()
    for number in range(5):
        (package / f"m{number}.py").write_text("#" * (MIB - 1))
    with pytest.raises(RunError, match="MiB of text"):
        read_code(tmp_path)
