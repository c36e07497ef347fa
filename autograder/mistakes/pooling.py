"""Mistakes and right variants of ``max_pool_forward_naive``.

The topic's other functions have files of their own beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
PoolParam = dict[str, int]
PoolCache = tuple[Array, PoolParam]


def sizes(x: Array, pool_param: PoolParam) -> tuple[int, int, int, int, int]:
    """Window height and width, stride, output height and width."""
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    rows, columns = x.shape[2] - height, x.shape[3] - width
    if rows % stride or columns % stride:
        raise ValueError(
            f"{height} x {width} windows with stride {stride} do not tile {x.shape}"
        )
    return height, width, stride, 1 + rows // stride, 1 + columns // stride


def windows(x: Array, pool_param: PoolParam) -> Iterator[tuple[int, int, slice, slice]]:
    """Every output position (i, j) with the rows and columns of its window."""
    height, width, stride, h_out, w_out = sizes(x, pool_param)
    for i, j in np.ndindex(h_out, w_out):
        top, left = i * stride, j * stride
        yield i, j, slice(top, top + height), slice(left, left + width)


def first_maximum(window: Array) -> tuple[int, int]:
    """Row and column of the window's first maximum, in row-major order."""
    row, column = divmod(int(window.argmax()), window.shape[1])
    return row, column


# max_pool_forward_naive ------------------------------------------------------------


@variant("max_pool_forward_naive")
def max_pool_window_by_window(
    x: Array, pool_param: PoolParam
) -> tuple[Array, PoolCache]:
    _, _, _, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].max(axis=(2, 3))
    return out, (x, pool_param)


@variant("max_pool_forward_naive")
def max_pool_of_a_strided_view(
    x: Array, pool_param: PoolParam
) -> tuple[Array, PoolCache]:
    height, width, stride, _, _ = sizes(x, pool_param)
    view = sliding_window_view(x, (height, width), axis=(2, 3))
    return view[:, :, ::stride, ::stride].max(axis=(-2, -1)), (x, pool_param)


@variant("max_pool_forward_naive")
def max_pool_number_by_number(
    x: Array, pool_param: PoolParam
) -> tuple[Array, dict[str, Any]]:
    height, width, stride, h_out, w_out = sizes(x, pool_param)
    out = np.full((*x.shape[:2], h_out, w_out), -np.inf, dtype=np.float32)
    for n, c, i, j in np.ndindex(*out.shape):
        for p, q in np.ndindex(height, width):
            value = x[n, c, i * stride + p, j * stride + q]
            out[n, c, i, j] = max(out[n, c, i, j], value)
    return out.astype(x.dtype), {"param": pool_param, "images": x}


@mistake(
    "max_pool_forward_naive",
    title="the stride is taken to be the window's size",
    hint="Where does the window at output position (i, j) start? "
    "Only the stride decides.",
    see="pooling-output-size",
)
def stride_taken_as_window(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    n, c, h, w = x.shape
    out = np.zeros((n, c, h // height, w // width), dtype=x.dtype)
    for i, j in np.ndindex(h // height, w // width):
        top, left = i * height, j * width
        window = x[:, :, top : top + height, left : left + width]
        out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the output's size is divided by the window instead of the stride",
    hint="How many steps of the stride fit behind the first window?",
    see="pooling-output-size",
)
def size_divided_by_window(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    n, c, h, w = x.shape
    h_out, w_out = (h - height) // height + 1, (w - width) // width + 1
    out = np.zeros((n, c, h_out, w_out), dtype=x.dtype)
    for i, j in np.ndindex(h_out, w_out):
        top, left = i * stride, j * stride
        window = x[:, :, top : top + height, left : left + width]
        if window.size:
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the output's size is H // stride, whatever the window",
    hint="Try a 3 × 3 window with stride 1 on a 5 × 5 image: "
    "in how many places does it fit?",
    see="pooling-output-size",
)
def size_without_window(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    n, c, h, w = x.shape
    h_out, w_out = h // stride, w // stride
    out = np.zeros((n, c, h_out, w_out), dtype=x.dtype)
    for i, j in np.ndindex(h_out, w_out):
        top, left = i * stride, j * stride
        window = x[:, :, top : top + height, left : left + width]
        out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the output's width is computed from pool_height",
    hint="Which of the window's two sides decides how often it fits into a row?",
    see="pooling-output-size",
)
def width_from_pool_height(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    n, c, h, w = x.shape
    h_out, w_out = 1 + (h - height) // stride, 1 + (w - height) // stride
    out = np.zeros((n, c, h_out, w_out), dtype=x.dtype)
    for i, j in np.ndindex(h_out, w_out):
        top, left = i * stride, j * stride
        window = x[:, :, top : top + height, left : left + width]
        if window.size:
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the window is taken to be square: pool_height on both sides",
    hint="Print the shape of one window when pool_height and pool_width differ.",
    see="pooling-max",
)
def square_windows_only(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, _, stride, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j in np.ndindex(h_out, w_out):
        top, left = i * stride, j * stride
        window = x[:, :, top : top + height, left : left + height]
        out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the output is taken to be square: as many columns as rows",
    hint="Try an image that is wider than it is high.",
    see="pooling-output-size",
)
def square_output_only(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width, stride, h_out, _ = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, h_out), dtype=x.dtype)
    for i, j in np.ndindex(h_out, h_out):
        top, left = i * stride, j * stride
        window = x[:, :, top : top + height, left : left + width]
        if window.size:
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the running maximum starts at 0",
    hint="What should come out where every pixel of a window is negative?",
    see="pooling-max",
)
def maximum_starts_at_zero(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width, stride, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j, p, q in np.ndindex(h_out, w_out, height, width):
        seen = x[:, :, i * stride + p, j * stride + q]
        out[:, :, i, j] = np.maximum(out[:, :, i, j], seen)
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the maximum is taken over all channels at once",
    hint="Pooling keeps the number of channels: over which axes goes the maximum?",
    see="pooling-max",
)
def maximum_over_channels(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    _, _, _, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].max(axis=(1, 2, 3))[:, None]
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the stride moves the window down but not to the right",
    hint="Print the first row and the first column of each window.",
    see="pooling-output-size",
)
def stride_for_rows_only(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width, stride, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j in np.ndindex(h_out, w_out):
        window = x[:, :, i * stride : i * stride + height, j : j + width]
        out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "max_pool_forward_naive",
    title="the window moves one pixel at a time: the stride is forgotten",
    hint="The stride is in the output's size already; where else does it belong?",
    see="pooling-output-size",
)
def windows_without_stride(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width, _, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j in np.ndindex(h_out, w_out):
        out[:, :, i, j] = x[:, :, i : i + height, j : j + width].max(axis=(2, 3))
    return out, (x, pool_param)


def divided_sizes(x: Array, pool_param: PoolParam) -> tuple[Any, Any]:
    """Output height and width by true division: floats, whole or not."""
    stride = pool_param["stride"]
    h_out = 1 + (x.shape[2] - pool_param["pool_height"]) / stride
    w_out = 1 + (x.shape[3] - pool_param["pool_width"]) / stride
    return h_out, w_out


@mistake(
    "max_pool_forward_naive",
    title="the output's size is a float: / where a whole number is due",
    hint="What is type(4 / 2), and which operator divides whole numbers?",
    see="pooling-output-size",
)
def pool_size_is_a_float(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    h_out, w_out = divided_sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out))
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].max(axis=(2, 3))
    return out, (x, pool_param)
