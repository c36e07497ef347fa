"""The layers and images that the pooling kernels are asked about.

They come in groups: each holds what one class of wrong solutions gets away with
where only square images, square windows, a stride equal to the window and a padding
of 1 are tried. A few layers of a group are fixed, a further one is drawn afresh.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.oracles.pooling import Array, Conv, Pool

Draw = Callable[[np.random.Generator], Sequence[int]]


def apart(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Values of which no two are closer than 0.05: no tie inside a stencil.

    Both signs occur, so that a maximum over padding zeros would show.
    """
    size = int(np.prod(shape))
    values = (rng.permutation(size) - size / 2) * 0.1 + rng.uniform(-0.02, 0.02, size)
    return np.asarray(values.reshape(shape), dtype=np.float64)


def positive(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """The like of :func:`apart` above 0: a maximum may start there and be right."""
    x = apart(rng, shape)
    return np.asarray(x - x.min() + 1)


def shifted(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Normal values about 1: their sums stay clear of 0.

    A relative error is then small in single precision too.
    """
    return 1 + rng.standard_normal(shape)


def holed(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """The like of :func:`shifted` with a third of the pixels 0, as after a ReLU."""
    x = shifted(rng, shape)
    x.flat[rng.permutation(x.size)[: x.size // 3]] = 0
    return x


def repeating(rng: np.random.Generator, layer: Pool) -> Array:
    """Whole numbers with one maximum in each window, which other windows hold too.

    The windows of ``layer`` must not overlap.
    """
    x = rng.integers(0, 5, layer.shape).astype(np.float64)
    n, c, h_out, w_out = layer.apply(x, np.max).shape
    for k, m, i, j in np.ndindex(n, c, h_out, w_out):
        top, left = i * layer.stride, j * layer.stride
        largest = rng.integers(3, 5)
        values = rng.integers(0, largest, layer.height * layer.width)
        values[rng.integers(values.size)] = largest
        x[k, m, top : top + layer.height, left : left + layer.width] = values.reshape(
            layer.height, layer.width
        )
    return x


@dataclass(frozen=True)
class Group:
    """Layers of one kind: a few fixed ones and a way to draw another."""

    title: str
    hint: str
    draw: Draw
    layers: tuple[Any, ...]
    weight: float = 1.0


def two_of(rng: np.random.Generator, low: int, high: int) -> list[int]:
    """Two different sizes from ``low`` to ``high``, both included."""
    return [int(n) for n in rng.choice(np.arange(low, high + 1), 2, replace=False)]


def drawn_pool(rng: np.random.Generator, draw: Draw) -> Pool:
    """A layer of the window and stride that ``draw`` gives, and images to fit."""
    height, width, stride = (int(size) for size in draw(rng))
    n, c = two_of(rng, 1, 5)
    h_out, w_out = (int(size) for size in rng.choice([2, 3, 4, 7], 2, replace=False))
    shape = (n, c, (h_out - 1) * stride + height, (w_out - 1) * stride + width)
    return Pool(shape, height, width, stride)


def drawn_conv(rng: np.random.Generator, draw: Draw) -> Conv:
    """A layer of the kernel, stride and padding that ``draw`` gives, and images."""
    height, width, stride, pad = (int(size) for size in draw(rng))
    n, c, filters = (int(size) for size in rng.permutation([2, 3, 5]))
    h_out, w_out = (int(size) for size in rng.choice([3, 4, 6], 2, replace=False))
    rows = (h_out - 1) * stride + height - 2 * pad
    columns = (w_out - 1) * stride + width - 2 * pad
    return Conv((n, c, rows, columns), filters, height, width, stride, pad)


# Pooling: window height, window width, stride


def _square(rng: np.random.Generator) -> Sequence[int]:
    side = int(rng.integers(2, 4))
    return side, side, side


def _rectangle(rng: np.random.Generator) -> Sequence[int]:
    height, width = two_of(rng, 1, 4)
    return height, width, max(height, width)


def _overlapping(rng: np.random.Generator) -> Sequence[int]:
    stride = int(rng.integers(1, 3))
    return *two_of(rng, stride + 1, stride + 3), stride


def _spaced(rng: np.random.Generator) -> Sequence[int]:
    # Square: what goes wrong with rectangles is charged with the rectangles.
    side = int(rng.integers(1, 4))
    return side, side, side + int(rng.integers(1, 3))


POOLS = (
    Group(
        "windows that tile the image",
        "Work one 2 × 2 window out by hand",
        _square,
        (
            Pool((2, 3, 4, 6), 2, 2, 2),
            Pool((1, 2, 6, 3), 3, 3, 3),
            Pool((1, 1, 2, 2), 2, 2, 2),
            Pool((5, 4, 4, 14), 2, 2, 2),
            Pool((1, 2, 5, 10), 5, 5, 5),
        ),
        weight=2,
    ),
    Group(
        "rectangular windows and images",
        "Rows go with pool_height and columns with pool_width, everywhere",
        _rectangle,
        (
            Pool((1, 3, 4, 9), 4, 1, 4),
            Pool((2, 2, 5, 6), 2, 3, 3),
            Pool((3, 1, 3, 8), 1, 2, 2),
        ),
    ),
    Group(
        "overlapping windows (stride below the window)",
        "Here a pixel belongs to several windows; only the stride moves a window",
        _overlapping,
        (
            Pool((2, 2, 5, 5), 3, 3, 1),
            Pool((1, 2, 7, 5), 3, 3, 2),
            Pool((2, 1, 4, 6), 2, 3, 1),
            # Along one axis only, now the one, now the other; so many windows that
            # some maximum is sure to lie where two of them overlap.
            Pool((5, 4, 5, 7), 3, 1, 2),
            Pool((4, 5, 7, 5), 1, 3, 2),
            Pool((5, 4, 6, 5), 2, 3, 2),
        ),
        weight=2,
    ),
    Group(
        "gaps between windows (stride above the window)",
        "Here some pixels belong to no window; only the stride moves a window",
        _spaced,
        (Pool((2, 2, 5, 8), 2, 2, 3), Pool((1, 2, 7, 4), 1, 1, 3)),
    ),
)


# What even a kernel made for square images, windows and outputs can be asked about:
# a forward function that raises elsewhere has its backward judged on these.
SQUARE_POOLS = (
    Pool((2, 2, 4, 4), 2, 2, 2),
    Pool((1, 2, 5, 5), 3, 3, 1),
    Pool((2, 1, 6, 6), 3, 3, 3),
)
SQUARE_CONVS = (
    Conv((2, 2, 4, 4), 3, 3, 3, 1, 1),
    Conv((1, 3, 3, 3), 2, 3, 3, 1, 2),
    Conv((2, 1, 5, 5), 2, 3, 3, 2, 1),
)


# Convolution: filter height, filter width, stride, padding. Only the group without
# padding has none: what goes wrong there is charged there.


def _strided(rng: np.random.Generator) -> Sequence[int]:
    side, stride = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    return side, side, stride, 1


def _oblong(rng: np.random.Generator) -> Sequence[int]:
    return *two_of(rng, 2, 4), int(rng.integers(1, 3)), 1


CONVS = (
    Group(
        "3 × 3 filters, stride 1, padding 1",
        "Work one 3 × 3 window out by hand: every channel counts, in place",
        lambda _: (3, 3, 1, 1),
        (Conv((2, 3, 3, 4), 4, 3, 3, 1, 1), Conv((5, 4, 3, 7), 3, 3, 3, 1, 1)),
        weight=2,
    ),
    Group(
        "no padding",
        "Follow `pad` through the code when it is 0",
        lambda rng: (3, 3, 1, 0) if rng.integers(2) else (2, 2, 1, 0),
        (
            Conv((2, 2, 4, 5), 3, 3, 3, 1, 0),
            Conv((1, 3, 3, 4), 2, 2, 2, 1, 0),
            Conv((1, 2, 2, 5), 3, 1, 1, 1, 0),
        ),
    ),
    Group(
        "padding 2",
        "Follow `pad` through the code when it is 2",
        lambda rng: (3, 3, 1, 2) if rng.integers(2) else (5, 5, 1, 2),
        (Conv((2, 1, 3, 2), 3, 3, 3, 1, 2), Conv((1, 2, 3, 4), 3, 5, 5, 1, 2)),
    ),
    Group(
        "strides above 1",
        "The window of output (i, j) begins at row i·stride, column j·stride "
        "of the padded image",
        _strided,
        (Conv((2, 1, 5, 7), 3, 3, 3, 2, 1), Conv((1, 2, 6, 3), 1, 2, 2, 3, 1)),
    ),
    Group(
        "rectangular filters",
        "Rows go with HH and H, columns with WW and W, everywhere",
        _oblong,
        (Conv((1, 3, 5, 6), 5, 3, 2, 2, 1), Conv((2, 2, 4, 5), 3, 2, 3, 1, 1)),
    ),
)
SAME, BARE, WIDE, STRIDED, OBLONG = CONVS
POINTWISE = BARE.layers[2]
