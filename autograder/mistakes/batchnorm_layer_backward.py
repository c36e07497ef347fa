"""Mistakes and right variants of ``layernorm_backward``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.batchnorm import Array, Cache
from autograder.mistakes.batchnorm_backward import Gradients, sums
from autograder.mistakes.batchnorm_layer import (
    along_the_rows,
    batch_normalization_of_the_transpose,
    sample_by_sample_in_single_precision,
)

BACKWARD = "layernorm_backward"

# Right ones ---------------------------------------------------------------------------


def through(dxhat: Array, xhat: Array, std: Array) -> Array:
    """The right dx: what is left of dxhat without its mean and its part along xhat."""
    along = (dxhat * xhat).mean(axis=1, keepdims=True)
    return np.asarray((dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * along) / std)


def all_of(dout: Array, cache: Cache) -> Gradients:
    """The right gradients."""
    dx = through(dout * cache["gamma"], cache["xhat"], cache["std"])
    return dx, *sums(dout, cache)


@variant(BACKWARD, partner=along_the_rows)
def along_the_rows_backwards(dout: Array, cache: Cache) -> Gradients:
    return all_of(dout, cache)


@variant(BACKWARD, partner=batch_normalization_of_the_transpose)
def backwards_in_the_transpose(dout: Array, cache: tuple[Any, ...]) -> Gradients:
    std, gamma, xhat = cache
    n = dout.shape[1]
    g = (dout * gamma).T
    dx = 1 / (n * std) * (n * g - g.sum(axis=0) - xhat.T * (g * xhat.T).sum(axis=0))
    return dx.T, np.einsum("nd,nd->d", dout, xhat), np.einsum("nd->d", dout)


@variant(BACKWARD, partner=sample_by_sample_in_single_precision)
def sample_by_sample_backwards(dout: Array, cache: list[Any]) -> Gradients:
    dx, dgamma, dbeta = [], np.zeros((1, dout.shape[1])), np.zeros((1, dout.shape[1]))
    for row, (xhat, std, gamma) in zip(dout.astype(np.float32), cache, strict=True):
        dxhat = row * gamma.astype(np.float32)
        dcentered = (dxhat - xhat * np.dot(dxhat, xhat) / len(row)) / std
        dx.append(dcentered - dcentered.mean())
        dgamma += row * xhat
        dbeta += row
    return np.array(dx), dgamma, dbeta


# Wrong ones ---------------------------------------------------------------------------


@mistake(
    BACKWARD,
    title="N stands in dx where D is due",
    hint="Over how many numbers went the mean of a sample?",
    see="batchnorm-layer",
    partner=along_the_rows,
)
def samples_counted_for_features(dout: Array, cache: Cache) -> Gradients:
    n, xhat, dxhat = len(dout), cache["xhat"], dout * cache["gamma"]
    total = dxhat.sum(axis=1, keepdims=True)
    along = (dxhat * xhat).sum(axis=1, keepdims=True)
    dx = (n * dxhat - total - xhat * along) / (n * cache["std"])
    return dx, *sums(dout, cache)


@mistake(
    BACKWARD,
    title="the means in dx go over the batch, as in batch normalization",
    hint="Which outputs change when one number of a sample changes?",
    see="batchnorm-layer",
    partner=along_the_rows,
)
def means_over_the_batch(dout: Array, cache: Cache) -> Gradients:
    dxhat, xhat = dout * cache["gamma"], cache["xhat"]
    along = (dxhat * xhat).mean(axis=0)
    dx = (dxhat - dxhat.mean(axis=0) - xhat * along) / cache["std"]
    return dx, *sums(dout, cache)


@mistake(
    BACKWARD,
    title="gamma multiplies dx at the end, as in batch normalization",
    hint="Within a sample every feature has a gamma of its own: can it be "
    "pulled out of a mean over the features?",
    see="batchnorm-layer",
    partner=along_the_rows,
)
def gamma_pulled_out(dout: Array, cache: Cache) -> Gradients:
    dx = cache["gamma"] * through(dout, cache["xhat"], cache["std"])
    return dx, *sums(dout, cache)


@mistake(
    BACKWARD,
    title="gamma is missing in the dx of samples",
    hint="The upstream gradient meets gamma first: what is dxhat?",
    see="batchnorm-backward",
    partner=along_the_rows,
)
def layer_gamma_missing_in_dx(dout: Array, cache: Cache) -> Gradients:
    return through(dout, cache["xhat"], cache["std"]), *sums(dout, cache)


@mistake(
    BACKWARD,
    title="dx treats mean and variance of a sample as constants",
    hint="Mean and variance are functions of x too: three ways lead back, not one.",
    see="batchnorm-backward",
    partner=along_the_rows,
)
def layer_statistics_held_constant(dout: Array, cache: Cache) -> Gradients:
    return dout * cache["gamma"] / cache["std"], *sums(dout, cache)


@mistake(
    BACKWARD,
    title="dx leaves out what flows through the mean of a sample",
    hint="The mean is made of every feature: move one, and all distances change.",
    see="batchnorm-backward",
    partner=along_the_rows,
)
def layer_mean_forgotten(dout: Array, cache: Cache) -> Gradients:
    dxhat, xhat = dout * cache["gamma"], cache["xhat"]
    along = (dxhat * xhat).mean(axis=1, keepdims=True)
    return (dxhat - xhat * along) / cache["std"], *sums(dout, cache)


@mistake(
    BACKWARD,
    title="dx leaves out what flows through the variance of a sample",
    hint="x stands below the line of the fraction as well, inside the variance.",
    see="batchnorm-backward",
    partner=along_the_rows,
)
def layer_variance_forgotten(dout: Array, cache: Cache) -> Gradients:
    dxhat = dout * cache["gamma"]
    dx = (dxhat - dxhat.mean(axis=1, keepdims=True)) / cache["std"]
    return dx, *sums(dout, cache)


@mistake(
    BACKWARD,
    title="backward leaves out eps",
    hint="Forward divided by the root of variance + eps. By what does backward?",
    see="batchnorm-epsilon",
    partner=along_the_rows,
)
def layer_eps_missing_in_dx(dout: Array, cache: Cache) -> Gradients:
    std = np.sqrt(cache["var"])
    xhat = (cache["x"] - cache["mean"]) / std
    return through(dout * cache["gamma"], xhat, std), *sums(dout, cache)


@mistake(
    BACKWARD,
    title="dgamma and dbeta have an entry for each sample, not for each feature",
    hint="gamma has D entries: what shape has its gradient?",
    see="batchnorm-layer",
    partner=along_the_rows,
)
def a_gamma_for_each_sample(dout: Array, cache: Cache) -> Gradients:
    dx = all_of(dout, cache)[0]
    return dx, (dout * cache["xhat"]).sum(axis=1), dout.sum(axis=1)


@mistake(
    BACKWARD,
    title="dgamma of a sample is made with x, not with the normalized x",
    hint="What exactly did gamma multiply in forward?",
    see="batchnorm-scale",
    partner=along_the_rows,
)
def layer_dgamma_with_x(dout: Array, cache: Cache) -> Gradients:
    dx, _, dbeta = all_of(dout, cache)
    return dx, (dout * cache["x"]).sum(axis=0), dbeta


@mistake(
    BACKWARD,
    title="dgamma and dbeta are averaged over the samples",
    hint="A parameter used N times gets N gradients, and they add up.",
    see="batchnorm-scale",
    partner=along_the_rows,
)
def layer_parameters_averaged(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return dx, dgamma / len(dout), dbeta / len(dout)
