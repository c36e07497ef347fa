"""Standardized arrays: what is fed, what comes back in which wrapping, what is right.

Deviations with n and with n - 1 in the denominator are both right, and so is a tiny
number added to it: the contract names neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.comparing import RTOL, expect_close, expect_shape, number_array
from autograder.exam import Exam
from autograder.mishaps import Mismatch

Array = NDArray[Any]

NAMES = ("train", "val", "test", "more")


def features(rng: np.random.Generator, n: int, d: int) -> Array:
    """Samples whose features have scales from 0.2 to 30, and means of their own.

    No sample is closer to another than a tenth of the scale, so that no deviation of
    several samples is near 0.
    """
    scale = rng.permuted(np.geomspace(0.2, 30.0, d + 1))[:d]
    center = rng.uniform(-3.0, 3.0, d)
    spread = rng.permuted(np.tile(np.linspace(-1.6, 1.6, n)[:, None], d), axis=0)
    return np.asarray((center + spread + rng.uniform(0.0, 0.1, (n, d))) * scale)


def standardized(x: Array, train: Array, ddof: int) -> Array:
    """``x`` feature by feature, with the mean and the deviation of ``train``.

    >>> standardized(np.array([[5.0]]), np.array([[1.0], [3.0]]), 0).tolist()
    [[3.0]]
    """
    result = np.empty(x.shape)
    for j in range(x.shape[1]):
        column = [float(value) for value in train[:, j]]
        center = sum(column) / len(column)
        squares = sum((value - center) ** 2 for value in column)
        deviation = (squares / (len(column) - ddof)) ** 0.5
        result[:, j] = (x[:, j].astype(np.float64) - center) / deviation
    return result


def arrays_in(answer: Any, count: int) -> list[Array]:
    """The ``count`` arrays of the answer, however they are wrapped.

    One array alone may stand for a tuple of one; the others may have a container of
    their own. Raises a :class:`Mismatch`.
    """
    if isinstance(answer, (tuple, list)):
        flat: list[Any] = []
        for item in answer:
            flat += item if isinstance(item, (tuple, list)) else [item]
        if len(flat) != count:
            raise Mismatch(f"returned {len(flat)} arrays for {count} arguments")
    elif count == 1:
        flat = [answer]
    else:
        kind = "None" if answer is None else type(answer).__name__
        raise Mismatch(f"returned {kind}; expected a tuple of {count} arrays")
    return [number_array(v, name) for v, name in zip(flat, NAMES, strict=False)]


def observe_arrays(exam: Exam, arrays: list[Array]) -> None:
    """Record the arrays, for telling mistakes apart, whatever wrapped them."""
    exam.observe("arrays", tuple(arrays))


def expect_standardized(
    values: list[Array], given: list[Array], names: Sequence[str] = NAMES
) -> None:
    """Raise a :class:`Mismatch` unless all are in the units of the first one given.

    Which of the two deviations is meant, the first one's values tell.
    """
    train = given[0]
    unbiased = standardized(train, train, 1)
    ddof = 0
    if values[0].shape == unbiased.shape:
        with np.errstate(all="ignore"):
            apart = np.abs(values[0] - unbiased).max()
        ddof = int(apart <= RTOL * np.abs(unbiased).max())
    for value, x, name in zip(values, given, names, strict=False):
        expect_shape(value, x.shape, name)
        expect_close(value, standardized(x, train, ddof), name)
