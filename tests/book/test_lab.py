"""Do the helpers of the chapters' experiments do what the chapters say they do?"""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from tests.book.chapters import BOOK


@pytest.fixture
def helpers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The modules ``lab`` and ``replicas``, imported as a chapter imports them."""
    monkeypatch.syspath_prepend(str(BOOK))
    import lab
    import replicas

    yield lab, replicas
    for name in ("lab", "replicas"):
        sys.modules.pop(name, None)


def test_the_parts_of_the_data_do_not_overlap(helpers) -> None:
    """Are training, validation and test images different ones, all of them used?"""
    lab, _ = helpers
    data = lab.digits(3)
    sizes = [len(part.x) for part in data]
    assert sizes == [1000, 400, 397]
    rows = torch.cat([part.x for part in data])
    assert len(torch.unique(rows, dim=0)) == len(rows) == 1797


def test_standardization_uses_the_training_part_only(helpers) -> None:
    """Is it the training part, and no other, that has mean 0 and variance 1?"""
    lab, _ = helpers
    data = lab.digits(0, n_train=100)
    assert abs(float(data.train.x.mean())) < 1e-5
    assert abs(float(data.train.x.std(correction=0)) - 1) < 1e-5
    assert abs(float(data.test.x.mean())) > 1e-4


def test_training_leaves_the_global_generator_alone(helpers) -> None:
    """Does nobody else's random number change because a network was trained?"""
    lab, _ = helpers
    before = torch.random.get_rng_state()
    model = lab.mlp((64, 8, 10), 0, lambda: nn.Dropout(0.5))
    state = torch.random.get_rng_state()
    lab.train(model, lab.digits(0), 1, seed=5)
    assert torch.equal(state, torch.random.get_rng_state())
    torch.random.set_rng_state(before)


def test_training_is_repeatable(helpers) -> None:
    """Do equal seeds give equal networks, and other seeds others?"""
    lab, _ = helpers
    data = lab.digits(0)

    def trained(seed: int) -> list[float]:
        model = lab.mlp((64, 8, 10), 0, lambda: nn.Dropout(0.5))
        return lab.train(model, data, 2, seed=seed).val_loss

    assert trained(1) == trained(1) != trained(2)


def test_replicas_do_not_touch_one_another(helpers) -> None:
    """Does a replica end the same when its neighbor trains on other data?"""
    lab, replicas = helpers
    splits = [lab.digits(s, n_train=100, n_val=100) for s in range(3)]
    sizes, rate = (64, 12, 10), 0.05
    ends = []
    for pair in (splits[:2], [splits[0], splits[2]]):
        model = replicas.mlp(sizes, (0, 1))
        replicas.train(model, replicas.stack(pair), 3, rate)
        ends.append(model[0].weight.detach())
    assert torch.allclose(ends[0][0], ends[1][0], atol=1e-7)
    assert not torch.allclose(ends[0][1], ends[1][1], atol=1e-3)


def test_a_replica_begins_as_the_single_network(helpers) -> None:
    """Are initial outputs those of ``lab.mlp`` with the same seeds?"""
    lab, replicas = helpers
    data = [lab.digits(s) for s in (4, 7)]
    together = replicas.mlp((64, 9, 10), (4, 7))(replicas.stack(data).val.x)
    for i, seed in enumerate((4, 7)):
        alone = lab.mlp((64, 9, 10), seed)(data[i].val.x)
        assert torch.allclose(together[i], alone, atol=1e-5)


def test_replicas_normalize_each_batch_on_its_own(helpers) -> None:
    """Is each replica normalized by its own batch, and by its own memory later?"""
    _, replicas = helpers
    generator = torch.Generator().manual_seed(0)
    scale = torch.tensor([1.0, 10.0, 0.1])[:, None, None]
    x = scale * torch.randn(3, 20, 4, generator=generator) + scale
    norm = replicas.BatchNorm(3, 4, momentum=0.5)
    single = [nn.BatchNorm1d(4, momentum=0.5) for _ in range(3)]
    for _ in range(2):
        expected = torch.stack([one(x[s]) for s, one in enumerate(single)])
        assert torch.allclose(norm(x), expected, atol=1e-5)
    norm.eval()
    expected = torch.stack([one.eval()(x[s]) for s, one in enumerate(single)])
    assert torch.allclose(norm(x), expected, atol=1e-5)


