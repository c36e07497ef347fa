"""Mistakes and right variants of max-norm."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]

MAX = "max_norm"


@variant(MAX)
def max_norm_column_by_column(w: Array, c: float) -> Any:
    out = w.copy()
    for j in range(w.shape[1]):
        length = np.linalg.norm(w[:, j])
        if length > c:
            out[:, j] *= c / length
    return out


@variant(MAX)
def max_norm_by_larger_of_two(w: Array, c: float) -> Any:
    lengths = np.sqrt((w**2).sum(axis=0, keepdims=True))
    return w / np.maximum(1, lengths / c)


@variant(MAX)
def max_norm_as_in_keras(w: Array, c: float) -> Any:
    lengths = np.linalg.norm(w.astype(np.float32), axis=0)
    return w * (np.clip(lengths, 0, c) / (1e-7 + lengths))


@mistake(
    MAX,
    title="the rows are limited, not the columns",
    hint="A column holds the weights that go into one unit. Which axis do you sum "
    "over?",
    see="regularization-max-norm",
)
def rows_limited(w: Array, c: float) -> Any:
    lengths = np.linalg.norm(w, axis=1, keepdims=True)
    return w * np.minimum(1, c / np.maximum(lengths, 1e-12))


@mistake(
    MAX,
    title="the whole matrix is limited at once",
    hint="Every unit has a limit of its own: how many norms does a matrix of five "
    "columns have?",
    see="regularization-max-norm",
)
def matrix_limited(w: Array, c: float) -> Any:
    length = float(np.sqrt(np.sum(w**2)))
    return w * min(1.0, c / length)


@mistake(
    MAX,
    title="single weights are clipped to -c and c",
    hint="It is the length of a column that may not exceed c, and its direction "
    "should stay.",
    see="regularization-max-norm",
)
def entries_clipped(w: Array, c: float) -> Any:
    return np.clip(w, -c, c)


@mistake(
    MAX,
    title="short columns are stretched to length c",
    hint="c is an upper limit: what should become of a column that keeps it?",
    see="regularization-max-norm",
)
def all_brought_to_c(w: Array, c: float) -> Any:
    return w * c / np.maximum(np.linalg.norm(w, axis=0), 1e-12)


@mistake(
    MAX,
    title="the root of the sum of squares is missing",
    hint="Take a column (3, 4): its length is 5.",
    see="regularization-max-norm",
)
def root_forgotten(w: Array, c: float) -> Any:
    squares = np.maximum((w**2).sum(axis=0), 1e-12)
    return w * np.minimum(1, c / squares)


@mistake(
    MAX,
    title="the length of a column is measured by its absolute values",
    hint="Take a column (3, 4): its length is 5, not 7.",
    see="regularization-max-norm",
)
def absolute_values_for_length(w: Array, c: float) -> Any:
    lengths = np.maximum(np.abs(w).sum(axis=0), 1e-12)
    return w * np.minimum(1, c / lengths)


@mistake(
    MAX,
    title="a column of zeros becomes NaN",
    hint="What is 0 divided by 0? Only columns that are too long need dividing.",
    see="regularization-max-norm",
)
def zeros_divided_by_zero(w: Array, c: float) -> Any:
    lengths = np.linalg.norm(w, axis=0)
    return w / lengths * np.minimum(lengths, c)
