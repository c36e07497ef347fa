"""Mistakes and right variants of the project's regularization."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Shape = tuple[int, ...]

DECAYED, SMOOTHED = "is_decayed", "smoothed_loss"
SPARED, LOSSES, STABLE = (
    "regularization-biases",
    "regularization-losses",
    "gradients-stable-softmax",
)


# is_decayed --------------------------------------------------------------------------


@variant(DECAYED)
def more_than_one_axis(_name: str, shape: Shape) -> bool:
    return len(shape) > 1


@variant(DECAYED)
def no_vector_and_no_bias(name: str, shape: Shape) -> bool:
    spared = name.endswith("bias") or np.empty(shape, dtype=np.int8).ndim <= 1
    return not spared


@variant(DECAYED)
def an_input_for_each_output(_name: str, shape: Shape) -> Any:
    _, *rest = shape
    return np.bool_(len(rest))


@mistake(
    DECAYED,
    title="whatever is called a weight is decayed, scales of normalizations too",
    hint="The scale of a batch norm is called weight as well. What else tells it from "
    "a matrix?",
    see=SPARED,
)
def called_weight(name: str, _shape: Shape) -> bool:
    return name.endswith("weight")


@mistake(
    DECAYED,
    title="normalizations are looked for by their name",
    hint="In a list of layers a normalization is called by its number. What else tells "
    "its scale from a matrix?",
    see=SPARED,
)
def norms_by_name(name: str, _shape: Shape) -> bool:
    return name.endswith("weight") and not any(w in name for w in ("norm", "bn"))


@mistake(
    DECAYED,
    title="kernels of convolutions are not decayed",
    hint="A kernel has four axes, and is a weight like that of a dense layer.",
    see=SPARED,
)
def matrices_only(_name: str, shape: Shape) -> bool:
    return len(shape) == 2


@mistake(
    DECAYED,
    title="only kernels of convolutions are decayed",
    hint="The matrix of a dense layer is a weight too.",
    see=SPARED,
)
def kernels_only(_name: str, shape: Shape) -> bool:
    return len(shape) > 2


@mistake(
    DECAYED,
    title="everything is decayed",
    hint="What would a bias be shrunk for?",
    see=SPARED,
)
def everything_decayed(_name: str, _shape: Shape) -> bool:
    return True


@mistake(
    DECAYED,
    title="the answer is turned round: biases and scales are decayed",
    hint="True means: this parameter is decayed.",
    see=SPARED,
)
def spared_instead(_name: str, shape: Shape) -> bool:
    return len(shape) <= 1


@mistake(
    DECAYED,
    title="the number of entries decides",
    hint="A large bias is a bias. How many axes has a matrix?",
    see=SPARED,
)
def many_entries(_name: str, shape: Shape) -> bool:
    return math.prod(shape) > 64


# smoothed_loss -----------------------------------------------------------------------


def log_softmax(x: Array) -> Array:
    """The logarithm of each row's softmax, without overflow."""
    shifted = x - x.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def of_true(log_p: Array, y: Array) -> Array:
    """Each row's entry at the true class."""
    return np.asarray(log_p[np.arange(len(y)), y])


def targets(y: Array, classes: int, smoothing: float) -> Array:
    """What the network is trained towards, (N, C)."""
    return (1 - smoothing) * np.eye(classes)[y] + smoothing / classes


@variant(SMOOTHED)
def two_means(x: Array, y: Array, smoothing: float) -> float:
    log_p = log_softmax(x)
    return float(-(1 - smoothing) * of_true(log_p, y).mean() - smoothing * log_p.mean())


@variant(SMOOTHED)
def towards_soft_targets(x: Array, y: Array, smoothing: float) -> Any:
    q = targets(y, x.shape[1], smoothing)
    return -np.sum(q * log_softmax(x), axis=1).mean(keepdims=True)


@variant(SMOOTHED)
def sample_by_sample_in_single_precision(x: Array, y: Array, smoothing: float) -> Any:
    losses = []
    for row, k in zip(x.astype(np.float32), y, strict=True):
        total = np.logaddexp.reduce(row)
        losses.append((1 - smoothing) * (total - row[k]))
        losses[-1] += smoothing * np.mean(total - row)
    return np.float32(np.mean(losses))


