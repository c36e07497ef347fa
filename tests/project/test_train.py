"""The engine: does it learn, does it count rightly, and how does it end?"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from pathlib import Path

import pytest
import torch
from project import loop, train
from project.config import Settings, override
from project.data import Fold
from project.device import DeviceError
from project.ledger import cleaned
from project.train import Epoch, Pruned, Trial, evaluate, fit
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def run(settings: Settings, fold: Fold, *changes: str, **options) -> Trial:
    """Fit the smallest network, with some settings changed."""
    words = {"id": "coarse-0000", "step": "coarse", "seed": 0, **options}
    return fit(override(settings, list(changes)), fold, **words)


def numbers(trial: Trial) -> list[dict]:
    """All numbers of all epochs, times apart."""
    return [{**dataclasses.asdict(epoch), "seconds": None} for epoch in trial.epochs]


@pytest.fixture(scope="module")
def few(fold: Fold) -> Fold:
    """A tenth of the digits."""
    return dataclasses.replace(
        fold,
        train_images=fold.train_images[:115],
        train_labels=fold.train_labels[:115],
        validation_images=fold.validation_images[:29],
        validation_labels=fold.validation_labels[:29],
    )


# It learns


@pytest.mark.parametrize(
    "optimizer", [("sgd", "0.05"), ("adamw", "0.01"), ("muon", "0.05")]
)
def test_it_learns_the_digits(settings, fold, optimizer) -> None:
    """Does every optimizer bring 8 channels beyond 95 % in five epochs?"""
    name, rate = optimizer
    changes = (f"train.optimizer={name}", f"train.rate={rate}")
    trial = run(settings, fold, "train.epochs=5", "model.width=8", *changes)
    assert trial.outcome == "finished"
    assert trial.epochs[-1].validation_accuracy > 0.95
    assert trial.epochs[-1].train_loss < trial.epochs[0].train_loss


def test_everything_at_once(settings, fold) -> None:
    """Do augmentation, smoothing, clipping, averaging and bfloat16 go together?"""
    trial = run(
        settings,
        fold,
        "train.epochs=6",
        "model.width=8",
        "train.crop=1",
        "train.cutout=2",
        "train.label_smoothing=0.1",
        "train.clip=1",
        "train.average=0.9",
        "train.precision=bfloat16",
    )
    assert trial.epochs[-1].validation_accuracy > 0.9


def test_a_resnet_learns(settings, few) -> None:
    """Does the network of CIFAR-10 learn, too? Digits, enlarged, stand in."""

    def enlarged(images: Tensor) -> Tensor:
        return images.repeat(1, 3, 2, 2)[:, :, :12, :12]

    large = dataclasses.replace(
        few,
        train_images=enlarged(few.train_images),
        validation_images=enlarged(few.validation_images),
    )
    changes = ("model.name=resnet", "train.epochs=15", "train.batch_size=16")
    trial = run(settings, large, *changes, "train.optimizer=muon", "train.rate=0.2")
    assert trial.epochs[-1].train_accuracy > 0.9
    assert trial.epochs[-1].validation_accuracy > 0.5


def test_the_first_layer_is_trained_as_long_as_set(settings, few, monkeypatch) -> None:
    """Do its biases move in the first half of the epochs, and then no more?"""
    large = dataclasses.replace(
        few,
        train_images=few.train_images.repeat(1, 3, 2, 2)[:, :, :12, :12],
        validation_images=few.validation_images.repeat(1, 3, 2, 2)[:, :, :12, :12],
    )
    seen: list[Tensor] = []
    honest = loop.Run.epoch

    def noted(self: loop.Run) -> Epoch:
        epoch = honest(self)
        seen.append(self.model.net.whiten.bias.detach().clone())
        return epoch

    monkeypatch.setattr(loop.Run, "epoch", noted)
    changes = ("model.name=resnet", "train.epochs=4", "train.first_layer=0.5")
    trial = run(settings, large, *changes, "train.clip=1", "train.average=0.9")
    assert trial.outcome == "finished"
    moved = [not torch.equal(a, b) for a, b in itertools.pairwise([0 * seen[0], *seen])]
    assert moved == [True, True, False, False]


# It is determined by its seed


def test_the_seed_decides_everything(settings, few) -> None:
    """Same seed, same numbers; another seed, others; global generators untouched?"""
    changes = ("train.crop=1", "train.cutout=2", "train.flip=true")
    before = torch.random.get_rng_state()
    first, second, other = (run(settings, few, *changes, seed=s) for s in (3, 3, 4))
    assert numbers(first) == numbers(second)
    assert numbers(first) != numbers(other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_largest_seed(settings, few) -> None:
    """Does the largest seed that the settings allow work?"""
    assert run(settings, few, seed=2**32 - 1).outcome == "finished"


def test_measuring_changes_nothing(settings, few, monkeypatch) -> None:
    """Are the losses the same, however often the monitors measure?"""
    seldom = run(settings, few, "train.batch_size=8")
    monkeypatch.setattr(loop, "MEASURED", 1000)
    often = run(settings, few, "train.batch_size=8")
    assert [e.train_loss for e in seldom.epochs] == [e.train_loss for e in often.epochs]
    assert seldom.epochs[0].gradient_norm != often.epochs[0].gradient_norm


# It counts and records


def test_the_record_is_json_and_consistent(settings, few) -> None:
    """Do counts and times in the record fit together, and does JSON hold it all?"""
    trial = run(settings, few, "train.batch_size=25", keep_model=True)
    record = json.loads(json.dumps(cleaned(trial), allow_nan=False))
    assert "model" not in record
    assert record["record"] == "trial"
    assert record["data"]["train"] == 115
    assert record["data"]["validation"] == 29
    assert [epoch["epoch"] for epoch in record["epochs"]] == [1, 2]
    assert [epoch["steps"] for epoch in record["epochs"]] == [math.ceil(115 / 25)] * 2
    assert record["images"] == 2 * 115
    assert (record["batch_size_used"], record["rate_used"]) == (25, 0.1)
    total = sum(epoch["seconds"] for epoch in record["epochs"])
    assert 0 < total <= record["seconds"]
    assert record["started"] < record["ended"]
    assert record["device"].startswith("cpu: ")
    assert set(record["versions"]) == {"python", "torch", "numpy", "project"}
    assert record["parameters"] == sum(p.numel() for p in trial.model.parameters())
    assert record["settings"]["train"]["batch_size"] == 25


def test_each_image_is_seen_once_an_epoch() -> None:
    """Are batches a partition, of sizes that differ by one at most?"""
    rng = torch.Generator().manual_seed(0)
    for count, size in [(115, 25), (1, 1), (7, 7), (1150, 64), (10, 3)]:
        parts = loop.batches(count, size, rng)
        assert len(parts) == math.ceil(count / size)
        assert torch.cat(parts).sort().values.tolist() == list(range(count))
        lengths = {len(part) for part in parts}
        assert max(lengths) <= size
        assert max(lengths) - min(lengths) <= 1


def test_full_batches_only() -> None:
    """With `drop_last`: are all batches of one size, and the rest is another each time?

    Of 10 images 3 times 3 are taken; that the same one is left out in 20 epochs has a
    probability of 1e-19.
    """
    rng = torch.Generator().manual_seed(0)
    left = set()
    for _ in range(20):
        parts = loop.batches(10, 3, rng, drop_last=True)
        assert [len(part) for part in parts] == [3, 3, 3]
        taken = set(torch.cat(parts).tolist())
        assert len(taken) == 9
        left |= set(range(10)) - taken
    assert len(left) > 1
    assert [len(part) for part in loop.batches(7, 7, rng, drop_last=True)] == [7]


def test_a_run_of_full_batches_counts_what_it_saw(settings, few) -> None:
    """Are steps, images and accuracy those of 4 batches of 25, not of 115 images?"""
    trial = run(settings, few, "train.batch_size=25", "train.drop_last=true")
    assert [epoch.steps for epoch in trial.epochs] == [4, 4]
    assert trial.images == 2 * 100
    for epoch in trial.epochs:
        right = 100 * epoch.train_accuracy
        assert right == pytest.approx(round(right), abs=1e-4)


def test_the_rate_of_an_epoch_is_that_of_its_last_step(settings, few) -> None:
    """Is the schedule followed step by step over all epochs?"""
    changes = ("train.batch_size=23", "train.warmup=0.2", "train.schedule=linear")
    trial = run(settings, few, *changes)
    # 10 steps: 2 of warm-up, then eight eighths; step 4 is 2, step 9 is 7 after it
    expected = [0.1 * (1 - 2 / 8), 0.1 * (1 - 7 / 8)]
    assert [epoch.rate for epoch in trial.epochs] == pytest.approx(expected)


def test_a_batch_larger_than_the_data(settings, few) -> None:
    """Is the batch cut down to what there is, and recorded so?"""
    trial = run(settings, few, "train.batch_size=1000")
    assert trial.batch_size_used == 115
    assert trial.rate_used == 0.1
    assert [epoch.steps for epoch in trial.epochs] == [1, 1]


def test_the_watch_sees_each_epoch(settings, few) -> None:
    """Is the watch called with each epoch, in order?"""
    seen: list[Epoch] = []
    trial = run(settings, few, watch=seen.append)
    assert seen == trial.epochs


def test_the_monitors_measure_the_raw_gradient(settings, few) -> None:
    """Is the norm that before clipping, and the ratio that of the clipped step?"""
    options = ("train.momentum=0", "train.batch_size=115", "train.epochs=1")
    free = run(settings, few, *options).epochs[0]
    clipped = run(settings, few, *options, f"train.clip={free.gradient_norm / 4}")
    assert clipped.epochs[0].gradient_norm == pytest.approx(free.gradient_norm)
    ratio = clipped.epochs[0].update_ratio / free.update_ratio
    assert ratio == pytest.approx(1 / 4, rel=0.02)  # (weight decay is not clipped)


def test_a_loose_clip_does_nothing(settings, few) -> None:
    """Is a gradient that is short enough left as it is?"""
    assert numbers(run(settings, few, "train.clip=1e9")) == numbers(run(settings, few))


# What it leaves


def test_the_model_that_is_kept_is_the_one_that_was_validated(settings, few) -> None:
    """Does the kept network, given bytes, come to the recorded validation numbers?"""
    for average in ("0", "0.9"):
        trial = run(settings, few, f"train.average={average}", keep_model=True)
        assert not trial.model.training
        loss, accuracy = evaluate(
            trial.model, few.validation_images, few.validation_labels, 10
        )
        assert loss == pytest.approx(trial.epochs[-1].validation_loss, rel=1e-5)
        assert accuracy == trial.epochs[-1].validation_accuracy
    assert run(settings, few).model is None


def test_the_average_is_smoother_than_the_weights(settings, few) -> None:
    """With a decay of nearly 1 over few steps, is it near the mean of all weights?"""
    plain = run(settings, few, keep_model=True)
    averaged = run(settings, few, "train.average=0.999", keep_model=True)
    ours = averaged.model.state_dict()["net.head.weight"]
    last = plain.model.state_dict()["net.head.weight"]
    assert not torch.equal(ours, last)
    assert [e.train_loss for e in plain.epochs] == [
        e.train_loss for e in averaged.epochs
    ]


def test_evaluation_is_the_mean_over_images() -> None:
    """Do batches of different sizes give the mean over all images?"""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(()))

        def forward(self, images: Tensor) -> Tensor:
            assert not self.training
            return self.scale * images.flatten(1).float()

    rng = torch.Generator().manual_seed(0)
    images = torch.randint(9, (10, 1, 1, 4), generator=rng, dtype=torch.uint8)
    labels = torch.randint(4, (10,), generator=rng)
    model = Net()
    loss, accuracy = evaluate(model, images, labels, 4)
    logits = images.flatten(1).float()
    assert loss == pytest.approx(cross_entropy(logits, labels).item())
    assert accuracy == pytest.approx((logits.argmax(1) == labels).float().mean().item())
    assert model.training  # as it was


# How it ends


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon"])
def test_a_run_that_diverges_ends_there(settings, few, optimizer) -> None:
    """Is it said, within the epoch, and is the last validation loss not finite?"""
    seen: list[Epoch] = []
    trial = run(
        settings,
        few,
        "train.rate=1e30",
        "train.warmup=0",
        "train.batch_size=8",
        f"train.optimizer={optimizer}",
        watch=seen.append,
    )
    assert trial.outcome == "diverged"
    assert len(trial.epochs) == 1
    assert trial.epochs[0].steps < 15
    assert trial.images < 115
    assert not math.isfinite(trial.epochs[0].validation_loss)
    assert cleaned(trial)["epochs"][0]["validation_loss"] is None
    assert seen == []


def test_a_validation_loss_that_is_not_finite(settings, few, monkeypatch) -> None:
    """Has a run diverged that only validation shows it of?"""
    monkeypatch.setattr(loop, "evaluate", lambda *_: (math.inf, 0.1))
    assert run(settings, few).outcome == "diverged"


def test_the_watch_may_prune(settings, few) -> None:
    """Does `Pruned` end the run with the epochs so far?"""

    def watch(epoch: Epoch) -> None:
        if epoch.epoch == 2:
            raise Pruned

    trial = run(settings, few, "train.epochs=4", watch=watch)
    assert trial.outcome == "pruned"
    assert len(trial.epochs) == 2
    assert trial.ended


def short_of_memory(monkeypatch, room: int) -> None:
    """Let the device run out of memory with more than so many images a step."""
    honest = loop.smoothed_loss

    def hungry(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        if len(labels) > room:
            raise torch.OutOfMemoryError("no memory left (planted by the test)")
        return honest(logits, labels, smoothing)

    monkeypatch.setattr(loop, "smoothed_loss", hungry)


@pytest.mark.parametrize(
    ("optimizer", "share"), [("sgd", 1 / 4), ("adamw", 1 / 2), ("muon", 1 / 2)]
)
def test_out_of_memory_halves_the_batch(
    settings, few, monkeypatch, capfd, tmp_path, optimizer, share
) -> None:
    """Is the batch halved until it fits, the rate with it, and is it said?"""
    short_of_memory(monkeypatch, room=16)
    change = f"train.optimizer={optimizer}"
    trial = run(settings, few, change, "train.batch_size=64", run=tmp_path)
    assert trial.outcome == "finished"
    assert trial.batch_size_used == 16
    assert trial.rate_used == pytest.approx(0.1 * share)
    assert trial.settings["train"]["batch_size"] == 64
    assert trial.images == 2 * 115
    assert [epoch.steps for epoch in trial.epochs] == [8, 8]
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 2
    assert "coarse-0000: out of memory with 64 images a step" in said[0]
    assert "begun anew with 32" in said[0]
    # And it is the run that small batches give from the beginning.
    direct = run(
        settings, few, change, "train.batch_size=16", f"train.rate={trial.rate_used}"
    )
    assert numbers(trial) == numbers(direct)


def test_out_of_memory_in_the_middle(settings, few, monkeypatch, tmp_path) -> None:
    """If a neighbor takes the memory in epoch 2, is nothing of epoch 1 left?"""
    honest = loop.Run.update

    def hungry(self: loop.Run, chosen: Tensor, *words) -> Tensor:
        if self.steps == 7 and len(chosen) > 16:  # of 4 an epoch
            raise torch.OutOfMemoryError("planted by the test")
        return honest(self, chosen, *words)

    monkeypatch.setattr(loop.Run, "update", hungry)
    trial = run(settings, few, "train.batch_size=32", run=tmp_path)
    direct = run(settings, few, "train.batch_size=16", "train.rate=0.05")
    assert numbers(trial) == numbers(direct)
    assert trial.images == 2 * 115


def test_no_memory_at_all(settings, few, monkeypatch) -> None:
    """Does the run end, and say so, if not even one image fits?"""
    short_of_memory(monkeypatch, room=0)
    trial = run(settings, few)
    assert trial.outcome == "out of memory"
    assert trial.batch_size_used == 1
    assert trial.epochs == []


def test_out_of_memory_in_a_hook_of_the_network(settings, few, monkeypatch) -> None:
    """Is it caught as well where it usually happens, inside the network?"""
    honest = loop.build

    def hooked(*words, **options) -> nn.Module:
        model = honest(*words, **options)

        def hungry(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            if len(inputs[0]) > 40 and module.training:
                raise torch.cuda.OutOfMemoryError("planted by the test")

        model.net.head.register_forward_pre_hook(hungry)
        return model

    monkeypatch.setattr(loop, "build", hooked)
    trial = run(settings, few, "train.batch_size=64")
    assert (trial.outcome, trial.batch_size_used) == ("finished", 32)


def test_other_errors_are_not_swallowed(settings, few, monkeypatch) -> None:
    """Does a student's mistake surface as itself?"""

    def mistaken(*_: object) -> Tensor:
        raise ZeroDivisionError("mine")

    monkeypatch.setattr(loop, "smoothed_loss", mistaken)
    with pytest.raises(ZeroDivisionError, match="mine"):
        run(settings, few)


