"""Mistakes and right variants of ``layernorm_forward``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.batchnorm import (
    Answer,
    Array,
    Param,
    eps_of,
    finished,
    in_one_go,
)

FORWARD = "layernorm_forward"


def statistics(x: Array) -> tuple[Array, Array]:  # (N, D) -> (N, 1), (N, 1)
    """Mean and variance of every sample."""
    return x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)


# Right ones ---------------------------------------------------------------------------


@variant(FORWARD)
def along_the_rows(x: Array, gamma: Array, beta: Array, ln_param: Param) -> Answer:
    mean, var = statistics(x)
    eps = eps_of(ln_param)
    out, cache = finished(x, mean, np.sqrt(var + eps), gamma, beta)
    return out, cache | {"var": var, "mean": mean}


@variant(FORWARD)
def batch_normalization_of_the_transpose(
    x: Array, gamma: Array, beta: Array, ln_param: Param
) -> tuple[Array, tuple[Any, ...]]:
    param = {"mode": "train", "eps": ln_param.get("eps", 1e-5)}
    ones, zeros = np.ones(len(x), x.dtype), np.zeros(len(x), x.dtype)
    xhat, cache = in_one_go(x.T, ones, zeros, param)
    return xhat.T * gamma + beta, (cache["std"], gamma, xhat.T)


@variant(FORWARD)
def sample_by_sample_in_single_precision(
    x: Array, gamma: Array, beta: Array, ln_param: Param
) -> tuple[Array, list[Any]]:
    out, cache = [], []
    for row in x.astype(np.float32):
        mean = sum(row) / len(row)
        var = sum((row - mean) ** 2) / len(row)
        std = (var + np.float32(ln_param.get("eps", 1e-5))) ** 0.5
        cache.append(((row - mean) / std, std, gamma))
        out.append(gamma * cache[-1][0] + beta)
    return np.array(out, dtype=x.dtype), cache


# Wrong ones ---------------------------------------------------------------------------


@mistake(
    FORWARD,
    title="mean and variance are taken over the batch: this is batch normalization",
    hint="What would become of a sample that comes alone?",
    see="batchnorm-layer",
)
def over_the_batch(x: Array, gamma: Array, beta: Array, ln_param: Param) -> Answer:
    std = np.sqrt(x.var(axis=0) + eps_of(ln_param))
    return finished(x, x.mean(axis=0), std, gamma, beta)


@mistake(
    FORWARD,
    title="one mean and one variance are shared by all samples",
    hint="What does x.mean() return without an axis?",
    see="batchnorm-layer",
)
def over_all_samples(x: Array, gamma: Array, beta: Array, ln_param: Param) -> Answer:
    return finished(x, x.mean(), np.sqrt(x.var() + eps_of(ln_param)), gamma, beta)


@mistake(
    FORWARD,
    title="the means of the samples do not fit beside x: an axis is missing",
    hint="What are the shapes of x.mean(axis=1) and of x.mean(axis=1, keepdims=True)?",
    see="batchnorm-layer",
)
def axis_not_kept(x: Array, gamma: Array, beta: Array, ln_param: Param) -> Answer:
    mean, var = statistics(x)
    std = np.sqrt(var[:, 0] + eps_of(ln_param))
    return finished(x, mean[:, 0], std, gamma, beta)


@mistake(
    FORWARD,
    title="eps is added outside the root",
    hint="Which of the two is never 0 under the root: the variance, or variance + eps?",
    see="batchnorm-epsilon",
)
def layer_eps_outside_the_root(
    x: Array, gamma: Array, beta: Array, ln_param: Param
) -> Answer:
    mean, var = statistics(x)
    return finished(x, mean, np.sqrt(var) + eps_of(ln_param), gamma, beta)


@mistake(
    FORWARD,
    title="eps is left out",
    hint="What is 0 / 0, and which sample would ask for it?",
    see="batchnorm-epsilon",
)
def layer_eps_missing(x: Array, gamma: Array, beta: Array, _: Param) -> Answer:
    mean, var = statistics(x)
    return finished(x, mean, np.sqrt(var), gamma, beta)


@mistake(
    FORWARD,
    title="eps is always 1e-5, whatever ln_param says",
    hint="Where does your code read ln_param['eps']?",
    see="batchnorm-epsilon",
)
def layer_eps_hard_coded(x: Array, gamma: Array, beta: Array, _: Param) -> Answer:
    mean, var = statistics(x)
    return finished(x, mean, np.sqrt(var + 1e-5), gamma, beta)


@mistake(
    FORWARD,
    title="a missing eps is taken to be 1e-8 instead of 1e-5",
    hint="Which value does the docstring name for a missing 'eps'?",
    see="batchnorm-epsilon",
)
def layer_eps_defaults_to_less(
    x: Array, gamma: Array, beta: Array, ln_param: Param
) -> Answer:
    mean, var = statistics(x)
    return finished(x, mean, np.sqrt(var + ln_param.get("eps", 1e-8)), gamma, beta)


@mistake(
    FORWARD,
    title="the variance of a sample is divided by D − 1",
    hint="Of two numbers 0 and 2, what is the mean squared distance from their mean?",
    see="batchnorm-layer",
)
def layer_unbiased_variance(
    x: Array, gamma: Array, beta: Array, ln_param: Param
) -> Answer:
    var = x.var(axis=1, ddof=1, keepdims=True)
    return finished(x, statistics(x)[0], np.sqrt(var + eps_of(ln_param)), gamma, beta)


@mistake(
    FORWARD,
    title="a sample is divided by its variance, not by the root of it",
    hint="If x is measured in meters, in what is its variance measured?",
    see="batchnorm-layer",
)
def layer_root_forgotten(
    x: Array, gamma: Array, beta: Array, ln_param: Param
) -> Answer:
    mean, var = statistics(x)
    return finished(x, mean, var + eps_of(ln_param), gamma, beta)


@mistake(
    FORWARD,
    title="gamma and beta do nothing to the samples",
    hint="Two of the four arguments are not used yet.",
    see="batchnorm-scale",
)
def layer_not_scaled(x: Array, gamma: Array, beta: Array, ln_param: Param) -> Answer:
    mean, var = statistics(x)
    std = np.sqrt(var + eps_of(ln_param))
    return finished(x, mean, std, np.ones_like(gamma), np.zeros_like(beta))


@mistake(
    FORWARD,
    title="test mode is expected to differ: running statistics are looked for",
    hint="Does a sample need the batch to be normalized? Then what is there to keep?",
    see="batchnorm-layer",
)
def running_statistics_expected(
    x: Array, gamma: Array, beta: Array, ln_param: Param
) -> Answer:
    mean, var = statistics(x)
    if ln_param.get("mode", "train") == "test":
        mean, var = ln_param["running_mean"], ln_param["running_var"]
    return finished(x, mean, np.sqrt(var + eps_of(ln_param)), gamma, beta)
