"""What the kernels of the topic compute, by definition, and functions to differentiate.

The functions are handed over as source, so that they run where the student's code
runs. Their coefficients are drawn afresh, and they couple the entries of x: whoever
nudges several entries at once, or forgets to put one back, gets another answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograder.calling import Source
from autograder.gradients import entry_by_entry

Array = NDArray[np.float64]
Labels = NDArray[np.integer]
FLOOR = 1e-8


# Functions to differentiate -------------------------------------------------------


class Case(NamedTuple):
    """A function and the shape of a point to differentiate it at."""

    f: Source
    shape: tuple[int, ...]


def point(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers of either sign between 0.5 and 2 in size."""
    return np.asarray(rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape))


def large_step(rng: np.random.Generator) -> float:
    """A step at which a central difference is far from the derivative."""
    return round(float(rng.uniform(0.3, 0.5)), 2)


def _drawn(rng: np.random.Generator) -> float:
    return round(float(rng.uniform(0.5, 2)), 3)


def of_vectors(rng: np.random.Generator) -> list[Case]:
    """Functions of one axis that return an np.float64, a float and a 0-d array."""
    a, b = _drawn(rng), _drawn(rng)
    return [
        Case(Source(f"lambda x: {a} * (x ** 3).sum()"), (5,)),
        Case(Source(f"lambda x: float({a} * np.prod(x) + {b} * x[0] ** 3)"), (4,)),
        Case(Source(f"lambda x: np.array(np.exp({a} * x.mean()))"), (6,)),
        Case(Source(f"lambda x: {b} * x[0] ** 3"), (1,)),
    ]


def of_arrays(rng: np.random.Generator) -> list[Case]:
    """Functions of several axes; each needs an x of its full shape."""
    a, b = _drawn(rng), _drawn(rng)
    return [
        Case(Source(f"lambda x: {a} * ((x @ x.T) ** 2).sum()"), (2, 3)),
        Case(Source(f"lambda x: {b} * (x[0] * x[:, 0, None] ** 3).sum()"), (3, 4)),
        Case(Source(f"lambda x: {a} * (x.sum(axis=1) ** 3).sum()"), (1, 4)),
        Case(Source(f"lambda x: {b} * np.prod(x.sum(axis=1)) ** 3"), (2, 1)),
        Case(Source(f"lambda x: {a} * (x[0] * x[1:] ** 3).sum()"), (3, 2, 2)),
        Case(Source(f"lambda x: {b} * (x.sum(axis=(1, 3)) ** 3).sum()"), (2, 2, 1, 3)),
    ]


def to_arrays(rng: np.random.Generator) -> list[Case]:
    """Functions from an array to one of another shape."""
    a, b = _drawn(rng), _drawn(rng)
    return [
        Case(Source(f"lambda x: {a} * x[:, :2] * x[:, 1:]"), (4, 3)),
        Case(Source(f"lambda x: {b} * (x ** 3).sum(axis=0)"), (2, 3)),
        Case(Source(f"lambda x: {a} * np.outer(x, x[1:] ** 3)"), (4,)),
        Case(Source(f"lambda x: np.array([{b} * np.prod(x)])"), (2, 2)),
        Case(Source(f"lambda x: np.exp({a} * x.sum(axis=1, keepdims=True))"), (3, 2)),
        Case(Source(f"lambda x: {b} * x.T ** 3"), (2, 3, 2)),
        Case(Source(f"lambda x: {a} * (x[0] * x[1]) ** 2"), (2, 1, 3, 2)),
    ]


def elementwise(rng: np.random.Generator) -> list[Case]:
    """Functions of each entry alone, to an array of the same shape."""
    a = _drawn(rng)
    return [
        Case(Source(f"lambda x: {a} * x ** 3"), (5,)),
        Case(Source(f"lambda x: np.exp({a} * x)"), (2, 3)),
    ]


# So flat that whoever takes small differences for none finds no slope.
FLAT = Case(Source("lambda x: 1e-9 * (x ** 3).sum()"), (5,))
FLAT_EACH = Case(Source("lambda x: 1e-9 * x ** 3"), (2, 3))


def product(f: Source, x: Array, df: Array | float, h: float) -> Array:
    """The central differences of f at x with the upstream gradient df.

    >>> square = Source("lambda x: x ** 3")
    >>> product(square, np.array([1.0, 2.0]), np.array([1.0, 10.0]), 0.5).round(6)
    array([  3.25, 122.5 ])
    """
    function = f.compiled()

    def fresh(at: Array) -> Array:  # f may return its argument itself
        return np.array(function(at), dtype=np.float64)

    return entry_by_entry(fresh, x, df, h)


# The relative error ---------------------------------------------------------------


