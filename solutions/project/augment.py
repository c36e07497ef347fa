"""Augmentation of a whole batch at once, on the device where the images lie.

A loader that prepares image after image on the CPU cannot feed a fast GPU, so nothing
here looks at one image: where each pixel comes from is computed for the batch, as an
index, and one gather does crop and flip together.

Every draw comes from the generator that is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

Generator = torch.Generator | Sequence[torch.Generator]


def augment(
    images: Tensor,
    generator: Generator,
    *,
    crop: int = 0,
    flip: bool | Tensor = False,
    cutout: int = 0,
    fill: Tensor | None = None,
) -> Tensor:  # (N, C, H, W) -> (N, C, H, W), of the same type
    """Crop, flip and cut out, each image in its own way.

    images: (N, C, H, W), any type; uint8 here.
    generator: of the device of the images; or several, each of which draws for an equal
        share of the images, one share after the other.
    crop: the image is continued by so many pixels on each side, as by a mirror in the
        center of its border pixels (so the border is not doubled), and a window of its
        own size is cut out of that, all places being equally probable; less than H, W.
    flip: True mirrors each image left to right with probability ½; a boolean tensor
        (N,) says for each image whether to.
    cutout: the side in pixels of a square, placed anywhere *inside* the image, that is
        painted over (DeVries and Taylor, arXiv:1708.04552, let it stick out; here every
        image loses equally much); at most H, W.
    fill: (C,), the color it gets; 0 without it.

    Raises `ValueError` if the image is too small for `crop` or `cutout`.

    >>> image = torch.arange(3, dtype=torch.uint8).reshape(1, 1, 1, 3)
    >>> flipped = augment(image, torch.Generator(), flip=torch.tensor([True]))
    >>> flipped.flatten().tolist()
    [2, 1, 0]
    """
    height, width = images.shape[2:]
    if not (0 <= crop < min(height, width) and 0 <= cutout <= min(height, width)):
        raise ValueError(
            f"images of {height} × {width} pixels are too small for crop = {crop} "
            f"or cutout = {cutout}: crop < side, cutout <= side"
        )
    if crop or flip is not False:
        images = _moved(images, generator, crop, flip)
    if cutout:
        images = _cut(images, generator, cutout, fill)
    return images


def _moved(
    images: Tensor, generator: Generator, crop: int, flip: bool | Tensor
) -> Tensor:
    count, channels, height, width = images.shape
    device = images.device
    rows = torch.arange(height, device=device).expand(count, height)  # (N, H)
    columns = torch.arange(width, device=device).expand(count, width)  # (N, W)
    if crop:
        rows = _mirrored(rows + _draw(count, 2 * crop + 1, generator) - crop, height)
        columns = _mirrored(
            columns + _draw(count, 2 * crop + 1, generator) - crop, width
        )
    if flip is True:
        flip = _draw(count, 2, generator)[:, 0] == 1
    if flip is not False:
        columns = torch.where(flip[:, None], columns.flip(1), columns)
    # result[n, c, y, x] = images[n, c, rows[n, y], columns[n, x]]
    return images[
        torch.arange(count, device=device)[:, None, None, None],
        torch.arange(channels, device=device)[None, :, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]


def _cut(
    images: Tensor, generator: Generator, side: int, fill: Tensor | None
) -> Tensor:
    count, channels, height, width = images.shape
    top = _draw(count, height - side + 1, generator)  # (N, 1)
    left = _draw(count, width - side + 1, generator)
    rows = torch.arange(height, device=images.device) - top  # (N, H)
    columns = torch.arange(width, device=images.device) - left  # (N, W)
    inside = ((rows >= 0) & (rows < side))[:, None, :, None] & (
        (columns >= 0) & (columns < side)
    )[:, None, None, :]  # (N, 1, H, W)
    color = images.new_zeros(channels) if fill is None else fill.to(images)
    return torch.where(inside, color[:, None, None], images)


def _mirrored(index: Tensor, length: int) -> Tensor:
    """Bring indices from outside 0 … length - 1 back, as a mirror at the ends does."""
    index = index.abs()
    return (length - 1) - (length - 1 - index).abs()


def _draw(count: int, below: int, generator: Generator) -> Tensor:
    """Draw whole numbers 0 … below - 1, one for each image: (N, 1)."""
    if not isinstance(generator, torch.Generator):
        share = count // len(generator)
        return torch.cat([_draw(share, below, each) for each in generator])
    return torch.randint(
        below, (count, 1), generator=generator, device=generator.device
    )
