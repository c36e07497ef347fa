"""Mistakes and right variants of orthogonal_init."""

from __future__ import annotations

import copy
import math

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.initialization import Array, Rng, Shape

ORTHOGONAL = "orthogonal_init"


def orthonormal(rows: int, columns: int, normal: Array) -> Array:
    """Orthonormal rows or columns made from ``normal``, (long side, short side)."""
    q, r = np.linalg.qr(normal)
    q *= np.sign(np.diag(r))
    return q if rows >= columns else q.T


def flat(shape: Shape) -> tuple[int, int]:
    return shape[0], math.prod(shape[1:])


def right(shape: Shape, rng: Rng) -> Array:
    rows, columns = flat(shape)
    normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
    return orthonormal(rows, columns, normal).reshape(shape)


@variant(ORTHOGONAL)
def orthogonal_by_qr(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return gain * right(shape, rng)


@variant(ORTHOGONAL)
def orthogonal_by_qr_with_its_signs(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    rows, columns = flat(shape)
    w = rng.standard_normal((rows, columns))
    if rows < columns:
        return gain * np.linalg.qr(w.T)[0].T.reshape(shape)
    return gain * np.linalg.qr(w)[0].reshape(shape)


@variant(ORTHOGONAL)
def orthogonal_by_svd(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    u, _, v = np.linalg.svd(rng.normal(0.0, 1.0, flat(shape)), full_matrices=False)
    q = u if u.shape == flat(shape) else v
    return (gain * q).reshape(shape)


@variant(ORTHOGONAL)
def orthogonal_by_gram_and_schmidt(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    rows, columns = flat(shape)
    vectors = rng.standard_normal((min(rows, columns), max(rows, columns)))
    for i in range(len(vectors)):
        for earlier in vectors[:i]:
            vectors[i] -= (vectors[i] @ earlier) * earlier
        vectors[i] /= np.linalg.norm(vectors[i])
    w = vectors if rows <= columns else vectors.T
    return gain * w.reshape(shape)


@variant(ORTHOGONAL)
def orthogonal_in_single_precision(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    side = max(flat(shape))
    q, _ = np.linalg.qr(rng.standard_normal((side, side), dtype=np.float32))
    rows, columns = flat(shape)
    return (np.float32(gain) * q[:rows, :columns]).reshape(shape)


@mistake(
    ORTHOGONAL,
    title="the gain is ignored",
    hint="Compute the length of a row or a column of w. Is it gain?",
    see="initialization-orthogonal",
)
def gain_ignored(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:  # noqa: ARG001
    return right(shape, rng)


@mistake(
    ORTHOGONAL,
    title="the gain is squared",
    hint="Compute the length of a row or a column of w. Is it gain?",
    see="initialization-orthogonal",
)
def gain_squared(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return gain**2 * right(shape, rng)


@mistake(
    ORTHOGONAL,
    title="the root of the gain is taken",
    hint="The gain multiplies every weight: no root is needed.",
    see="initialization-orthogonal",
)
def gain_rooted(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return math.sqrt(gain) * right(shape, rng)


@mistake(
    ORTHOGONAL,
    title="the weights are divided by the gain",
    hint="Compute the length of a row or a column of w. Is it gain?",
    see="initialization-orthogonal",
)
def divided_by_gain(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return right(shape, rng) / gain


@mistake(
    ORTHOGONAL,
    title="without a gain the weights are scaled by √2",
    hint="√2 is the gain for ReLUs, and the caller asks for it. The default is 1.",
    see="initialization-orthogonal",
)
def default_for_relu(shape: Shape, rng: Rng, gain: float = math.sqrt(2)) -> Array:
    return gain * right(shape, rng)


@mistake(
    ORTHOGONAL,
    title="the columns have the right length, but are not orthogonal",
    hint="Look at w.T @ w: what is beside the diagonal? Normalizing turns no vector.",
    see="initialization-orthogonal",
)
def columns_normalized(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    w = rng.standard_normal(flat(shape))
    w *= gain / np.linalg.norm(w, axis=0)
    return w.reshape(shape)


@mistake(
    ORTHOGONAL,
    title="the rows have the right length, but are not orthogonal",
    hint="Look at w @ w.T: what is beside the diagonal? Normalizing turns no vector.",
    see="initialization-orthogonal",
)
def rows_normalized(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    w = rng.standard_normal(flat(shape))
    w *= gain / np.linalg.norm(w, axis=1, keepdims=True)
    return w.reshape(shape)


@mistake(
    ORTHOGONAL,
    title="these are Xavier's weights: orthogonal on average only",
    hint="Look at w.T @ w: near the identity is not enough. Which factorization of a "
    "random matrix has an orthogonal factor?",
    see="initialization-orthogonal",
)
def only_on_average(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return gain * rng.standard_normal(shape) / math.sqrt(max(flat(shape)))


@mistake(
    ORTHOGONAL,
    title="wide matrices lose their columns",
    hint="QR orthogonalizes columns, at most as many as there are rows. "
    "What is the transpose of a wide matrix?",
    see="initialization-orthogonal",
)
def wide_cut_off(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return gain * np.linalg.qr(rng.standard_normal(flat(shape)))[0]


@mistake(
    ORTHOGONAL,
    title="wide matrices come back transposed",
    hint="For a wide shape the long side comes first in QR: turn the result around.",
    see="initialization-orthogonal",
)
def wide_transposed(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    rows, columns = flat(shape)
    if rows >= columns:
        return gain * right(shape, rng)
    return gain * right((columns, rows), rng)


@mistake(
    ORTHOGONAL,
    title="filters are flattened along the wrong axes",
    hint="A filter is one row: (F, C, HH, WW) becomes (F, C·HH·WW).",
    see="initialization-orthogonal",
)
def last_axis_against_the_rest(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return gain * right((math.prod(shape[:-1]), shape[-1]), rng).reshape(shape)


@mistake(
    ORTHOGONAL,
    title="only matrices are made: filters fail",
    hint="Flatten (F, C, HH, WW) to (F, C·HH·WW), and give w its shape back.",
    see="initialization-orthogonal",
)
def matrices_only(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    rows, columns = shape
    return gain * right((rows, columns), rng)


@mistake(
    ORTHOGONAL,
    title="each window of a filter is orthogonal, not the filters",
    hint="A stack of small orthogonal matrices is not one: "
    "flatten (F, C, HH, WW) to (F, C·HH·WW) first.",
    see="initialization-orthogonal",
)
def window_by_window(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    if len(shape) == 2:
        return gain * right(shape, rng)
    w = np.empty(shape)
    for place in np.ndindex(shape[:2]):
        w[place] = right(shape[2:], rng)
    return gain * w


@mistake(
    ORTHOGONAL,
    title="this is the identity, not a random matrix",
    hint="Any rotation will do, and rng is to choose one.",
    see="initialization-orthogonal",
)
def identity(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:  # noqa: ARG001
    return gain * np.eye(*flat(shape)).reshape(shape)


@mistake(
    ORTHOGONAL,
    title="numbers from [0, 1) are orthogonalized: the first vector is always alike",
    hint="Where do vectors with positive entries point? Begin with normal numbers.",
    see="initialization-orthogonal",
)
def positive_numbers(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    rows, columns = flat(shape)
    positive = rng.random((max(rows, columns), min(rows, columns)))
    return gain * orthonormal(rows, columns, positive).reshape(shape)


@mistake(
    ORTHOGONAL,
    title="not everything is drawn from rng",
    hint="Every random number must come from rng: then a run can be repeated.",
    see="initialization-rng",
)
def orthogonal_rng_ignored(
    shape: Shape,
    rng: Rng,  # noqa: ARG001
    gain: float = 1.0,
) -> Array:
    return gain * right(shape, np.random.default_rng())


@mistake(
    ORTHOGONAL,
    title="every call draws the same weights, from a seed of its own",
    hint="rng brings its state along. With a seed of your own two layers of the same "
    "shape start equal.",
    see="initialization-rng",
)
def orthogonal_seeded_inside(
    shape: Shape,
    rng: Rng,  # noqa: ARG001
    gain: float = 1.0,
) -> Array:
    return gain * right(shape, np.random.default_rng(0))


@mistake(
    ORTHOGONAL,
    title="rng is copied, and never moves on",
    hint="Two layers of the same shape, drawn one after the other, come out equal. "
    "Draw from rng itself.",
    see="initialization-rng",
)
def orthogonal_from_a_copy(shape: Shape, rng: Rng, gain: float = 1.0) -> Array:
    return gain * right(shape, copy.deepcopy(rng))
