"""Mistakes and right variants of standardizing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Arrays = tuple[Array, ...]

STANDARDIZE = "standardize"


def deviations(train: Array) -> Array:
    """The deviation of each feature, and 1 where it is constant."""
    std = train.std(axis=0)
    return np.where(std == 0, 1, std)


@variant(STANDARDIZE)
def standardize_with_tiny_epsilon(train: Array, *others: Array) -> list[Array]:
    mean, std = train.mean(axis=0), train.std(axis=0)
    return [(x - mean) / (std + 1e-8) for x in (train, *others)]


@variant(STANDARDIZE)
def standardize_unbiased_column_by_column(train: Array, *others: Array) -> Any:
    results = [np.empty(x.shape, dtype=np.float32) for x in (train, *others)]
    for j in range(train.shape[1]):
        column = train[:, j].astype(np.float64)
        std = column.std(ddof=1) or 1.0
        for x, result in zip((train, *others), results, strict=True):
            result[:, j] = (x[:, j] - column.mean()) / std
    return results[0] if not others else tuple(results)


@variant(STANDARDIZE)
def standardize_constant_features_to_zero(train: Array, *others: Array) -> Any:
    mean = np.mean(train, axis=0, keepdims=True)
    variance = np.mean((train - mean) ** 2, axis=0, keepdims=True)
    factor = np.zeros_like(variance)
    factor[variance > 0] = variance[variance > 0] ** -0.5
    rest = [(x - mean) * factor for x in others]
    return (train - mean) * factor, *rest


@mistake(
    STANDARDIZE,
    title="every array is standardized with its own statistics",
    hint="When the network is used, a single sample may come: what is its own "
    "deviation? All arrays must be mapped alike.",
    see="regularization-standardize",
)
def own_statistics(train: Array, *others: Array) -> Arrays:
    return tuple((x - x.mean(axis=0)) / deviations(x) for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="the statistics are those of all arrays together",
    hint="Then the training data know something of the test data, which nobody has "
    "seen yet.",
    see="regularization-standardize",
)
def leaking_statistics(train: Array, *others: Array) -> Arrays:
    together = np.concatenate([train, *others])
    mean, std = together.mean(axis=0), deviations(together)
    return tuple((x - mean) / std for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="one mean and one deviation are used for all features",
    hint="Age in years, income in cents: which of the two would still be seen?",
    see="regularization-standardize",
)
def one_scale_for_all(train: Array, *others: Array) -> Arrays:
    return tuple((x - train.mean()) / (train.std() or 1) for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="samples are standardized, not features",
    hint="Which axis counts the samples? The mean is taken along it.",
    see="regularization-standardize",
)
def along_the_other_axis(train: Array, *others: Array) -> Arrays:
    def own(x: Array) -> Any:
        mean, std = x.mean(axis=1, keepdims=True), x.std(axis=1, keepdims=True)
        return (x - mean) / np.where(std == 0, 1, std)

    return tuple(own(x) for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="features are divided by their variance",
    hint="In which unit is a variance, when the feature is in meters?",
    see="regularization-standardize",
)
def divided_by_variance(train: Array, *others: Array) -> Arrays:
    mean, std = train.mean(axis=0), deviations(train)
    return tuple((x - mean) / std**2 for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="features are centered, but not scaled",
    hint="Look at the deviations of what you return.",
    see="regularization-standardize",
)
def only_centered(train: Array, *others: Array) -> Arrays:
    return tuple(x - train.mean(axis=0) for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="features are scaled, but not centered",
    hint="Look at the means of what you return.",
    see="regularization-standardize",
)
def only_scaled(train: Array, *others: Array) -> Arrays:
    return tuple(x / deviations(train) for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="constant features become NaN or infinite",
    hint="Their deviation is 0. What could divide them and do no harm?",
    see="regularization-constant",
)
def divided_by_zero(train: Array, *others: Array) -> Arrays:
    mean, std = train.mean(axis=0), train.std(axis=0)
    return tuple((x - mean) / std for x in (train, *others))


@mistake(
    STANDARDIZE,
    title="features are brought to the range from 0 to 1",
    hint="That is another kind of scaling: a single outlier decides it.",
    see="regularization-standardize",
)
def scaled_to_range(train: Array, *others: Array) -> Arrays:
    low, span = train.min(axis=0), np.ptp(train, axis=0)
    return tuple((x - low) / np.where(span == 0, 1, span) for x in (train, *others))
