"""What is asked of ``random_crop_flip``: the law of its offsets and flips.

There is no right crop, only a law: the two offsets are uniform on 0, ..., 2 pad, half
of the images are mirrored, and all of these draws are independent of one another, of
the other images and of other calls. Offsets and flips are read off legible images
(:mod:`autograder.oracles.regularization_crops`) and judged by bands.
"""

from __future__ import annotations

import itertools

import numpy as np

from autograder.exam import Check, Exam
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch
from autograder.oracles.dropout_dependence import (
    expect_counts_vary,
    expect_lags_independent,
)
from autograder.oracles.masks import expect_share
from autograder.oracles.regularization_crops import (
    CONSTANT,
    Crops,
    Indices,
    legible,
    read_crops,
)
from autograder.statistics import ALPHA, proportion

crop_flip = Check.of("random_crop_flip(x, pad, rng) -> out", "regularization")

CROPS = "each image is a crop of itself, padded, perhaps mirrored"
OFFSETS = "all offsets are equally probable"
FLIPS = "an image is mirrored with probability 1/2"
DRAWS = "every image draws for itself"
BANDS = 48  # in the whole check, those of the borrowed questions among them
EACH = ALPHA / BANDS

# 2000 images, in calls small enough for a right solution that goes image by image.
CALLS = 10
BATCH = (200, 1, 6, 7)  # (N, C, H, W)
PAD = 2
WIDE = (500, 1, 10, 11), 4  # another size and another padding, in two calls


def _rng(exam: Exam) -> np.random.Generator:
    return np.random.default_rng(int(exam.rng.integers(2**31)))


def _read(exam: Exam, shape: tuple[int, ...], pad: int) -> Crops:
    exam.by_hand = True
    return read_crops(exam, legible(exam.rng, shape), pad, _rng(exam))


def _several(exam: Exam, shape: tuple[int, ...], pad: int, calls: int) -> list[Indices]:
    """Row offsets, column offsets and flips of several calls, each (calls, N)."""
    crops = [_read(exam, shape, pad) for _ in range(calls)]
    draws = zip(*[(c.rows, c.columns, c.flips) for c in crops], strict=True)
    return [np.array(draw, dtype=np.int64) for draw in draws]


@crop_flip.part(CROPS, weight=2)
def _(exam: Exam) -> None:
    still = []
    for shape, pad in [
        ((12, 3, 9, 7), 2),
        ((7, 2, 6, 11), 1),
        ((5, 1, 12, 8), 3),
        ((1, 4, 5, 5), 1),
    ]:
        crops = _read(exam, shape, pad)
        moved = (crops.rows != pad) | (crops.columns != pad) | crops.flips
        still.append(not moved.any())
    exam.observe("nothing moves", all(still[:3]))
    # 24 images stay as they are with a probability of at most 1e-33.
    if all(still[:3]):
        raise Mismatch("out is x: no image was moved or mirrored")


@crop_flip.part(OFFSETS, weight=2, needs=CROPS)
def _(exam: Exam) -> None:
    # n = 2000 draws an axis at pad = 2: each of 5 offsets has a share of 0.2 +- 0.07,
    # 0.14 off is refused; and n = 1000 at pad = 4, for 9 offsets.
    seen = []
    for shape, pad, calls in [(BATCH, PAD, CALLS), (*WIDE, 2)]:
        rows, columns, _ = _several(exam, shape, pad, calls)
        seen += [(exam.asked, "row", rows, pad), (exam.asked, "column", columns, pad)]
    for _, axis, draws, _ in seen:
        # One draw for a whole batch: too few for their range to be told by.
        shared = bool((draws == draws[:, :1]).all())
        reach = "shared" if shared else (int(draws.min()), int(draws.max()))
        exam.observe(f"{axis} offsets", reach)
    for exam.asked, axis, draws, pad in seen:  # judged once all is recorded
        _expect_uniform(draws, 2 * pad + 1, f"{axis} offset", pad)


def _expect_uniform(draws: Indices, values: int, name: str, pad: int) -> None:
    """Raise a :class:`Mismatch` unless all ``values`` have the same share of draws."""
    shares = np.bincount(draws.ravel(), minlength=values) / draws.size
    band = proportion(draws.size, 1 / values, f"share of one {name}", EACH / values)
    worst = int(np.argmax(np.abs(shares - 1 / values)))
    what = (
        f"images had {name} {worst}; with pad = {pad} there are {values} offsets, "
        f"0 to {values - 1}, and its share must lie"
    )
    expect_share(float(shares[worst]), band, what, "")