def relative_error(x: Array, y: Array) -> float:
    """The largest abs(a - b) / max(1e-8, abs(a) + abs(b)) of all pairs of entries.

    >>> relative_error(np.array([1.0, 0.0]), np.array([3.0, 0.0]))
    0.5
    """
    pairs = zip(np.ravel(x).tolist(), np.ravel(y).tolist(), strict=True)
    return max(abs(a - b) / max(FLOOR, abs(a) + abs(b)) for a, b in pairs)


# Layers ---------------------------------------------------------------------------


class Affine(NamedTuple):
    """An affine layer: the shape of its input, and how many outputs it has."""

    shape: tuple[int, ...]
    outputs: int

    @property
    def features(self) -> int:
        """The entries of one sample."""
        return math.prod(self.shape[1:])

    def draw(self, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """An input, weights and biases."""
        x = rng.standard_normal(self.shape)
        w = rng.standard_normal((self.features, self.outputs))
        return x, w, 1 + rng.standard_normal(self.outputs)


def affine(x: Array, w: Array, b: Array) -> Array:  # (N, ...), (D, M), (M,) -> (N, M)
    """Each output sums over a sample's entries, taken in row-major order.

    >>> affine(np.array([[[1.0, 2.0]]]), np.array([[10.0], [1.0]]), np.array([0.5]))
    array([[12.5]])
    """
    out = np.zeros((len(x), w.shape[1]))
    for n, sample in enumerate(x):
        out[n] = (sample.ravel()[:, None] * w).sum(axis=0) + b
    return out


def upstream(rng: np.random.Generator, layer: Affine) -> Array:
    """Gradients of one sign an output, so that their sums stay clear of 0."""
    signs = rng.permutation(np.resize([1.0, -1.0], layer.outputs))
    size = 1 + 0.5 * rng.standard_normal((layer.shape[0], layer.outputs))
    return np.asarray(signs * size)


def relu(x: Array) -> Array:
    """What is above 0.

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return np.where(x > 0, x, 0.0)


def off_zero(
    rng: np.random.Generator, shape: tuple[int, ...], scale: float = 1.0
) -> Array:
    """Numbers of either sign, none of them within a hundredth of the scale of 0.

    Both signs occur wherever there are two entries. Wherever there are four, one of
    either sign is larger than the scale by half at least: not by luck.
    """
    size = rng.uniform(0.02, 2, math.prod(shape))
    signs = rng.permutation(np.resize([-1.0, 1.0], size.size))
    if size.size >= 4:
        for sign in (-1.0, 1.0):
            size[np.argmax(signs == sign)] = rng.uniform(1.5, 2)
    return np.asarray((scale * size * signs).reshape(shape))


def either_sign(rng: np.random.Generator, x: Array) -> Array:
    """Upstream gradients of both signs, where x is positive and where it is negative.

    That takes four entries at least.
    """
    signs = np.empty(x.size)
    signs[np.argsort(x, axis=None)] = np.resize([1.0, -1.0], x.size)
    return np.asarray(rng.uniform(0.2, 2, x.shape) * signs.reshape(x.shape))


def softmax_loss(x: Array, y: Labels) -> float:  # (N, C), (N,) -> number
    """The mean of log(sum of exp(x[i])) - x[i, y[i]].

    >>> round(softmax_loss(np.zeros((3, 2)), np.array([0, 1, 1])), 6)
    0.693147
    """
    return float(
        np.mean(
            [np.logaddexp.reduce(row - row[k]) for row, k in zip(x, y, strict=True)]
        )
    )


def softmax_gradient(x: Array, y: Labels) -> Array:  # (N, C), (N,) -> (N, C)
    """The softmax of each row, less 1 at its label, over N.

    Of the row's entries a, b, ... the first has the softmax 1 / (1 + exp(b - a) + ...).

    >>> softmax_gradient(np.zeros((1, 2)), np.array([1]))
    array([[ 0.5, -0.5]])
    """
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(*x.shape):
        apart = np.minimum(x[i] - x[i, j], 700.0)  # exp(700) is near the largest float
        dx[i, j] = (1 / np.exp(apart).sum() - (j == y[i])) / len(x)
    return dx


def labels(rng: np.random.Generator, n: int, classes: int, dtype: str) -> Labels:
    """``n`` labels in random order, of each class as many as can be."""
    start = int(rng.integers(classes))
    return rng.permutation((start + np.arange(n)) % classes).astype(dtype)


def eighths(rng: np.random.Generator, shape: Sequence[int]) -> Array:
    """Numbers from -1.5 to 1.5 that single precision holds exactly, even near 1e4."""
    return np.asarray(rng.integers(-12, 13, tuple(shape)) / 8, dtype=np.float64)
