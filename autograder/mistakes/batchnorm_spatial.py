"""Mistakes and right variants of ``spatial_batchnorm_forward``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.batchnorm import (
    Answer,
    Array,
    Param,
    eps_missing,
    eps_missing_in_test_mode,
    eps_missing_in_train_mode,
    eps_of,
    eps_outside_in_test_mode,
    eps_outside_the_root,
    in_one_go,
    keep_running,
    not_scaled_in_test_mode,
    running,
)
from autograder.mistakes.batchnorm_running import (
    batch_statistics_in_test_mode,
    eps_added_to_the_running_variance_in_test_mode,
    eps_in_the_running_variance,
    momentum_swapped,
)

FORWARD = "spatial_batchnorm_forward"
Layer = Callable[[Array, Array, Array, Param], Answer]


def pixels(x: Array) -> Array:  # (N, C, H, W) -> (N H W, C)
    """A row for each pixel, with the channels for features."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def images(rows: Array, like: Array) -> Array:  # (N H W, C) -> (N, C, H, W)
    """The images of which ``rows`` are the pixels."""
    n, c, h, w = like.shape
    return rows.reshape(n, h, w, c).transpose(0, 3, 1, 2)


def by_pixels(layer: Layer, x: Array, *given: Any) -> Answer:
    """A layer for features, applied to the channels of every pixel."""
    out, cache = layer(pixels(x), *given)
    return images(out, x), cache


def channels(values: Array) -> Array:  # (C,) -> (1, C, 1, 1)
    """One number for each channel, ready to broadcast against images."""
    return values.reshape(1, -1, 1, 1)


# Right ones ---------------------------------------------------------------------------


