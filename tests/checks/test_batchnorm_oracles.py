"""Do the definitions that normalization is judged by agree with PyTorch?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention

from autograder.gradients import entry_by_entry
from autograder.oracles.batchnorm import (
    BATCH,
    LAYER,
    PLAIN,
    SEEN,
    SPATIAL,
    TINY,
    Case,
    Norm,
    about_running,
    drawn_running,
    shuffled,
    with_running,
)

KINDS = {"batch": BATCH, "spatial": SPATIAL, "layer": LAYER}


def of_torch(norm: Norm, case: Case, eps: float) -> tuple[torch.Tensor, ...]:
    """PyTorch's output and the leaves that it was made of."""
    x, gamma, beta = (torch.tensor(each, requires_grad=True) for each in case)
    if norm is LAYER:
        out = F.layer_norm(x, x.shape[1:], gamma, beta, eps)
    else:
        out = F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)
    return out, x, gamma, beta


@pytest.mark.parametrize("eps", [1e-5, 0.5])
@pytest.mark.parametrize("kind", KINDS)
def test_normalization_agrees_with_torch(kind: str, eps: float) -> None:
    """Are the outputs and all three gradients those of torch?"""
    norm, rng = KINDS[kind], np.random.default_rng(0)
    for shape in (*norm.small, norm.square[0], norm.even, norm.drawn_shape(rng)):
        case = norm.case(rng, shape)
        out, *leaves = of_torch(norm, case, eps)
        np.testing.assert_allclose(norm.apply(*case, eps), out.detach(), atol=1e-12)
        dout = rng.standard_normal(shape)
        out.backward(torch.tensor(dout))
        for place, leaf in enumerate(leaves):

            def f(value, place=place, case=case):
                given = [*case]
                given[place] = value
                return norm.apply(*given, eps)

            numeric = entry_by_entry(f, case[place], dout)
            np.testing.assert_allclose(numeric, leaf.grad, atol=1e-8)


@pytest.mark.parametrize("kind", ["batch", "spatial"])
def test_test_mode_agrees_with_torch(kind: str) -> None:
    """Is the output for given running statistics that of torch?"""
    norm, rng = KINDS[kind], np.random.default_rng(1)
    for shape in (*norm.small, norm.single):
        running = drawn_running(rng, shape[1])
        case = about_running(rng, shape, running)
        given = (torch.tensor(each) for each in (case.x, *running.values()))
        gamma, beta = torch.tensor(case.gamma), torch.tensor(case.beta)
        expected = F.batch_norm(*given, gamma, beta, training=False, eps=1e-3)
        np.testing.assert_allclose(
            with_running(case, running, 1e-3), expected, atol=1e-12
        )


@pytest.mark.parametrize("kind", ["batch", "spatial"])
def test_statistics_agree_with_torch(kind: str) -> None:
    """Are mean and variance those that torch normalizes with?"""
    norm, rng = KINDS[kind], np.random.default_rng(2)
    x = norm.case(rng, norm.small[1]).x
    mean, var = norm.statistics(x)
    rows = torch.tensor(np.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])
    np.testing.assert_allclose(mean, rows.mean(0))
    np.testing.assert_allclose(var, rows.var(0, unbiased=False))


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_have_the_variances_they_promise(kind: str) -> None:
    """Is epsilon invisible beside plain variances, and visible beside the others?"""
    norm, rng = KINDS[kind], np.random.default_rng(3)
    for low, high in (PLAIN, *(variances for _, variances in SEEN)):
        for _ in range(20):
            x = norm.case(rng, norm.drawn_shape(rng), (low, high)).x
            var = x.var(axis=norm.axes)
            assert var.min() >= low * (1 - 1e-9)
            assert var.max() <= high * (1 + 1e-9)
    case = norm.case(rng, norm.small[0])
    plain = norm.apply(*case, TINY)
    np.testing.assert_allclose(plain, norm.apply(*case, 0.0), rtol=0, atol=1e-8)
    for eps, variances in SEEN:
        case = norm.case(rng, norm.small[0], variances)
        other = norm.apply(*case, 1.001 * eps or 1e-8)
        assert np.abs(norm.apply(*case, eps) - other).max() > 3e-5


@pytest.mark.parametrize("kind", KINDS)
def test_special_inputs_are_what_they_say(kind: str) -> None:
    """Is one group constant where it should be, and every group of one number?"""
    norm, rng = KINDS[kind], np.random.default_rng(4)
    for _ in range(20):
        spread = np.ptp(norm.constant_case(rng).x, axis=norm.axes)
        assert int((spread == 0).sum()) == 1
        single = norm.single_case(rng).x
        assert norm.statistics(single)[1].max(initial=0) == 0
    shapes = [norm.drawn_shape(rng) for _ in range(50)]
    assert all(len(set(shape)) == len(shape) for shape in shapes)
    assert len(set(shapes)) > 3


def test_a_dictionary_is_shuffled() -> None:
    """Do entries come in every order, and does none get lost?"""
    rng = np.random.default_rng(5)
    orders = {tuple(shuffled(rng, a=1, b=2, c=3)) for _ in range(100)}
    assert len(orders) == 6
    assert shuffled(rng, a=1, b=2) == {"a": 1, "b": 2}
