"""Do the checks of the schedules pass what is right, however it is written?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.oracles import schedules as oracle
from tests.checks.schedules_solutions import OF_A_STEP, STRANGERS, TOPIC, right

SEEDS = range(4)


# The oracles --------------------------------------------------------------------------


def torch_rates(make, steps: int, base_lr: float) -> list[float]:
    """The rates of the first steps under a scheduler of PyTorch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base_lr)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


in_torch = torch.optim.lr_scheduler
TWINS = {
    "step": (lambda o: in_torch.StepLR(o, 7, 0.3), (0.3, 7)),
    "multistep": (
        lambda o: in_torch.MultiStepLR(o, [3, 4, 11], 0.6),
        (0.6, [3, 4, 11]),
    ),
    "exponential": (lambda o: in_torch.ExponentialLR(o, 0.9), (0.9,)),
    "polynomial": (lambda o: in_torch.PolynomialLR(o, 30, 1.7), (1.7, 30)),
    "linear": (lambda o: in_torch.LinearLR(o, 1.0, 0.0, 30), (30,)),
    "cosine": (lambda o: in_torch.CosineAnnealingLR(o, 30), (30,)),
    "inverse": (
        lambda o: in_torch.LambdaLR(o, lambda t: (1 + 0.4 * t) ** -0.75),
        (0.4, 0.75),
    ),
    "inverse_sqrt": (lambda o: in_torch.LambdaLR(o, lambda t: (1 + t) ** -0.5), ()),
    "sigmoid": (
        lambda o: in_torch.LambdaLR(
            o, lambda t: float(torch.sigmoid(torch.tensor(-0.4 * (t - 9.0)).double()))
        ),
        (-0.4, 9),
    ),
    "fixed": (lambda o: in_torch.ConstantLR(o, 1.0), ()),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_definition_agrees_with_torch(name: str) -> None:
    """Does the oracle give the rates of PyTorch's scheduler of that kind?"""
    make, parameters = TWINS[name]
    rates = torch_rates(make, 31, 0.2)
    assert set(TWINS) == set(OF_A_STEP)
    ours = [getattr(oracle, name)(t, 0.2, *parameters) for t in range(31)]
    np.testing.assert_allclose(ours, rates, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("patience", [1, 2, 5])
@pytest.mark.parametrize("seed", range(20))
def test_exceeding_patience_agrees_with_torch(patience: int, seed: int) -> None:
    """Does the definition of the plateau reduce where PyTorch does?"""
    rng = np.random.default_rng(seed)
    history = (rng.integers(0, 9, 40) + np.linspace(4, 0, 40)).round(0).tolist()
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = in_torch.ReduceLROnPlateau(
        optimizer, factor=0.7, patience=patience, threshold=0.0, eps=0.0
    )
    for epoch, loss in enumerate(history):
        scheduler.step(loss)
        exceeded = oracle.plateau(
            history[: epoch + 1], 0.5, 0.7, patience, "exceeds patience"
        )
        assert exceeded == pytest.approx(optimizer.param_groups[0]["lr"])
        reached = oracle.plateau(
            history[: epoch + 1], 0.5, 0.7, patience + 1, "reaches patience"
        )
        assert reached == pytest.approx(exceeded)


def test_both_warmups_by_hand() -> None:
    """Are the two readings of a warm-up those that one writes down by hand?"""

    def after(t: int) -> float:
        return 0.8 * 0.5**t

    shares, zero = (
        [oracle.warmup(t, 0.8, 4, after, ramp) for t in range(7)]
        for ramp in ("(t + 1) / warmup_steps", "t / warmup_steps")
    )
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8, 0.4, 0.2])
    assert zero == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 0.4, 0.2])


# What is right ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("place", range(len(STRANGERS)))
def test_a_strangers_right_solution_passes(place: int, seed: int) -> None:
    """Does this right function pass every core part, whoever wrote it so?"""
    name, function = STRANGERS[place]
    verdict = examine(name, {name: function}, seed=seed)
    assert verdict.passed, str(verdict)
    assert verdict.score >= 0.9
    assert verdict.misconception is None


@pytest.mark.parametrize("name", TOPIC)
def test_the_obvious_solution_earns_everything(name: str) -> None:
    """Does the most obvious solution keep all manners, for many seeds?"""
    for seed in range(25):
        verdict = examine(name, {name: right(name)}, seed=seed)
        assert verdict.score == 1.0, str(verdict)


@pytest.mark.parametrize("name", TOPIC)
def test_a_seed_repeats_the_examination(name: str) -> None:
    """Does one seed ask the same twice, and another seed something else?"""
    asked = []
    for seed in (5, 5, 6):
        calls: list[str] = []

        def noting(*arguments, calls=calls):
            calls.append(repr(arguments[:4]))
            return right(name)(*arguments)

        examine(name, {name: noting}, seed=seed)
        asked.append([call for call in calls if "function" not in call])
    assert asked[0] == asked[1]
    if name != "warmup":  # it hands over functions, each at an address of its own
        assert asked[1] != asked[2]
