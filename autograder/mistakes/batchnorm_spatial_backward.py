"""Mistakes and right variants of ``spatial_batchnorm_backward``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.batchnorm import Array, Cache
from autograder.mistakes.batchnorm_backward import (
    Gradients,
    all_of,
    divided_by_the_variance,
    gamma_missing_in_dx,
    mean_forgotten,
    statistics_held_constant,
    variance_forgotten,
)
from autograder.mistakes.batchnorm_spatial import (
    channel_by_channel_in_single_precision,
    every_pixel_a_sample,
    images,
    over_three_axes,
    pixels,
)

BACKWARD = "spatial_batchnorm_backward"

# Right ones ---------------------------------------------------------------------------


def back_by_pixels(
    backward: Callable[[Array, Cache], Gradients], dout: Array, cache: Cache
) -> Gradients:
    """A backward function for features, applied to the channels of every pixel."""
    dx, dgamma, dbeta = backward(pixels(dout), cache)
    return images(dx, dout), dgamma, dbeta


@variant(BACKWARD, partner=every_pixel_a_sample)
def every_pixel_a_sample_backwards(dout: Array, cache: Cache) -> Gradients:
    return back_by_pixels(all_of, dout, cache)


@variant(BACKWARD, partner=over_three_axes)
def over_three_axes_backwards(dout: Array, cache: Cache) -> Gradients:
    axes, xhat = (0, 2, 3), cache["xhat"]
    dgamma = (dout * xhat).sum(axis=axes, keepdims=True)
    dbeta = dout.sum(axis=axes, keepdims=True)
    count = dout.size // dout.shape[1]
    dx = cache["gamma"] / cache["std"] * (dout - dbeta / count - xhat * dgamma / count)
    return dx, dgamma, dbeta


@variant(BACKWARD, partner=channel_by_channel_in_single_precision)
def channel_by_channel_backwards(dout: Array, cache: list[Any]) -> Gradients:
    dx, dgamma, dbeta = np.zeros_like(dout), [], []
    for c, channel in enumerate(cache):
        column = dout[:, c].reshape(-1, 1).astype(np.float32)
        values, scale, shift = all_of(column, channel)
        dx[:, c] = values.reshape(dout[:, c].shape)
        dgamma.append(scale)
        dbeta.append(shift)
    return dx, np.concatenate(dgamma), np.concatenate(dbeta)


# Wrong ones ---------------------------------------------------------------------------


@mistake(
    BACKWARD,
    title="dout is reshaped to (-1, C) without moving the channels last",
    hint="reshape never moves a number: do to dout what forward did to x.",
    see="batchnorm-spatial",
    partner=every_pixel_a_sample,
)
def dout_reshaped_without_transposing(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout.reshape(-1, dout.shape[1]), cache)
    return dx.reshape(dout.shape), dgamma, dbeta


@mistake(
    BACKWARD,
    title="the channels of dx are not moved back to their place",
    hint="Undo the steps in reverse order: first the shape, then the axes.",
    see="batchnorm-spatial",
    partner=every_pixel_a_sample,
)
def dx_not_transposed_back(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(pixels(dout), cache)
    return dx.reshape(dout.shape), dgamma, dbeta


@mistake(
    BACKWARD,
    title="the means in dx are divided by N, not by N·H·W",
    hint="Over how many numbers went the mean of a channel?",
    see="batchnorm-spatial",
    partner=every_pixel_a_sample,
)
def images_counted_for_pixels(dout: Array, cache: Cache) -> Gradients:
    rows, xhat = pixels(dout), cache["xhat"]
    dgamma, dbeta = (rows * xhat).sum(axis=0), rows.sum(axis=0)
    inner = rows - dbeta / len(dout) - xhat * dgamma / len(dout)
    return images(cache["gamma"] / cache["std"] * inner, dout), dgamma, dbeta


@mistake(
    BACKWARD,
    title="dgamma and dbeta are summed over the batch only, not over the pixels",
    hint="gamma has one entry for each channel: what shape has its gradient?",
    see="batchnorm-spatial",
    partner=every_pixel_a_sample,
)
def parameters_summed_over_the_batch(dout: Array, cache: Cache) -> Gradients:
    dx, _, _ = back_by_pixels(all_of, dout, cache)
    xhat = images(cache["xhat"], dout)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


@mistake(
    BACKWARD,
    title="dgamma and dbeta are averaged over the pixels",
    hint="A parameter used N·H·W times gets as many gradients, and they add up.",
    see="batchnorm-scale",
    partner=every_pixel_a_sample,
)
def spatial_parameters_averaged(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = back_by_pixels(all_of, dout, cache)
    count = dout.size // dout.shape[1]
    return dx, dgamma / count, dbeta / count


@mistake(
    BACKWARD,
    title="dx treats the channels' means and variances as constants",
    hint="Mean and variance are functions of x too: three ways lead back, not one.",
    see="batchnorm-backward",
    partner=every_pixel_a_sample,
)
def spatial_statistics_held_constant(dout: Array, cache: Cache) -> Gradients:
    return back_by_pixels(statistics_held_constant, dout, cache)


@mistake(
    BACKWARD,
    title="dx leaves out what flows through the channels' means",
    hint="The mean is made of every pixel: move one, and all distances change.",
    see="batchnorm-backward",
    partner=every_pixel_a_sample,
)
def spatial_mean_forgotten(dout: Array, cache: Cache) -> Gradients:
    return back_by_pixels(mean_forgotten, dout, cache)


@mistake(
    BACKWARD,
    title="dx leaves out what flows through the channels' variances",
    hint="x stands below the line of the fraction as well, inside the variance.",
    see="batchnorm-backward",
    partner=every_pixel_a_sample,
)
def spatial_variance_forgotten(dout: Array, cache: Cache) -> Gradients:
    return back_by_pixels(variance_forgotten, dout, cache)


@mistake(
    BACKWARD,
    title="gamma is missing in the dx of images",
    hint="The upstream gradient meets gamma first: what is dxhat?",
    see="batchnorm-backward",
    partner=every_pixel_a_sample,
)
def spatial_gamma_missing_in_dx(dout: Array, cache: Cache) -> Gradients:
    return back_by_pixels(gamma_missing_in_dx, dout, cache)


@mistake(
    BACKWARD,
    title="the dx of images is divided by the variance, not by its root",
    hint="Which power of variance + eps did x − mean have in forward?",
    see="batchnorm-backward",
    partner=every_pixel_a_sample,
)
def spatial_divided_by_the_variance(dout: Array, cache: Cache) -> Gradients:
    return back_by_pixels(divided_by_the_variance, dout, cache)
