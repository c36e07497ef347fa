"""Mistakes and right variants of average pooling."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.mistakes import mistake, variant
from autograder.mistakes.pooling import (
    Array,
    PoolCache,
    PoolParam,
    divided_sizes,
    first_maximum,
    sizes,
    windows,
)

# avg_pool_forward_naive ------------------------------------------------------------


@variant("avg_pool_forward_naive")
def avg_pool_window_by_window(
    x: Array, pool_param: PoolParam
) -> tuple[Array, PoolCache]:
    _, _, _, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
    return out, (x, pool_param)


@variant("avg_pool_forward_naive")
def avg_pool_in_single_precision(
    x: Array, pool_param: PoolParam
) -> tuple[Array, list[object]]:
    height, width, stride, _, _ = sizes(x, pool_param)
    view = sliding_window_view(x.astype(np.float32), (height, width), axis=(2, 3))
    out = view[:, :, ::stride, ::stride].mean(axis=(-2, -1))
    return out.astype(x.dtype), [pool_param, x.shape, x.dtype]


@variant("avg_pool_forward_naive")
def avg_pool_of_running_sums(
    x: Array, pool_param: PoolParam
) -> tuple[Array, PoolCache]:
    height, width, stride, h_out, w_out = sizes(x, pool_param)
    n, c, h, w = x.shape
    total = np.zeros((n, c, h + 1, w + 1))  # of all pixels above and to the left
    total[:, :, 1:, 1:] = x.cumsum(axis=2).cumsum(axis=3)
    top = np.arange(h_out)[:, None] * stride
    left = np.arange(w_out)[None, :] * stride
    below, right = top + height, left + width
    window = total[:, :, below, right] - total[:, :, top, right]
    window += total[:, :, top, left] - total[:, :, below, left]
    return (window / (height * width)).astype(x.dtype), (x, pool_param)


def _sums(x: Array, pool_param: PoolParam) -> Array:
    """The sum of every window."""
    _, _, _, h_out, w_out = sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out), dtype=x.dtype)
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].sum(axis=(2, 3))
    return out


@mistake(
    "avg_pool_forward_naive",
    title="the sum of a window is not divided by anything",
    hint="What is the average of four ones?",
    see="pooling-average",
)
def sum_instead_of_average(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    return _sums(x, pool_param), (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the sum of a window is divided by the square of the stride",
    hint="How many pixels does a window hold? The stride does not say.",
    see="pooling-average",
)
def divided_by_stride(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    return _sums(x, pool_param) / pool_param["stride"] ** 2, (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the sum of a window is always divided by 4",
    hint="A 2 × 2 window holds four pixels; a 3 × 3 window?",
    see="pooling-average",
)
def always_divided_by_four(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    return _sums(x, pool_param) / 4, (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the sum of a window is divided by pool_height squared",
    hint="How many pixels does a window of 2 rows and 3 columns hold?",
    see="pooling-average",
)
def divided_as_if_square(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    return _sums(x, pool_param) / pool_param["pool_height"] ** 2, (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the maximum is taken instead of the average",
    hint="Was this line copied from max pooling?",
    see="pooling-average",
)
def maximum_instead_of_average(
    x: Array, pool_param: PoolParam
) -> tuple[Array, PoolCache]:
    out = np.zeros_like(_sums(x, pool_param))
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].max(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the average is taken over all channels at once",
    hint="Pooling keeps the number of channels: over which axes goes the average?",
    see="pooling-average",
)
def average_over_channels(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    out = np.zeros_like(_sums(x, pool_param))
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].mean(axis=(1, 2, 3))[:, None]
    return out, (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the window moves by its own size, not by the stride",
    hint="Where does the window at output position (i, j) start? "
    "Only the stride decides.",
    see="pooling-output-size",
)
def average_steps_by_window(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    n, c, h, w = x.shape
    out = np.zeros((n, c, h // height, w // width), dtype=x.dtype)
    for i, j in np.ndindex(h // height, w // width):
        top, left = i * height, j * width
        window = x[:, :, top : top + height, left : left + width]
        out[:, :, i, j] = window.mean(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the output's size is a float: / where a whole number is due",
    hint="What is type(4 / 2), and which operator divides whole numbers?",
    see="pooling-output-size",
)
def average_size_is_a_float(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    h_out, w_out = divided_sizes(x, pool_param)
    out = np.zeros((*x.shape[:2], h_out, w_out))
    for i, j, rows, columns in windows(x, pool_param):
        out[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
    return out, (x, pool_param)


@mistake(
    "avg_pool_forward_naive",
    title="the sum of a window is divided by the number of pixels that are not 0",
    hint="What is the average of 0, 0, 0 and 4?",
    see="pooling-average",
)
def zeros_not_counted(x: Array, pool_param: PoolParam) -> tuple[Array, PoolCache]:
    counts = _sums((x != 0).astype(x.dtype), pool_param)
    return _sums(x, pool_param) / np.maximum(counts, 1), (x, pool_param)


# avg_pool_backward_naive -----------------------------------------------------------


@variant("avg_pool_backward_naive", partner=avg_pool_window_by_window)
def a_share_to_each_pixel(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    height, width, _, _, _ = sizes(x, pool_param)
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        dx[:, :, rows, columns] += dout[:, :, i, j][:, :, None, None] / (height * width)
    return dx


@variant("avg_pool_backward_naive", partner=avg_pool_in_single_precision)
def a_share_at_each_offset(dout: Array, cache: list[object]) -> Array:
    pool_param, shape, dtype = cache
    dx = np.zeros(shape, dtype)  # type: ignore[call-overload]
    height, width, stride, h_out, w_out = sizes(dx, pool_param)  # type: ignore[arg-type]
    for p, q in np.ndindex(height, width):
        rows = slice(p, p + stride * h_out, stride)
        columns = slice(q, q + stride * w_out, stride)
        dx[:, :, rows, columns] += dout / (height * width)
    return np.asarray(dx)


def _spread(dout: Array, cache: PoolCache, share: float) -> Array:
    """``share`` of each entry of dout to every pixel of its window."""
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        dx[:, :, rows, columns] += share * dout[:, :, i, j][:, :, None, None]
    return dx


@mistake(
    "avg_pool_backward_naive",
    title="every pixel of a window gets the whole gradient",
    hint="If one pixel of the window grows by 1, by how much does the average grow?",
    see="pooling-average-backward",
    partner=avg_pool_window_by_window,
)
def gradient_not_divided(dout: Array, cache: PoolCache) -> Array:
    return _spread(dout, cache, 1.0)


@mistake(
    "avg_pool_backward_naive",
    title="the gradient is divided by the square of the stride",
    hint="How many pixels share the gradient of one output? The stride does not say.",
    see="pooling-average-backward",
    partner=avg_pool_window_by_window,
)
def gradient_divided_by_stride(dout: Array, cache: PoolCache) -> Array:
    return _spread(dout, cache, 1 / cache[1]["stride"] ** 2)


@mistake(
    "avg_pool_backward_naive",
    title="the gradient is always divided by 4",
    hint="Four pixels share the gradient of a 2 × 2 window; of a 3 × 3 window?",
    see="pooling-average-backward",
    partner=avg_pool_window_by_window,
)
def gradient_divided_by_four(dout: Array, cache: PoolCache) -> Array:
    return _spread(dout, cache, 1 / 4)


@mistake(
    "avg_pool_backward_naive",
    title="the gradient is divided by pool_height squared",
    hint="How many pixels does a window of 2 rows and 3 columns hold?",
    see="pooling-average-backward",
    partner=avg_pool_window_by_window,
)
def gradient_divided_as_if_square(dout: Array, cache: PoolCache) -> Array:
    return _spread(dout, cache, 1 / cache[1]["pool_height"] ** 2)


@mistake(
    "avg_pool_backward_naive",
    title="gradients of overlapping windows overwrite each other",
    hint="A pixel in two windows is used twice: "
    "what does the chain rule do with two uses?",
    see="pooling-overlap",
    partner=avg_pool_window_by_window,
)
def average_overlaps_overwritten(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    height, width, _, _, _ = sizes(x, pool_param)
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        dx[:, :, rows, columns] = dout[:, :, i, j][:, :, None, None] / (height * width)
    return dx


@mistake(
    "avg_pool_backward_naive",
    title="the windows are placed by their own size instead of the stride",
    hint="Backward must visit the very windows that forward visited.",
    see="pooling-average-backward",
    partner=avg_pool_window_by_window,
)
def average_windows_placed_by_size(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    height, width, _, h_out, w_out = sizes(x, pool_param)
    dx = np.zeros_like(x)
    for i, j in np.ndindex(h_out, w_out):
        top, left = i * height, j * width
        share = dout[:, :, i, j][:, :, None, None] / (height * width)
        dx[:, :, top : top + height, left : left + width] += share
    return dx


@mistake(
    "avg_pool_backward_naive",
    title="the maximum gets the whole gradient, as in max pooling",
    hint="Which pixels made this output? All of them did, alike.",
    see="pooling-average-backward",
    partner=avg_pool_window_by_window,
)
def gradient_to_the_maximum(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        for n, c in np.ndindex(*x.shape[:2]):
            row, column = first_maximum(x[n, c, rows, columns])
            dx[n, c, rows.start + row, columns.start + column] += dout[n, c, i, j]
    return dx
