"""Mistakes and right variants of ``batchnorm_forward``.

Mistakes about the running statistics, and the topic's other functions, have files of
their own beside this one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Param = dict[str, Any]
Cache = dict[str, Any]
Answer = tuple[Array, Cache]


def eps_of(param: Param) -> float:
    """The epsilon asked for, or 1e-5."""
    return float(param.get("eps", 1e-5))


def momentum_of(param: Param) -> float:
    """The momentum asked for, or 0.9."""
    return float(param.get("momentum", 0.9))


def remember(param: Param, mean: Array, var: Array, old: float, new: float) -> None:
    """Put ``old`` times the running statistics and ``new`` times these into param."""
    for key, batch in (("running_mean", mean), ("running_var", var)):
        param[key] = old * param.get(key, np.zeros_like(batch)) + new * batch


def keep_running(param: Param, mean: Array, var: Array) -> None:
    """Update the running statistics as they should be."""
    momentum = momentum_of(param)
    remember(param, mean, var, momentum, 1 - momentum)


def running(param: Param) -> tuple[Array, Array]:
    """The running mean and variance."""
    return param["running_mean"], param["running_var"]


def statistics(x: Array, param: Param) -> tuple[Array, Array]:
    """The right mean and variance for the mode; train mode updates the running ones."""
    if param["mode"] == "test":
        return running(param)
    mean, var = x.mean(axis=0), x.var(axis=0)
    keep_running(param, mean, var)
    return mean, var


def finished(x: Array, mean: Array, std: Array, gamma: Array, beta: Array) -> Answer:
    """The layer's output for a mean and a standard deviation, and a cache."""
    xhat = (x - mean) / std
    return gamma * xhat + beta, {"x": x, "xhat": xhat, "std": std, "gamma": gamma}


# Right ones ---------------------------------------------------------------------------


