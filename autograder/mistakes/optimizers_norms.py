"""Mistakes and right variants of gradient clipping and of the update ratio."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import Array

CLIP, RATIO = "clip_grad_norm", "update_ratio"
Clipped = tuple[list[Array], float]


def norm_of(grads: list[Array]) -> float:
    return math.sqrt(sum(float(np.vdot(g, g)) for g in grads))


def shortened(grads: list[Array], norm: float, max_norm: float) -> list[Array]:
    """The gradients by max_norm / norm where that makes them shorter."""
    return [g * (max_norm / norm) if norm > max_norm else g for g in grads]


# Clipping ----------------------------------------------------------------------------


@variant(CLIP)
def clipped_as_a_rule(grads: list[Array], max_norm: float) -> Clipped:
    norm = norm_of(grads)
    return shortened(grads, norm, max_norm), norm


@variant(CLIP)
def clipped_as_in_pytorch(grads: list[Array], max_norm: float) -> Any:
    lengths = np.array([np.linalg.norm(g) for g in grads])
    norm = np.linalg.norm(lengths)
    factor = np.minimum(1.0, max_norm / (norm + 1e-6))
    return tuple(factor * g for g in grads), norm


@variant(CLIP)
def clipped_in_place(grads: list[Array], max_norm: float) -> Any:
    flat = np.concatenate([g.ravel() for g in grads]).astype(np.float32)
    norm = np.sqrt((flat**2).sum(keepdims=True))
    if norm > max_norm:
        for place in range(len(grads)):
            grads[place] *= max_norm / norm.item()
    return [grads, norm]


@mistake(
    CLIP,
    title="each array is clipped by its own norm",
    hint="Then the arrays are shortened by different factors, "
    "and the direction of the whole gradient changes.",
    see="optimizers-clipping",
)
def each_array_by_itself(grads: list[Array], max_norm: float) -> Clipped:
    each = [shortened([g], norm_of([g]), max_norm)[0] for g in grads]
    return each, norm_of(grads)


@mistake(
    CLIP,
    title="every entry is clipped to max_norm",
    hint="That bounds entries. What is bounded here is the length of them all.",
    see="optimizers-clipping",
)
def entries_clipped(grads: list[Array], max_norm: float) -> Clipped:
    return [np.clip(g, -max_norm, max_norm) for g in grads], norm_of(grads)


@mistake(
    CLIP,
    title="the norm after clipping is returned",
    hint="Whoever watches the norm wants to see how large it was.",
    see="optimizers-clipping",
)
def clipped_norm_returned(grads: list[Array], max_norm: float) -> Clipped:
    clipped = shortened(grads, norm_of(grads), max_norm)
    return clipped, norm_of(clipped)


@mistake(
    CLIP,
    title="short gradients are made longer",
    hint="max_norm is a bound: what lies below it stays as it is.",
    see="optimizers-clipping",
)
def always_rescaled(grads: list[Array], max_norm: float) -> Clipped:
    norm = norm_of(grads)
    return [g * (max_norm / max(norm, 1e-12)) for g in grads], norm


@mistake(
    CLIP,
    title="the norm is the largest entry",
    hint="The L2 norm is a root of a sum of squares.",
    see="optimizers-clipping",
)
def largest_entry(grads: list[Array], max_norm: float) -> Clipped:
    norm = max(float(np.abs(g).max()) for g in grads)
    return shortened(grads, norm, max_norm), norm


@mistake(
    CLIP,
    title="the norms of the arrays are added up",
    hint="Lengths at right angles do not add: their squares do.",
    see="optimizers-clipping",
)
def norms_added_up(grads: list[Array], max_norm: float) -> Clipped:
    norm = sum(norm_of([g]) for g in grads)
    return shortened(grads, norm, max_norm), norm


@mistake(
    CLIP,
    title="the square root of the sum of squares is missing",
    hint="A norm has the unit of the entries, not of their squares.",
    see="optimizers-clipping",
)
def root_forgotten(grads: list[Array], max_norm: float) -> Clipped:
    norm = norm_of(grads) ** 2
    return shortened(grads, norm, max_norm), norm


@mistake(
    CLIP,
    title="long gradients get norm 1 instead of max_norm",
    hint="Dividing by the norm makes a vector of length 1: how long should it be?",
    see="optimizers-clipping",
)
def clipped_to_one(grads: list[Array], max_norm: float) -> Clipped:
    norm = norm_of(grads)
    return [g / norm if norm > max_norm else g for g in grads], norm


@mistake(
    CLIP,
    title="where all gradients are 0, 0 is divided by 0",
    hint="What is the norm of a gradient of zeros, and what do you divide by it?",
    see="optimizers-clipping",
)
def zero_over_zero(grads: list[Array], max_norm: float) -> Clipped:
    norm = np.float64(norm_of(grads))
    return [np.minimum(norm, max_norm) * (g / norm) for g in grads], float(norm)


# The update ratio --------------------------------------------------------------------


@variant(RATIO)
def ratio_of_norms(w: Array, next_w: Array) -> Any:
    return np.linalg.norm(next_w - w) / np.linalg.norm(w)


@variant(RATIO)
def ratio_of_root_mean_squares(w: Array, next_w: Array) -> float:
    update = np.sqrt(np.mean(np.square(w - next_w)))
    return float(update / (np.sqrt(np.mean(np.square(w))) + 1e-8))


@variant(RATIO)
def ratio_in_single_precision(w: Array, next_w: Array) -> Any:
    old, new = w.astype(np.float32).ravel(), next_w.astype(np.float32).ravel()
    return np.sqrt(((new - old) ** 2).sum(keepdims=True) / np.dot(old, old))


@mistake(
    RATIO,
    title="the norm of the new weights is divided by",
    hint="The update is measured by the weights that it found.",
    see="optimizers-update-ratio",
)
def new_weights_below(w: Array, next_w: Array) -> float:
    below = np.linalg.norm(next_w)
    return float(np.linalg.norm(next_w - w) / below) if below else 0.0


@mistake(
    RATIO,
    title="the ratio is taken entry by entry and averaged",
    hint="A single weight near 0 would decide: take one norm of all of them first.",
    see="optimizers-update-ratio",
)
def ratios_averaged(w: Array, next_w: Array) -> float:
    return float(np.mean(np.abs(next_w - w) / np.abs(w)))


@mistake(
    RATIO,
    title="the squared ratio is returned",
    hint="A norm has a square root.",
    see="optimizers-update-ratio",
)
def ratio_squared(w: Array, next_w: Array) -> float:
    return float(np.sum((next_w - w) ** 2) / np.sum(w**2))


@mistake(
    RATIO,
    title="the norms are subtracted instead of the weights",
    hint="Weights that turn without growing have moved too.",
    see="optimizers-update-ratio",
)
def norms_subtracted(w: Array, next_w: Array) -> float:
    before, after = np.linalg.norm(w), np.linalg.norm(next_w)
    return float(abs(after - before) / before)


@mistake(
    RATIO,
    title="the update is not divided by the weights",
    hint="The same step is large for small weights and small for large ones.",
    see="optimizers-update-ratio",
)
def not_divided(w: Array, next_w: Array) -> float:
    return float(np.linalg.norm(next_w - w))


@mistake(
    RATIO,
    title="the norm of the new weights is taken for that of the update",
    hint="The update is a difference.",
    see="optimizers-update-ratio",
)
def update_not_subtracted(w: Array, next_w: Array) -> float:
    return float(np.linalg.norm(next_w) / np.linalg.norm(w))


@mistake(
    RATIO,
    title="sums of magnitudes stand for the norms",
    hint="That is the L1 norm; the L2 norm squares.",
    see="optimizers-update-ratio",
)
def magnitudes_summed(w: Array, next_w: Array) -> float:
    return float(np.sum(np.abs(next_w - w)) / np.sum(np.abs(w)))


@mistake(
    RATIO,
    title="standard deviations stand for the norms",
    hint="They forget the mean: an update by the same amount everywhere would be 0.",
    see="optimizers-update-ratio",
)
def deviations_divided(w: Array, next_w: Array) -> float:
    return float(np.std(next_w - w) / np.std(w)) if w.size > 1 else 0.0


@mistake(
    RATIO,
    title="the ratio is upside down",
    hint="Near a thousandth is healthy: which of the two norms is the small one?",
    see="optimizers-update-ratio",
)
def upside_down(w: Array, next_w: Array) -> float:
    return float(np.linalg.norm(w) / (np.linalg.norm(next_w - w) + 1e-12))


@mistake(
    RATIO,
    title="the norm of a matrix is its largest singular value",
    hint="Take the root of the sum of all squared entries, whatever the shape.",
    see="optimizers-update-ratio",
)
def spectral_norms(w: Array, next_w: Array) -> float:
    def norm(x: Array) -> float:
        return float(np.linalg.norm(x, 2 if x.ndim == 2 else None))

    return norm(next_w - w) / norm(w)
