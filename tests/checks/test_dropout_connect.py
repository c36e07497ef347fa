"""Are the weights of DropConnect judged by the law of their masks?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.mistakes import dropout_connect
from autograder.oracles import masks
from autograder.oracles.dropout_connect import decode_weights, legible_affine
from tests.checks.dropout_solutions import CONNECT, Function, failures

SCALE = "a weight is dropped, or kept and divided by p"
RATE = "weights are kept with probability p"
OWN = "every weight draws for itself"
TEST = "test mode is the plain affine map"


@pytest.mark.parametrize(
    "plant",
    [
        lambda out, _: 1.001 * out,
        lambda out, b: out + 0.001 * b,
        lambda out, _: np.where(np.arange(out.size).reshape(out.shape), out, 0),
        lambda out, _: out[:, ::-1],
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_dropconnect_with_a_planted_error_is_refused(
    plant: Function, seed: int
) -> None:
    """Is a wrong output refused although the mask is not known?"""

    def planted(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
        right = dropout_connect.dropconnect_one_mask_for_the_batch
        out, cache = right(x, w, b, dropout_param)
        return plant(out, b), cache

    assert not examine(CONNECT, {CONNECT: planted}, seed=seed).passed


def masked_products(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
    """Dropout of the affine map's output, before the bias is added."""
    out = x @ w
    if dropout_param["mode"] == "train":
        p = dropout_param["p"]
        out = out * (np.random.default_rng().random(out.shape) < p) / p
    return out + b, None


def test_outputs_dropped_before_the_bias_are_not_dropconnect() -> None:
    """Is dropout of x @ w told from DropConnect, though single terms agree?"""
    for seed in range(20):
        assert not examine(CONNECT, {CONNECT: masked_products}, seed=seed).passed


def connect(keep: Function, test: Function | None = None) -> Function:
    """DropConnect with a mask of its own, and perhaps a test mode of its own."""

    def forward(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
        p, rng = dropout_param["p"], np.random.default_rng(dropout_param.get("seed"))
        if dropout_param["mode"] == "test":
            return (x @ w + b if test is None else test(x, w, b)), None
        return x @ (w * keep(rng, w.shape, p) / p) + b, None

    return forward


def right_mask(rng: np.random.Generator, shape: tuple[int, int], p: float) -> Any:
    """A draw for each weight."""
    return rng.random(shape) < p


def outputs_in_halves(rng: Any, shape: tuple[int, int], p: float) -> Any:
    """Outputs j and j + M / 2 share their draws."""
    half = rng.random((shape[0], (shape[1] + 1) // 2))
    return np.concatenate([half, half], axis=1)[:, : shape[1]] < p


def inputs_in_halves(rng: Any, shape: tuple[int, int], p: float) -> Any:
    """Inputs i and i + D / 2 share their draws."""
    half = rng.random(((shape[0] + 1) // 2, shape[1]))
    return np.concatenate([half, half])[: shape[0]] < p


def period(rng: Any, shape: tuple[int, int], p: float) -> Any:
    """997 draws, over and over."""
    return np.resize(rng.random(997), shape) < p


def last_output_spared(rng: Any, shape: tuple[int, int], p: float) -> Any:
    """The weights of the last output are never dropped."""
    kept = rng.random(shape) < p
    kept[:, -1] = True
    return kept


def first_input_spared(rng: Any, shape: tuple[int, int], p: float) -> Any:
    """The weights of the first input are never dropped."""
    kept = rng.random(shape) < p
    kept[0] = True
    return kept


def fixed_count(rng: Any, shape: tuple[int, int], p: float) -> Any:
    """Always p n of n weights."""
    size = shape[0] * shape[1]
    return rng.permutation(np.arange(size) < round(p * size)).reshape(shape)


@pytest.mark.parametrize(
    "keep",
    [
        outputs_in_halves,
        inputs_in_halves,
        period,
        last_output_spared,
        first_input_spared,
        fixed_count,
    ],
)
def test_weights_that_do_not_draw_for_themselves_are_refused(keep: Function) -> None:
    """Is a mask refused that is uneven, or that knows of itself?"""
    for seed in range(4):
        assert {RATE, OWN} & set(failures(CONNECT, {CONNECT: connect(keep)}, seed))


def test_two_alternating_masks_are_refused() -> None:
    """Must every call without a seed draw anew?"""
    drawn: dict[Any, Any] = {}
    calls = [0]

    def keep(rng: np.random.Generator, shape: tuple[int, int], p: float) -> Any:
        calls[0] += 1
        return drawn.setdefault((shape, calls[0] % 2), rng.random(shape)) < p

    for seed in range(4):
        drawn.clear()
        assert OWN in failures(CONNECT, {CONNECT: connect(keep)}, seed)


@pytest.mark.parametrize(
    ("test", "named"),
    [
        (lambda x, w, b: x @ w, "bias_forgotten_in_test_mode"),
        (lambda x, w, b: x @ w + 2 * b, None),
        (lambda x, w, b: x @ w - b, None),
    ],
)
def test_a_wrong_test_mode_is_not_taken_for_dropping(
    test: Function, named: str | None
) -> None:
    """Is a test mode that is wrong, but drops nothing, told from one that drops?"""
    function = connect(right_mask, test)
    for seed in range(3):
        verdict = examine(CONNECT, {CONNECT: function}, seed=seed)
        failed = [p.name for p in verdict.parts if p.core and p.outcome == "failed"]
        assert failed == [TEST]
        assert verdict.misconception == named


def test_a_seed_changes_nothing_but_the_draw() -> None:
    """Is a wrong scale, or a wrong rate, refused where only a seed shows it?"""

    def seeded(change: Function) -> Function:
        def forward(x: Any, w: Any, b: Any, dropout_param: dict[str, Any]) -> Any:
            p, seed = dropout_param["p"], dropout_param.get("seed")
            if seed is None or dropout_param["mode"] == "test":
                return connect(right_mask)(x, w, b, dropout_param)
            mask = change(np.random.default_rng(seed).random(w.shape), p)
            return x @ (w * mask) + b, None

        return forward

    for title, change in [
        (SCALE, lambda u, p: u < p),
        (RATE, lambda u, p: (u > p) / p),
    ]:
        for seed in range(3):
            assert title in failures(CONNECT, {CONNECT: seeded(change)}, seed)


@pytest.mark.parametrize("seed", range(5))
def test_the_mask_of_torch_is_read_exactly(seed: int) -> None:
    """Does decoding find the very weights that PyTorch's dropout has kept?"""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    x, w, b = legible_affine(rng, 5, 17)
    p = masks.seldom(rng)
    weight = torch.nn.functional.dropout(torch.tensor(w), 1 - p, training=True)
    out = torch.nn.functional.linear(torch.tensor(x), weight.T, torch.tensor(b))
    kept = decode_weights(out.numpy(), x, w, b, 1 / p)
    assert np.array_equal(kept.reshape(w.shape), weight.numpy() != 0)
