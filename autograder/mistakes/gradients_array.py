"""Mistakes and right variants of ``numerical_gradient_array``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.gradients import Array, F, nudged

MANY = "numerical_gradient_array"


def pulled(f: F, x: Array, df: Array, h: float, join: Callable[..., Any]) -> Array:
    """Each entry: ``join`` of the difference of f on either side, and ``df``."""
    grad = np.zeros(x.shape)
    for (index, above), (_, below) in zip(nudged(x, h), nudged(x, -h), strict=True):
        grad[index] = join(f(above) - f(below), df) / (2 * h)
    return grad


@variant(MANY)
def summed_over_outputs(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    return pulled(f, x, df, h, lambda change, df: np.sum(change * df))


@variant(MANY)
def by_a_jacobian(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    units = np.eye(x.size).reshape(x.size, *x.shape)
    jacobian = [np.ravel(f(x + h * u) - f(x - h * u)) / (2 * h) for u in units]
    return (np.array(jacobian) @ df.ravel()).reshape(x.shape)


@variant(MANY)
def in_place_with_a_copy(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x, dtype=np.float32)
    for index in np.ndindex(*x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x).copy()
        x[index] = kept - h
        grad[index] = ((above - f(x)) * df / (h + h)).sum()
        x[index] = kept
    return grad


@mistake(
    MANY,
    title="df is ignored",
    hint="Each output counts as much as df says: multiply before you sum.",
    see="gradients-vector-jacobian",
)
def upstream_ignored(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    return pulled(f, x, df, h, lambda change, _: np.sum(change))


@mistake(
    MANY,
    title="the outputs are averaged, not summed",
    hint="What x[i] does to the loss is the sum of what it does through each output.",
    see="gradients-vector-jacobian",
)
def outputs_averaged(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    return pulled(f, x, df, h, lambda change, df: np.mean(change * df))


@mistake(
    MANY,
    title="summed first, multiplied by the sum of df afterwards",
    hint="The sum of products is not the product of sums: multiply output by output.",
    see="gradients-vector-jacobian",
)
def product_of_sums(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    return pulled(f, x, df, h, lambda change, df: np.sum(change) * np.sum(df))


@mistake(
    MANY,
    title="all entries are nudged at once",
    hint="This is right only where output i depends on x[i] alone. "
    "Nudge one entry at a time, and sum over the outputs.",
    see="gradients-vector-jacobian",
)
def all_entries_nudged(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    return np.asarray((f(x + h) - f(x - h)) * df / (2 * h))


@mistake(
    MANY,
    title="the difference is one-sided",
    hint="f(x + h) against f(x) is off by a term in h; which second point cancels it?",
    see="gradients-numerical",
)
def one_sided(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x)
    for index, above in nudged(x, h):
        grad[index] = np.sum((f(above) - f(x)) * df) / h
    return grad


@mistake(
    MANY,
    title="the difference is divided by h, not by 2h",
    hint="How far apart are the two points at which f was evaluated?",
    see="gradients-numerical",
)
def divided_by_one_step(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    return 2 * summed_over_outputs(f, x, df, h)


@mistake(
    MANY,
    title="h is ignored: the step is a constant of your own",
    hint="The caller chooses the step. Search the function for a number like 1e-5.",
    see="gradients-step",
)
def own_step(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:  # noqa: ARG001
    return summed_over_outputs(f, x, df, 1e-5)


@mistake(
    MANY,
    title="only the outputs of x's own shape are served",
    hint="df has the shape of f(x), not that of x: df[index] is not what x[index] did.",
    see="gradients-vector-jacobian",
)
def upstream_taken_at_the_input(f: F, x: Array, df: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x)
    for (index, above), (_, below) in zip(nudged(x, h), nudged(x, -h), strict=True):
        grad[index] = np.sum(f(above) - f(below)) / (2 * h) * df[index]
    return grad
