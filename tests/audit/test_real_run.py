"""Is a run of the real project, with few trials and epochs, believed and measured?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.project.images import digits
from autograder.project.scoring import Report, grade_run
from tests.sandbox import needs_sandbox

for needed in ("torch", "optuna", "safetensors", "sklearn"):
    pytest.importorskip(needed)

SOLUTIONS = Path(__file__).parents[2] / "solutions"
SETTINGS = {
    "model.width": 4,
    "train.batch_size": 64,
    "recipe.sample": 20,
    "recipe.sample_epochs": 60,
    "recipe.range_rates": [0.003, 0.01, 0.03, 0.1],
    "recipe.range_iterations": 40,
    "recipe.coarse_trials": 6,
    "recipe.coarse_epochs": 1,
    "recipe.refined_trials": 4,
    "recipe.refined_epochs": 2,
    "recipe.max_extensions": 1,
    "recipe.final_epochs": 3,
    "recipe.seeds": 3,
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What is said of a run of the solution."""
    folder = tmp_path_factory.mktemp("real") / "run"
    command = [sys.executable, "-m", "project", "all", "--data", "digits"]
    command += ["--device", "cpu", "--out", str(folder)]
    for name, value in SETTINGS.items():
        command += ["--set", f"{name}={value}"]
    ran = subprocess.run(
        command,
        cwd=SOLUTIONS,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # others test beside this one
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return grade_run(folder, digits("test"), SOLUTIONS)


@needs_sandbox
def test_a_real_run_is_not_accused(report: Report) -> None:
    """Is nothing named, and every step complete but for its few epochs?"""
    assert report.contradictions == ()
    assert report.notes == ()
    lost = {
        one.name
        for step in report.steps
        for one in step.verdict.parts
        if one.outcome != "passed"
    }
    short = "4 trials or more, of 10 epochs or more"
    assert lost <= {short, "an accuracy worth the work"}


@needs_sandbox
def test_a_real_model_is_measured_as_claimed(report: Report) -> None:
    """Does the sandbox come to the accuracy that the run found, to the image?"""
    assert report.measured is not None
    assert report.measured.accuracy == pytest.approx(report.measured.claim, abs=1e-6)
    assert report.measured.question == ""
