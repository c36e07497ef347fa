"""Reading random crops and flips off legible images.

Every pixel of a batch has a value of its own, so that a crop gives away which rows and
columns it shows and whether it is mirrored. What lies beyond the image's border may be
zeros, another value, the nearest pixel, or a mirror image: the contract does not say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.comparing import RTOL, expect_shape, number_array
from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.pictures import HeatMaps

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

CONSTANT = "zeros"
BORDERS = (CONSTANT, "edge", "reflect", "symmetric")
ONE_VALUE = "a value other than 0"


@dataclass(frozen=True)
class Crops:
    """What a batch of crops shows: one entry an image in each array.

    ``rows`` and ``columns`` are the crop's offsets in the padded image, from 0 to
    2 pad; ``flips`` says which are mirrored; ``border`` names the padding that
    explains what lies beyond the images, zeros where nothing shows.
    """

    rows: Indices
    columns: Indices
    flips: NDArray[np.bool_]
    border: str


def legible(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Images (N, C, H, W) in which no two pixels are alike, of both signs, none 0.

    Neighboring values lie 5 / size apart at least, far beyond single precision. Their
    mean is about 0.8, so that it can be told from 0 beyond the border.
    """
    count = math.prod(shape)
    below = count // 3
    steps = np.concatenate([np.arange(-below, 0), np.arange(1, count - below + 1)])
    return np.asarray(rng.permutation(steps).reshape(shape) * (5.0 / count))


def read_crops(exam: Exam, x: Array, pad: int, rng: np.random.Generator) -> Crops:
    """Call the function and read its crops; raises a :class:`Mismatch`.

    What hinders the reading is recorded, for telling mistakes apart.
    """
    return read_answer(exam, exam.call(x, pad, rng), x, pad)


def read_answer(exam: Exam, answer: Any, x: Array, pad: int) -> Crops:
    """The crops of an answer; raises a :class:`Mismatch`."""
    try:
        out = number_array(answer, "out").astype(np.float64)
        exam.observe("shape", list(out.shape))
        expect_shape(out, x.shape, "out")
    except Mismatch as mismatch:
        exam.observe("no images", mismatch.message.partition(" has shape")[0])
        raise
    return decode(exam, out, x, pad)


def decode(exam: Exam, out: Array, x: Array, pad: int) -> Crops:
    """The offsets and flips of ``out``, crops of the padded ``x``; or a Mismatch."""
    n, channels, height, width = x.shape
    source = sources(out, x)  # (4, N, C, H, W): image, channel, row, column, or -1
    # The middle of a crop shows the image, whatever the offset.
    r, k = height // 2, width // 2
    middle = source[:, :, :, r, k]
    here = np.array(np.broadcast_arrays(np.arange(n)[:, None], np.arange(channels)))
    troubles = {
        "pixels that are in no image": bool((middle[0] < 0).any()),
        "pixels of other images": bool((middle[0] != here[0]).any()),
        "pixels of other channels": bool((middle[1] != here[1]).any()),
    }
    beside = source[3, :, 0, r, k - 1]
    flips = beside > middle[3, :, 0]
    rows = middle[2, :, 0] - r + pad
    columns = middle[3, :, 0] + pad - np.where(flips, width - 1 - k, k)
    far = np.maximum(abs(rows - pad), abs(columns - pad)).max()
    troubles["moved too far"] = bool(far > pad)
    exam.observe("middles", [name for name, holds in troubles.items() if holds])
    for name, holds in troubles.items():
        if holds and name == "moved too far":
            raise Mismatch(
                f"an image was moved by {far} pixels; with pad = {pad} it can be "
                f"moved by {pad} at most"
            )
        if holds:
            raise Mismatch(f"out shows {name} in the middle of a crop")
    strange = source[0] < 0
    return _explained(exam, out, x, pad, (rows, columns, flips), strange)