# The machine


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there(settings, few, name, monkeypatch) -> None:
    """Is it said which devices there are?"""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=f"device {name}.* it has cpu"):
        run(settings, few, f"device={name}")


def test_auto_on_a_cpu_is_float32(settings, few, monkeypatch) -> None:
    """Are numbers of a CPU those of float32, unless another type is asked for?"""
    auto = run(settings, few)
    full = run(settings, few, "train.precision=float32")
    half = run(settings, few, "train.precision=bfloat16")
    assert numbers(auto) == numbers(full)
    assert numbers(half) != numbers(full)
    assert half.epochs[-1].train_loss == pytest.approx(
        full.epochs[-1].train_loss, rel=0.1
    )


def test_float16_scales_the_loss(settings, few) -> None:
    """Does float16 learn, and are the recorded norms those of the unscaled loss?"""
    full = run(settings, few, "train.precision=float32").epochs[-1]
    half = run(settings, few, "train.precision=float16").epochs[-1]
    assert half.train_loss == pytest.approx(full.train_loss, rel=0.2)
    assert half.gradient_norm == pytest.approx(full.gradient_norm, rel=0.5)


def test_compilation_is_asked_for(settings, few, monkeypatch) -> None:
    """Does the loop train by the compiled network, and validate by the plain one?"""
    calls: list[bool] = []

    def compiled(model: nn.Module, *, dynamic: bool):
        assert not dynamic

        def forward(images: Tensor) -> Tensor:
            calls.append(model.training)
            return model(images)

        return forward

    monkeypatch.setattr(torch, "compile", compiled)
    plain = run(settings, few)
    assert calls == []
    assert numbers(run(settings, few, "train.compile=true")) == numbers(plain)
    assert calls == [True] * 4  # two steps, two epochs


