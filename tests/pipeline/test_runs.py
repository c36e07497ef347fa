"""Does the judge answer `check_run` from what was handed in, whatever that is?"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.cli import main
from autograder.grading.rows import note_of
from autograder.judge.grading import Graded, grade, refuse
from autograder.judge.kernel import Kernel
from autograder.pipeline import runs
from autograder.pipeline.beside import private_copy
from autograder.pipeline.course import Course
from autograder.pipeline.judging import JudgeSubmission, data_in, record
from autograder.pipeline.runs import run_examiner
from autograder.project import measuring
from autograder.project.images import ImagesError, digits
from autograder.verdict import Outcome, Verdict
from tests.audit import Honest
from tests.audit.models import CODE, finished
from tests.judge import SHORT, graded, notebook, own, text_of
from tests.pipeline import ROOT
from tests.sandbox import needs_sandbox

CLAIM, MEASURED = 325 / 359, 321 / 359  # of the nearest mean: within chance


def run_cell(points: float = 40) -> NotebookNode:
    """The cell that carries a run's points."""
    cell = graded("run", points=points)
    cell.source = 'check_run("run")  # 40 points'
    return cell


def examined(folder: Path | None, data: str = "") -> Verdict:
    """What is said of the run in ``folder``."""
    with run_examiner(folder, data) as examine_run:
        return examine_run("run")


def judged(folder: Path, *cells: NotebookNode) -> tuple[Graded, NotebookNode]:
    """The result of the run's cell behind ``cells``, and that cell."""
    made = notebook(*cells, run_cell())
    with private_copy(folder, "project") as files, run_examiner(files) as examine_run:
        results = grade(
            made, lambda: Kernel(SHORT, beside=files), SHORT, 1, examine_run
        )
    nbformat.validate(made)
    return results[-1], made.cells[-1]


def result_of(verdict: Verdict) -> Any:
    """The part for the result."""
    return verdict.parts[-1]


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the digits with its model, the package beside it."""
    pytest.importorskip("torch")
    return finished(tmp_path_factory.mktemp("handed"), claim=CLAIM).parent


@needs_sandbox
def test_a_run_is_audited_and_measured(handed_in: Path) -> None:
    """Has the cell the share of the steps' points, and the student the reasons?"""
    result, cell = judged(handed_in)
    assert result.possible == 40
    points = 90 + 10 * (MEASURED - 0.80) / (0.95 - 0.80)
    assert result.points == pytest.approx(40 * points / 100, abs=0.01)
    assert cell.outputs[-1].data["text/plain"] == f"{result.points:g}"
    said = text_of(cell.outputs)
    assert "Coarse search: 20 of 20 points" in said
    assert f"measured {MEASURED:.4f}; points grow from 0.8 to 0.95" in said
    assert "tuned-" not in said


FAKE = """
def check_run(folder="run"):
    return 40
import autograder, sys
autograder.check_run = sys.modules["autograder"].check_run = check_run
"""


@needs_sandbox
def test_a_check_run_of_one_s_own_is_not_asked(tmp_path: Path) -> None:
    """Whatever the notebook calls so, is the cell's answer the judge's?"""
    (tmp_path / "project").mkdir()
    given = own(
        "from autograder import check, check_run\ncheck_run('run')\nprint('ok')"
    )
    made, cell = judged(tmp_path, given, own(FAKE))
    assert made.points == 0
    assert "there is no folder run beside the notebook" in text_of(cell.outputs)


@needs_sandbox
def test_a_run_cannot_be_written_by_the_notebook(tmp_path: Path) -> None:
    """Is what is audited what was handed in, and not what a cell made of it?"""
    better = Honest().write(tmp_path / "better")
    (tmp_path / "project").mkdir()
    (tmp_path / "run").mkdir()
    files = {path.name: path.read_text() for path in better.iterdir()}
    write = f"for name, text in {files!r}.items(): open('run/' + name, 'w').write(text)"
    swap = f"import os; os.rename('run', 'old'); os.mkdir('run')\n{write}"
    made, cell = judged(tmp_path, own(write), own(swap))
    assert made.points == 0
    assert "config.toml is missing in run" in text_of(cell.outputs)


def hanging(_: Path) -> str:
    """Code that never comes back."""
    return f"{CODE}\ndef build(*a, **k):\n    while True: pass\n"


def hungry(_: Path) -> str:
    """Code that takes all the memory there is."""
    body = "    x = []\n    while True: x.append(b'x' * 2**24)\n"
    return f"{CODE}\ndef build(*a, **k):\n{body}"


def looking_for_labels(folder: Path) -> str:
    """Code that reads what lies on the grader's disk."""
    return f"open({str(folder / 'run' / 'ledger.jsonl')!r}).read()\n{CODE}"