def test_a_network_is_built_as_asked(helpers) -> None:
    """Are activation, initial width, and the layers around an activation obeyed?"""
    lab, replicas = helpers
    model = replicas.mlp(
        (64, 50, 30, 10),
        (0, 1),
        after=nn.Identity,
        activation=nn.Tanh,
        std=lambda n_in, n_out: 1 / (n_in + n_out),
        before=lambda width: replicas.BatchNorm(2, width),
    )
    kinds = [type(layer).__name__ for layer in model]
    assert kinds == ["Linear", "BatchNorm", "Tanh", "Identity"] * 2 + ["Linear"]
    assert model[1].norm.num_features == 100
    assert np.isclose(float(model[0].weight.detach().std()), 1 / 114, rtol=0.05)
    assert np.isclose(lab.he(50, 30), 0.2)


def test_training_uses_the_optimizer_and_the_schedule(helpers) -> None:
    """Is the optimizer ours, its rate the schedule's, and each gradient shown first?"""
    lab, replicas = helpers
    data = replicas.stack([lab.digits(s, n_train=100, n_val=100) for s in range(2)])
    made, rates, norms = [], [], []

    def make(parameters, lr: float) -> torch.optim.Optimizer:
        made.append(torch.optim.Adam(parameters, lr=lr))
        return made[0]

    def look(model: nn.Module, t: int) -> None:
        rates.append((t, made[0].param_groups[0]["lr"]))
        norms.append(float(model[0].weight.grad.norm()))

    model = replicas.mlp((64, 8, 10), (0, 1))
    curve = replicas.train(
        model,
        data,
        epochs=2,
        lr=0.1,
        optimizer=make,
        schedule=lambda t: 1 / (t + 1),
        before_step=look,
        watch=data.val,
    )
    assert rates == [(t, 0.1 / (t + 1)) for t in range(4)]
    assert min(norms) > 0
    assert curve.shape == (2, 2)
    assert np.allclose(curve[-1], replicas.losses(model, data.val))


def test_a_fair_comparison_chooses_on_validation_data(helpers) -> None:
    """Is the rate the one with the least validation loss, divergence included?"""
    lab, replicas = helpers
    data = replicas.stack([lab.digits(s, n_train=100, n_val=100) for s in range(2)])

    def chosen(rates: tuple[float, ...]) -> float:
        make = lambda: replicas.mlp((64, 12, 10), (0, 1))  # noqa: E731
        return replicas.fair(make, data, epochs=5, rates=rates).lr

    assert chosen((1e-6, 0.05)) == chosen((0.05, 1e-6)) == 0.05
    assert chosen((1e30, 0.05)) == 0.05
    with pytest.raises(ValueError, match="learning rate"):
        chosen(())


def test_a_summary_is_mean_and_sample_deviation(helpers) -> None:
    """Is the spread the one with n - 1?"""
    lab, _ = helpers
    found = lab.summary([1.0, 2.0, 4.0])
    assert found.n == 3
    assert np.isclose(found.mean, 7 / 3)
    assert np.isclose(found.std, np.std([1, 2, 4], ddof=1))
    assert (
        found.text(1, "%")
        == "2.3\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}1.5\N{NO-BREAK SPACE}%"
    )


def test_the_examples_in_the_helpers_run(helpers) -> None:
    """Do the docstrings' examples print what they say?"""
    lab, _ = helpers
    outcome = doctest.testmod(lab)
    assert outcome.attempted > 0
    assert outcome.failed == 0
