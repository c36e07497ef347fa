"""Do the definitions that pooling is judged by agree with PyTorch?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention

from autograder.gradients import entry_by_entry
from autograder.oracles.pooling import Conv, Pool, receptive_field, to_first_maxima
from autograder.oracles.pooling_layers import (
    CONVS,
    POOLS,
    SQUARE_CONVS,
    SQUARE_POOLS,
    Group,
    apart,
    drawn_conv,
    drawn_pool,
    holed,
    positive,
    repeating,
    shifted,
)


def every_layer(groups: tuple[Group, ...], draw, seed: int) -> list:
    """The fixed layers of all groups and five drawn ones of each."""
    rng = np.random.default_rng(seed)
    drawn = [draw(rng, group.draw) for group in groups for _ in range(5)]
    return [layer for group in groups for layer in group.layers] + drawn


@pytest.mark.parametrize("layer", every_layer(POOLS, drawn_pool, 0))
def test_pooling_agrees_with_torch(layer: Pool) -> None:
    """Are maximum and mean over windows those of torch, with their gradients?"""
    rng = np.random.default_rng(1)
    sides = layer.height, layer.width
    x = apart(rng, layer.shape)
    for reduce, reference in ((np.max, F.max_pool2d), (np.mean, F.avg_pool2d)):
        image = torch.tensor(x, requires_grad=True)
        expected = reference(image, sides, layer.stride)
        out = layer.apply(x, reduce)
        np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-12)
        dout = rng.standard_normal(out.shape)
        expected.backward(torch.tensor(dout))
        dx = entry_by_entry(lambda x, r=reduce: layer.apply(x, r), x, dout)
        np.testing.assert_allclose(dx, image.grad.numpy(), atol=1e-8)


@pytest.mark.parametrize("layer", every_layer(CONVS, drawn_conv, 2))
def test_convolution_agrees_with_torch(layer: Conv) -> None:
    """Is the convolution that of torch, padding, stride, bias and all?"""
    rng = np.random.default_rng(3)
    x, w = rng.standard_normal(layer.shape), rng.standard_normal(layer.w_shape)
    b = rng.standard_normal(layer.filters)
    expected = F.conv2d(
        *(torch.tensor(each) for each in (x, w, b)),
        stride=layer.stride,
        padding=layer.pad,
    )
    out = layer.apply(x, w, b)
    np.testing.assert_allclose(out, expected.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("layer", every_layer(CONVS, drawn_conv, 4))
def test_every_convolution_tiles_its_images(layer: Conv) -> None:
    """Do the windows end exactly at the border, so that no convention decides?"""
    _, _, rows, columns = layer.shape
    assert min(rows, columns) >= 1
    assert (rows + 2 * layer.pad - layer.height) % layer.stride == 0
    assert (columns + 2 * layer.pad - layer.width) % layer.stride == 0
    assert layer.pad < min(layer.height, layer.width)


@pytest.mark.parametrize("layer", every_layer(POOLS, drawn_pool, 5))
def test_every_pooling_tiles_its_images(layer: Pool) -> None:
    """Do the windows end exactly at the border, so that no convention decides?"""
    _, _, rows, columns = layer.shape
    assert (rows - layer.height) % layer.stride == 0
    assert (columns - layer.width) % layer.stride == 0


def test_the_groups_are_what_they_say() -> None:
    """Do drawn layers overlap, leave gaps or tile as their group promises?"""
    rng = np.random.default_rng(6)
    tiles, rectangles, overlaps, gaps = (
        [drawn_pool(rng, group.draw) for _ in range(50)] + list(group.layers)
        for group in POOLS
    )
    assert all(p.height == p.width == p.stride for p in tiles)
    assert all(p.height != p.width and p.stride >= p.height for p in rectangles)
    assert all(p.stride < max(p.height, p.width) for p in overlaps)
    assert all(p.stride > max(p.height, p.width) for p in gaps)


@pytest.mark.parametrize("seed", range(30))
def test_the_receptive_field_is_where_torch_has_gradients(seed: int) -> None:
    """Is it as wide as the part of the input that one output depends on?"""
    rng = np.random.default_rng(seed)
    kernels = rng.integers(1, 5, rng.integers(1, 5))
    layers = [(int(k), int(rng.integers(1, 6))) for k in kernels]
    size = receptive_field(layers)
    x = torch.zeros(1, 1, size + 7, requires_grad=True)
    out = x
    for kernel, stride in layers:
        out = F.conv1d(out, torch.ones(1, 1, kernel), stride=stride)
    out[0, 0, 0].backward()
    (seen,) = x.grad[0, 0].nonzero(as_tuple=True)
    assert int(seen[-1] - seen[0]) + 1 == size


def test_inputs_are_what_they_promise() -> None:
    """Are values apart, positive ones positive, and shifted ones about 1?"""
    rng = np.random.default_rng(7)
    for _ in range(100):
        values = np.sort(apart(rng, (2, 3, 5, 7)).ravel())
        assert np.diff(values).min() >= 0.05
        assert values[0] < 0 < values[-1]
        assert positive(rng, (1, 2, 3, 4)).min() > 0
    assert abs(shifted(rng, (100, 100)).mean() - 1) < 0.05


@pytest.mark.parametrize(
    "layer", [Pool((2, 2, 4, 6), 2, 2, 2), Pool((1, 2, 8, 6), 2, 3, 3)]
)
def test_repeated_numbers_have_one_maximum_a_window(layer: Pool) -> None:
    """Is each window's maximum unique in it, and found in other windows as well?"""
    rng = np.random.default_rng(8)
    for _ in range(50):
        x = repeating(rng, layer)
        out = layer.apply(x, np.max)
        dx = to_first_maxima(layer, x, np.ones_like(out))
        image = torch.tensor(x, requires_grad=True)
        F.max_pool2d(image, (layer.height, layer.width), layer.stride).sum().backward()
        np.testing.assert_array_equal(dx, image.grad.numpy())
        # A window holds its maximum as often as its mean over a mask says: once.
        times = layer.apply(dx * layer.height * layer.width, np.mean)
        np.testing.assert_allclose(times, 1)
        assert len(np.unique(out[0, 0])) < out[0, 0].size


def test_holes_are_zeros_in_a_third_of_the_image() -> None:
    """Is a third of the pixels exactly 0, and the rest not?"""
    x = holed(np.random.default_rng(9), (2, 3, 5, 6))
    assert int((x == 0).sum()) == 60


def test_square_layers_are_square_in_every_respect() -> None:
    """Have the layers that any kernel handles square images, windows and outputs?"""
    for pool in SQUARE_POOLS:
        out = pool.apply(np.zeros(pool.shape), np.max)
        assert pool.shape[2] == pool.shape[3]
        assert pool.height == pool.width
        assert out.shape[2] == out.shape[3]
    for conv in SQUARE_CONVS:
        assert conv.pad > 0
        assert conv.shape[2] == conv.shape[3]
        assert conv.height == conv.width
        assert (conv.shape[2] + 2 * conv.pad - conv.height) % conv.stride == 0
