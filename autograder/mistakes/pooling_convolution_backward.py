"""Mistakes and right variants of ``conv_backward_naive``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.pooling_convolution import (
    Array,
    ConvCache,
    conv_as_one_matrix_product,
    conv_offset_by_offset_in_single_precision,
    conv_window_by_window,
    places,
    zero_padded,
)

Gradients = tuple[Array, Array, Array]


def _all_of(dout: Array, cache: ConvCache) -> tuple[Array, Array, Array, int]:
    """The right gradients (of the padded images, of w, of b) and the padding."""
    x, w, _, conv_param = cache
    pad = conv_param["pad"]
    padded = zero_padded(x, pad)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for i, j, rows, columns in places(padded, w, conv_param["stride"]):
        upstream = dout[:, :, i, j]  # (N, F)
        dpadded[:, :, rows, columns] += np.tensordot(upstream, w, axes=1)
        dw += np.tensordot(upstream.T, padded[:, :, rows, columns], axes=1)
    return dpadded, dw, dout.sum(axis=(0, 2, 3)), pad


def _cropped(dpadded: Array, pad: int) -> Array:
    """The gradient without its border."""
    h, w = dpadded.shape[2:]
    return dpadded[:, :, pad : h - pad, pad : w - pad]


@variant("conv_backward_naive", partner=conv_window_by_window)
def scattered_window_by_window(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, pad = _all_of(dout, cache)
    return _cropped(dpadded, pad), dw, db


@variant("conv_backward_naive", partner=conv_as_one_matrix_product)
def as_two_matrix_products(
    dout: Array, cache: dict[str, Any]
) -> tuple[Array, Array, Array]:
    columns, w, (n, c, h, width) = cache["columns"], cache["w"], cache["shape"]
    pad, stride = cache["pad"], cache["stride"]
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, len(w))
    dw = (flat.T @ columns).reshape(w.shape)
    pieces = (flat @ w.reshape(len(w), -1)).reshape(n, *dout.shape[2:], c, *w.shape[2:])
    dpadded = np.zeros((n, c, h + 2 * pad, width + 2 * pad))
    for i, j, rows, cols in places(dpadded, w, stride):
        dpadded[:, :, rows, cols] += pieces[:, i, j]
    return _cropped(dpadded, pad), dw, flat.sum(axis=0)


@variant("conv_backward_naive", partner=conv_offset_by_offset_in_single_precision)
def offset_by_offset_with_a_flat_bias(
    dout: Array, cache: tuple[Any, ...]
) -> tuple[Array, Array, Array]:
    conv_param, padded, w = cache
    pad, stride = conv_param["pad"], conv_param["stride"]
    h_out, w_out = dout.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros(w.shape, dtype=np.float32)
    for p, q in np.ndindex(*w.shape[2:]):
        rows = slice(p, p + stride * h_out, stride)
        columns = slice(q, q + stride * w_out, stride)
        seen = padded[:, :, rows, columns]
        dw[:, :, p, q] = np.einsum("nfij,ncij->fc", dout, seen)
        dpadded[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dout, w[:, :, p, q])
    return _cropped(dpadded, pad), dw, dout.sum(axis=(0, 2, 3))[None, :]


# dx ----------------------------------------------------------------------------------


@mistake(
    "conv_backward_naive",
    title="the border is cut off with [pad:-pad], which is empty at padding 0",
    hint="What is np.arange(5)[0:-0]?",
    see="pooling-padding",
    partner=conv_window_by_window,
)
def crop_empty_without_padding(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, pad = _all_of(dout, cache)
    return dpadded[:, :, pad:-pad, pad:-pad], dw, db


@mistake(
    "conv_backward_naive",
    title="[pad:-pad] cuts everything off at padding 0, and nothing fits into dx[n]",
    hint="What is np.arange(5)[0:-0]?",
    see="pooling-padding",
    partner=conv_window_by_window,
)
def crop_empty_does_not_fit(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, pad = _all_of(dout, cache)
    dx = np.zeros_like(cache[0])
    for n in range(len(dx)):
        dx[n] = dpadded[n, :, pad:-pad, pad:-pad]
    return dx, dw, db


@mistake(
    "conv_backward_naive",
    title="the border that is cut off is always 1 wide",
    hint="conv_param says how wide the border is.",
    see="pooling-padding",
    partner=conv_window_by_window,
)
def crop_always_one(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, _ = _all_of(dout, cache)
    return dpadded[:, :, 1:-1, 1:-1], dw, db


@mistake(
    "conv_backward_naive",
    title="dx still has the border of padding",
    hint="Compare the shapes of dx and x.",
    see="pooling-padding",
    partner=conv_window_by_window,
)
def border_left_on(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, _ = _all_of(dout, cache)
    return dpadded, dw, db


@mistake(
    "conv_backward_naive",
    title="the stride is forgotten in dx",
    hint="Which pixels did the window of output (i, j) cover? dx goes back to those.",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dx_without_stride(dout: Array, cache: ConvCache) -> Gradients:
    x, w, _, _ = cache
    _, dw, db, pad = _all_of(dout, cache)
    dpadded = np.zeros_like(zero_padded(x, pad))
    height, width = w.shape[2:]
    for i, j in np.ndindex(*dout.shape[2:]):
        piece = np.tensordot(dout[:, :, i, j], w, axes=1)
        dpadded[:, :, i : i + height, j : j + width] += piece
    return _cropped(dpadded, pad), dw, db


@mistake(
    "conv_backward_naive",
    title="in dx each window overwrites what the others have left",
    hint="A pixel lies in several windows: what does the chain rule do with them?",
    see="pooling-overlap",
    partner=conv_window_by_window,
)
def dx_overwritten(dout: Array, cache: ConvCache) -> Gradients:
    x, w, _, conv_param = cache
    _, dw, db, pad = _all_of(dout, cache)
    dpadded = np.zeros_like(zero_padded(x, pad))
    for i, j, rows, columns in places(dpadded, w, conv_param["stride"]):
        dpadded[:, :, rows, columns] = np.tensordot(dout[:, :, i, j], w, axes=1)
    return _cropped(dpadded, pad), dw, db


@mistake(
    "conv_backward_naive",
    title="dx comes from the last filter only",
    hint="Every filter read this pixel: how do their gradients combine?",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dx_of_the_last_filter(dout: Array, cache: ConvCache) -> Gradients:
    x, w, b, conv_param = cache
    last = x, w[-1:], b[-1:], conv_param
    dpadded, _, _, pad = _all_of(dout[:, -1:], last)
    _, dw, db, _ = _all_of(dout, cache)
    return _cropped(dpadded, pad), dw, db


@mistake(
    "conv_backward_naive",
    title="the filters are flipped in dx",
    hint="Pixel (p, q) of a window was multiplied by w[…, p, q], not by its mirror.",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dx_with_flipped_filters(dout: Array, cache: ConvCache) -> Gradients:
    x, w, b, conv_param = cache
    dpadded, _, _, pad = _all_of(dout, (x, w[:, :, ::-1, ::-1], b, conv_param))
    _, dw, db, _ = _all_of(dout, cache)
    return _cropped(dpadded, pad), dw, db


# dw and db ---------------------------------------------------------------------------


@mistake(
    "conv_backward_naive",
    title="the stride is forgotten in dw",
    hint="With which window did the weight meet to make output (i, j)?",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dw_without_stride(dout: Array, cache: ConvCache) -> Gradients:
    x, w, _, _ = cache
    dpadded, _, db, pad = _all_of(dout, cache)
    padded, dw = zero_padded(x, pad), np.zeros_like(w)
    height, width = w.shape[2:]
    for i, j in np.ndindex(*dout.shape[2:]):
        window = padded[:, :, i : i + height, j : j + width]
        dw += np.tensordot(dout[:, :, i, j].T, window, axes=1)
    return _cropped(dpadded, pad), dw, db


@mistake(
    "conv_backward_naive",
    title="dw is overwritten at every output position",
    hint="A weight is used at every position: what becomes of the earlier ones?",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dw_of_the_last_position(dout: Array, cache: ConvCache) -> Gradients:
    x, w, _, conv_param = cache
    dpadded, dw, db, pad = _all_of(dout, cache)
    padded = zero_padded(x, pad)
    for i, j, rows, columns in places(padded, w, conv_param["stride"]):
        dw = np.tensordot(dout[:, :, i, j].T, padded[:, :, rows, columns], axes=1)
    return _cropped(dpadded, pad), dw, db


@mistake(
    "conv_backward_naive",
    title="dw comes from the last image of the batch only",
    hint="Every image used the weights: what becomes of the earlier ones?",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dw_of_the_last_image(dout: Array, cache: ConvCache) -> Gradients:
    x, w, b, conv_param = cache
    dpadded, _, db, pad = _all_of(dout, cache)
    _, dw, _, _ = _all_of(dout[-1:], (x[-1:], w, b, conv_param))
    return _cropped(dpadded, pad), dw, db


@mistake(
    "conv_backward_naive",
    title="dw is averaged over the batch",
    hint="Averaging is the loss's affair, and dout has seen to it: here one sums.",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dw_averaged(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, pad = _all_of(dout, cache)
    return _cropped(dpadded, pad), dw / len(dout), db


@mistake(
    "conv_backward_naive",
    title="dw and db are both averaged over the batch",
    hint="Averaging is the loss's affair, and dout has seen to it: here one sums.",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def dw_and_db_averaged(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, pad = _all_of(dout, cache)
    return _cropped(dpadded, pad), dw / len(dout), db / len(dout)


@mistake(
    "conv_backward_naive",
    title="db is averaged instead of summed",
    hint="b[f] was added to every output of filter f: each sends its gradient back.",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def db_averaged(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, _, pad = _all_of(dout, cache)
    return _cropped(dpadded, pad), dw, dout.mean(axis=(0, 2, 3))


@mistake(
    "conv_backward_naive",
    title="db sums over the batch but not over rows and columns",
    hint="Compare the shapes of db and b.",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def db_summed_over_batch_only(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, _, pad = _all_of(dout, cache)
    return _cropped(dpadded, pad), dw, dout.sum(axis=0)


@mistake(
    "conv_backward_naive",
    title="the gradients come back in another order than dx, dw, db",
    hint="In which order does the docstring ask for them?",
    see="pooling-convolution-backward",
    partner=conv_window_by_window,
)
def returned_in_another_order(dout: Array, cache: ConvCache) -> Gradients:
    dpadded, dw, db, pad = _all_of(dout, cache)
    return dw, db, _cropped(dpadded, pad)
