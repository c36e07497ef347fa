"""Does the sample class keep out of a real one?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from examples.build import main, strangers, students


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Run ``python -m examples.build`` with ``arguments``."""
    monkeypatch.setattr(sys, "argv", ["build", *arguments])
    main()


def test_a_real_class_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is nothing written where someone else has handed in?"""
    (tmp_path / "s1234567" / "pooling").mkdir(parents=True)
    run_main(monkeypatch, "--out", str(tmp_path), "pooling")
    assert strangers(tmp_path) == ["s1234567"]
    assert [path.name for path in tmp_path.iterdir()] == ["s1234567"]
    assert "s1234567" in capsys.readouterr().out


def test_an_empty_classroom_gets_the_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is every student of the topic written, and are they no strangers?"""
    run_main(monkeypatch, "--out", str(tmp_path), "dropout")
    assert sorted(path.name for path in tmp_path.iterdir()) == students("dropout")
    assert strangers(tmp_path) == []


def test_an_unknown_topic_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is a topic without a class named in the error?"""
    with pytest.raises(SystemExit):
        run_main(monkeypatch, "--out", str(tmp_path), "cooking")
    assert "cooking" in capsys.readouterr().err