@variant("batchnorm_forward")
def in_one_go(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    mean, var = statistics(x, bn_param)
    out, cache = finished(x, mean, np.sqrt(var + eps_of(bn_param)), gamma, beta)
    return out, cache | {"eps": eps_of(bn_param), "var": var, "mean": mean}


@variant("batchnorm_forward")
def as_a_graph_of_small_steps(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> tuple[Array, tuple[Any, ...] | None]:
    n, d = x.shape
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(d, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(d, dtype=x.dtype))
    if bn_param["mode"] == "test":
        std = np.sqrt(running_var + eps)
        bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
        return (x - running_mean) / std * gamma + beta, None
    mu = 1 / n * np.sum(x, axis=0)
    xmu = x - mu
    var = 1 / n * np.sum(xmu**2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
    bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


@variant("batchnorm_forward")
def feature_by_feature_in_single_precision(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> tuple[Array, list[Any]]:
    eps, momentum = eps_of(bn_param), momentum_of(bn_param)
    held = [bn_param.get(key) for key in ("running_mean", "running_var")]
    first = held[0] is None
    means, variances = (
        np.zeros(x.shape[1], np.float32) if h is None else h.astype(np.float32)
        for h in held
    )
    out, cache = np.zeros(x.shape, dtype=np.float32), []
    for j, column in enumerate(x.T.astype(np.float32)):
        mean, var = means[j], variances[j]
        if bn_param["mode"] == "train":
            mean, var = np.mean(column), np.var(column)
            # The first batch is all there is to go by.
            share = 0.0 if first else momentum
            means[j] = share * means[j] + (1 - share) * mean
            variances[j] = share * variances[j] + (1 - share) * var
        xhat = (column - mean) * (var + np.float32(eps)) ** -0.5
        out[:, j] = gamma[j] * xhat + beta[j]
        cache.append((gamma[j], xhat, var + np.float32(eps)))
    if bn_param["mode"] == "train":
        bn_param["running_mean"], bn_param["running_var"] = means[None], variances[None]
    return out.astype(x.dtype), cache


# Epsilon ------------------------------------------------------------------------------


@mistake(
    "batchnorm_forward",
    title="eps is added outside the root",
    hint="Which of the two is never 0 under the root: the variance, or variance + eps?",
    see="batchnorm-epsilon",
)
def eps_outside_the_root(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    return finished(x, mean, np.sqrt(var) + eps_of(bn_param), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="eps is left out",
    hint="What is 0 / 0, and which feature would ask for it?",
    see="batchnorm-epsilon",
)
def eps_missing(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    mean, var = statistics(x, bn_param)
    return finished(x, mean, np.sqrt(var), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="eps is left out in test mode",
    hint="Compare the two lines that divide: one for training, one for testing.",
    see="batchnorm-epsilon",
)
def eps_missing_in_test_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    eps = eps_of(bn_param) if bn_param["mode"] == "train" else 0.0
    return finished(x, mean, np.sqrt(var + eps), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="eps is left out in train mode",
    hint="Compare the two lines that divide: one for training, one for testing.",
    see="batchnorm-epsilon",
)
def eps_missing_in_train_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    eps = eps_of(bn_param) if bn_param["mode"] == "test" else 0.0
    return finished(x, mean, np.sqrt(var + eps), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="eps stands outside the root in test mode, inside it in train mode",
    hint="Compare the two lines that divide: one for training, one for testing.",
    see="batchnorm-epsilon",
)
def eps_outside_in_test_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    eps = eps_of(bn_param)
    std = np.sqrt(var + eps) if bn_param["mode"] == "train" else np.sqrt(var) + eps
    return finished(x, mean, std, gamma, beta)


@mistake(
    "batchnorm_forward",
    title="eps defaults to 1e-8 instead of 1e-5",
    hint="Which value does the docstring name for a missing 'eps'?",
    see="batchnorm-epsilon",
)
def eps_defaults_to_less(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    return finished(x, mean, np.sqrt(var + bn_param.get("eps", 1e-8)), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="eps is always 1e-5, whatever bn_param says",
    hint="Where does your code read bn_param['eps']?",
    see="batchnorm-epsilon",
)
def eps_hard_coded(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    mean, var = statistics(x, bn_param)
    return finished(x, mean, np.sqrt(var + 1e-5), gamma, beta)


# The batch's statistics ---------------------------------------------------------------


@mistake(
    "batchnorm_forward",
    title="mean and variance are taken over the features, not over the batch",
    hint="A matrix (N, D) has D features: how many means should come out?",
    see="batchnorm-forward",
)
def over_the_features(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    mean, var = statistics(x, bn_param)
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return finished(x, mean, np.sqrt(var + eps_of(bn_param)), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="one mean and one variance are shared by all features",
    hint="What does x.mean() return without an axis?",
    see="batchnorm-forward",
)
def over_everything(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    mean, var = statistics(x, bn_param)
    if bn_param["mode"] == "train":
        mean, var = x.mean(), x.var()
    return finished(x, mean, np.sqrt(var + eps_of(bn_param)), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="the variance is divided by N − 1",
    hint="Of two numbers 0 and 2, what is the mean squared distance from their mean?",
    see="batchnorm-forward",
)
def unbiased_variance(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    if bn_param["mode"] == "test":
        mean, var = running(bn_param)
    else:
        mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)
        keep_running(bn_param, mean, var)
    return finished(x, mean, np.sqrt(var + eps_of(bn_param)), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="x − mean is divided by the variance, not by its root",
    hint="If x is measured in meters, in what is its variance measured?",
    see="batchnorm-forward",
)
def root_forgotten(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    mean, var = statistics(x, bn_param)
    return finished(x, mean, var + eps_of(bn_param), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="the mean is not subtracted",
    hint="What is the mean of out / gamma for your output, and what should it be?",
    see="batchnorm-forward",
)
def mean_not_subtracted(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    _, var = statistics(x, bn_param)
    return finished(x, np.zeros(()), np.sqrt(var + eps_of(bn_param)), gamma, beta)


# Scale and shift ----------------------------------------------------------------------


@mistake(
    "batchnorm_forward",
    title="gamma and beta are left out in test mode",
    hint="gamma and beta were learned: what becomes of them in testing?",
    see="batchnorm-test",
)
def not_scaled_in_test_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    std = np.sqrt(var + eps_of(bn_param))
    if bn_param["mode"] == "test":
        return finished(x, mean, std, np.ones_like(gamma), np.zeros_like(beta))
    return finished(x, mean, std, gamma, beta)


@mistake(
    "batchnorm_forward",
    title="gamma and beta are left out",
    hint="Two of the four arguments are not used yet.",
    see="batchnorm-scale",
)
def not_scaled(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    mean, var = statistics(x, bn_param)
    std = np.sqrt(var + eps_of(bn_param))
    return finished(x, mean, std, np.ones_like(gamma), np.zeros_like(beta))


@mistake(
    "batchnorm_forward",
    title="gamma multiplies beta as well",
    hint="Which comes first, the scale or the shift?",
    see="batchnorm-scale",
)
def shifted_before_scaled(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    std = np.sqrt(var + eps_of(bn_param))
    return finished(x, mean, std, gamma, gamma * beta)
