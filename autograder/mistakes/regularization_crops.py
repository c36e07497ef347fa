"""Mistakes and right variants of random crops and flips."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Rng = np.random.Generator

CROPS = "random_crop_flip"


def padded(x: Array, pad: int) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def cut(x: Array, pad: int, rows: Array, columns: Array, flips: Array) -> Array:
    """The crops of the padded images at the given offsets."""
    n, channels, height, width = x.shape
    across = np.arange(width)
    across = np.where(flips[:, None], across[::-1], across)
    r = rows[:, None, None, None] + np.arange(height)[:, None]
    k = (columns[:, None] + across)[:, None, None, :]
    image, channel = np.arange(n)[:, None, None, None], np.arange(channels)
    crops: Array = padded(x, pad)[image, channel[:, None, None], r, k]
    return crops


def offsets(pad: int, n: int, rng: Rng) -> Array:
    return rng.integers(0, 2 * pad + 1, n)


def coins(n: int, rng: Rng) -> Array:
    return rng.random(n) < 0.5


@variant(CROPS)
def crops_drawn_at_once(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    return cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), coins(n, rng))


@variant(CROPS)
def crops_image_by_image(x: Array, pad: int, rng: Rng) -> Array:
    _, _, height, width = x.shape
    images = []
    for each in x:
        image = each[:, :, ::-1] if rng.integers(2) else each
        image = np.pad(image, ((0, 0), (pad, pad), (pad, pad)), mode="reflect")
        i, j = rng.integers(0, 2 * pad, 2, endpoint=True)
        images.append(image[:, i : i + height, j : j + width])
    return np.stack(images)


@variant(CROPS)
def crops_by_fancy_indexing(x: Array, pad: int, rng: Rng) -> Array:
    n, _, height, width = x.shape
    rows = np.floor(rng.random(n) * (2 * pad + 1)).astype(int) - pad
    columns = rng.choice(np.arange(-pad, pad + 1), n)
    r = np.clip(rows[:, None] + np.arange(height), 0, height - 1)
    k = np.clip(columns[:, None] + np.arange(width), 0, width - 1)
    k = np.where(rng.uniform(size=(n, 1)) > 0.5, k, k[:, ::-1])
    image = np.arange(n)[:, None, None]
    crops = x.astype(np.float32)[image, :, r[:, :, None], k[:, None, :]]
    return crops.transpose(0, 3, 1, 2)


@mistake(
    CROPS,
    title="all images of a batch are cropped at the same place",
    hint="Draw as many offsets as there are images.",
    see="regularization-augment-draws",
)
def one_crop_for_the_batch(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    rows, columns = (np.repeat(offsets(pad, 1, rng), n) for _ in range(2))
    return cut(x, pad, rows, columns, coins(n, rng))


@mistake(
    CROPS,
    title="either all images of a batch are mirrored, or none",
    hint="Toss as many coins as there are images.",
    see="regularization-augment-draws",
)
def one_flip_for_the_batch(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    flips = np.repeat(coins(1, rng), n)
    return cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), flips)


@mistake(
    CROPS,
    title="one draw decides all: the whole batch is cropped and mirrored alike",
    hint="Every image needs two offsets and a coin of its own.",
    see="regularization-augment-draws",
)
def one_draw_for_the_batch(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    rows, columns = (np.repeat(offsets(pad, 1, rng), n) for _ in range(2))
    return cut(x, pad, rows, columns, np.repeat(coins(1, rng), n))


@mistake(
    CROPS,
    title="the last offset is never drawn",
    hint="With pad = 1 a crop can begin at 0, 1 or 2: which of them do you draw?",
    see="regularization-augment-offsets",
)
def last_offset_left_out(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    high = max(2 * pad, 1)
    rows, columns = rng.integers(0, high, n), rng.integers(0, high, n)
    return cut(x, pad, rows, columns, coins(n, rng))


@mistake(
    CROPS,
    title="offsets go up to pad only",
    hint="The padding has two sides. Where does the last crop begin that still fits?",
    see="regularization-augment-offsets",
)
def offsets_up_to_pad(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    rows, columns = rng.integers(0, pad + 1, n), rng.integers(0, pad + 1, n)
    return cut(x, pad, rows, columns, coins(n, rng))


@mistake(
    CROPS,
    title="rows and columns are moved by the same offset",
    hint="Then images move along the diagonal only. Draw once more.",
    see="regularization-augment-offsets",
)
def same_offset_for_both_axes(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    rows = offsets(pad, n, rng)
    return cut(x, pad, rows, rows, coins(n, rng))


@mistake(
    CROPS,
    title="images are turned upside down",
    hint="Of the axes (N, C, H, W), which one runs from left to right?",
    see="regularization-augment-flip",
)
def upside_down(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    still = np.zeros(n, dtype=bool)
    out = cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), still)
    flips = coins(n, rng)
    out[flips] = out[flips][:, :, ::-1]
    return out


@mistake(
    CROPS,
    title="every image is mirrored",
    hint="A coin decides whether an image is mirrored.",
    see="regularization-augment-flip",
)
def always_flipped(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    flips = np.ones(n, dtype=bool)
    return cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), flips)


@mistake(
    CROPS,
    title="no image is mirrored",
    hint="A coin decides whether an image is mirrored.",
    see="regularization-augment-flip",
)
def never_flipped(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    flips = np.zeros(n, dtype=bool)
    return cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), flips)


@mistake(
    CROPS,
    title="images are mirrored, but not cropped",
    hint="What is pad for?",
    see="regularization-augment-offsets",
)
def never_cropped(x: Array, pad: int, rng: Rng) -> Array:
    n = len(x)
    middle = np.full(n, pad)
    return cut(x, pad, middle, middle, coins(n, rng))


@mistake(
    CROPS,
    title="the channels are padded, too",
    hint="np.pad takes a pair of widths for each of the four axes.",
    see="regularization-augment-offsets",
)
def channels_padded(x: Array, pad: int, rng: Rng) -> Array:
    channels = ((0, 0), (pad, pad), (0, 0), (0, 0))
    return np.pad(crops_drawn_at_once(x, pad, rng), channels)


@mistake(
    CROPS,
    title="height and width are exchanged",
    hint="x is (N, C, H, W): rows first. Try an image that is not square.",
    see="regularization-augment-offsets",
)
def height_and_width_exchanged(x: Array, pad: int, rng: Rng) -> Array:
    n, channels, width, height = x.shape
    images = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    rows, columns = offsets(pad, n, rng), offsets(pad, n, rng)
    out = np.zeros((n, channels, height, width))
    for k in range(n):
        crop = images[k, :, rows[k] : rows[k] + height, columns[k] : columns[k] + width]
        out[k, :, : crop.shape[1], : crop.shape[2]] = crop
    return out


@mistake(
    CROPS,
    title="what is pushed out on one side comes in on the other",
    hint="np.roll goes round. Pad the image first; then a crop has something to show.",
    see="regularization-augment-offsets",
)
def rolled_around(x: Array, pad: int, rng: Rng) -> Array:
    out = np.empty_like(x)
    for n, image in enumerate(x):
        i, j = rng.integers(-pad, pad + 1, 2)
        out[n] = np.roll(image, (i, j), axis=(1, 2))
        if rng.random() < 0.5:
            out[n] = out[n, :, :, ::-1]
    return out


@mistake(
    CROPS,
    title="not everything is drawn from rng",
    hint="Then no experiment can be repeated. Draw everything from rng.",
    see="regularization-augment-draws",
)
def own_generator(x: Array, pad: int, _: Rng) -> Array:
    return crops_drawn_at_once(x, pad, np.random.default_rng())


@mistake(
    CROPS,
    title="rng is not used: every call draws the same",
    hint="A fixed seed inside the function makes every batch move alike. Draw "
    "everything from rng.",
    see="regularization-augment-draws",
)
def seed_fixed(x: Array, pad: int, _: Rng) -> Array:
    return crops_drawn_at_once(x, pad, np.random.default_rng(0))


@mistake(
    CROPS,
    title="rng is copied, and never moves on",
    hint="The next batch is cropped and mirrored alike. Draw from rng itself.",
    see="regularization-augment-draws",
)
def crops_from_a_copy(x: Array, pad: int, rng: Rng) -> Array:
    return crops_drawn_at_once(x, pad, copy.deepcopy(rng))