def test_a_run_is_compiled_once(settings, few, monkeypatch) -> None:
    """Does a further run find all of it compiled, whole, and learn what it would have?

    Two graphs: one trains the biases of the first layer, one leaves them as they are.
    """
    large = dataclasses.replace(
        few,
        train_images=few.train_images.repeat(1, 3, 2, 2)[:, :, :12, :12],
        validation_images=few.validation_images.repeat(1, 3, 2, 2)[:, :, :12, :12],
    )
    changes = ("model.name=resnet", "train.first_layer=0.5", "train.drop_last=true")
    plain = run(settings, large, *changes)
    honest, graphs = torch.compile, []

    def noted(graph: torch.fx.GraphModule, _inputs: list[Tensor]):
        graphs.append(graph)
        return graph

    def compiled(model: nn.Module, *, dynamic: bool):
        return honest(model, dynamic=dynamic, fullgraph=True, backend=noted)

    monkeypatch.setattr(torch, "compile", compiled)
    for _ in range(2):
        assert numbers(run(settings, large, *changes, "train.compile=true")) == (
            numbers(plain)
        )
        assert len(graphs) == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_step_does_not_wait_for_the_gpu(settings, few, monkeypatch) -> None:
    """Does any step of the loop synchronize? torch says so itself."""
    honest = loop.Run.update

    def watched(self: loop.Run, *words: object) -> Tensor:
        torch.cuda.set_sync_debug_mode("error")
        try:
            return honest(self, *words)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(loop.Run, "update", watched)
    changes = ("device=cuda", "train.crop=1", "train.flip=true", "train.cutout=2")
    trial = run(settings, few, *changes, "train.clip=1", "train.average=0.9")
    assert trial.outcome == "finished"


# An image is mirrored in every other epoch


def test_two_epochs_show_both_sides(settings, few, monkeypatch) -> None:
    """Is each image seen once as it is and once mirrored in two epochs?"""
    flips: list[Tensor] = []
    chosen: list[Tensor] = []
    honest = loop.Run.update

    def noted(self: loop.Run, indices: Tensor, flip: Tensor, measures) -> Tensor:
        chosen.append(indices)
        flips.append(flip)
        return honest(self, indices, flip, measures)

    monkeypatch.setattr(loop.Run, "update", noted)
    run(settings, few, "train.flip=true")
    times = torch.zeros(115).index_add(0, torch.cat(chosen), torch.cat(flips).float())
    assert torch.equal(times, torch.ones(115))
    first = torch.cat(flips[:2]).float().mean()
    # 115 fair coins: beyond 0.5 ± 0.2 with a probability of 2e-5
    assert 0.3 < first < 0.7


def test_training_runs_where_the_record_says(settings, few) -> None:
    """Are train's names those that other modules use?"""
    assert {"Epoch", "Pruned", "Trial", "evaluate", "fit"} <= set(train.__all__)
    assert isinstance(run(settings, few, run=None), Trial)
    assert not list(Path().glob("checkpoints"))
