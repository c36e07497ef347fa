"""Mistakes and right variants of ``batchnorm_backward`` and ``batchnorm_backward_alt``.

Both have one contract, so a mistake in one of them is a mistake in the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.batchnorm import (
    Array,
    Cache,
    as_a_graph_of_small_steps,
    feature_by_feature_in_single_precision,
    in_one_go,
)

Gradients = tuple[Array, Array, Array]
NAMES = ("batchnorm_backward", "batchnorm_backward_alt")
Function = Callable[..., Any]


def of_either(*, title: str, hint: str, see: str) -> Callable[[Function], Function]:
    """Register a mistake in both functions."""

    def register(function: Function) -> Function:
        for name in NAMES:
            mistake(name, title=title, hint=hint, see=see, partner=in_one_go)(function)
        return function

    return register


def sums(dout: Array, cache: Cache) -> tuple[Array, Array]:
    """The right dgamma and dbeta."""
    return (dout * cache["xhat"]).sum(axis=0), dout.sum(axis=0)


def through(dxhat: Array, xhat: Array, std: Array) -> Array:
    """The right dx: what is left of dxhat without its mean and its part along xhat."""
    along = (dxhat * xhat).mean(axis=0)
    return np.asarray((dxhat - dxhat.mean(axis=0) - xhat * along) / std)


def all_of(dout: Array, cache: Cache) -> Gradients:
    """The right gradients."""
    dx = through(dout * cache["gamma"], cache["xhat"], cache["std"])
    return dx, *sums(dout, cache)


# Right ones ---------------------------------------------------------------------------


@variant("batchnorm_backward", partner=in_one_go)
@variant("batchnorm_backward_alt", partner=in_one_go)
def in_three_lines(dout: Array, cache: Cache) -> Gradients:
    n, (dgamma, dbeta) = len(dout), sums(dout, cache)
    share = cache["gamma"] / (n * cache["std"])
    return share * (n * dout - dbeta - cache["xhat"] * dgamma), dgamma, dbeta


@variant("batchnorm_backward", partner=as_a_graph_of_small_steps)
@variant("batchnorm_backward_alt", partner=as_a_graph_of_small_steps)
def back_through_the_graph(dout: Array, cache: tuple[Any, ...]) -> Gradients:
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    n, d = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / n * np.ones((n, d)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / n * np.ones((n, d)) * dmu
    return dx1 + dx2, dgamma, dbeta


@variant("batchnorm_backward", partner=feature_by_feature_in_single_precision)
@variant("batchnorm_backward_alt", partner=feature_by_feature_in_single_precision)
def by_the_jacobian(dout: Array, cache: list[Any]) -> Gradients:
    dx = np.zeros(dout.shape, dtype=np.float32)
    dgamma, dbeta = np.zeros((1, len(cache))), np.zeros((1, len(cache)))
    for j, (gamma, xhat, var) in enumerate(cache):
        n = len(xhat)
        jacobian = np.eye(n, dtype=np.float32) - 1 / n - np.outer(xhat, xhat) / n
        dx[:, j] = gamma * jacobian @ dout[:, j].astype(np.float32) / np.sqrt(var)
        dgamma[:, j], dbeta[:, j] = xhat @ dout[:, j], dout[:, j].sum()
    return dx, dgamma, dbeta


# dx -----------------------------------------------------------------------------------


@of_either(
    title="dx leaves out what flows through the mean",
    hint="The mean is made of every x: move one, and the others' distances change.",
    see="batchnorm-backward",
)
def mean_forgotten(dout: Array, cache: Cache) -> Gradients:
    dxhat, xhat = dout * cache["gamma"], cache["xhat"]
    dx = (dxhat - xhat * (dxhat * xhat).mean(axis=0)) / cache["std"]
    return dx, *sums(dout, cache)


@of_either(
    title="dx leaves out what flows through the variance",
    hint="x stands below the line of the fraction as well, inside the variance.",
    see="batchnorm-backward",
)
def variance_forgotten(dout: Array, cache: Cache) -> Gradients:
    dxhat = dout * cache["gamma"]
    return (dxhat - dxhat.mean(axis=0)) / cache["std"], *sums(dout, cache)


@of_either(
    title="dx treats the batch's mean and variance as constants",
    hint="Mean and variance are functions of x too: three ways lead back, not one.",
    see="batchnorm-backward",
)
def statistics_held_constant(dout: Array, cache: Cache) -> Gradients:
    return dout * cache["gamma"] / cache["std"], *sums(dout, cache)


@of_either(
    title="dx has only the Jacobian's diagonal: each sample's effect on itself",
    hint="If one sample moves, whose outputs change? All those of its batch.",
    see="batchnorm-backward",
)
def only_the_diagonal(dout: Array, cache: Cache) -> Gradients:
    n, xhat = len(dout), cache["xhat"]
    own = (1 - 1 / n - xhat**2 / n) / cache["std"]
    return dout * cache["gamma"] * own, *sums(dout, cache)


@of_either(
    title="sums stand in dx where means are due: N is forgotten",
    hint="Each sample is one N-th of the mean. Where is that N in dx?",
    see="batchnorm-backward-alt",
)
def sums_for_means(dout: Array, cache: Cache) -> Gradients:
    dxhat, xhat = dout * cache["gamma"], cache["xhat"]
    along = (dxhat * xhat).sum(axis=0)
    dx = (dxhat - dxhat.sum(axis=0) - xhat * along) / cache["std"]
    return dx, *sums(dout, cache)


@of_either(
    title="dx is N times too large",
    hint="Does your formula begin with 1 / N, and does it need to?",
    see="batchnorm-backward-alt",
)
def n_times_too_large(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return len(dout) * dx, dgamma, dbeta


@of_either(
    title="dx is divided by N once too often",
    hint="Its two means hold an N each; dout itself does not.",
    see="batchnorm-backward-alt",
)
def divided_by_n_too_often(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return dx / len(dout), dgamma, dbeta


@of_either(
    title="gamma is missing in dx",
    hint="The upstream gradient meets gamma first: what is dxhat?",
    see="batchnorm-backward",
)
def gamma_missing_in_dx(dout: Array, cache: Cache) -> Gradients:
    return through(dout, cache["xhat"], cache["std"]), *sums(dout, cache)


@of_either(
    title="dx is multiplied by the standard deviation instead of divided",
    hint="If x were ten times larger, would the output feel a nudge more, or less?",
    see="batchnorm-backward",
)
def multiplied_by_std(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return dx * cache["std"] ** 2, dgamma, dbeta


@of_either(
    title="dx divides by the variance, not by its root",
    hint="Which power of variance + eps did x − mean have in forward?",
    see="batchnorm-backward",
)
def divided_by_the_variance(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return dx / cache["std"], dgamma, dbeta


@of_either(
    title="what flows through the variance has the wrong sign",
    hint="Where the variance grows, does the normalized x grow or shrink?",
    see="batchnorm-backward",
)
def variance_with_the_wrong_sign(dout: Array, cache: Cache) -> Gradients:
    dxhat, xhat = dout * cache["gamma"], cache["xhat"]
    along = (dxhat * xhat).mean(axis=0)
    dx = (dxhat - dxhat.mean(axis=0) + xhat * along) / cache["std"]
    return dx, *sums(dout, cache)


@of_either(
    title="what flows through the variance counts half",
    hint="What is the derivative of (x − mean)²? A 2 has gone missing.",
    see="batchnorm-backward",
)
def variance_counts_half(dout: Array, cache: Cache) -> Gradients:
    dxhat, xhat = dout * cache["gamma"], cache["xhat"]
    along = (dxhat * xhat).mean(axis=0) / 2
    dx = (dxhat - dxhat.mean(axis=0) - xhat * along) / cache["std"]
    return dx, *sums(dout, cache)


@of_either(
    title="the means in dx are divided by N − 1",
    hint="Forward divided by N in the mean and in the variance.",
    see="batchnorm-backward",
)
def means_over_n_less_one(dout: Array, cache: Cache) -> Gradients:
    n, dxhat, xhat = max(len(dout) - 1, 1), dout * cache["gamma"], cache["xhat"]
    along = (dxhat * xhat).sum(axis=0) / n
    dx = (dxhat - dxhat.sum(axis=0) / n - xhat * along) / cache["std"]
    return dx, *sums(dout, cache)


@of_either(
    title="backward leaves out eps",
    hint="Forward divided by the root of variance + eps. By what does backward?",
    see="batchnorm-epsilon",
)
def eps_missing_in_dx(dout: Array, cache: Cache) -> Gradients:
    std = np.sqrt(cache["var"])
    xhat = (cache["x"] - cache["mean"]) / std
    return through(dout * cache["gamma"], xhat, std), *sums(dout, cache)


@of_either(
    title="backward takes eps to be 1e-5, whatever forward was told",
    hint="Backward gets no bn_param: what must go into the cache?",
    see="batchnorm-epsilon",
)
def eps_hard_coded_in_dx(dout: Array, cache: Cache) -> Gradients:
    std = np.sqrt(cache["var"] + 1e-5)
    xhat = (cache["x"] - cache["mean"]) / std
    return through(dout * cache["gamma"], xhat, std), *sums(dout, cache)


# dgamma and dbeta ---------------------------------------------------------------------


@of_either(
    title="dgamma is made with x, not with the normalized x",
    hint="What exactly did gamma multiply in forward?",
    see="batchnorm-scale",
)
def dgamma_with_x(dout: Array, cache: Cache) -> Gradients:
    dx, _, dbeta = all_of(dout, cache)
    return dx, (dout * cache["x"]).sum(axis=0), dbeta


@of_either(
    title="dgamma and dbeta are averaged over the batch",
    hint="A parameter used N times gets N gradients, and they add up. "
    "A mean over the batch, if there is one, is in dout already.",
    see="batchnorm-scale",
)
def parameters_averaged(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return dx, dgamma / len(dout), dbeta / len(dout)


@of_either(
    title="dbeta is averaged over the batch",
    hint="beta was added to N outputs: do their gradients add up, or average?",
    see="batchnorm-scale",
)
def dbeta_averaged(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return dx, dgamma, dbeta / len(dout)


@of_either(
    title="dgamma and dbeta are returned in each other's place",
    hint="In which order does the docstring name the three gradients?",
    see="batchnorm-scale",
)
def parameters_swapped(dout: Array, cache: Cache) -> Gradients:
    dx, dgamma, dbeta = all_of(dout, cache)
    return dx, dbeta, dgamma


@of_either(
    title="dgamma and dbeta are not summed over the batch",
    hint="gamma has one entry for each feature: what shape has its gradient?",
    see="batchnorm-scale",
)
def parameters_not_summed(dout: Array, cache: Cache) -> Gradients:
    return all_of(dout, cache)[0], dout * cache["xhat"], dout.copy()


@of_either(
    title="dgamma and dbeta are summed over the features",
    hint="gamma has one entry for each feature: what shape has its gradient?",
    see="batchnorm-scale",
)
def parameters_summed_over_features(dout: Array, cache: Cache) -> Gradients:
    dx = all_of(dout, cache)[0]
    return dx, (dout * cache["xhat"]).sum(axis=1), dout.sum(axis=1)
