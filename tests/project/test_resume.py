"""A run that is ended at any moment goes on to what it would have come to."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from project import checkpoint, loop
from project.checkpoint import CheckpointError
from project.config import Settings, override
from project.data import Fold
from project.ledger import cleaned
from project.train import Epoch, Trial, begun, fit

SOLUTIONS = Path(__file__).parents[2] / "solutions"
FILE = "checkpoints/refine-0000.safetensors"

# Every part of the state is in play: momentum, averages, both kinds of randomness.
CHANGES = [
    "train.epochs=4",
    "train.batch_size=100",
    "train.average=0.9",
    "train.crop=1",
    "train.flip=true",
    "train.cutout=2",
    "train.clip=1",
]

# Trains as `resumed` below does; in step 30, which is in epoch 3, it is killed.
VICTIM = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
import torch
torch.set_num_threads(1)
from pathlib import Path
from project import config, data, loop
from project.train import fit

honest = loop.Run.update
def update(self, *words):
    if self.steps == 30:
        os.kill(os.getpid(), signal.SIGKILL)
    return honest(self, *words)
loop.Run.update = update

settings = config.override(config.Settings(), json.loads(sys.argv[3]))
fold = data.fold(data.load("digits", "train"), share=0.2, seed=0)
fit(settings, fold, id="refine-0000", step="refine", seed=7, run=Path(sys.argv[2]))
"""


class Stop(Exception):  # noqa: N818 - it stands for any end that comes from outside
    """Ends a run from its watch."""


def resumed(settings: Settings, fold: Fold, run: Path | None, **options) -> Trial:
    """Begin a run, or go on with what is in the run directory."""
    words = {"id": "refine-0000", "step": "refine", "seed": 7, **options}
    return fit(settings, fold, run=run, **words)


def told(trial: Trial) -> dict:
    """The record of a trial, apart from all that is a time."""
    record = cleaned(trial)
    for key in ("started", "ended", "seconds"):
        del record[key]
    for epoch in record["epochs"]:
        del epoch["seconds"]
    return record


def stop_after(count: int):
    """A watch that ends the run after so many epochs."""

    def watch(epoch: Epoch) -> None:
        if epoch.epoch == count:
            raise Stop

    return watch


@pytest.fixture(scope="module")
def some(settings: Settings) -> Settings:
    """Settings in which all of the state matters."""
    return override(settings, [*CHANGES, "train.batch_size=20"])


@pytest.fixture(scope="module")
def few(fold: Fold) -> Fold:
    """As many digits as make twelve steps of 20 images."""
    return dataclasses.replace(
        fold,
        train_images=fold.train_images[:230],
        train_labels=fold.train_labels[:230],
        validation_images=fold.validation_images[:50],
        validation_labels=fold.validation_labels[:50],
    )


