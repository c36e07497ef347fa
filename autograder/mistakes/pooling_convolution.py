"""Mistakes and right variants of ``conv_forward_naive``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
ConvParam = dict[str, int]
ConvCache = tuple[Array, Array, Array, ConvParam]
Answer = tuple[Array, ConvCache]


def zero_padded(x: Array, pad: int) -> Array:
    """The images with ``pad`` zeros on each of the four sides."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def places(
    padded: Array, w: Array, stride: int
) -> Iterator[tuple[int, int, slice, slice]]:
    """Every output position (i, j) with the rows and columns of its window."""
    height, width = w.shape[2:]
    h_out = 1 + (padded.shape[2] - height) // stride
    w_out = 1 + (padded.shape[3] - width) // stride
    for i, j in np.ndindex(h_out, w_out):
        top, left = i * stride, j * stride
        yield i, j, slice(top, top + height), slice(left, left + width)


def correlated(padded: Array, w: Array, b: Array, stride: int) -> Array:
    """The right answer for images that are padded already."""
    height, width = w.shape[2:]
    h_out = 1 + (padded.shape[2] - height) // stride
    w_out = 1 + (padded.shape[3] - width) // stride
    out = np.zeros((padded.shape[0], w.shape[0], h_out, w_out))
    for i, j, rows, columns in places(padded, w, stride):
        window = padded[:, None, :, rows, columns]  # (N, 1, C, HH, WW)
        out[:, :, i, j] = (window * w).sum(axis=(2, 3, 4)) + b
    return out


def image_by_image(
    padded: Array,
    w: Array,
    b: Array,
    stride: int,
    size: tuple[int, int],
    sides: tuple[int, ...],
) -> Array:
    """Outputs of ``size`` from windows with ``sides``, in four plain loops.

    Most people write these, and where a window is not as large as the filter
    NumPy's complaint is that of these loops.
    """
    height, width = sides
    out = np.zeros((len(padded), len(w), *size))
    for n, f, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        window = padded[n, :, top : top + height, left : left + width]
        out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out