def sources(out: Array, x: Array) -> Indices:
    """Where in ``x`` each pixel of ``out`` comes from; -1 where it is not from x.

    >>> x = np.array([[[[1.0, 2.0]]], [[[3.0, 4.0]]]])
    >>> sources(x[::-1, :, :, ::-1], x)[0].ravel().tolist()
    [1, 1, 0, 0]
    """
    order = np.argsort(x, axis=None)
    ordered = x.reshape(-1)[order]
    gap = float(np.diff(ordered).min()) / 3
    below = np.clip(np.searchsorted(ordered, out), 1, x.size - 1)
    nearer = np.abs(ordered[below - 1] - out) < np.abs(ordered[below] - out)
    place = below - nearer
    found = np.array(np.unravel_index(order[place], x.shape))
    found[:, ~(np.abs(ordered[place] - out) < gap)] = -1
    return found


def _explained(
    exam: Exam, out: Array, x: Array, pad: int, law: Any, strange: NDArray[np.bool_]
) -> Crops:
    """The crops, if the offsets and flips explain every pixel; or a Mismatch."""
    rows, columns, flips = law

    def misses(border: str) -> tuple[NDArray[np.bool_], Array]:
        crop = cropped(x, pad, rows, columns, flips, border)
        with np.errstate(all="ignore"):
            return ~(np.abs(out - crop) <= RTOL * np.abs(x).max()), crop

    wrong, expected = misses(CONSTANT)
    beyond = expected == 0
    inside = wrong & ~beyond
    exam.observe("inside is right", not inside.any())
    exam.observe(
        "wrong in the first channel, in the middle row",
        [bool(inside[:, 0].any()), bool(inside[:, :, x.shape[2] // 2].any())],
    )
    if inside.any():
        worst = int(np.argmax(inside.any(axis=(1, 2, 3))))
        raise Mismatch(
            f"out[{worst}] is no crop of x[{worst}]: its middle shows rows moved by "
            f"{int(rows[worst]) - pad} and columns moved by {int(columns[worst]) - pad}"
            f"{', mirrored' if flips[worst] else ''}, but other pixels do not agree",
            HeatMaps(out[worst, 0], expected[worst, 0]),
        )
    fits = (border for border in BORDERS if not misses(border)[0].any())
    border = CONSTANT if not wrong.any() else next(fits, None)
    if border is None and _one_value(out, beyond):
        border = ONE_VALUE
    exam.observe("border is padded", border is not None)
    if border is None:
        exam.observe("beyond the border all is from x", not strange[beyond].any())
        worst = int(np.argmax(wrong.any(axis=(1, 2, 3))))
        raise Mismatch(
            f"what lies beyond the border of x[{worst}] is neither one value nor a "
            "repetition of the pixels beside it; pad the image before you crop it",
            HeatMaps(out[worst, 0], expected[worst, 0]),
        )
    return Crops(rows, columns, flips, border)


def _one_value(out: Array, beyond: NDArray[np.bool_]) -> bool:
    """Whether all that an image's channel shows beyond its border is one number."""
    high = np.where(beyond, out, -np.inf).max(axis=(2, 3))
    low = np.where(beyond, out, np.inf).min(axis=(2, 3))
    with np.errstate(all="ignore"):
        return bool(np.all(high - low <= RTOL * np.abs(out).max()))


def cropped(
    x: Array, pad: int, rows: Indices, columns: Indices, flips: Any, border: str
) -> Array:
    """Crops of the padded images ``x`` at the given offsets, flipped where wanted."""
    n, channels, height, width = x.shape
    mode: Any = "constant" if border == CONSTANT else border
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode)
    across = np.arange(width)
    across = np.where(np.asarray(flips)[:, None], across[::-1], across)
    i = np.arange(n)[:, None, None, None]
    c = np.arange(channels)[:, None, None]
    r = rows[:, None, None, None] + np.arange(height)[:, None]
    k = (columns[:, None] + across)[:, None, None, :]
    return np.asarray(padded[i, c, r, k])
