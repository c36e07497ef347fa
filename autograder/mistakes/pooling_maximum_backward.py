"""Mistakes and right variants of ``max_pool_backward_naive``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.mistakes import mistake, variant
from autograder.mistakes.pooling import (
    Array,
    PoolCache,
    first_maximum,
    max_pool_number_by_number,
    max_pool_window_by_window,
    sizes,
    windows,
)


@variant("max_pool_backward_naive", partner=max_pool_window_by_window)
def to_the_first_maximum(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        for n, c in np.ndindex(*x.shape[:2]):
            row, column = first_maximum(x[n, c, rows, columns])
            dx[n, c, rows.start + row, columns.start + column] += dout[n, c, i, j]
    return dx


@variant("max_pool_backward_naive", partner=max_pool_window_by_window)
def to_every_maximum(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros(x.shape)
    for i, j, rows, columns in windows(x, pool_param):
        window = x[:, :, rows, columns]
        mask = window == window.max(axis=(2, 3), keepdims=True)
        dx[:, :, rows, columns] += mask * dout[:, :, i, j][:, :, None, None]
    return dx


@variant("max_pool_backward_naive", partner=max_pool_number_by_number)
def scattered_all_at_once(dout: Array, cache: dict[str, Any]) -> Array:
    x, pool_param = cache["images"], cache["param"]
    height, width, stride, _, _ = sizes(x, pool_param)
    view = sliding_window_view(x, (height, width), axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    winner = view.reshape(*dout.shape, -1).argmax(axis=-1)
    n, c, i, j = np.indices(dout.shape)
    place = n, c, i * stride + winner // width, j * stride + winner % width
    dx = np.zeros_like(x)
    np.add.at(dx, place, dout)
    return np.asarray(dx)


@mistake(
    "max_pool_backward_naive",
    title="gradients of overlapping windows overwrite each other",
    hint="An input that is the maximum of two windows is used twice: "
    "what does the chain rule do with two uses?",
    see="pooling-overlap",
    partner=max_pool_window_by_window,
)
def overlaps_overwritten(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        for n, c in np.ndindex(*x.shape[:2]):
            row, column = first_maximum(x[n, c, rows, columns])
            dx[n, c, rows.start + row, columns.start + column] = dout[n, c, i, j]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="each window overwrites the whole of its patch of dx",
    hint="What happens to the gradient that an earlier window has left there?",
    see="pooling-overlap",
    partner=max_pool_window_by_window,
)
def patches_overwritten(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        window = x[:, :, rows, columns]
        mask = window == window.max(axis=(2, 3), keepdims=True)
        dx[:, :, rows, columns] = mask * dout[:, :, i, j][:, :, None, None]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="the windows are placed by their own size instead of the stride",
    hint="Backward must visit the very windows that forward visited.",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def windows_placed_by_size(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        top, left = i * height, j * width
        window = x[n, c, top : top + height, left : left + width]
        if window.size:
            row, column = first_maximum(window)
            dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="only as many windows are visited as fit side by side",
    hint="dout has one entry for each window: are all of them used?",
    see="pooling-output-size",
    partner=max_pool_window_by_window,
)
def last_windows_left_out(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        if i < x.shape[2] // height and j < x.shape[3] // width:
            for n, c in np.ndindex(*x.shape[:2]):
                row, column = first_maximum(x[n, c, rows, columns])
                dx[n, c, rows.start + row, columns.start + column] += dout[n, c, i, j]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="every pixel of a window gets the gradient, not the maximum alone",
    hint="If a pixel that is not the maximum grew a little, would the output change?",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def gradient_to_the_whole_window(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        dx[:, :, rows, columns] += dout[:, :, i, j][:, :, None, None]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="the maximum gets 1: the upstream gradient is left out",
    hint="The chain rule multiplies: by what?",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def upstream_gradient_left_out(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x, dtype=dout.dtype)
    for _, _, rows, columns in windows(x, pool_param):
        window = x[:, :, rows, columns]
        dx[:, :, rows, columns] += window == window.max(axis=(2, 3), keepdims=True)
    return dx


@mistake(
    "max_pool_backward_naive",
    title="the maximum gets its own value instead of the upstream gradient",
    hint="Which number travels backwards: the pixel's, or the one in dout?",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def value_instead_of_gradient(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x, dtype=dout.dtype)
    for _, _, rows, columns in windows(x, pool_param):
        window = x[:, :, rows, columns]
        mask = window == window.max(axis=(2, 3), keepdims=True)
        dx[:, :, rows, columns] += mask * window
    return dx


def _scattered(
    dout: Array, cache: PoolCache, unpack: Callable[[int, int, int], tuple[int, int]]
) -> Array:
    """Each gradient to where ``unpack(flat, height, width)`` says the maximum is."""
    x, pool_param = cache
    height, width, stride, _, _ = sizes(x, pool_param)
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        top, left = i * stride, j * stride
        flat = int(x[n, c, top : top + height, left : left + width].argmax())
        row, column = unpack(flat, height, width)
        dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="the flat position of the maximum is unpacked with the window's height",
    hint="In row-major order, how many entries lie between a pixel and the one below?",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def position_unpacked_by_height(dout: Array, cache: PoolCache) -> Array:
    return _scattered(dout, cache, lambda flat, height, _: divmod(flat, height))


@mistake(
    "max_pool_backward_naive",
    title="the maximum's row is its flat position divided by the window's height",
    hint="In row-major order, how many entries make a row?",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def row_by_height_column_by_width(dout: Array, cache: PoolCache) -> Array:
    return _scattered(dout, cache, lambda flat, h, w: (flat // h, flat % w))


@mistake(
    "max_pool_backward_naive",
    title="the gradient goes to every pixel of the image that equals the maximum",
    hint="Two windows may hold the same number, after a ReLU above all: "
    "where may a window look for its maximum?",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def maximum_sought_in_the_whole_image(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        for n, c in np.ndindex(*x.shape[:2]):
            dx[n, c][x[n, c] == x[n, c, rows, columns].max()] += dout[n, c, i, j]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="only the largest of all channels gets its gradient",
    hint="Each channel has a maximum of its own in every window.",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def one_channel_for_all(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        window = x[:, :, rows, columns]
        mask = window == window.max(axis=(1, 2, 3), keepdims=True)
        dx[:, :, rows, columns] += mask * dout[:, :, i, j][:, :, None, None]
    return dx


@mistake(
    "max_pool_backward_naive",
    title="the gradient is shared out over the window, as in average pooling",
    hint="Which pixel made this output? That one alone is answerable for it.",
    see="pooling-max-backward",
    partner=max_pool_window_by_window,
)
def shared_like_an_average(dout: Array, cache: PoolCache) -> Array:
    x, pool_param = cache
    height, width, _, _, _ = sizes(x, pool_param)
    dx = np.zeros_like(x)
    for i, j, rows, columns in windows(x, pool_param):
        dx[:, :, rows, columns] += dout[:, :, i, j][:, :, None, None] / height / width
    return dx