@needs_sandbox
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (hanging, "did not return: it ran for longer than"),
        (hungry, "memory"),
        (looking_for_labels, "FileNotFoundError"),
    ],
)
def test_a_model_that_attacks_costs_its_result(
    code: Callable[[Path], str],
    says: str,
    handed_in: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is it ended and named, with the points of the process untouched?"""
    folder = tmp_path / "theirs"
    shutil.copytree(handed_in, folder)
    (folder / "project" / "model.py").write_text(code(folder))
    limits = dataclasses.replace(measuring.LIMITS, memory=1500 * 2**20)
    if code is hanging:  # the others end by themselves, however busy the machine
        limits = dataclasses.replace(limits, call_seconds=3)
        # Not within these seconds, for importing torch may take longer.
        monkeypatch.setattr(measuring, "GLUE", f"import torch\n{measuring.GLUE}")
    monkeypatch.setattr(measuring.measure, "__defaults__", (None, limits, Kernel))
    verdict = examined(folder)
    assert verdict.score == pytest.approx(0.8)
    assert result_of(verdict).outcome is Outcome.FAILED
    assert says in result_of(verdict).message.replace("MemoryError", "memory")


# Other data ---------------------------------------------------------------------------


def on_cifar(folder: Path) -> Path:
    """An honest run that says it was one on CIFAR-10."""
    made = Honest()
    for each in made.records:
        if "data" in each:
            each["data"] |= {"name": "cifar10", "fingerprint": "c" * 64}
            each["settings"]["data"] = "cifar10"
    made.write(folder / "run")
    return folder


def test_without_images_the_process_counts_alone(tmp_path: Path) -> None:
    """Is the result said to be not looked at, to student and teacher, at no cost?"""
    verdict = examined(on_cifar(tmp_path))
    assert (verdict.passed, verdict.score) == (True, 1)
    assert result_of(verdict).outcome is Outcome.UNTRIED
    assert "JudgeSubmission.data names no test images" in str(verdict)
    kept = record([Graded("check-run", (verdict,), 40, 40)])
    assert "JudgeSubmission.data" in note_of([], kept)


def test_the_teacher_s_images_are_measured_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the configured file read for such a run, and once for a whole class?"""
    asked = []

    def read(source: str) -> object:
        asked.append(source)
        return digits("test")

    monkeypatch.setattr(runs, "test_images", read)
    runs._images.cache_clear()
    for _ in range(2):
        verdict = examined(on_cifar(tmp_path), "/data/cifar.tar.gz")
        assert "model.json is missing in run" in result_of(verdict).message
        assert verdict.score == pytest.approx(0.8)
    runs._images.cache_clear()
    assert asked == ["/data/cifar.tar.gz"]


def test_images_that_cannot_be_read_are_the_teacher_s_affair(tmp_path: Path) -> None:
    """Is a wrong path an error of the grading, and no zero?"""
    with pytest.raises(ImagesError, match=r"no file nowhere\.npz"):
        examined(on_cifar(tmp_path), "nowhere.npz")


def test_digits_by_another_name_are_told(tmp_path: Path) -> None:
    """Does renaming the data, so that nothing is measured, cost more than it saves?"""
    made = Honest()
    for each in made.records:
        if "data" in each:
            each["data"]["name"] = "cifar10"
            each["settings"]["data"] = "cifar10"
    made.write(tmp_path / "run")
    verdict = examined(tmp_path)
    assert not verdict.passed
    assert "the fingerprint is that of the digits" in str(verdict)


def test_the_images_can_be_configured() -> None:
    """Is the setting nbgrader's, empty in this course, and empty by default?"""
    assert data_in(Course(ROOT)) == JudgeSubmission().data == ""
    assert JudgeSubmission(data="cifar.tar.gz").data == "cifar.tar.gz"


# Around it ----------------------------------------------------------------------------


def test_without_a_package_there_is_no_run() -> None:
    """Is a notebook of another topic that asks for a run answered all the same?"""
    verdict = examined(None)
    assert verdict.score == 0
    assert "no package of the project lies beside it" in str(verdict)


def test_a_refused_submission_says_so_in_its_cell() -> None:
    """Does the cell have the reason, and no points?"""
    made = notebook(run_cell())
    (result,) = refuse(made, "run is a link or no file at all")
    assert (result.points, result.possible) == (0, 40)
    assert "run is a link or no file at all" in text_of(made.cells[0].outputs)
    assert note_of([], record([result])) == "run: is a link or no file at all"


def test_the_row_says_in_words_what_a_run_lacks(tmp_path: Path) -> None:
    """Does a teacher read the steps, and not the figures?"""
    (tmp_path / "run").mkdir()
    verdict = examined(tmp_path)
    note = note_of([], record([Graded("check-run", (verdict,), 0, 40)]))
    assert note.startswith("run: config.toml is missing in run")


@needs_sandbox
@pytest.mark.parametrize("words", [[], ["--sandbox"]])
def test_one_s_own_notebook_is_checked_with_its_run(
    words: list[str],
    handed_in: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Does `autograder check` audit and measure it, and write nothing beside it?"""
    folder = tmp_path / "mine"
    shutil.copytree(handed_in, folder)
    nbformat.write(
        notebook(new_code_cell("x = 1"), run_cell()), folder / "project.ipynb"
    )
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main(["check", "mine/project.ipynb", *words]) == 1  # 0.90, and not 0.95
    said = capsys.readouterr().out
    assert "an accuracy worth the work" in " ".join(said.replace("|", " ").split())
    assert sorted(tmp_path.rglob("*")) == before


def test_points_are_a_share_of_the_cell_s(tmp_path: Path) -> None:
    """Do the cell's points follow from the steps', rounded once?"""
    Honest().write(tmp_path / "run")
    with run_examiner(tmp_path) as examine_run:
        made = notebook(run_cell(points=7))
        (result,) = grade(made, _no_kernel, SHORT, 1, examine_run)
    # The digits are measured, and this run has no model: 80 of 100.
    assert result.points == pytest.approx(5.6)
    assert np.isclose(result.verdicts[0].score, 0.8)


def _no_kernel() -> Kernel:
    raise AssertionError("reading a run's cell needs no kernel")
