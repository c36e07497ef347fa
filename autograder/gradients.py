"""The gradient engine: derivatives of an oracle by central differences.

For f with upstream gradient dout the scalar is L(x) = sum(f(x) * dout), and
dL/dx[i] is (L(x + h e_i) - L(x - h e_i)) / 2h. In float64 with h = 1e-5 a linear f
comes out right to about 1e-10 and a smooth one to about 1e-9, relative to the
gradient: tolerances of 1e-5 leave four orders of magnitude on either side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.comparing import RTOL, expect_close, number_array
from autograder.mishaps import Mismatch

Array = NDArray[np.float64]
STEP = 1e-5
LARGEST = 1e100


def entry_by_entry(
    f: Callable[[Array], Array], x: Array, dout: Array | float, h: float = STEP
) -> Array:
    """The vector-Jacobian product of ``f`` at ``x`` with ``dout``, each entry in turn.

    ``f`` maps an array like ``x`` to one like ``dout``; the result is like ``x``.
    It costs two calls of ``f`` an entry.

    >>> import numpy as np
    >>> entry_by_entry(lambda x: x ** 2, np.array([1.0, 3.0]), np.ones(2)).round(6)
    array([2., 6.])
    """
    point = np.array(x, dtype=np.float64)
    result = np.empty_like(point)
    for index in np.ndindex(point.shape):
        kept = point[index]
        point[index] = kept + h
        above = f(point)
        point[index] = kept - h
        below = f(point)
        point[index] = kept
        result[index] = float(np.sum((above - below) * dout)) / (2 * h)
    return result


def all_entries(
    f: Callable[[Array], Array], x: Array, dout: Array, h: float = STEP
) -> Array:
    """The same as :func:`entry_by_entry`, in two calls of ``f``.

    For an ``f`` that makes ``f(x)[n]`` of ``x[n]``, whatever the other items are, and
    takes any number of items: all changed copies of x are one batch.

    >>> import numpy as np
    >>> all_entries(lambda x: x ** 2, np.array([1.0, 3.0]), np.ones(2)).round(6)
    array([2., 6.])
    """
    point = np.asarray(x, dtype=np.float64)
    steps = h * np.eye(point.size).reshape(point.size, *point.shape)

    def at(copies: Array) -> Array:
        out = f(copies.reshape(-1, *point.shape[1:]))
        return out.reshape(point.size, *dout.shape)

    change = (at(point + steps) - at(point - steps)) * dout
    slopes = change.reshape(point.size, -1).sum(axis=1).reshape(point.shape)
    return np.asarray(slopes / (2 * h))


def along(
    f: Callable[[Array], Array],
    x: Array,
    dout: Array | float,
    direction: Array,
    h: float = STEP,
) -> float:
    """The derivative of L(x) = sum(f(x) * dout) along ``direction``.

    Two calls of ``f``, whatever the size of ``x``.

    >>> import numpy as np
    >>> round(along(lambda x: x ** 2, np.array([1.0, 3.0]), 1.0, np.ones(2)), 6)
    8.0
    """
    above, below = f(x + h * direction), f(x - h * direction)
    return float(np.sum((above - below) * dout)) / (2 * h)


def expect_gradient(
    analytic: Any,
    f: Callable[[Array], Array],
    x: Array,
    dout: Array | float,
    what: str,
    *,
    h: float = STEP,
    rtol: float = RTOL,
    loose_shape: bool = False,
    apart: bool = False,
) -> Array:
    """Raise a ``Mismatch`` unless ``analytic`` is the gradient, entry by entry.

    ``apart`` says that ``f`` looks at each ``x[n]`` by itself, which is much faster.
    Returns the numeric gradient, like ``x``.
    """
    if apart:
        numeric = all_entries(f, x, np.asarray(dout), h)
    else:
        numeric = entry_by_entry(f, x, dout, h)
    expect_close(analytic, numeric, what, rtol=rtol, loose_shape=loose_shape)
    return numeric


def expect_gradient_along(
    analytic: Any,
    f: Callable[[Array], Array],
    x: Array,
    dout: Array | float,
    what: str,
    rng: np.random.Generator,
    *,
    directions: int = 3,
    h: float = STEP,
    rtol: float = RTOL,
    loose_shape: bool = False,
) -> None:
    """Raise a ``Mismatch`` unless ``analytic`` is right along random directions.

    A wrong gradient g + e passes one Gaussian direction v only where e.v is below
    rtol |g| |v|: for inputs of a size too large to go entry by entry.
    """
    with np.errstate(over="ignore"):
        got = number_array(analytic, what).astype(np.float64)
    if loose_shape and np.squeeze(got).shape == np.squeeze(x).shape:
        got = got.reshape(x.shape)
    if got.shape != x.shape:
        raise Mismatch(f"{what} has shape {got.shape}; expected {x.shape}")
    # Beyond, its norm is infinite, and every slope would be near enough.
    if not np.abs(got).max(initial=0.0) < LARGEST:
        raise Mismatch(f"{what} holds numbers that are not finite or far too large")
    for _ in range(directions):
        direction = rng.standard_normal(x.shape)
        slope = along(f, x, dout, direction, h)
        claimed = float(np.sum(got * direction))
        size = max(float(np.linalg.norm(got)), abs(slope) / np.sqrt(x.size))
        if not abs(claimed - slope) <= rtol * size * np.sqrt(x.size):
            raise Mismatch(
                f"nudging {what.removeprefix('d')} a little along a random "
                f"direction changes the loss at the rate {slope:.6g}; "
                f"your {what} predicts {claimed:.6g}"
            )
