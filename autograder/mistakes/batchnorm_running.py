"""Mistakes of ``batchnorm_forward`` about the running statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake
from autograder.mistakes.batchnorm import (
    Answer,
    Array,
    Param,
    eps_of,
    finished,
    keep_running,
    momentum_of,
    remember,
    running,
    statistics,
)


def _with_running(
    x: Array, gamma: Array, beta: Array, bn_param: Param, update: Any
) -> Answer:
    """The right output; ``update(bn_param, mean, var)`` is to keep the statistics."""
    mean, var = statistics(x, dict(bn_param))
    if bn_param["mode"] == "train":
        update(bn_param, mean, var)
    return finished(x, mean, np.sqrt(var + eps_of(bn_param)), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="momentum weighs the batch, and 1 − momentum what was there",
    hint="With momentum 0.9, how much of a new batch goes into the running mean?",
    see="batchnorm-running",
)
def momentum_swapped(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    def update(param: Param, mean: Array, var: Array) -> None:
        remember(param, mean, var, 1 - momentum_of(param), momentum_of(param))

    return _with_running(x, gamma, beta, bn_param, update)


@mistake(
    "batchnorm_forward",
    title="momentum is always 0.9, whatever bn_param says",
    hint="Where does your code read bn_param['momentum']?",
    see="batchnorm-running",
)
def momentum_hard_coded(x: Array, gamma: Array, beta: Array, bn_param: Param) -> Answer:
    def update(param: Param, mean: Array, var: Array) -> None:
        remember(param, mean, var, 0.9, 0.1)

    return _with_running(x, gamma, beta, bn_param, update)


@mistake(
    "batchnorm_forward",
    title="momentum defaults to another value than 0.9",
    hint="Which value does the docstring name for a missing 'momentum'?",
    see="batchnorm-running",
)
def momentum_defaults_to_less(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    def update(param: Param, mean: Array, var: Array) -> None:
        momentum = param.get("momentum", 0.1)
        remember(param, mean, var, momentum, 1 - momentum)

    return _with_running(x, gamma, beta, bn_param, update)


@mistake(
    "batchnorm_forward",
    title="the running variance takes the unbiased variance of the batch",
    hint="PyTorch does that; here both variances are divided by N.",
    see="batchnorm-running",
)
def running_variance_unbiased(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    def update(param: Param, mean: Array, var: Array) -> None:
        keep_running(param, mean, var * len(x) / max(len(x) - 1, 1))

    return _with_running(x, gamma, beta, bn_param, update)


@mistake(
    "batchnorm_forward",
    title="running_var keeps standard deviations",
    hint="What will test mode add eps to, and take the root of?",
    see="batchnorm-running",
)
def running_variance_is_a_root(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    def update(param: Param, mean: Array, var: Array) -> None:
        keep_running(param, mean, np.sqrt(var + eps_of(param)))

    return _with_running(x, gamma, beta, bn_param, update)


@mistake(
    "batchnorm_forward",
    title="the running statistics are those of the last batch only",
    hint="Where is the old running mean in your new one?",
    see="batchnorm-running",
)
def running_statistics_overwritten(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    def update(param: Param, mean: Array, var: Array) -> None:
        remember(param, mean, var, 0, 1)

    return _with_running(x, gamma, beta, bn_param, update)


@mistake(
    "batchnorm_forward",
    title="the new running statistics are not put into bn_param under their names",
    hint="A local variable is forgotten when the function returns. "
    "What will the next call find in bn_param['running_mean']?",
    see="batchnorm-running",
)
def running_statistics_not_stored(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    return _with_running(x, gamma, beta, bn_param, lambda *_: None)


@mistake(
    "batchnorm_forward",
    title="the very first batch fails: there are no running statistics yet",
    hint="What does dict.get(key, default) do?",
    see="batchnorm-running",
)
def running_statistics_must_be_there(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    if bn_param["mode"] == "train":
        running(bn_param)  # KeyError
    return _with_running(x, gamma, beta, bn_param, keep_running)


@mistake(
    "batchnorm_forward",
    title="test mode normalizes by the statistics of its own batch",
    hint="How would you classify a single picture?",
    see="batchnorm-test",
)
def batch_statistics_in_test_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    if bn_param["mode"] == "train":
        statistics(x, bn_param)
    std = np.sqrt(x.var(axis=0) + eps_of(bn_param))
    return finished(x, x.mean(axis=0), std, gamma, beta)


@mistake(
    "batchnorm_forward",
    title="train mode normalizes by the running statistics",
    hint="What are mean and variance of your output in training? They should be "
    "0 and 1 before gamma and beta.",
    see="batchnorm-forward",
)
def running_statistics_in_train_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    if bn_param["mode"] == "train":
        mean, var = running(bn_param)
    return finished(x, mean, np.sqrt(var + eps_of(bn_param)), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="test mode updates the running statistics too",
    hint="Should the network be another one after it has been tested?",
    see="batchnorm-test",
)
def running_statistics_move_in_test_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    mean, var = statistics(x, bn_param)
    if bn_param["mode"] == "test":
        keep_running(bn_param, x.mean(axis=0), x.var(axis=0))
    return finished(x, mean, np.sqrt(var + eps_of(bn_param)), gamma, beta)


@mistake(
    "batchnorm_forward",
    title="eps gets into the running variance",
    hint="eps keeps a division possible. Is it a part of what the batch's variance is?",
    see="batchnorm-running",
)
def eps_in_the_running_variance(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    def update(param: Param, mean: Array, var: Array) -> None:
        keep_running(param, mean, var + eps_of(param))

    return _with_running(x, gamma, beta, bn_param, update)


@mistake(
    "batchnorm_forward",
    title="eps gets into the running variance in training, and is left out in testing",
    hint="What does running_var hold in test mode: a variance with eps, or without?",
    see="batchnorm-running",
)
def eps_in_the_running_variance_only(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    out, cache = eps_in_the_running_variance(x, gamma, beta, bn_param)
    if bn_param["mode"] == "test":
        mean, var = running(bn_param)
        return finished(x, mean, np.sqrt(var), gamma, beta)
    return out, cache


@mistake(
    "batchnorm_forward",
    title="every test adds eps to the running variance",
    hint="Which array does `running_var += eps` change?",
    see="batchnorm-test",
)
def eps_added_to_the_running_variance_in_test_mode(
    x: Array, gamma: Array, beta: Array, bn_param: Param
) -> Answer:
    out, cache = _with_running(x, gamma, beta, bn_param, keep_running)
    if bn_param["mode"] == "test":
        bn_param["running_var"] = bn_param["running_var"] + eps_of(bn_param)
    return out, cache
