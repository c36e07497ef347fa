"""Does a seed fix the mask of dropout_forward, and change nothing else?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import examine
from tests.checks.dropout_solutions import FORWARD, Function, failures, inverted

SCALE = "a unit is dropped, or kept and divided by p"
RATE = "units are kept with probability p"
TEST = "test mode returns x"
SEEDS = "a seed makes the mask repeatable"


def seeded(change: Function, mode: str = "train") -> Function:
    """Right but where a seed is given in ``mode``: there ``change`` answers."""

    def forward(x: Any, dropout_param: dict[str, Any]) -> Any:
        if "seed" in dropout_param and dropout_param["mode"] == mode:
            rng = np.random.default_rng(dropout_param["seed"])
            return change(x, dropout_param["p"], rng, dropout_param["seed"]), None
        return inverted()(x, dropout_param)

    return forward


def by(number: Function) -> Function:
    """A right mask, drawn from a seed that depends on the one given."""
    return lambda x, p, _, seed: (
        x * (np.random.default_rng(number(seed)).random(x.shape) < p) / p
    )


@pytest.mark.parametrize(
    ("forward", "title"),
    [
        (seeded(lambda x, p, rng, _: x * (rng.random(x.shape) < p)), SCALE),
        (seeded(lambda x, p, rng, _: x * (rng.random(x.shape) > p) / p), RATE),
        (
            seeded(lambda x, p, rng, _: x * (rng.random(x.shape) < p) / p, "test"),
            TEST,
        ),
        (seeded(by(lambda seed: seed or None)), SEEDS),
        (seeded(by(lambda seed: seed % 2)), SEEDS),
        (seeded(by(lambda seed: seed % 1000)), SEEDS),
        (seeded(by(lambda _: 0)), SEEDS),
        (seeded(by(lambda _: None)), SEEDS),
    ],
)
def test_the_law_holds_with_a_seed_too(forward: Function, title: str) -> None:
    """Does a seed fix the mask, every one its own, and change nothing else?"""
    for seed in range(5):
        assert title in failures(FORWARD, {FORWARD: forward}, seed)


def test_seed_0_is_named() -> None:
    """Does the message say that 0 is a seed, and the diagnosis why?"""
    forward = seeded(by(lambda seed: seed or None))
    verdict = examine(FORWARD, {FORWARD: forward}, seed=1)
    assert "0 is a seed too" in verdict.message
    assert verdict.misconception == "seed_zero_ignored"
