"""Mistakes and right variants of ``log_uniform``."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Size = int | tuple[int, ...]
Rng = np.random.Generator

OF = "log_uniform"
SEE = "tuning-log-scale"
RNG = "tuning-generator"


def _require(low: float, high: float) -> None:
    if not 0 < low <= high:
        raise ValueError(f"no range on a logarithmic scale: {low} to {high}")


def right(low: float, high: float, size: Size, rng: Rng) -> Array:
    _require(low, high)
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


@variant(OF)
def by_powers_of_ten(low: float, high: float, size: Size, rng: Rng) -> Array:
    _require(low, high)
    return 10 ** rng.uniform(np.log10(low), np.log10(high), size)


@variant(OF)
def by_the_ratio(low: float, high: float, size: Size, rng: Rng) -> Array:
    _require(low, high)
    return low * (high / low) ** rng.random(size)


@variant(OF)
def in_single_precision(low: float, high: float, size: Size, rng: Rng) -> Array:
    _require(low, high)
    u = rng.random(size, dtype=np.float32)
    start, end = np.float32(np.log(low)), np.float32(np.log(high))
    drawn: Array = np.exp(end + (start - end) * u)
    return drawn.clip(np.float32(low), np.float32(high))


@variant(OF)
def one_by_one(low: float, high: float, size: Size, rng: Rng) -> Array:
    _require(low, high)
    count = math.prod(size) if isinstance(size, tuple) else size
    drawn = [math.exp(rng.uniform(math.log(low), math.log(high))) for _ in range(count)]
    return np.array(drawn).reshape(size)


@mistake(
    OF,
    title="the samples are uniform between low and high",
    hint="How many of them lie in the lowest decade, and how many should?",
    see=SEE,
)
def plain_uniform(low: float, high: float, size: Size, rng: Rng) -> Array:
    return rng.uniform(low, high, size)


@mistake(
    OF,
    title="natural logarithms are turned back by powers of ten",
    hint="The inverse of np.log is np.exp; 10 ** belongs to np.log10.",
    see=SEE,
)
def bases_mixed(low: float, high: float, size: Size, rng: Rng) -> Array:
    return 10 ** rng.uniform(np.log(low), np.log(high), size)


@mistake(
    OF,
    title="logarithms to base 10 are turned back by exp",
    hint="The inverse of np.log10 is 10 **; np.exp belongs to np.log.",
    see=SEE,
)
def bases_mixed_otherwise(low: float, high: float, size: Size, rng: Rng) -> Array:
    return np.exp(rng.uniform(np.log10(low), np.log10(high), size))


@mistake(
    OF,
    title="the logarithms are returned, not the samples",
    hint="The draws are exponents still. What makes rates of them?",
    see=SEE,
)
def exponents_returned(low: float, high: float, size: Size, rng: Rng) -> Array:
    return rng.uniform(np.log(low), np.log(high), size)


@mistake(
    OF,
    title="only whole powers of ten are drawn",
    hint="Between 0.01 and 0.1 there are rates too: draw real exponents.",
    see=SEE,
)
def whole_decades(low: float, high: float, size: Size, rng: Rng) -> Array:
    lowest = math.ceil(math.log10(low))
    highest = max(math.floor(math.log10(high)), lowest)
    return 10.0 ** rng.integers(lowest, highest + 1, size)


@mistake(
    OF,
    title="a bell curve over the exponents: the middle of the range is preferred",
    hint="Uniform means that every decade is as likely as every other.",
    see=SEE,
)
def log_normal(low: float, high: float, size: Size, rng: Rng) -> Array:
    middle, width = np.log(low * high) / 2, np.log(high / low)
    return np.clip(np.exp(rng.normal(middle, width / 4, size)), low, high)


@mistake(
    OF,
    title="1 / x is uniform, not the logarithm",
    hint="Which transformation turns every decade into the same length?",
    see=SEE,
)
def uniform_reciprocals(low: float, high: float, size: Size, rng: Rng) -> Array:
    return 1 / rng.uniform(1 / high, 1 / low, size)


@mistake(
    OF,
    title="one number is drawn and repeated",
    hint="size says how many draws are wanted; hand it to the generator.",
    see=RNG,
)
def one_draw_repeated(low: float, high: float, size: Size, rng: Rng) -> Array:
    return np.full(size, right(low, high, 1, rng)[0])


@mistake(
    OF,
    title="one row is drawn and repeated",
    hint="Every entry of the array needs a draw of its own, not every column.",
    see=RNG,
)
def one_row_repeated(low: float, high: float, size: Size, rng: Rng) -> Array:
    shape = size if isinstance(size, tuple) else (size,)
    return np.array(np.broadcast_to(right(low, high, shape[-1:], rng), shape))


@mistake(
    OF,
    title="the generator that was handed over is not used",
    hint="Draw from rng: a search that cannot be repeated cannot be checked.",
    see=RNG,
)
def generator_not_used(low: float, high: float, size: Size, _rng: Rng) -> Array:
    return right(low, high, size, np.random.default_rng())


@mistake(
    OF,
    title="a generator with a fixed seed is made in the function",
    hint="Draw from rng: a second search should not try the same rates again.",
    see=RNG,
)
def fixed_seed(low: float, high: float, size: Size, _rng: Rng) -> Array:
    return right(low, high, size, np.random.default_rng(0))


@mistake(
    OF,
    title="the samples are drawn from a copy of rng, which stays where it was",
    hint="Draw from rng itself: a second call must go on where the first one stopped.",
    see=RNG,
)
def drawn_from_a_copy(low: float, high: float, size: Size, rng: Rng) -> Array:
    return right(low, high, size, copy.deepcopy(rng))


@mistake(
    OF,
    title="a regular grid is returned: nothing is drawn",
    hint="np.geomspace and np.logspace take equal steps; where does rng come in?",
    see=SEE,
)
def regular_grid(low: float, high: float, size: Size, _rng: Rng) -> Array:
    return np.geomspace(low, high, math.prod(np.atleast_1d(size))).reshape(size)


@mistake(
    OF,
    title="a regular grid is shuffled: the draws share the range out",
    hint="Independent draws crowd here and leave gaps there. Does a grid?",
    see=RNG,
)
def shuffled_grid(low: float, high: float, size: Size, rng: Rng) -> Array:
    grid = np.geomspace(low, high, math.prod(np.atleast_1d(size)))
    return rng.permutation(grid).reshape(size)


@mistake(
    OF,
    title="the samples are sorted",
    hint="Whoever takes the first half of sorted samples gets the small rates only.",
    see=RNG,
)
def sorted_samples(low: float, high: float, size: Size, rng: Rng) -> Array:
    return np.sort(right(low, high, size, rng), axis=None).reshape(size)
