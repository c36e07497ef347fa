"""Do K networks trained at once come to what K runs of `fit` come to?

Both compute the same in float32, but a vectorized convolution is a grouped one, which
adds up in another order. Rounding errors of 6e-8 grow with the steps, 36 here; measured
on a CPU, no loss differs by more than 3e-6 of itself and no answer changes. TOLERANCE
is 1e-4 of a loss: a forgotten decay, a neighbor's generator or a wrong momentum moves
it by 100 times as much (`test_nothing_is_shared` sees to that).
"""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch
from project import vectorized
from project.config import Settings, override
from project.data import Fold
from project.device import DeviceError
from project.train import fit
from project.trial import Trial
from project.vectorized import fit_many

TOLERANCE = 1e-4
OWN = (
    ["train.rate=0.1"],
    ["train.rate=0.03", "train.weight_decay=0.05"],
    ["train.rate=1e25"],  # diverges at its second step
    ["train.rate=0.3", "train.momentum=0"],
)
EVERYTHING = (
    "train.crop=1",
    "train.flip=true",
    "train.cutout=2",
    "train.label_smoothing=0.1",
    "train.clip=0.7",
    "train.average=0.9",
    "train.drop_last=true",
    "train.head_rate=0.5",
    "train.bias_rate=3",
)


def both(
    settings: Settings, fold: Fold, own: tuple[list[str], ...] = OWN
) -> tuple[list[Trial], list[Trial]]:
    """Train apart, and at once."""
    each = [override(settings, changes) for changes in own]
    ids, seeds = [f"coarse-{k:04d}" for k in range(len(own))], [5, 6, 7, 8][: len(own)]
    apart = [
        fit(one, fold, id=name, step="coarse", seed=seed)
        for one, name, seed in zip(each, ids, seeds, strict=True)
    ]
    return apart, fit_many(each, fold, ids=ids, step="coarse", seeds=seeds)


def same(one: Trial, other: Trial) -> None:
    """Are two records the same, but for time and rounding?"""
    assert one.outcome == other.outcome
    time = {"started", "ended", "seconds", "epochs"}
    for key, value in asdict(one).items():
        if key not in time:
            assert getattr(other, key) == value, key
    for left, right in zip(one.epochs, other.epochs, strict=True):
        expected = asdict(left) | {"seconds": right.seconds}
        assert asdict(right) == pytest.approx(expected, rel=TOLERANCE, nan_ok=True)


@pytest.mark.parametrize("changes", [(), EVERYTHING], ids=["plain", "everything"])
def test_at_once_as_apart(
    settings: Settings, fold: Fold, changes: tuple[str, ...]
) -> None:
    """Are all numbers of all epochs the same, also beside one that diverges?"""
    for one, other in zip(*both(override(settings, changes), fold), strict=True):
        same(one, other)


def test_who_diverges_when(settings: Settings, fold: Fold) -> None:
    """Does the third, and it alone, end as diverged at its second step?"""
    _, together = both(settings, fold)
    assert [t.outcome for t in together] == ["finished"] * 2 + ["diverged", "finished"]
    assert together[2].epochs[-1].steps == 2
    assert [t.images for t in together] == [2300, 2300, 128, 2300]
    assert len(together[2].epochs) == 1


def test_all_diverge(settings: Settings, fold: Fold) -> None:
    """Is a group of which nothing is left at an end?"""
    apart, together = both(settings, fold, (OWN[2], OWN[2]))
    for one, other in zip(apart, together, strict=True):
        same(one, other)


def test_nothing_is_shared(settings: Settings, fold: Fold) -> None:
    """Do rate, momentum, decay and seed each matter, far beyond the tolerance?"""
    changes = (
        ["train.rate=0.1"],
        ["train.rate=0.11"],
        ["train.momentum=0.8"],
        ["train.weight_decay=0.05"],
    )
    each = [override(settings, own) for own in (*changes, changes[0])]
    trials = fit_many(
        each, fold, ids=list("abcde"), step="coarse", seeds=[0, 0, 0, 0, 1]
    )
    losses = [trial.epochs[-1].validation_loss for trial in trials]
    for other in losses[1:]:
        assert abs(other / losses[0] - 1) > 10 * TOLERANCE


