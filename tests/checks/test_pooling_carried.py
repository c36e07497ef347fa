"""Is an error in a forward kernel charged once, and a trick never rewarded?"""

from __future__ import annotations

import numpy as np
import pytest

from autograder import examine
from autograder.mistakes import mistakes_of
from tests.checks.test_pooling_refusals import right_pair


def known(name: str, function: str):
    """The known mistake ``function`` in ``name``."""
    return next(m.function for m in mistakes_of(name) if m.name == function)


CONV = right_pair("conv_backward_naive")["conv_backward_naive"]
AVG = right_pair("avg_pool_backward_naive")["avg_pool_backward_naive"]


def of_flipped_filters(dout, cache):
    """The exact gradient of a layer that flips its filters."""
    x, w, b, param = cache
    dx, dw, db = CONV(dout, (x, w[:, :, ::-1, ::-1], b, param))
    return dx, dw[:, :, ::-1, ::-1], db


def of_padding_one(dout, cache):
    """The exact gradient of a layer that always pads by 1."""
    *given, param = cache
    return CONV(dout, (*given, {**param, "pad": 1}))


def of_padding_counted_once(dout, cache):
    """The exact gradient of a layer that leaves out its last rows and columns."""
    x, w, _, param = cache
    stride, pad = param["stride"], param["pad"]
    missing = [(0, 0), (0, 0)]
    for axis in (2, 3):
        own = 1 + (x.shape[axis] + pad - w.shape[axis]) // stride
        if dout.shape[axis] != own:
            raise ValueError(f"axis {axis} of dout is {dout.shape[axis]}, not {own}")
        whole = 1 + (x.shape[axis] + 2 * pad - w.shape[axis]) // stride
        missing.append((0, whole - own))
    return CONV(np.pad(dout, missing), cache)


def of_the_last_channel(dout, cache):
    """The exact gradient of a layer that sees the last channel only."""
    x, w, b, param = cache
    grads = CONV(dout, (x[:, -1:], w[:, -1:], b, param))
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    dx[:, -1:], dw[:, -1:] = grads[:2]
    return dx, dw, grads[2]


def of_a_sum(dout, cache):
    """The exact gradient of the sum over each window."""
    param = cache[1]
    return AVG(dout, cache) * param["pool_height"] * param["pool_width"]


def of_a_quarter(dout, cache):
    """The exact gradient of a quarter of the sum over each window."""
    return of_a_sum(dout, cache) / 4


def of_windows_side_by_side(dout, cache):
    """The exact gradient of averages over windows that move by their own size."""
    x, param = cache
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*dout.shape[2:]):
        height, width = param["pool_height"], param["pool_width"]
        rows = slice(i * height, i * height + height)
        columns = slice(j * width, j * width + width)
        dx[:, :, rows, columns] = dout[:, :, i, j][:, :, None, None] / height / width
    return dx


@pytest.mark.parametrize(
    ("name", "wrong", "exact"),
    [
        ("conv_forward_naive", "filters_flipped", of_flipped_filters),
        ("conv_forward_naive", "padding_always_one", of_padding_one),
        ("conv_forward_naive", "padding_counted_once", of_padding_counted_once),
        ("conv_forward_naive", "channels_overwritten", of_the_last_channel),
        ("avg_pool_forward_naive", "sum_instead_of_average", of_a_sum),
        ("avg_pool_forward_naive", "always_divided_by_four", of_a_quarter),
        ("avg_pool_forward_naive", "average_steps_by_window", of_windows_side_by_side),
    ],
)
def test_an_error_in_forward_is_charged_once(name: str, wrong: str, exact) -> None:
    """Is the exact gradient of a wrong forward credited, and nothing less exact?"""
    forward, backward = known(name, wrong), name.replace("forward", "backward")
    assert not examine(name, {name: forward}, seed=0).passed
    for seed in range(3):
        verdict = examine(backward, {name: forward, backward: exact}, seed=seed)
        assert verdict.passed, str(verdict)
        assert "charged there, once" in verdict.message

    def inexact(dout, cache):
        grads = exact(dout, cache)
        if isinstance(grads, tuple):
            return (1.001 * grads[0], *grads[1:])
        return 1.001 * grads

    verdict = examine(backward, {name: forward, backward: inexact}, seed=0)
    assert not verdict.passed
    assert verdict.note == ""


def test_max_pooling_that_starts_at_zero_is_carried() -> None:
    """Does the gradient of a maximum over a zero border earn its points?"""

    def forward(x, param):
        out, cache = right_pair("max_pool_forward_naive")["max_pool_forward_naive"](
            x, param
        )
        return np.maximum(out, 0), (*cache, out)

    def backward(dout, cache):
        right = right_pair("max_pool_backward_naive")["max_pool_backward_naive"]
        return right(dout * (cache[2] > 0), cache[:2])

    names = "max_pool_forward_naive", "max_pool_backward_naive"
    namespace = dict(zip(names, (forward, backward), strict=True))
    assert not examine(names[0], namespace, seed=0).passed
    assert examine(names[1], namespace, seed=0).passed


def test_cropping_with_its_exact_gradient_is_no_pooling() -> None:
    """Is a forward that copies a corner not credited to a backward true to it?"""
    for kind in ("max_pool", "avg_pool"):

        def forward(x, param):
            h = 1 + (x.shape[2] - param["pool_height"]) // param["stride"]
            w = 1 + (x.shape[3] - param["pool_width"]) // param["stride"]
            return x[:, :, :h, :w].copy(), x.shape

        def backward(dout, shape):
            dx = np.zeros(shape)
            dx[:, :, : dout.shape[2], : dout.shape[3]] = dout
            return dx

        names = f"{kind}_forward_naive", f"{kind}_backward_naive"
        verdict = examine(names[1], dict(zip(names, (forward, backward), strict=True)))
        assert not verdict.passed
        assert verdict.score == 0