@variant("conv_forward_naive")
def conv_window_by_window(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> Answer:
    padded = zero_padded(x, conv_param["pad"])
    out = correlated(padded, w, b, conv_param["stride"]).astype(x.dtype)
    return out, (x, w, b, conv_param)


@variant("conv_forward_naive")
def conv_as_one_matrix_product(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> tuple[Array, dict[str, Any]]:
    pad, stride = conv_param["pad"], conv_param["stride"]
    view = sliding_window_view(zero_padded(x, pad), w.shape[2:], axis=(2, 3))
    view = view[:, :, ::stride, ::stride]
    n, _, h_out, w_out = view.shape[:4]
    columns = view.transpose(0, 2, 3, 1, 4, 5).reshape(n * h_out * w_out, -1)
    out = (columns @ w.reshape(len(w), -1).T + b).reshape(n, h_out, w_out, -1)
    kept = {"columns": columns, "w": w, "shape": x.shape, **conv_param}
    return out.transpose(0, 3, 1, 2), kept


@variant("conv_forward_naive")
def conv_offset_by_offset_in_single_precision(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> tuple[Array, tuple[Any, ...]]:
    pad, stride = conv_param["pad"], conv_param["stride"]
    padded = zero_padded(x, pad).astype(np.float32)
    h_out = 1 + (padded.shape[2] - w.shape[2]) // stride
    w_out = 1 + (padded.shape[3] - w.shape[3]) // stride
    out = np.zeros((len(x), len(w), h_out, w_out), dtype=np.float32)
    out += b.astype(np.float32)[:, None, None]
    for p, q in np.ndindex(*w.shape[2:]):
        rows = slice(p, p + stride * h_out, stride)
        columns = slice(q, q + stride * w_out, stride)
        kernel = w[:, :, p, q].astype(np.float32)
        out += np.einsum("ncij,fc->nfij", padded[:, :, rows, columns], kernel)
    return out, (conv_param, padded, w)


@mistake(
    "conv_forward_naive",
    title="the padding is always 1",
    hint="conv_param says how wide the border is: is it read?",
    see="pooling-padding",
)
def padding_always_one(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    out = correlated(zero_padded(x, 1), w, b, conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the images are not padded",
    hint="What does the window see when its first row lies above the image?",
    see="pooling-padding",
)
def padding_forgotten(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    out = correlated(x, w, b, conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the border repeats the edge pixels instead of being 0",
    hint="Look up what np.pad writes into the border in the mode that you chose.",
    see="pooling-padding",
)
def border_repeats_the_edge(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> Answer:
    pad = conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    return correlated(padded, w, b, conv_param["stride"]), (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the padding is counted on one side only in the output's size",
    hint="By how much do the images grow when each side gets `pad` more?",
    see="pooling-output-size",
)
def padding_counted_once(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    pad, stride = conv_param["pad"], conv_param["stride"]
    h_out = 1 + (x.shape[2] + pad - w.shape[2]) // stride
    w_out = 1 + (x.shape[3] + pad - w.shape[3]) // stride
    out = correlated(zero_padded(x, pad), w, b, stride)[:, :, :h_out, :w_out]
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the filters are taken to be square: HH on both sides",
    hint="Print the shape of one window and of one filter when HH and WW differ.",
    see="pooling-output-size",
)
def square_filters_only(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    stride, padded = conv_param["stride"], zero_padded(x, conv_param["pad"])
    height = w.shape[2]
    h_out = 1 + (padded.shape[2] - height) // stride
    w_out = 1 + (padded.shape[3] - height) // stride
    out = image_by_image(padded, w, b, stride, (h_out, w_out), (height, height))
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the output's width is computed from HH",
    hint="Which side of the filter decides how often it fits into a row?",
    see="pooling-output-size",
)
def width_from_filter_height(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> Answer:
    stride, padded = conv_param["stride"], zero_padded(x, conv_param["pad"])
    h_out = 1 + (padded.shape[2] - w.shape[2]) // stride
    w_out = 1 + (padded.shape[3] - w.shape[2]) // stride
    out = image_by_image(padded, w, b, stride, (h_out, w_out), w.shape[2:])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the output is taken to be square: as many columns as rows",
    hint="Try an image that is wider than it is high.",
    see="pooling-output-size",
)
def square_images_only(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    stride, padded = conv_param["stride"], zero_padded(x, conv_param["pad"])
    h_out = 1 + (padded.shape[2] - w.shape[2]) // stride
    out = image_by_image(padded, w, b, stride, (h_out, h_out), w.shape[2:])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the window moves one pixel at a time: the stride is forgotten",
    hint="The stride is in the output's size already; where else does it belong?",
    see="pooling-convolution",
)
def filters_without_stride(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> Answer:
    stride, padded = conv_param["stride"], zero_padded(x, conv_param["pad"])
    h_out = 1 + (padded.shape[2] - w.shape[2]) // stride
    w_out = 1 + (padded.shape[3] - w.shape[3]) // stride
    out = correlated(padded, w, b, 1)[:, :, :h_out, :w_out]
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the stride moves the window down but not to the right",
    hint="Print the first row and the first column of each window.",
    see="pooling-convolution",
)
def filters_stride_down_only(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> Answer:
    stride, padded = conv_param["stride"], zero_padded(x, conv_param["pad"])
    w_out = 1 + (padded.shape[3] - w.shape[3]) // stride
    out = correlated(padded, w, b, 1)[:, :, ::stride, :w_out]
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the filters are flipped: a convolution in the mathematicians' sense",
    hint="Deep learning slides the filter over the image as it is.",
    see="pooling-convolution",
)
def filters_flipped(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    padded = zero_padded(x, conv_param["pad"])
    out = correlated(padded, w[:, :, ::-1, ::-1], b, conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="only the last channel reaches the output",
    hint="Does each channel add to the output, or does it replace what is there?",
    see="pooling-convolution",
)
def channels_overwritten(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    padded = zero_padded(x, conv_param["pad"])
    out = correlated(padded[:, -1:], w[:, -1:], b, conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="only the first channel is convolved",
    hint="A filter is as deep as the image: (C, HH, WW).",
    see="pooling-convolution",
)
def first_channel_only(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    padded = zero_padded(x, conv_param["pad"])
    out = correlated(padded[:, :1], w[:, :1], b, conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the bias is not added",
    hint="Which of the four arguments does the code never read?",
    see="pooling-convolution",
)
def bias_forgotten(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    padded = zero_padded(x, conv_param["pad"])
    out = correlated(padded, w, np.zeros_like(b), conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the bias is added once for every channel",
    hint="In which of the loops does the bias belong?",
    see="pooling-convolution",
)
def bias_for_every_channel(
    x: Array, w: Array, b: Array, conv_param: ConvParam
) -> Answer:
    padded = zero_padded(x, conv_param["pad"])
    out = correlated(padded, w, b * x.shape[1], conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the mean over a window is taken instead of the sum",
    hint="The filter's weights are all the averaging there is.",
    see="pooling-convolution",
)
def mean_instead_of_sum(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    padded = zero_padded(x, conv_param["pad"])
    out = correlated(padded, w / w[0].size, b, conv_param["stride"])
    return out, (x, w, b, conv_param)


@mistake(
    "conv_forward_naive",
    title="the output's size is a float: / where a whole number is due",
    hint="What is type(4 / 2), and which operator divides whole numbers?",
    see="pooling-output-size",
)
def conv_size_is_a_float(x: Array, w: Array, b: Array, conv_param: ConvParam) -> Answer:
    stride, padded = conv_param["stride"], zero_padded(x, conv_param["pad"])
    h_out: Any = 1 + (padded.shape[2] - w.shape[2]) / stride
    w_out: Any = 1 + (padded.shape[3] - w.shape[3]) / stride
    out = image_by_image(padded, w, b, stride, (h_out, w_out), w.shape[2:])
    return out, (x, w, b, conv_param)
