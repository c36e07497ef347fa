"""Do two processes come to what one comes to?

They add up the same gradients in another order, so all numbers are the same but for
rounding: measured on a CPU, losses differ by less than 1e-6 of themselves after 36
steps. TOLERANCE is 1e-4; a share forgotten or counted twice, or another order, moves
them by far more.
"""

from __future__ import annotations

import copy
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import project
import pytest
import torch
from project import distributed, train
from project.config import Settings, as_dict, override
from project.data import Fold
from project.distributed import DistributedError, Shared
from project.ledger import cleaned
from project.trial import Epoch
from torch import nn

TOLERANCE = 1e-4

# Fits one network after the other, and writes down what came of it.
PROGRAM = """
import json, sys
from pathlib import Path
from project import data, distributed
from project.config import from_dict
from project.ledger import cleaned

jobs, out = json.loads(sys.argv[1]), Path(sys.argv[2])
with distributed.joined() as first:
    if not first:
        distributed.follow()
    else:
        for number, values in enumerate(jobs):
            settings = from_dict(values)
            whole = data.load(settings.data, "train")
            fold = data.fold(whole, share=settings.validation, seed=settings.seed)
            trial = distributed.fit(
                settings, fold, id=f"final-{number:04d}", step="final", seed=3,
                run=out,
            )
            (out / f"{number}.json").write_text(json.dumps(cleaned(trial)))
"""


def torchrun(out: Path, *jobs: Settings) -> list[dict[str, Any]]:
    """Fit in two processes, started by torchrun; return the records."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = out / "program.py"
    program.write_text(PROGRAM)
    arguments = [json.dumps([as_dict(job) for job in jobs]), str(out)]
    place = ("--master-addr=127.0.0.1", f"--master-port={port}", "--nproc-per-node=2")
    ended = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *place, program, *arguments],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(project.__file__).parents[1]),
            "OMP_NUM_THREADS": "1",
            "GLOO_SOCKET_IFNAME": "lo",
            "CUDA_VISIBLE_DEVICES": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return [
        json.loads((out / f"{number}.json").read_text()) for number in range(len(jobs))
    ]


def alone(settings: Settings, fold: Fold, number: int, **more: Any) -> dict[str, Any]:
    """Fit the same in this process."""
    name = f"final-{number:04d}"
    return cleaned(train.fit(settings, fold, id=name, step="final", seed=3, **more))


def same(shared: dict[str, Any], single: dict[str, Any], within: float) -> None:
    """Are two records the same, but for time and rounding?"""
    assert shared["device"] == f"2 × {single['device']}"
    for key in single.keys() - {"device", "started", "ended", "seconds", "epochs"}:
        assert shared[key] == single[key], key
    for one, other in zip(shared["epochs"], single["epochs"], strict=True):
        expected = {**other, "seconds": one["seconds"]}
        assert one == pytest.approx(expected, rel=within)


@pytest.fixture
def rich(settings: Settings) -> Settings:
    """All that a step can consist of; the batches have 63 or 64 images."""
    changes = ["crop=1", "flip=true", "cutout=2", "label_smoothing=0.1", "clip=0.7"]
    changes += ["average=0.9", "epochs=2"]
    return override(settings, [f"train.{change}" for change in changes])


def test_two_processes_as_one(rich: Settings, fold: Fold, tmp_path: Path) -> None:
    """Are all numbers those of one process, also of a run that one process began?

    The first of two networks was stopped after an epoch; the second is trained whole,
    by another optimizer. What two processes have stored, one can go on from.
    """
    jobs = (rich, override(rich, ["train.optimizer=adamw", "train.rate=0.01"]))

    def stop(epoch: Epoch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        alone(rich, fold, 0, run=tmp_path, watch=stop)
    for number, record in enumerate(torchrun(tmp_path, *jobs)):
        same(record, alone(jobs[number], fold, number), TOLERANCE)
        again = alone(jobs[number], fold, number, run=tmp_path)
        assert again["epochs"] == record["epochs"]


def test_without_torchrun(settings: Settings, fold: Fold) -> None:
    """Is it the ordinary fit where there is one process?"""
    changed = override(settings, ["train.epochs=1"])
    with distributed.joined() as first:
        assert first
        trial = distributed.fit(changed, fold, id="final-0000", step="final", seed=3)
    single = alone(changed, fold, 0)
    assert trial.device == single["device"]
    assert trial.epochs[0].train_loss == single["epochs"][0]["train_loss"]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Believe to be the second of two processes."""
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.get_world_size", lambda: 2)
    monkeypatch.setattr("torch.distributed.get_rank", lambda: 1)
    return monkeypatch


def test_a_batch_too_small_to_share(settings: Settings, fold: Fold, two) -> None:
    """One image a step for two processes: is that refused?"""
    changed = override(settings, ["train.batch_size=1"])
    with pytest.raises(
        DistributedError, match=r"2 processes, but train\.batch_size is 1"
    ):
        distributed.fit(changed, fold, id="a", step="final", seed=0)


@pytest.mark.parametrize("change", ["data", "seed"])
def test_other_data_elsewhere(settings: Settings, fold: Fold, two, change: str) -> None:
    """Another file, or the same split otherwise: does the process refuse to join in?"""
    job = {"settings": as_dict(settings), "id": "a", "step": "final", "seed": 0}
    here = replace(fold, fingerprint="0") if change == "data" else fold
    if change == "seed":
        job["settings"] = as_dict(override(settings, ["seed=1"]))
    job |= {"data": distributed._digest(here), "run": None}
    two.setattr(distributed, "_broadcast", lambda value: job)
    with pytest.raises(DistributedError, match="process 1 finds other data in digits"):
        distributed.follow()


def test_what_is_added_up(two) -> None:
    """Gradients and running statistics by share, sums as they are, all else not?"""
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 3)
    model[1].running_mean.copy_(torch.tensor([1.0, 2.0]))
    before = copy.deepcopy(model)
    sums = torch.tensor([5.0, 7.0])
    # The other process has the same numbers.
    two.setattr("torch.distributed.all_reduce", lambda message: message.mul_(2))
    gradients = [parameter.grad for parameter in model.parameters()]
    run = SimpleNamespace(model=model, gradients=lambda: gradients)
    Shared.add_up(run, sums, 0.25)
    assert sums.tolist() == [10, 14]
    for one, other in zip(model.parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(one, other)
        assert one.grad.unique().tolist() == [1.5]
    assert model[1].running_mean.tolist() == [0.5, 1.0]
    assert model[1].num_batches_tracked == 0


def test_too_little_memory(two) -> None:
    """Is a process without memory named, with what to do?"""
    with (
        pytest.raises(
            DistributedError, match=r"process 1 is out of memory: .*batch_size"
        ),
        distributed._enough_memory(),
    ):
        raise torch.OutOfMemoryError


def test_the_first_process_failed(two) -> None:
    """Does a process that waits end quietly when the first one is gone?"""

    def gone(value: object) -> None:
        raise RuntimeError("Connection closed by peer")

    two.setattr(distributed, "_broadcast", gone)
    distributed.follow()