@variant(FORWARD)
def every_pixel_a_sample(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    return by_pixels(in_one_go, x, gamma, beta, bn_param)


@variant(FORWARD)
def over_three_axes(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    axes = (0, 2, 3)
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    if bn_param["mode"] == "train":
        keep_running(bn_param, mean.ravel(), var.ravel())
    else:
        mean, var = (channels(each) for each in running(bn_param))
    std = np.sqrt(var + eps_of(bn_param))
    xhat = (x - mean) / std
    out = channels(gamma) * xhat + channels(beta)
    return out, {"xhat": xhat, "std": std, "gamma": channels(gamma)}


@variant(FORWARD)
def channel_by_channel_in_single_precision(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> tuple[Array, list[Any]]:
    out, kept, cache = np.zeros_like(x), [], []
    for c in range(x.shape[1]):
        own = {
            key: value[c : c + 1] if key.startswith("running") else value
            for key, value in bn_param.items()
        }
        column = x[:, c].reshape(-1, 1).astype(np.float32)
        one = slice(c, c + 1)
        values, channel = in_one_go(column, gamma[one], beta[one], own)
        out[:, c] = values.reshape(x[:, c].shape)
        kept.append(running(own) if "running_mean" in own else None)
        cache.append(channel)
    if bn_param["mode"] == "train":
        means, variances = zip(*kept, strict=True)
        bn_param["running_mean"] = np.array(means).reshape(1, -1, 1, 1)
        bn_param["running_var"] = np.array(variances).reshape(1, -1, 1, 1)
    return out, cache


# Wrong ones ---------------------------------------------------------------------------


@mistake(
    FORWARD,
    title="the images are reshaped to (-1, C) without moving the channels last",
    hint="reshape never moves a number. Which numbers end up in column 0 of "
    "np.arange(8).reshape(1, 2, 2, 2).reshape(-1, 2)?",
    see="batchnorm-spatial",
)
def reshaped_without_transposing(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    out, cache = in_one_go(x.reshape(-1, x.shape[1]), gamma, beta, bn_param)
    return out.reshape(x.shape), cache


@mistake(
    FORWARD,
    title="the channels are moved last and not moved back",
    hint="Undo the steps in reverse order: first the shape, then the axes.",
    see="batchnorm-spatial",
)
def not_transposed_back(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    out, cache = in_one_go(pixels(x), gamma, beta, bn_param)
    return out.reshape(x.shape), cache


def _over(
    axes: tuple[int, ...], x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    """Train mode with statistics over the wrong ``axes``; the rest is right."""
    out, cache = by_pixels(in_one_go, x, gamma, beta, bn_param)
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
        xhat = (x - mean) / np.sqrt(var + eps_of(bn_param))
        out = channels(gamma) * xhat + channels(beta)
    return out, cache


@mistake(
    FORWARD,
    title="every pixel position has its own mean and variance",
    hint="Over how many numbers goes the mean of a channel: N, or N·H·W?",
    see="batchnorm-spatial",
)
def over_the_batch_only(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    return _over((0,), x, gamma, beta, bn_param)


@mistake(
    FORWARD,
    title="every image is normalized by itself",
    hint="This is instance normalization; whose mean does batch normalization take?",
    see="batchnorm-spatial",
)
def over_each_image(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    return _over((2, 3), x, gamma, beta, bn_param)


@mistake(
    FORWARD,
    title="all channels share one mean and one variance",
    hint="Images (N, C, H, W) have C channels: how many means should there be?",
    see="batchnorm-spatial",
)
def over_all_channels(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    return _over((0, 1, 2, 3), x, gamma, beta, bn_param)


@mistake(
    FORWARD,
    title="the channels of an image are normalized together, as in layer normalization",
    hint="Over which axes goes the mean of a channel?",
    see="batchnorm-spatial",
)
def over_the_channels_of_an_image(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    return _over((1, 2, 3), x, gamma, beta, bn_param)


@mistake(
    FORWARD,
    title="the mean goes over the batch and the rows, but not over the columns",
    hint="Count the axes: which ones are not the channels?",
    see="batchnorm-spatial",
)
def columns_left_out(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    return _over((0, 2), x, gamma, beta, bn_param)


@mistake(
    FORWARD,
    title="the running statistics end up in a copy of bn_param",
    hint="Which dictionary will the next call get?",
    see="batchnorm-running",
)
def running_statistics_in_a_copy(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    return by_pixels(in_one_go, x, gamma, beta, dict(bn_param))


@mistake(
    FORWARD,
    title="eps is added outside the root",
    hint="Which of the two is never 0 under the root: the variance, or variance + eps?",
    see="batchnorm-epsilon",
)
def spatial_eps_outside_the_root(x: Array, *given: Any) -> Answer:
    return by_pixels(eps_outside_the_root, x, *given)


@mistake(
    FORWARD,
    title="eps is left out",
    hint="What is 0 / 0, and which channel would ask for it?",
    see="batchnorm-epsilon",
)
def spatial_eps_missing(x: Array, *given: Any) -> Answer:
    return by_pixels(eps_missing, x, *given)


@mistake(
    FORWARD,
    title="momentum weighs the new batch of images, and 1 − momentum what was there",
    hint="With momentum 0.9, how much of a new batch goes into the running mean?",
    see="batchnorm-running",
)
def spatial_momentum_swapped(x: Array, *given: Any) -> Answer:
    return by_pixels(momentum_swapped, x, *given)


@mistake(
    FORWARD,
    title="test mode normalizes images by their own batch",
    hint="How would you classify a single picture?",
    see="batchnorm-test",
)
def spatial_batch_statistics_in_test_mode(x: Array, *given: Any) -> Answer:
    return by_pixels(batch_statistics_in_test_mode, x, *given)


@mistake(
    FORWARD,
    title="gamma and beta are left out in test mode",
    hint="gamma and beta were learned: what becomes of them in testing?",
    see="batchnorm-test",
)
def spatial_not_scaled_in_test_mode(x: Array, *given: Any) -> Answer:
    return by_pixels(not_scaled_in_test_mode, x, *given)


@mistake(
    FORWARD,
    title="eps is left out in test mode",
    hint="Compare the two lines that divide: one for training, one for testing.",
    see="batchnorm-epsilon",
)
def spatial_eps_missing_in_test_mode(x: Array, *given: Any) -> Answer:
    return by_pixels(eps_missing_in_test_mode, x, *given)


@mistake(
    FORWARD,
    title="eps is left out in train mode",
    hint="Compare the two lines that divide: one for training, one for testing.",
    see="batchnorm-epsilon",
)
def spatial_eps_missing_in_train_mode(x: Array, *given: Any) -> Answer:
    return by_pixels(eps_missing_in_train_mode, x, *given)


@mistake(
    FORWARD,
    title="eps stands outside the root in test mode, inside it in train mode",
    hint="Compare the two lines that divide: one for training, one for testing.",
    see="batchnorm-epsilon",
)
def spatial_eps_outside_in_test_mode(x: Array, *given: Any) -> Answer:
    return by_pixels(eps_outside_in_test_mode, x, *given)


@mistake(
    FORWARD,
    title="eps gets into the running variance of the channels",
    hint="eps keeps a division possible. Is it a part of what the batch's variance is?",
    see="batchnorm-running",
)
def spatial_eps_in_the_running_variance(x: Array, *given: Any) -> Answer:
    return by_pixels(eps_in_the_running_variance, x, *given)


@mistake(
    FORWARD,
    title="every test adds eps to the running variance of the channels",
    hint="Which array does `running_var += eps` change?",
    see="batchnorm-test",
)
def spatial_eps_added_in_test_mode(x: Array, *given: Any) -> Answer:
    return by_pixels(eps_added_to_the_running_variance_in_test_mode, x, *given)
