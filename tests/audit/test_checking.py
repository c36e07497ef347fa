"""Does a notebook's `check_run` say what a run lacks, and never stumble over one?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from IPython.lib.pretty import pretty

import autograder
from autograder import CheckFailed, check_run
from autograder.project.checking import examine_run
from autograder.project.run_verdict import HELD, RunVerdict
from autograder.verdict import Outcome
from tests.audit import Forge, Honest, Record, decision, trials, write_ledger
from tests.audit.test_forgeries import better_mean


def honest(folder: Path) -> Path:
    """An honest run."""
    return Honest().write(folder / "run")


def forged(folder: Path, *forges: Forge) -> Path:
    """A run whose ledger was changed."""
    made = Honest()
    for forge in forges:
        forge(made.records)
    return made.write(folder / "run")


def outcomes(verdict: RunVerdict) -> dict[str, Outcome]:
    """How each step ended, by its title."""
    return {part.name.partition(":")[0]: part.outcome for part in verdict.parts}


def one_seed(records: list[Record]) -> None:
    """All final fits from the same seed."""
    for trial in trials(records, "final"):
        trial["seed"] = 7


# What is there ------------------------------------------------------------------------


def test_a_complete_run_is_right(tmp_path: Path) -> None:
    """Has each step its points, and is the result left to the grading?"""
    verdict = examine_run(honest(tmp_path))
    assert (verdict.passed, verdict.score) == (True, 1)
    assert "run: right" in str(verdict)
    assert "Coarse search: 20 of 20 points" in str(verdict)
    assert outcomes(verdict)["Result, measured"] is Outcome.UNTRIED
    assert "measured when your work is graded" in str(verdict)
    assert "(manners)" not in str(verdict)


def test_what_a_step_lacks_is_said_with_its_points(tmp_path: Path) -> None:
    """Is only that step incomplete, and its evidence named, in a line as well?"""
    verdict = examine_run(forged(tmp_path, one_seed))
    (lost,) = (part for part in verdict.parts if part.outcome is Outcome.FAILED)
    assert lost.name == "Final fits: 8.33 of 10 points"
    assert "3 seeds or more: 1 seeds in 3 fits" in lost.message
    assert verdict.lacks.startswith("Final fits not complete (3 seeds or more)")
    assert verdict.score == pytest.approx(78.33 / 80)
    assert verdict.as_json()["lacks"] == verdict.lacks


def test_a_run_that_goes_on_tells_what_is_next(tmp_path: Path) -> None:
    """Are steps that were not run listed, each with its command?"""
    made = Honest()
    folder = made.write(tmp_path / "run")
    end = made.records.index(decision(made.records, "coarse"))
    write_ledger(folder, made.records[: end + 1])
    verdict = examine_run(folder)
    assert "not run: Refinement, Read the curves, Final fits" in verdict.lacks
    assert "python -m project refine" in str(verdict)
    assert outcomes(verdict)["Coarse search"] is Outcome.PASSED


def test_a_forged_ledger_earns_nothing_where_it_was_forged(tmp_path: Path) -> None:
    """Are the points of the step held back, and the reason told, with its line?"""
    verdict = examine_run(forged(tmp_path, better_mean))
    (lost,) = (part for part in verdict.parts if part.outcome is Outcome.FAILED)
    assert lost.name == "Final fits: 0 of 10 points"
    assert lost.message.startswith(f"{HELD}: mean is not the mean (line ")
    assert "Final fits held back (" in verdict.lacks
    assert verdict.score == 70 / 80


# What is not there --------------------------------------------------------------------


def nothing(folder: Path) -> None:
    """No run at all."""


def a_file(folder: Path) -> None:
    """A file in its place."""
    (folder / "run").write_text("my run")


def a_link(folder: Path) -> None:
    """A link to a run elsewhere."""
    honest(folder / "elsewhere")
    (folder / "run").symlink_to(folder / "elsewhere" / "run")


def empty(folder: Path) -> None:
    """A folder with nothing in it."""
    (folder / "run").mkdir()


def no_ledger(folder: Path) -> None:
    """A run without its record."""
    (honest(folder) / "ledger.jsonl").unlink()


def linked_ledger(folder: Path) -> None:
    """A ledger that was not handed in."""
    ledger = honest(folder) / "ledger.jsonl"
    ledger.rename(folder / "ledger.jsonl")
    ledger.symlink_to(folder / "ledger.jsonl")


def no_json(folder: Path) -> None:
    """A ledger with a line that is none."""
    ledger = honest(folder) / "ledger.jsonl"
    ledger.write_text(ledger.read_text() + '{"record": "trial", \n')


def huge(folder: Path) -> None:
    """A ledger of more bytes than anyone reads; no disk holds them."""
    os.truncate(honest(folder) / "ledger.jsonl", 2**40)


def no_toml(folder: Path) -> None:
    """Settings that are none."""
    (honest(folder) / "config.toml").write_text("= = =")


BROKEN: dict[Callable[[Path], None], str] = {
    nothing: "there is no folder run beside the notebook",
    a_file: "run is a file, where the folder of a run is needed",
    a_link: "run is a link: the folder itself is needed",
    empty: "config.toml is missing in run",
    no_ledger: "ledger.jsonl is missing in run",
    linked_ledger: "ledger.jsonl is a link; a plain file is needed",
    no_json: "not JSON",
    huge: "ledger.jsonl is larger than 64 MiB",
    no_toml: "config.toml is not TOML",
}


@pytest.mark.parametrize("spoil", BROKEN, ids=lambda spoil: spoil.__name__)
def test_a_run_that_cannot_be_read_says_what_to_do(
    spoil: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Is it told in words, without a trace, a point, or a path of the machine?"""
    spoil(tmp_path)
    monkeypatch.chdir(tmp_path)
    check_run("run")
    said = capsys.readouterr().out
    assert BROKEN[spoil] in said
    assert "needed" in said or "python -m project all" in said
    assert str(tmp_path) not in said
    verdict = examine_run(tmp_path / "run")
    assert (verdict.passed, verdict.score) == (False, 0)
    assert "Result, measured: 0 of 20 points" in str(verdict)
    assert str(tmp_path) not in str(verdict) + verdict.lacks


# Where it is called -------------------------------------------------------------------


def test_validate_hears_of_a_run_that_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is *Validate* told by an error, since it reads nothing else, and by none else?"""
    check_run(tmp_path / "run")
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(CheckFailed, match="there is no folder run"):
        check_run(tmp_path / "run")
    check_run(honest(tmp_path))


def test_a_notebook_shows_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is it displayed as that of a function is?"""
    shown: list[RunVerdict] = []
    monkeypatch.setattr("autograder.project.checking.show", shown.append)
    check_run(honest(tmp_path))
    (verdict,) = shown
    assert "<strong" in verdict._repr_html_()
    assert "Find a rate: 10 of 10 points" in verdict._repr_html_()
    assert pretty(verdict) == str(verdict)  # where no HTML can be shown
    assert autograder.check_run is check_run


LIGHT = """
import sys
import autograder
before = set(sys.modules)
autograder.check_run(sys.argv[1])
for names in (before, set(sys.modules)):
    for heavy in ("torch", "sklearn", "zmq", "jupyter_client", "IPython", "tabulate"):
        assert heavy not in names, heavy
assert "autograder.project.audit" not in before
"""


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    """Is the audit imported when it is called, and then without torch or a kernel?"""
    argv = [sys.executable, "-c", LIGHT, str(honest(tmp_path))]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