def test_half_precision_at_once(settings: Settings, fold: Fold) -> None:
    """Does bfloat16, with 8 bits, come near? Its losses differ by up to 1 in 256."""
    changed = override(settings, ["train.precision=bfloat16", "train.epochs=1"])
    for one, other in zip(*both(changed, fold, OWN[:2]), strict=True):
        assert other.epochs[0].train_loss == pytest.approx(
            one.epochs[0].train_loss, rel=2**-8
        )


def test_too_little_memory(settings: Settings, fold: Fold, monkeypatch, capsys) -> None:
    """Where only two fit into memory: are they trained in pairs, and is that said?"""
    whole = vectorized._fit_many

    def small(settings_list, *arguments):
        if len(settings_list) > 2:
            raise torch.OutOfMemoryError
        return whole(settings_list, *arguments)

    monkeypatch.setattr(vectorized, "_fit_many", small)
    apart, together = both(override(settings, ["train.epochs=1"]), fold)
    for one, other in zip(apart, together, strict=True):
        same(one, other)
    assert capsys.readouterr().err.startswith("4 trials at once: out of memory")


def test_no_memory_for_two(settings: Settings, fold: Fold, monkeypatch) -> None:
    """Where not even one fits so: does `fit` train them, which can halve the batch?"""

    def none(*arguments):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(vectorized, "_fit_many", none)
    changed = override(settings, ["train.epochs=1"])
    apart, together = both(changed, fold, OWN[:2])
    assert [t.epochs[0].train_loss for t in together] == [
        t.epochs[0].train_loss for t in apart
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["train.epochs=3"], "may differ in seed, rate, momentum, weight_decay"),
        (["seed=3"], "may differ"),
        (["model.width=5"], "may differ"),
    ],
)
def test_trials_that_are_too_different(
    settings: Settings, fold: Fold, changes: list[str], said: str
) -> None:
    """Is a group that cannot be trained together refused?"""
    with pytest.raises(ValueError, match=said):
        both(settings, fold, ([], changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["train.optimizer=adamw"], "not adamw for small"),
        (["model.name=resnet"], "not sgd for resnet"),
        (["train.precision=float16"], "not in float16"),
    ],
)
def test_settings_that_are_not_vectorized(
    settings: Settings, fold: Fold, changes: list[str], said: str
) -> None:
    """And settings of which there is no vectorized form?"""
    with pytest.raises(ValueError, match=said):
        fit_many([override(settings, changes)], fold, ids=["a"], step="a", seeds=[0])


def test_the_precision_that_auto_chooses_is_looked_at(
    settings: Settings, fold: Fold, monkeypatch
) -> None:
    """On a device where "auto" is float16: is that refused as float16 itself is?"""
    monkeypatch.setattr(vectorized.device, "arithmetic", lambda *_: torch.float16)
    auto = override(settings, ["train.precision=auto"])
    with pytest.raises(ValueError, match=r"set train\.precision=float32"):
        fit_many([auto], fold, ids=["a"], step="a", seeds=[0])


def test_lists_that_do_not_match(settings: Settings, fold: Fold) -> None:
    """Are missing ids and seeds noticed, and a group of none?"""
    for listed, ids, seeds in (
        ([settings], [], [0]),
        ([settings], ["a"], []),
        ([],) * 3,
    ):
        with pytest.raises(ValueError, match="as many ids and seeds"):
            fit_many(listed, fold, ids=ids, step="a", seeds=seeds)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_device_that_is_not_there(settings: Settings, fold: Fold) -> None:
    """Is a missing GPU named, as `fit` names it?"""
    with pytest.raises(DeviceError, match="cuda"):
        fit_many(
            [override(settings, ["device=cuda"])], fold, ids=["a"], step="a", seeds=[0]
        )
