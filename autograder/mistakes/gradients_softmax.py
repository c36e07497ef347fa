"""Mistakes and right variants of ``softmax_loss``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Two = tuple[Any, Array]
SOFTMAX = "softmax_loss"


def log_softmax(x: Array) -> Array:
    """The logarithm of each row's softmax, without overflow."""
    shifted = x - x.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def softmax(x: Array) -> Array:
    """Each row's softmax, without overflow."""
    return np.asarray(np.exp(log_softmax(x)))


def less_one_hot(p: Array, y: Array) -> Array:
    """``p`` less 1 at each row's label."""
    return np.asarray(p - (y[:, None] == np.arange(p.shape[1])))


def right(x: Array, y: Array) -> Two:
    """The loss and its gradient."""
    loss = -log_softmax(x)[np.arange(len(y)), y].mean()
    return loss, less_one_hot(softmax(x), y) / len(y)


@variant(SOFTMAX)
def through_log_softmax(x: Array, y: Array) -> Two:
    return right(x, y)


@variant(SOFTMAX)
def softmax_row_by_row(x: Array, y: Array) -> Two:
    loss, dx = 0.0, np.zeros_like(x)
    for i, (row, k) in enumerate(zip(x, y, strict=True)):
        powers = np.exp(row - row.max())
        loss += float(row.max() - row[k] + np.log(powers.sum())) / len(x)
        dx[i] = powers / powers.sum() / len(x)
        dx[i, k] -= 1 / len(x)
    return loss, dx


@variant(SOFTMAX)
def softmax_in_single_precision(x: Array, y: Array) -> Two:
    x = x.astype(np.float32)
    total = np.logaddexp.reduce(x, axis=1, keepdims=True)
    one_hot = np.eye(x.shape[1], dtype=np.float32)[y]
    loss = np.mean(total - np.take_along_axis(x, y[:, None].astype(int), 1))
    return np.array(loss), (np.exp(x - total) - one_hot) / x.shape[0]


@mistake(
    SOFTMAX,
    title="the loss is summed over the batch, not averaged",
    hint="With twice the samples, should the loss double?",
    see="gradients-softmax",
)
def loss_summed(x: Array, y: Array) -> Two:
    loss, dx = right(x, y)
    return loss * len(y), dx


@mistake(
    SOFTMAX,
    title="dx is not divided by the batch size",
    hint="The loss is a mean: each sample has a share of 1/N in it.",
    see="gradients-softmax-gradient",
)
def gradient_summed(x: Array, y: Array) -> Two:
    loss, dx = right(x, y)
    return loss, dx * len(y)


@mistake(
    SOFTMAX,
    title="loss and gradient are summed over the batch, not averaged",
    hint="Divide both by the number of samples.",
    see="gradients-softmax",
)
def both_summed(x: Array, y: Array) -> Two:
    loss, dx = right(x, y)
    return loss * len(y), dx * len(y)


@mistake(
    SOFTMAX,
    title="the exponentials overflow",
    hint="exp(1000) is infinite. Take each row's maximum off first: "
    "the softmax does not notice.",
    see="gradients-stable-softmax",
)
def overflowing(x: Array, y: Array) -> Two:
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean(), less_one_hot(p, y) / len(y)


@mistake(
    SOFTMAX,
    title="the exponentials overflow inside the logarithm of their sum",
    hint="exp(1000) is infinite, and so is the logarithm of it. Take each row's "
    "maximum off first: the softmax does not notice.",
    see="gradients-stable-softmax",
)
def overflowing_sum(x: Array, y: Array) -> Two:
    total = np.exp(x).sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - x[np.arange(len(y)), y]).mean()
    return loss, less_one_hot(np.exp(x) / total, y) / len(y)


@mistake(
    SOFTMAX,
    title="one maximum is taken off all rows",
    hint="A row far below the largest one vanishes: take off each row's own maximum.",
    see="gradients-stable-softmax",
)
def maximum_of_all(x: Array, y: Array) -> Two:
    powers = np.exp(x - x.max())
    p = powers / powers.sum(axis=1, keepdims=True)
    log_p = x - x.max() - np.log(powers.sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean(), less_one_hot(p, y) / len(y)


@mistake(
    SOFTMAX,
    title="the logarithm is taken of a softmax that was rounded to 0",
    hint="log(exp(a) / s) is a - log(s): never make the tiny number at all.",
    see="gradients-stable-softmax",
)
def logarithm_of_zero(x: Array, y: Array) -> Two:
    p = softmax(x)
    return -np.log(p[np.arange(len(y)), y]).mean(), less_one_hot(p, y) / len(y)


@mistake(
    SOFTMAX,
    title="a small number in the logarithm caps the loss",
    hint="log(p + 1e-8) is never below -18, however wrong the network is, "
    "and dx no longer fits. log(exp(a) / s) is a - log(s).",
    see="gradients-stable-softmax",
)
def loss_capped(x: Array, y: Array) -> Two:
    p = softmax(x)
    loss = -np.log(p[np.arange(len(y)), y] + 1e-8).mean()
    return loss, less_one_hot(p, y) / len(y)


@mistake(
    SOFTMAX,
    title="the 1 is not taken off at the true class",
    hint="dx is the softmax only at the wrong classes. "
    "Differentiate -x[i, y[i]] as well.",
    see="gradients-softmax-gradient",
)
def one_not_subtracted(x: Array, y: Array) -> Two:
    loss, _ = right(x, y)
    return loss, softmax(x) / len(y)


@mistake(
    SOFTMAX,
    title="the softmax runs over the batch, not over the classes",
    hint="Each row's probabilities add up to 1: which axis is summed?",
    see="gradients-softmax",
)
def softmax_over_the_batch(x: Array, y: Array) -> Two:
    log_p = log_softmax(x.T).T
    loss = -log_p[np.arange(len(y)), y].mean()
    return loss, less_one_hot(np.exp(log_p), y) / len(y)


@mistake(
    SOFTMAX,
    title="the gradient points the wrong way",
    hint="A larger logit at the true class makes the loss smaller: "
    "which sign has dx there?",
    see="gradients-softmax-gradient",
)
def gradient_negated(x: Array, y: Array) -> Two:
    loss, dx = right(x, y)
    return loss, -dx


@mistake(
    SOFTMAX,
    title="the average is over all N·C logits",
    hint="There is one loss a sample: divide by N.",
    see="gradients-softmax",
)
def averaged_over_classes(x: Array, y: Array) -> Two:
    loss, dx = right(x, y)
    return loss / x.shape[1], dx / x.shape[1]
