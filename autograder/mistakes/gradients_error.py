"""Mistakes and right variants of ``relative_error``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
ERROR = "relative_error"


@variant(ERROR)
def of_arrays_at_once(x: Array, y: Array) -> Any:
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


@variant(ERROR)
def pair_by_pair(x: Array, y: Array) -> float:
    worst = 0.0
    for a, b in zip(np.ravel(x), np.ravel(y), strict=True):
        worst = max(worst, float(abs(a - b) / max(abs(a) + abs(b), 1e-8)))
    return worst


@variant(ERROR)
def with_a_clipped_size(x: Array, y: Array) -> Any:
    size = np.clip(np.absolute(x) + np.absolute(y), 1e-8, None)
    return np.array(np.amax(np.absolute(np.subtract(y, x)) / size), dtype=np.float32)


def sizes(x: Array, y: Array) -> Array:
    """The divisor of each entry."""
    return np.asarray(np.maximum(1e-8, np.abs(x) + np.abs(y)))


@mistake(
    ERROR,
    title="computed in single precision, which cannot see small errors",
    hint="Single precision keeps seven digits, and right gradients agree to ten.",
    see="gradients-relative-error",
)
def in_single_precision(x: Array, y: Array) -> Any:
    x, y = np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)
    return np.max(np.abs(x - y) / sizes(x, y))


@mistake(
    ERROR,
    title="the mean over the entries, not the largest",
    hint="One wrong entry among a million right ones must show.",
    see="gradients-relative-error",
)
def mean_error(x: Array, y: Array) -> Any:
    return np.mean(np.abs(x - y) / sizes(x, y))


@mistake(
    ERROR,
    title="a ratio of norms: small entries hide behind large ones",
    hint="Divide entry by entry, then take the largest.",
    see="gradients-relative-error",
)
def ratio_of_norms(x: Array, y: Array) -> Any:
    size = float(np.linalg.norm(x) + np.linalg.norm(y))
    return np.linalg.norm(x - y) / max(1e-8, size)


@mistake(
    ERROR,
    title="the largest difference is divided by the largest size",
    hint="Divide entry by entry, then take the largest of the quotients.",
    see="gradients-relative-error",
)
def maxima_divided(x: Array, y: Array) -> Any:
    return np.max(np.abs(x - y)) / np.max(sizes(x, y))


@mistake(
    ERROR,
    title="the difference keeps its sign",
    hint="An error of -0.3 is no smaller than one of 0.1: take absolute values.",
    see="gradients-relative-error",
)
def sign_kept(x: Array, y: Array) -> Any:
    return np.max((x - y) / sizes(x, y))


@mistake(
    ERROR,
    title="the divisor is abs(x + y), not abs(x) + abs(y)",
    hint="What is the divisor for x = 1 and y = -1?",
    see="gradients-relative-error",
)
def sum_then_absolute(x: Array, y: Array) -> Any:
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x + y)))


@mistake(
    ERROR,
    title="the divisor is the larger of abs(x) and abs(y), not their sum",
    hint="Read the formula's divisor again: two absolute values, added.",
    see="gradients-relative-error",
)
def larger_of_both(x: Array, y: Array) -> Any:
    size = np.maximum(np.abs(x), np.abs(y))
    return np.max(np.abs(x - y) / np.maximum(1e-8, size))


@mistake(
    ERROR,
    title="without the floor, 0 against 0 gives NaN",
    hint="Two gradients of exactly 0 agree perfectly. What does your divisor say?",
    see="gradients-relative-error",
)
def no_floor(x: Array, y: Array) -> Any:
    return np.max(np.abs(x - y) / (np.abs(x) + np.abs(y)))


@mistake(
    ERROR,
    title="1e-8 is added to the divisor",
    hint="The floor is a maximum: a divisor above 1e-8 stays as it is.",
    see="gradients-relative-error",
)
def floor_added(x: Array, y: Array) -> Any:
    return np.max(np.abs(x - y) / (np.abs(x) + np.abs(y) + 1e-8))


@mistake(
    ERROR,
    title="an absolute error: nothing is divided",
    hint="An error of 0.01 is much for a gradient of 0.02 and nothing for one of 1000.",
    see="gradients-relative-error",
)
def absolute_error(x: Array, y: Array) -> Any:
    return np.max(np.abs(x - y))
