"""Crop, flip and cutout: the right pixels, every place alike, nothing else touched."""

from __future__ import annotations

import pytest
import torch
from project.augment import augment
from torch import Tensor
from torch.nn.functional import pad


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of one's own."""
    return torch.Generator().manual_seed(seed)


def photographs(count: int, height: int = 6, width: int = 5) -> Tensor:
    """Images in which no two windows are alike."""
    shape = (count, 3, height, width)
    return torch.randint(256, shape, generator=seeded(1), dtype=torch.uint8)


def windows(image: Tensor, crop: int) -> list[Tensor]:
    """All that a reflect-padded crop of one image can be, and then their mirrors."""
    height, width = image.shape[1:]
    padded = pad(image[None].float(), (crop,) * 4, mode="reflect")[0].to(image.dtype)
    plain = [
        padded[:, top : top + height, left : left + width]
        for top in range(2 * crop + 1)
        for left in range(2 * crop + 1)
    ]
    return plain + [window.flip(2) for window in plain]


def which(image: Tensor, result: Tensor, crop: int) -> int:
    """Which of its windows an image became."""
    found = [k for k, w in enumerate(windows(image, crop)) if torch.equal(w, result)]
    assert len(found) == 1, f"it is {len(found)} of the image's windows"
    return found[0]


def test_crop_and_flip_give_windows_of_the_padded_image_and_all_of_them_alike() -> None:
    """Is each result one of the 9 × 2 possible windows, and is each equally probable?

    n = 3600 images, 18 windows, 200 expected in each: χ² has 17 degrees of freedom,
    and exceeds 51 with a probability of 3e-5. Were flips 1.5 times as probable as
    not (0.6 against 0.4), χ² would be near 160.
    """
    images = photographs(3600)
    results = augment(images, seeded(), crop=1, flip=True)
    assert results.dtype == torch.uint8
    chosen = [which(i, r, 1) for i, r in zip(images, results, strict=True)]
    counts = torch.bincount(torch.tensor(chosen), minlength=18)
    assert ((counts - 200.0) ** 2 / 200).sum() < 51


def test_the_largest_crop() -> None:
    """Is a border as wide as the image allows reflected rightly, too?"""
    images = photographs(50)
    results = augment(images, seeded(), crop=4)
    for image, result in zip(images, results, strict=True):
        assert any(torch.equal(window, result) for window in windows(image, 4)[:81])


@pytest.mark.parametrize("crop", [5, 6, -1])
def test_an_impossible_crop_is_refused(crop: int) -> None:
    """Is a border refused that a reflection cannot fill?"""
    with pytest.raises(ValueError, match=f"too small for crop = {crop}"):
        augment(photographs(2), seeded(), crop=crop)


def test_flips_that_are_told() -> None:
    """Does a tensor of booleans decide which images are mirrored?"""
    images = photographs(4)
    flip = torch.tensor([True, False, False, True])
    results = augment(images, seeded(), flip=flip)
    expected = torch.where(flip[:, None, None, None], images.flip(3), images)
    assert torch.equal(results, expected)


@pytest.mark.parametrize("side", [1, 3, 5])
def test_cutout_paints_one_square_inside(side: int) -> None:
    """Is exactly one square of each image painted, in the color that was given?"""
    images = torch.zeros(200, 3, 6, 5, dtype=torch.uint8)
    fill = torch.tensor([1, 2, 3], dtype=torch.uint8)
    results = augment(images, seeded(), cutout=side, fill=fill)
    for result in results:
        painted = (result > 0).any(0)
        assert painted.sum() == side**2
        rows, columns = painted.any(1).sum(), painted.any(0).sum()
        assert (rows, columns) == (side, side)
        assert torch.equal(result[:, painted].unique(dim=1)[:, 0], fill)


def test_cutout_reaches_every_place() -> None:
    """Is a 2 × 2 square found at all 5 × 4 places, and equally often?

    n = 4000, 20 places, 200 expected in each: χ² has 19 degrees of freedom and exceeds
    54 with a probability of 3e-5. Were the last row of places never drawn, it would be
    above 1000.
    """
    images = torch.ones(4000, 1, 6, 5, dtype=torch.uint8)
    painted = augment(images, seeded(), cutout=2)[:, 0] == 0
    first = painted.flatten(1).int().argmax(1)  # the upper left corner
    counts = torch.bincount(first // 5 * 4 + first % 5, minlength=20)
    assert ((counts - 200.0) ** 2 / 200).sum() < 54


def test_an_impossible_cutout_is_refused() -> None:
    """Is a square refused that is larger than the image?"""
    with pytest.raises(ValueError, match="cutout = 6"):
        augment(photographs(2), seeded(), cutout=6)


def test_each_image_has_its_own_draw() -> None:
    """Do two copies of an image come out differently?"""
    images = photographs(1).expand(64, -1, -1, -1)
    results = augment(images, seeded(), crop=2, flip=True, cutout=2)
    assert len(results.unique(dim=0)) > 32


def test_nothing_asked_nothing_done() -> None:
    """Are the very images returned, and is nothing drawn, if nothing is asked for?"""
    images, rng = photographs(3), seeded()
    before = rng.get_state()
    assert augment(images, rng) is images
    assert torch.equal(rng.get_state(), before)


def test_all_randomness_is_the_generators() -> None:
    """Does the same generator give the same, and is the global one left alone?"""
    images, before = photographs(20), torch.random.get_rng_state()
    options = {"crop": 2, "flip": True, "cutout": 3}
    first, second, other = (
        augment(images, seeded(seed), **options) for seed in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_images_themselves_stay() -> None:
    """Is the data set left as it was? Each batch is a view of it to come."""
    images = photographs(20)
    copy = images.clone()
    augment(images, seeded(), crop=2, flip=True, cutout=3)
    assert torch.equal(images, copy)


def test_no_images_at_all() -> None:
    """Does an empty batch stay one?"""
    none = photographs(0)
    assert augment(none, seeded(), crop=1, flip=True, cutout=1).shape == none.shape