@crop_flip.part(FLIPS, weight=2, needs=CROPS)
def _(exam: Exam) -> None:
    # n = 2000 images: 0.5 +- 0.079; a rate that is 0.15 off is refused. Of 20 coins
    # tossed for whole batches some differ, with probability 1 - 2e-6.
    shape = (BATCH[0] // 2, *BATCH[1:])
    flips = _several(exam, shape, PAD, 2 * CALLS)[2]
    exam.observe("all or none", bool(flips.min() == flips.max()))
    share = float(flips.mean())
    exam.measure("share of flips", share, _spread(flips))
    band = proportion(flips.size, 0.5, "share of images that are mirrored", EACH)
    expect_share(share, band, "images were mirrored; it must lie", "")


def _spread(flips: Indices) -> float:
    """Seven standard deviations of the difference of two such shares, or more."""
    by_call = float(flips.mean(axis=1).std()) / np.sqrt(len(flips))
    return float(7 * np.sqrt(2) * max(by_call, 0.5 / np.sqrt(flips.size)))


@crop_flip.part(DRAWS, weight=3, needs=CROPS)
def _(exam: Exam) -> None:
    # n = 2000: a pair of offsets whose share of 0.04 is 0.08 off is refused, and equal
    # draws (covariance 0.24) for images at any distance up to half a batch, and
    # batches in which always the same number is mirrored.
    draws = _several(exam, BATCH, PAD, CALLS)
    names = ("row offset", "column offset", "mirroring")
    shared = [bool((draw == draw[:, :1]).all()) for draw in draws]
    exam.observe("one for the whole batch", shared)
    pairs = list(itertools.combinations(range(3), 2))
    exam.observe(
        "the same draw", [bool((draws[a] == draws[b]).all()) for a, b in pairs]
    )
    for name, one in zip(names, shared, strict=True):
        if one:
            raise Mismatch(
                f"all images of a batch have the same {name}; draw one for each image"
            )
    values = (2 * PAD + 1, 2 * PAD + 1, 2)
    for a, b in pairs:
        joint = draws[a] * values[b] + draws[b]
        cells = values[a] * values[b]
        shares = np.bincount(joint.ravel(), minlength=cells) / joint.size
        band = proportion(joint.size, 1 / cells, "share of a pair", EACH / cells)
        worst = int(np.argmax(np.abs(shares - 1 / cells)))
        what = (
            f"images had {names[a]} {worst // values[b]} together with {names[b]} "
            f"{worst % values[b]}; it must lie"
        )
        rule = " if the one is drawn without regard to the other"
        expect_share(float(shares[worst]), band, what, rule)
    small = PAD / (2 * PAD + 1)
    for draw, limit, p in zip(draws, (PAD, PAD, 1), (small, small, 0.5), strict=True):
        chosen = draw < limit
        expect_lags_independent(chosen, p, "image")
        expect_counts_vary(chosen.sum(axis=1), BATCH[0], p, "batches")


@crop_flip.part("rng decides, and nothing else", weight=2, needs=CROPS)
def _(exam: Exam) -> None:
    # 30 images: two right answers agree with a probability of 1e-50.
    exam.by_hand = True
    x = legible(exam.rng, (30, 1, 6, 6))
    rngs = [_rng(exam) for _ in range(12)]
    seen = [_law(read_crops(exam, x, PAD, rng)) for rng in [*rngs, rngs[0]]]
    again, first = seen.pop(), seen[0]
    exam.observe("the same state repeats", again == first)
    exam.observe("different answers", len(set(seen)) == len(seen))
    if len(set(seen)) < len(seen):
        raise Mismatch(
            f"{len(seen)} generators in different states gave only {len(set(seen))} "
            "different answers; draw with rng"
        )
    if again != first:
        raise Mismatch(
            "two generators in the same state gave different answers; draw with rng "
            "and with no other source of random numbers"
        )


def _law(crops: Crops) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(int(value) for value in draws)
        for draws in (crops.rows, crops.columns, crops.flips)
    )


@crop_flip.part("pad = 0 mirrors, and moves nothing", needs=CROPS)
def _(exam: Exam) -> None:
    # 60 images: all or none are mirrored with a probability below 2e-18.
    crops = _read(exam, (60, 2, 3, 5), 0)
    share = float(crops.flips.mean())
    exam.observe("mirrored", 0 < share < 1)
    if share in (0.0, 1.0):
        raise Mismatch(f"{'all' if share else 'none'} of 60 images were mirrored")


# Manners -----------------------------------------------------------------------------


@crop_flip.manner("beyond the border there are zeros")
def _(exam: Exam) -> None:
    crops = _read(exam, (40, 2, 7, 6), PAD)
    if crops.border != CONSTANT:
        raise Mismatch(f"the border is padded by {crops.border}; expected zeros")


@crop_flip.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    for pad in (2, 0):
        expect_untouched(exam, legible(exam.rng, (20, 2, 6, 7)), pad, _rng(exam))


@crop_flip.manner("the dtype of x is kept")
def _(exam: Exam) -> None:
    x = legible(exam.rng, (20, 2, 6, 7)).astype(np.float32)
    expect_dtype(exam.call(x, PAD, _rng(exam)), np.float32, "out")
