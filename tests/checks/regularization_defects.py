"""Crops and batches whose law is off by just what their checks declare to detect."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.regularization_crops import BATCH, CALLS, EACH, PAD
from autograder.mistakes.regularization_batches import members_of
from autograder.mistakes.regularization_crops import coins, cut, offsets
from autograder.oracles import regularization_batches as batches
from autograder.statistics import proportion
from tests.checks.defects import Defect

CROP, BALANCED = "random_crop_flip", "balanced_batches"
IMAGES = CALLS * BATCH[0]
PLACES = 2 * PAD + 1

FLIP = proportion(2 * IMAGES, 0.5, "", EACH).detects
OFFSET = proportion(IMAGES, 1 / PLACES, "", EACH / PLACES).detects
NEXT = proportion(IMAGES // 2, 1 / PLACES**2, "", EACH / PLACES**2).detects
PAIR = proportion(IMAGES, 1 / PLACES**2, "", EACH / PLACES**2).detects
SAMPLE = proportion(576, 1 / 12, "", batches.EACH / 27).detects


def raised(count: int, more: float) -> Any:
    """Equal probabilities, but the last, which is ``more`` than the others' share."""
    p = np.full(count, (1 - 1 / count - more) / max(count - 1, 1))
    p[-1] = 1 / count + more
    return p


def flips_with(rate: float) -> Any:
    """Mirrors with probability ``rate``."""

    def crop(x: Any, pad: int, rng: Any) -> Any:
        n = len(x)
        flips = rng.random(n) < rate
        return cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), flips)

    return crop


def offsets_uneven(axis: int) -> Any:
    """The last offset of one axis comes too often."""

    def crop(x: Any, pad: int, rng: Any) -> Any:
        n, places = len(x), 2 * pad + 1
        drawn = [offsets(pad, n, rng), offsets(pad, n, rng)]
        if pad:
            drawn[axis] = rng.choice(places, n, p=raised(places, OFFSET))
        return cut(x, pad, *drawn, coins(n, rng))

    return crop


def corner_too_often(x: Any, pad: int, rng: Any) -> Any:
    """The last row offset meets the last column offset too often."""
    n, places = len(x), 2 * pad + 1
    if not pad:
        return flips_with(0.5)(x, pad, rng)
    drawn = rng.choice(places**2, n, p=raised(places**2, PAIR))
    return cut(x, pad, *np.divmod(drawn, places), coins(n, rng))


def follows_the_last(x: Any, pad: int, rng: Any) -> Any:
    """An image's row offset is often the column offset of the one before.

    Each of the ``PLACES`` equal pairs gets ``NEXT`` more than its share.
    """
    n = len(x)
    rows, columns = offsets(pad, n, rng), offsets(pad, n, rng)
    chosen = rng.random(n - 1) < NEXT / (1 / PLACES - 1 / PLACES**2)
    rows[1:] = np.where(chosen, columns[:-1], rows[1:])
    return cut(x, pad, rows, columns, coins(n, rng))


def never_moved(x: Any, pad: int, rng: Any) -> Any:
    """The last image of a batch is mirrored only."""
    n = len(x)
    rows, columns = offsets(pad, n, rng), offsets(pad, n, rng)
    rows[-1] = columns[-1] = pad
    return cut(x, pad, rows, columns, coins(n, rng))


def halves_alike(place: int) -> Any:
    """One draw of the batch's second half repeats that of the first."""

    def crop(x: Any, pad: int, rng: Any) -> Any:
        n = len(x)
        drawn = [offsets(pad, n, rng), offsets(pad, n, rng), coins(n, rng)]
        half = (n + 1) // 2
        drawn[place] = np.tile(drawn[place][:half], 2)[:n]
        return cut(x, pad, *drawn)

    return crop


def half_of_each_batch(x: Any, pad: int, rng: Any) -> Any:
    """Mirrors exactly every second image of a batch, in random order."""
    n = len(x)
    flips = rng.permutation(np.arange(n) % 2 == 0)
    return cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), flips)


def drawn_batches(y: Any, batch_size: int, rng: Any, more: float) -> list[Any]:
    """One sample of the largest class has too large a share of its places."""
    classes, share = members_of(y, batch_size)
    largest = max(map(len, classes))
    made = []
    for _ in range(-(-largest // share)):
        parts = []
        for each in classes:
            extra = more if len(each) == largest else 0.0
            parts.append(rng.choice(each, share, p=raised(len(each), extra)))
        made.append(np.concatenate(parts))
    return made


def one_sample_too_often(y: Any, batch_size: int, rng: Any) -> list[Any]:
    """A sample's share of the places of its class is too large."""
    return drawn_batches(y, batch_size, rng, SAMPLE)


def one_sample_never(y: Any, batch_size: int, rng: Any) -> list[Any]:
    """The last sample of the largest class has no turn."""
    largest = max(map(len, members_of(y, batch_size)[0]))
    return drawn_batches(y, batch_size, rng, -1 / largest)


DEFECTS = [
    Defect(CROP, "mirrors too often", flips_with(0.5 + FLIP), f"rate + {FLIP:.2f}"),
    Defect(CROP, "mirrors too seldom", flips_with(0.5 - FLIP), f"rate - {FLIP:.2f}"),
    Defect(CROP, "row offsets uneven", offsets_uneven(0), f"share + {OFFSET:.2f}"),
    Defect(CROP, "column offsets uneven", offsets_uneven(1), f"share + {OFFSET:.2f}"),
    Defect(CROP, "one corner too often", corner_too_often, f"share + {PAIR:.2f}"),
    Defect(CROP, "follows the last image", follows_the_last, f"share + {NEXT:.2f}"),
    Defect(CROP, "the last is never moved", never_moved, "one image of a batch"),
    Defect(CROP, "rows repeat in half a batch", halves_alike(0), "equal draws"),
    Defect(CROP, "columns repeat in half a batch", halves_alike(1), "equal draws"),
    Defect(CROP, "flips repeat in half a batch", halves_alike(2), "equal draws"),
    Defect(CROP, "half of each batch", half_of_each_batch, "always the same number"),
    Defect(BALANCED, "one sample too often", one_sample_too_often, f"+ {SAMPLE:.2f}"),
    Defect(BALANCED, "one sample never", one_sample_never, "share 0"),
]
