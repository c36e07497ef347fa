"""What the pooling kernels compute, by definition: for clarity and not for speed.

Every layer tiles its images: the windows end exactly at the last row and column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]
Reduce = Callable[..., Any]  # np.max or np.mean
Shape = tuple[int, int, int, int]


class Pool(NamedTuple):
    """A pooling layer and the shape (N, C, H, W) of the images it is given."""

    shape: Shape
    height: int
    width: int
    stride: int

    @property
    def param(self) -> dict[str, int]:
        """CS231n's parameters of a pooling layer."""
        return {
            "pool_height": self.height,
            "pool_width": self.width,
            "stride": self.stride,
        }

    def apply(self, x: Array, reduce: Reduce) -> Array:  # (N, C, H, W) -> (N, C, ...)
        """Every window of ``x`` reduced to one number.

        >>> x = np.arange(8.0).reshape(1, 1, 2, 4)
        >>> Pool(x.shape, 2, 2, 2).apply(x, np.max)
        array([[[[5., 7.]]]])
        """
        seen = windows(x, self.height, self.width, self.stride)
        return np.asarray(reduce(seen, axis=(-2, -1)), dtype=np.float64)


class Conv(NamedTuple):
    """A convolution layer and the shape (N, C, H, W) of the images it is given."""

    shape: Shape
    filters: int
    height: int
    width: int
    stride: int
    pad: int

    @property
    def param(self) -> dict[str, int]:
        """CS231n's parameters of a convolution layer."""
        return {"stride": self.stride, "pad": self.pad}

    @property
    def w_shape(self) -> Shape:
        """The shape (F, C, HH, WW) of the filters."""
        return self.filters, self.shape[1], self.height, self.width

    def apply(self, x: Array, w: Array, b: Array) -> Array:
        """The cross-correlation of the padded images with the filters.

        out[n, f, i, j] = b[f] + sum over c, p, q of
        x[n, c, i*stride + p - pad, j*stride + q - pad] * w[f, c, p, q],
        where x is 0 outside the image.
        """
        n, c, rows, columns = x.shape
        pad = self.pad
        padded = np.zeros((n, c, rows + 2 * pad, columns + 2 * pad))
        padded[:, :, pad : pad + rows, pad : pad + columns] = x
        seen = windows(padded, self.height, self.width, self.stride)
        return np.asarray(np.einsum("ncijpq,fcpq->nfij", seen, w) + b[:, None, None])


def to_first_maxima(layer: Pool, x: Array, dout: Array) -> Array:
    """Each entry of ``dout`` to the first maximum of its window, in row-major order.

    >>> x = np.array([[[[1.0, 3.0, 3.0, 0.0]]]])
    >>> to_first_maxima(Pool(x.shape, 1, 2, 2), x, np.array([[[[5.0, 7.0]]]]))
    array([[[[0., 5., 7., 0.]]]])
    """
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        top, left = i * layer.stride, j * layer.stride
        window = x[n, c, top : top + layer.height, left : left + layer.width]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx


def windows(x: Array, height: int, width: int, stride: int) -> Array:
    """The window at each output position: (N, C, H, W) -> (N, C, H', W', ...).

    The one at (i, j) begins at row i * stride and column j * stride.
    """
    everywhere = sliding_window_view(x, (height, width), axis=(2, 3))
    return np.asarray(everywhere[:, :, ::stride, ::stride])


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """The extent of what one output unit sees, from its first pixel to its last.

    Where a stride exceeds its kernel, pixels in between go unseen; they count.
    Walks back from the unit, a layer at a time: position p of a layer's output
    reads positions p * stride to p * stride + kernel - 1 of its input.

    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(2, 2), (3, 1)])
    (5, 6)
    >>> receptive_field([(1, 2), (3, 1)])
    5
    """
    seen = {0}
    for kernel, stride in reversed(layers):
        seen = {p * stride + offset for p in seen for offset in range(kernel)}
    return max(seen) - min(seen) + 1
