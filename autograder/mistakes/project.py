"""Mistakes and right variants of the project's monitors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import Array

NORM, RATIO = "gradient_norm", "network_update_ratio"
SEE_NORM, SEE_RATIO = "optimizers-clipping", "optimizers-update-ratio"
Arrays = list[Array]


def length(arrays: Arrays) -> float:
    """The length of all entries, taken as one vector."""
    return math.sqrt(sum(float(np.vdot(a, a)) for a in arrays))


def less(after: Arrays, before: Arrays) -> Arrays:
    """The update of each array."""
    return [new - old for old, new in zip(before, after, strict=True)]


# gradient_norm -----------------------------------------------------------------------


@variant(NORM)
def root_of_all_squares(gradients: Arrays) -> float:
    return length(gradients)


@variant(NORM)
def norm_of_the_norms(gradients: Arrays) -> Any:
    return np.linalg.norm([np.linalg.norm(g) for g in gradients])


@variant(NORM)
def of_one_long_vector(gradients: Arrays) -> Any:
    whole = np.concatenate([g.ravel() for g in gradients]).astype(np.float32)
    return np.sqrt((whole**2).sum(keepdims=True))


@mistake(
    NORM,
    title="the norms of the arrays are added up",
    hint="Lengths at right angles do not add: their squares do.",
    see=SEE_NORM,
)
def norms_summed(gradients: Arrays) -> float:
    return sum(length([g]) for g in gradients)


@mistake(
    NORM,
    title="the norms of the arrays are averaged",
    hint="All arrays together are one gradient, and it has one length.",
    see=SEE_NORM,
)
def norms_averaged(gradients: Arrays) -> float:
    return sum(length([g]) for g in gradients) / len(gradients)


@mistake(
    NORM,
    title="the largest norm of an array stands for all",
    hint="All arrays together are one gradient, and it has one length.",
    see=SEE_NORM,
)
def largest_norm(gradients: Arrays) -> float:
    return max(length([g]) for g in gradients)


@mistake(
    NORM,
    title="the square root is missing",
    hint="A norm has the unit of the entries, not of their squares.",
    see=SEE_NORM,
)
def square_of_the_norm(gradients: Arrays) -> float:
    return length(gradients) ** 2


@mistake(
    NORM,
    title="magnitudes are added up: that is the L1 norm",
    hint="The L2 norm is a root of a sum of squares.",
    see=SEE_NORM,
)
def magnitudes_added(gradients: Arrays) -> float:
    return sum(float(np.abs(g).sum()) for g in gradients)


@mistake(
    NORM,
    title="the root of the mean square is returned",
    hint="A length is a sum over the entries: a longer vector of equal entries is "
    "longer.",
    see=SEE_NORM,
)
def root_mean_square(gradients: Arrays) -> float:
    return length(gradients) / math.sqrt(sum(g.size for g in gradients))


@mistake(
    NORM,
    title="the largest entry is returned",
    hint="The L2 norm is a root of a sum of squares.",
    see=SEE_NORM,
)
def largest_entry_of_all(gradients: Arrays) -> float:
    return max(float(np.abs(g).max()) for g in gradients)


@mistake(
    NORM,
    title="only the last array is measured",
    hint="Is the sum kept from one array to the next?",
    see=SEE_NORM,
)
def last_array_only(gradients: Arrays) -> float:
    return length(gradients[-1:])


@mistake(
    NORM,
    title="a small number is added, which hides gradients that vanish",
    hint="Nothing is divided here: add nothing.",
    see=SEE_NORM,
)
def small_number_added(gradients: Arrays) -> float:
    return length(gradients) + 1e-6


# network_update_ratio ----------------------------------------------------------------


@variant(RATIO)
def length_over_length(before: Arrays, after: Arrays) -> float:
    return length(less(after, before)) / length(before)


@variant(RATIO)
def of_two_long_vectors(before: Arrays, after: Arrays) -> Any:
    old, new = (np.concatenate([a.ravel() for a in each]) for each in (before, after))
    return np.linalg.norm(old - new) / (np.linalg.norm(old) + 1e-12)


@variant(RATIO)
def root_of_the_ratio_of_squares(before: Arrays, after: Arrays) -> Any:
    pairs = [
        (a.astype(np.float32), b.astype(np.float32))
        for a, b in zip(before, after, strict=True)
    ]
    moved = sum(((b - a) ** 2).sum(keepdims=True).ravel() for a, b in pairs)
    return np.sqrt(moved / sum((a**2).sum() for a, _ in pairs))


@mistake(
    RATIO,
    title="each array's own ratio is averaged",
    hint="A bias that begins at 0 has no ratio of its own. Take both lengths over all "
    "arrays first, and divide then.",
    see=SEE_RATIO,
)
def ratios_of_arrays_averaged(before: Arrays, after: Arrays) -> float:
    ratios = [
        length([step]) / np.float64(length([w]))
        for step, w in zip(less(after, before), before, strict=True)
    ]
    return float(np.mean(ratios))


@mistake(
    RATIO,
    title="the largest ratio of an array stands for all",
    hint="Take both lengths over all arrays first, and divide then.",
    see=SEE_RATIO,
)
def largest_ratio_of_an_array(before: Arrays, after: Arrays) -> float:
    ratios = [
        length([step]) / np.float64(length([w]))
        for step, w in zip(less(after, before), before, strict=True)
    ]
    return float(np.max(ratios))


@mistake(
    RATIO,
    title="lengths of arrays are added up, above and below",
    hint="Lengths at right angles do not add: their squares do.",
    see=SEE_RATIO,
)
def lengths_added_up(before: Arrays, after: Arrays) -> float:
    update = less(after, before)
    return sum(length([s]) for s in update) / sum(length([w]) for w in before)


@mistake(
    RATIO,
    title="the length after the update is divided by",
    hint="The update is measured by the weights that it found.",
    see=SEE_RATIO,
)
def after_below(before: Arrays, after: Arrays) -> float:
    below = length(after)
    return length(less(after, before)) / below if below else 0.0


@mistake(
    RATIO,
    title="the length after the update is taken for that of the update",
    hint="The update is a difference.",
    see=SEE_RATIO,
)
def after_for_the_update(before: Arrays, after: Arrays) -> float:
    return length(after) / length(before)


@mistake(
    RATIO,
    title="the lengths are subtracted instead of the arrays",
    hint="Weights that turn without growing have moved too.",
    see=SEE_RATIO,
)
def lengths_subtracted(before: Arrays, after: Arrays) -> float:
    return abs(length(after) - length(before)) / length(before)


@mistake(
    RATIO,
    title="the square of the ratio is returned",
    hint="A length has a square root.",
    see=SEE_RATIO,
)
def square_of_the_ratio(before: Arrays, after: Arrays) -> float:
    return (length(less(after, before)) / length(before)) ** 2


@mistake(
    RATIO,
    title="the update is not divided by the weights",
    hint="The same step is large for small weights and small for large ones.",
    see=SEE_RATIO,
)
def update_alone(before: Arrays, after: Arrays) -> float:
    return length(less(after, before))


@mistake(
    RATIO,
    title="the ratio is turned round",
    hint="Near a thousandth is healthy: which of the two lengths is the small one?",
    see=SEE_RATIO,
)
def turned_round(before: Arrays, after: Arrays) -> float:
    return length(before) / (length(less(after, before)) + 1e-12)
