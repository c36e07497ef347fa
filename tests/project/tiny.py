"""A run of all seven steps that takes seconds, and what tests do with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from project.__main__ import main

ROOT = Path(__file__).parents[2]

# Small, and still all that an audit asks for.
SETTINGS = {
    "device": "cpu",
    "model.width": "4",
    "train.batch_size": "64",
    "train.rate": "0.1",
    "recipe.sample": "20",
    "recipe.sample_epochs": "40",
    "recipe.range_rates": "0.01,0.03,0.1,1",
    "recipe.range_iterations": "40",
    "recipe.coarse_trials": "6",
    "recipe.coarse_epochs": "1",
    "recipe.refined_trials": "4",
    "recipe.refined_epochs": "10",
    "recipe.keep": "2",
    "recipe.max_extensions": "1",
    "recipe.final_epochs": "2",
    "recipe.seeds": "3",
}
TIMES = {"time", "opened", "started", "ended", "seconds"}


def command(step: str, folder: Path, *more: str) -> list[str]:
    """The arguments of a tiny run."""
    changes = [f"--set={key}={value}" for key, value in SETTINGS.items()]
    return [step, "--data", "digits", "--out", str(folder), *changes, *more]


def records(folder: Path) -> list[dict[str, Any]]:
    """All records of a run's ledger."""
    lines = (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def timeless(value: Any) -> Any:
    """A record, or a part of one, without its times."""
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in TIMES}
    if isinstance(value, list):
        return [timeless(entry) for entry in value]
    return value


_MADE: dict[str, Path] = {}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny run that nothing interrupted; not to be changed.

    Without its report, which takes as long as all steps together.
    """
    if "run" not in _MADE:  # once, however many modules ask
        folder = tmp_path_factory.mktemp("tiny") / "run"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("project.report.write", lambda folder: folder)
            assert main(command("all", folder)) == 0
        _MADE["run"] = folder
    return _MADE["run"]