def test_killed_in_the_middle(settings, fold, tmp_path) -> None:
    """After kill -9 in epoch 3, is the resumed record that of a run never killed?"""
    every = ["device=cpu", "model.width=4", *CHANGES]
    killed = subprocess.run(
        [sys.executable, "-c", VICTIM, str(SOLUTIONS), tmp_path, json.dumps(every)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == [
        "refine-0000.safetensors"
    ]
    seen: list[Epoch] = []
    mine = override(Settings(), every)
    trial = resumed(mine, fold, tmp_path, watch=seen.append)
    assert told(trial) == told(resumed(mine, fold, None))
    assert trial.outcome == "finished"
    assert trial.images == 4 * 1150
    # the stored epochs are shown again, so that who watches knows the whole run
    assert [epoch.epoch for epoch in seen] == [1, 2, 3, 4]
    assert trial.seconds >= sum(epoch.seconds for epoch in trial.epochs)


@pytest.mark.parametrize(
    "changes",
    [
        ["train.optimizer=sgd"],
        ["train.optimizer=adamw", "train.rate=0.01"],
        ["train.optimizer=muon", "train.average=0"],
        ["train.precision=float16"],
    ],
)
def test_every_optimizer_goes_on(some, few, tmp_path, changes) -> None:
    """Ended after epoch 2, is the rest the same, and so are the weights?"""
    settings = override(some, changes)
    with pytest.raises(Stop):
        resumed(settings, few, tmp_path, watch=stop_after(2))
    trial = resumed(settings, few, tmp_path, keep_model=True)
    whole = resumed(settings, few, None, keep_model=True)
    assert told(trial) == told(whole)
    ours, theirs = trial.model.state_dict(), whole.model.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_the_scale_of_float16_goes_on(some, few, tmp_path) -> None:
    """Does a run go on with the loss scale that it had found?"""
    settings = override(some, ["train.precision=float16"])
    cpu = torch.device("cpu")
    names = {"id": "refine-0000", "step": "refine", "seed": 7}
    first, second = (
        loop.Run(settings, few, cpu, begun(settings, few, cpu, **names))
        for _ in range(2)
    )
    first.scaler.scale(torch.ones(()))  # the scale is made when it is first needed
    first.scaler.update(1024.0)
    first.save(tmp_path / FILE)
    assert second.restore(tmp_path / FILE)
    assert second.scaler.get_scale() == 1024


def test_the_seconds_of_all_sessions_add_up(some, few, tmp_path) -> None:
    """Does the time before the interruption count, and that of the pause not?"""
    with pytest.raises(Stop):
        resumed(some, few, tmp_path, watch=stop_after(2))
    state = checkpoint.load(tmp_path / FILE)
    state["trial"] |= {"seconds": 1000.0, "started": "2001-01-01T00:00:00.000Z"}
    checkpoint.save(tmp_path / FILE, state)
    trial = resumed(some, few, tmp_path)
    assert 1000 < trial.seconds < 1100
    assert trial.started.startswith("2001")


def test_a_resnet_goes_on(some, few, tmp_path) -> None:
    """Are the statistics of batch normalization part of the state?"""
    small = dataclasses.replace(
        few,
        train_images=few.train_images[:60].repeat(1, 1, 2, 2),
        train_labels=few.train_labels[:60],
        validation_images=few.validation_images[:30].repeat(1, 1, 2, 2),
        validation_labels=few.validation_labels[:30],
    )
    settings = override(some, ["model.name=resnet"])
    with pytest.raises(Stop):
        resumed(settings, small, tmp_path, watch=stop_after(2))
    trial = resumed(settings, small, tmp_path)
    assert told(trial) == told(resumed(settings, small, None))


def test_ctrl_c_leaves_the_last_whole_epoch(some, few, tmp_path, monkeypatch) -> None:
    """Interrupted in a step, does the run go on from the epoch before?"""
    honest = loop.Run.update

    def interrupted(self: loop.Run, *words):
        if self.steps == 30:  # in epoch 3, of 12 steps each
            raise KeyboardInterrupt
        return honest(self, *words)

    with monkeypatch.context() as patch:
        patch.setattr(loop.Run, "update", interrupted)
        with pytest.raises(KeyboardInterrupt):
            resumed(some, few, tmp_path)
    steps: list[int] = []

    def counted(self: loop.Run, *words):
        steps.append(self.steps)
        return honest(self, *words)

    with monkeypatch.context() as patch:
        patch.setattr(loop.Run, "update", counted)
        trial = resumed(some, few, tmp_path)
    assert steps == list(range(24, 48))
    assert told(trial) == told(resumed(some, few, None))


def test_a_finished_run_is_not_trained_again(some, few, tmp_path, monkeypatch) -> None:
    """Killed before its line was written, does it come back without a step?"""
    trial = resumed(some, few, tmp_path, keep_model=True)
    assert (tmp_path / FILE).exists()  # until the record is in the ledger
    monkeypatch.setattr(loop.Run, "epoch", None)
    again = resumed(some, few, tmp_path, keep_model=True)
    assert told(again) == told(trial)
    assert again.started == trial.started
    weights = again.model.state_dict()
    for key, tensor in trial.model.state_dict().items():
        assert torch.equal(tensor, weights[key])


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ("train.rate=0.05", {}),
        ("model.width=5", {}),
        ("train.epochs=5", {}),
        ("train.epochs=4", {"seed": 8}),
        ("train.epochs=4", {"step": "coarse"}),
    ],
)
def test_another_runs_checkpoint_is_not_used(
    some, few, tmp_path, change, options
) -> None:
    """Does a run with other settings, seed or purpose begin from its beginning?"""
    with pytest.raises(Stop):
        resumed(some, few, tmp_path, watch=stop_after(2))
    other = override(some, [change])
    trial = resumed(other, few, tmp_path, **options)
    assert told(trial) == told(resumed(other, few, None, **options))


def test_other_data_begin_anew(some, few, tmp_path) -> None:
    """Is a checkpoint left alone whose data were others?"""
    with pytest.raises(Stop):
        resumed(some, few, tmp_path, watch=stop_after(1))
    other = dataclasses.replace(few, fingerprint="0" * 64)
    seen: list[Epoch] = []
    with pytest.raises(Stop):
        resumed(
            some, other, tmp_path, watch=lambda e: seen.append(e) or stop_after(1)(e)
        )
    assert len(seen) == 1


def test_a_damaged_checkpoint_is_named(some, few, tmp_path) -> None:
    """Does a file that is no checkpoint end in a message that says what to do?"""
    with pytest.raises(Stop):
        resumed(some, few, tmp_path, watch=stop_after(1))
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"refine-0000\.safetensors.*delete it"):
        resumed(some, few, tmp_path)


def test_a_run_short_of_memory_stays_with_its_smaller_batch(
    some, few, tmp_path, monkeypatch
) -> None:
    """Does a resumed run remember the batch that did fit?"""
    honest = loop.smoothed_loss

    def hungry(logits, labels, smoothing):
        if len(labels) > 10:
            raise torch.OutOfMemoryError("planted by the test")
        return honest(logits, labels, smoothing)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "smoothed_loss", hungry)
        with pytest.raises(Stop):
            resumed(some, few, tmp_path, watch=stop_after(2))
    trial = resumed(some, few, tmp_path)
    assert trial.batch_size_used == 10
    assert trial.rate_used == 0.05
    assert {epoch.steps for epoch in trial.epochs} == {23}


def test_a_run_that_diverges_later_diverges_again(some, few, tmp_path) -> None:
    """Is the end the same if the run was ended just before it diverged?"""
    settings = override(some, ["train.clip=0"])
    with pytest.raises(Stop):
        resumed(settings, few, tmp_path, watch=stop_after(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "learning_rate", lambda *_: 1e30)
        trial = resumed(settings, few, tmp_path)
    assert trial.outcome == "diverged"
    assert [epoch.epoch for epoch in trial.epochs] == [1, 2]