@mistake(
    SMOOTHED,
    title="the smoothing is shared by the wrong classes only",
    hint="Spread over all C classes, the true one gets its part too.",
    see=LOSSES,
)
def wrong_classes_only(x: Array, y: Array, smoothing: float) -> float:
    classes = x.shape[1]
    one_hot = np.eye(classes)[y]
    q = (1 - smoothing) * one_hot + smoothing / (classes - 1) * (1 - one_hot)
    return float(-(q * log_softmax(x)).sum(axis=1).mean())


@mistake(
    SMOOTHED,
    title="the targets do not add up to 1: the true class lacks its part",
    hint="1 - smoothing for the true class, smoothing / C for each of the C classes: "
    "who is left out?",
    see=LOSSES,
)
def true_class_left_out(x: Array, y: Array, smoothing: float) -> float:
    classes = x.shape[1]
    one_hot = np.eye(classes)[y]
    q = (1 - smoothing) * one_hot + smoothing / classes * (1 - one_hot)
    return float(-(q * log_softmax(x)).sum(axis=1).mean())


@mistake(
    SMOOTHED,
    title="the smoothing is not divided by the number of classes",
    hint="All targets of a sample add up to 1.",
    see=LOSSES,
)
def not_shared(x: Array, y: Array, smoothing: float) -> float:
    log_p = log_softmax(x)
    losses = (1 - smoothing) * of_true(log_p, y) + smoothing * log_p.sum(axis=1)
    return float(-losses.mean())


@mistake(
    SMOOTHED,
    title="the smoothing is added and nothing is taken from the true class",
    hint="All targets of a sample add up to 1.",
    see=LOSSES,
)
def true_class_in_full(x: Array, y: Array, smoothing: float) -> float:
    log_p = log_softmax(x)
    return float(-(of_true(log_p, y) + smoothing * log_p.mean(axis=1)).mean())


@mistake(
    SMOOTHED,
    title="the smoothing is ignored",
    hint="With smoothing the loss of a network that is right and sure is not 0.",
    see=LOSSES,
)
def smoothing_ignored(x: Array, y: Array, _smoothing: float) -> float:
    return float(-of_true(log_softmax(x), y).mean())


@mistake(
    SMOOTHED,
    title="smoothing and the rest are swapped",
    hint="Without smoothing the true class has the whole target.",
    see=LOSSES,
)
def shares_swapped(x: Array, y: Array, smoothing: float) -> float:
    return two_means(x, y, 1 - smoothing)


@mistake(
    SMOOTHED,
    title="the loss is added up over the batch",
    hint="With twice the samples, should the loss double?",
    see=LOSSES,
)
def batch_added_up(x: Array, y: Array, smoothing: float) -> float:
    return two_means(x, y, smoothing) * len(y)


@mistake(
    SMOOTHED,
    title="the sign is lost",
    hint="A logarithm of a probability is negative; a loss is not.",
    see=LOSSES,
)
def sign_lost(x: Array, y: Array, smoothing: float) -> float:
    return -two_means(x, y, smoothing)


@mistake(
    SMOOTHED,
    title="the exponentials overflow",
    hint="exp(1000) is infinite. Take each row's maximum off first, or use a function "
    "that does.",
    see=STABLE,
)
def exponentials_overflow(x: Array, y: Array, smoothing: float) -> float:
    log_p = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    return float(-(targets(y, x.shape[1], smoothing) * log_p).sum(axis=1).mean())


@mistake(
    SMOOTHED,
    title="the logarithm is taken of a softmax that was rounded to 0",
    hint="log(exp(a) / s) is a - log(s): never make the tiny number at all.",
    see=STABLE,
)
def logarithm_of_a_rounded_softmax(x: Array, y: Array, smoothing: float) -> float:
    # Rounded as single precision rounds it, in which networks are trained.
    log_p = np.log(np.exp(log_softmax(x)).astype(np.float32))
    means = smoothing * log_p.mean(axis=1) if smoothing else 0.0
    return float(-((1 - smoothing) * of_true(log_p, y) + means).mean())


@mistake(
    SMOOTHED,
    title="a small number in the logarithm caps the loss",
    hint="log(p + 1e-8) is never below -18, however wrong the network is. "
    "log(exp(a) / s) is a - log(s).",
    see=STABLE,
)
def logarithm_capped(x: Array, y: Array, smoothing: float) -> float:
    log_p = np.log(np.exp(log_softmax(x)) + 1e-8)
    return float(-(targets(y, x.shape[1], smoothing) * log_p).sum(axis=1).mean())
