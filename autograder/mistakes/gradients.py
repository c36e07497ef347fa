"""Mistakes and right variants of ``numerical_gradient``.

The topic's other functions have files of their own beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
F = Callable[[Array], Any]
ONE = "numerical_gradient"


def nudged(x: Array, h: float) -> Iterator[tuple[tuple[int, ...], Array]]:
    """For each index of ``x`` a copy of ``x`` with that entry moved by ``h``."""
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += h
        yield index, moved


@variant(ONE)
def of_copies(f: F, x: Array, h: float = 1e-5) -> Array:
    grad = np.zeros(x.shape)
    for (index, above), (_, below) in zip(nudged(x, h), nudged(x, -h), strict=True):
        grad[index] = (f(above) - f(below)) / (2 * h)
    return grad


@variant(ONE)
def along_unit_vectors(f: F, x: Array, h: float = 1e-5) -> Array:
    units = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + h * unit) - f(x - h * unit)) / h / 2 for unit in units]
    return np.array(slopes, dtype=np.float32).reshape(x.shape)


@variant(ONE)
def with_an_iterator(f: F, x: Array, h: float = 1e-5) -> Array:
    f(x)
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        kept = x[it.multi_index]
        x[it.multi_index] = kept + h
        above = f(x)
        x[it.multi_index] = kept - h
        below = f(x)
        x[it.multi_index] = kept
        grad[it.multi_index] = 0.5 * (above - below) / h
        it.iternext()
    return grad


@mistake(
    ONE,
    title="the difference is one-sided",
    hint="f(x + h) against f(x) is off by a term in h; which second point cancels it?",
    see="gradients-numerical",
)
def forward_difference(f: F, x: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x)
    for index, above in nudged(x, h):
        grad[index] = (f(above) - f(x)) / h
    return grad


@mistake(
    ONE,
    title="the difference is divided by h, not by 2h",
    hint="How far apart are the two points at which f was evaluated?",
    see="gradients-numerical",
)
def divided_by_h(f: F, x: Array, h: float = 1e-5) -> Array:
    return 2 * of_copies(f, x, h)


@mistake(
    ONE,
    title="`/ 2 * h` multiplies by h",
    hint="In Python a / 2 * h is (a / 2) * h. Write a / (2 * h).",
    see="gradients-numerical",
)
def multiplied_by_h(f: F, x: Array, h: float = 1e-5) -> Array:
    return of_copies(f, x, h) * h * h


@mistake(
    ONE,
    title="h is ignored: the step is a constant of your own",
    hint="The caller chooses the step. Search the function for a number like 1e-5.",
    see="gradients-step",
)
def step_of_its_own(f: F, x: Array, h: float = 1e-5) -> Array:  # noqa: ARG001
    return of_copies(f, x, 1e-5)


@mistake(
    ONE,
    title="each side moves by half of h only",
    hint="The two points are x + h and x - h, 2h apart.",
    see="gradients-step",
)
def half_a_step(f: F, x: Array, h: float = 1e-5) -> Array:
    return of_copies(f, x, h / 2)


@mistake(
    ONE,
    title="an entry is not put back before the next one moves",
    hint="Each partial derivative is taken at x itself: restore the entry first.",
    see="gradients-numerical",
)
def not_put_back(f: F, x: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        grad[index] = (above - f(x)) / (2 * h)
    return grad


@mistake(
    ONE,
    title="x is put back by arithmetic, which rounds",
    hint="x + h - h is not always x. Keep the old value and write it back.",
    see="gradients-restore",
)
def restored_by_arithmetic(f: F, x: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        grad[index] = (above - f(x)) / (2 * h)
        x[index] += h
    return grad


@mistake(
    ONE,
    title="only vectors: x[i] for i in range(x.size)",
    hint="x may have any number of axes. Try np.ndindex(x.shape).",
    see="gradients-numerical",
)
def vectors_only(f: F, x: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x)
    for i in range(x.size):
        kept = x[i].copy()
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        grad[i] = (above - f(x)) / (2 * h)
        x[i] = kept
    return grad


@mistake(
    ONE,
    title="a whole row is nudged at once",
    hint="x[i] of a matrix is a row. One entry at a time: np.ndindex(x.shape).",
    see="gradients-numerical",
)
def rows_nudged(f: F, x: Array, h: float = 1e-5) -> Array:
    grad = np.zeros_like(x)
    for i in range(len(x)):
        kept = x[i].copy()
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        grad[i] = (above - f(x)) / (2 * h)
        x[i] = kept
    return grad


@mistake(
    ONE,
    title="all entries are nudged at once",
    hint="f(x + h) moves every entry: that is the slope along one direction, "
    "not the gradient.",
    see="gradients-numerical",
)
def all_nudged(f: F, x: Array, h: float = 1e-5) -> Array:
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@mistake(
    ONE,
    title="f is handed a flat x",
    hint="f expects an array of the shape of x: nudge an entry of x, not of x.ravel().",
    see="gradients-numerical",
)
def flattened(f: F, x: Array, h: float = 1e-5) -> Array:
    return of_copies(f, x.ravel(), h).reshape(x.shape)


@mistake(
    ONE,
    title="f is handed one row of x at a time",
    hint="f expects the whole x: nudge an entry where it is, and call f(x).",
    see="gradients-numerical",
)
def row_by_row(f: F, x: Array, h: float = 1e-5) -> Array:
    if x.ndim == 1:
        return vectors_only(f, x, h)
    return np.array([vectors_only(f, row, h) for row in x])
