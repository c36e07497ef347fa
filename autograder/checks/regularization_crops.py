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
from autograder.oracles.generators import expect_moved_on, two_in_a_row
from autograder.oracles.masks import expect_share
from autograder.oracles.regularization_crops import (
    CONSTANT,
    Crops,
    Indices,
    legible,
    read_answer,
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
SMALL = (200, 1, 3, 4)
PAD = 2
KINDS = ("row offset", "column offset", "mirroring", "both offsets, as one number,")
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
    exam.by_hand = True
    x, rngs = legible(exam.rng, (12, 3, 9, 7)), [_rng(exam), _rng(exam)]
    thrice = [read_crops(exam, x, 2, rng) for rng in (rngs[0], rngs[0], rngs[1])]
    first, again, other = map(_law, thrice)
    seen = [(thrice[0], 2)]
    for shape, pad in [((7, 2, 6, 11), 1), ((5, 1, 12, 8), 3)]:
        seen.append((_read(exam, shape, pad), pad))
    # Judged in other parts; told here, most mistakes need not be asked all of those.
    exam.observe("the same state repeats", first == again)
    if any(len(set(draws)) > 1 for draws in first):
        exam.observe("another state repeats", first == other)
    _sketch(exam, seen)
    moved = [(c.rows != pad) | (c.columns != pad) | c.flips for c, pad in seen]
    # 24 images stay as they are with a probability of at most 1e-33.
    still = not np.concatenate(moved).any()
    exam.observe("nothing moves", still)
    if still:
        raise Mismatch("out is x: no image was moved or mirrored")


def _sketch(exam: Exam, seen: list[tuple[Crops, int]]) -> None:
    """Record what a few crops show of their law, where chance hardly changes it."""
    shared, reach = [], []
    for name in ("rows", "columns", "flips"):
        draws = [getattr(crops, name) for crops, _ in seen]
        shared.append(all((draw == draw[0]).all() for draw in draws))
        if name != "flips" and not shared[-1]:
            pads = [pad for _, pad in seen]
            pairs = list(zip(draws, pads, strict=True))
            reach.append(any((draw > pad).any() for draw, pad in pairs))
            reach.append(any((draw == 2 * pad).any() for draw, pad in pairs))
    exam.observe("one for each batch", shared)
    exam.observe("reach", reach)
    if not (shared[0] or shared[1]):
        same = all(bool((crops.rows == crops.columns).all()) for crops, _ in seen)
        exam.observe("same offsets", same)


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
    # n = 4000 images: 0.5 +- 0.056; a rate that is 0.11 off is refused. Of 20 coins
    # tossed for whole batches some differ, with probability 1 - 2e-6.
    flips = _several(exam, SMALL, 1, 2 * CALLS)[2]
    exam.observe("all or none", bool(flips.min() == flips.max()))
    share = float(flips.mean())
    exam.measure("share of flips", share, _spread(flips))
    if (flips == flips[:, :1]).all() and 0 < share < 1:
        raise Mismatch(
            f"in each of {len(flips)} calls either all of {SMALL[0]} images were "
            "mirrored, or none; toss a coin for each image"
        )
    _expect_half(flips)


def _expect_half(flips: Indices) -> None:
    band = proportion(flips.size, 0.5, "share of images that are mirrored", EACH)
    share = float(flips.mean())
    expect_share(share, band, "images were mirrored; it must lie", "")


def _spread(flips: Indices) -> float:
    """Seven standard deviations of the difference of two such shares, or more."""
    by_call = float(flips.mean(axis=1).std()) / np.sqrt(len(flips))
    return float(7 * np.sqrt(2) * max(by_call, 0.5 / np.sqrt(flips.size)))


@crop_flip.part(DRAWS, weight=3, needs=CROPS)
def _(exam: Exam) -> None:
    # n = 2000: a pair of offsets of one image whose share of 0.04 is 0.08 off is
    # refused; n = 1000: one of neighboring images that is 0.13 off; and equal draws
    # (covariance 0.24) for images at any distance up to half a batch, batches in which
    # always the same number is mirrored, and images that always come out alike.
    draws = _several(exam, BATCH, PAD, CALLS)
    shared = [bool((draw == draw[:, :1]).all()) for draw in draws]
    exam.observe("one for the whole batch", shared)
    exam.observe(
        "the same draw",
        [bool((a == b).all()) for a, b in itertools.combinations(draws, 2)],
    )
    # By chance one place is moved alike in all calls with probability 200 / 25**9 =
    # 5e-11, which is less than three bands.
    fixed = np.all([(draw == draw[0]).all(axis=0) for draw in draws[:2]], axis=0)
    exam.observe("places that never change", [int(k) for k in np.flatnonzero(fixed)])
    for name, one in zip(KINDS, shared, strict=False):
        if one:
            raise Mismatch(
                f"all images of a batch have the same {name}; draw one for each image"
            )
    if fixed.any():
        which = "every image" if fixed.all() else f"image {int(np.argmax(fixed))}"
        raise Mismatch(
            f"{which} of {BATCH[0]} was moved alike in all of {CALLS} calls; does each "
            "of them draw in every call?"
        )
    _expect_half(draws[2])  # where it is off, so are the pairs
    for a, b in itertools.combinations(range(3), 2):
        _expect_unrelated(a, draws[a], b, draws[b], "")
    both = draws[0] * (2 * PAD + 1) + draws[1]
    _expect_unrelated(3, both, 2, draws[2], "")
    for a, b in itertools.product(range(3), repeat=2):
        before, after = draws[a][:, ::2], draws[b][:, 1::2]
        _expect_unrelated(a, before, b, after, " of the next image")
    small = PAD / (2 * PAD + 1)
    for draw, limit, p in zip(draws, (PAD, PAD, 1), (small, small, 0.5), strict=True):
        chosen = draw < limit
        expect_lags_independent(chosen, p, "image")
        expect_counts_vary(chosen.sum(axis=1), BATCH[0], p, "batches")


def _expect_unrelated(a: int, one: Indices, b: int, other: Indices, whose: str) -> None:
    """Raise a :class:`Mismatch` unless all pairs of two draws are equally probable."""
    places = 2 * PAD + 1
    values = (places, places, 2, places**2)
    cells = values[a] * values[b]
    joint = one * values[b] + other
    shares = np.bincount(joint.ravel(), minlength=cells) / joint.size
    band = proportion(joint.size, 1 / cells, "share of a pair", EACH / cells)
    worst = int(np.argmin(shares) if shares.min() < band.low else np.argmax(shares))
    what = (
        f"images had {KINDS[a]} {worst // values[b]} together with {KINDS[b]} "
        f"{worst % values[b]}{whose}; it must lie"
    )
    rule = " if the one is drawn without regard to the other"
    expect_share(float(shares[worst]), band, what, rule)


@crop_flip.part("rng decides, and nothing else", weight=2, needs=CROPS)
def _(exam: Exam) -> None:
    # 30 images: two right answers agree with a probability of 1e-50.
    exam.by_hand = True
    x = legible(exam.rng, (30, 1, 6, 6))
    rngs = [_rng(exam) for _ in range(10)]
    pair = [read_answer(exam, v, x, PAD) for v in two_in_a_row(exam, x, PAD, rngs[0])]
    asked = exam.asked
    first, after = map(_law, pair)
    seen = [first, *(_law(read_crops(exam, x, PAD, rng)) for rng in rngs[1:])]
    again = _law(read_crops(exam, x, PAD, rngs[0]))
    exam.observe("the same state repeats", again == first)
    exam.observe("different answers", len(set(seen)) == len(seen))
    exam.observe("two calls in a row alike", first == after)
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
    exam.asked = asked
    expect_moved_on(first == after, "crops")


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


@crop_flip.part("a single image, and a large pad", needs=CROPS)
def _(exam: Exam) -> None:
    # Seven single images come out alike with probability 98**-6 = 1e-12. Of 40 images
    # none is moved by more than half of pad = 8 with probability (9/17)**80 = 1e-22.
    shape, pad = (40, 1, 17, 18), 8
    wide = _read(exam, shape, pad)
    single = [_law(_read(exam, (1, 2, 7, 8), 3)) for _ in range(7)]
    far = int(max(abs(wide.rows - pad).max(), abs(wide.columns - pad).max()))
    shared = all((draw == draw[0]).all() for draw in (wide.rows, wide.columns))
    near = 0 < far <= pad // 2 and not shared
    exam.observe("single images alike, none moved far", [len(set(single)) == 1, near])
    if len(set(single)) == 1:
        raise Mismatch("the only image of a batch came out alike in 7 calls")
    if near:
        raise Mismatch(
            f"with pad = {pad} none of {shape[0]} images {shape[2:]} was moved by more "
            f"than {far} pixels"
        )


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
