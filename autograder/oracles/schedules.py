"""Learning-rate schedules by definition, one step at a time, and where to ask.

The definitions walk, multiply and count where a solution would use one formula, so
that the two can only agree when both are right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rate = Callable[..., float]

# Definitions -------------------------------------------------------------------------


def fixed(t: int, base_lr: float) -> float:  # noqa: ARG001 - that is its point
    """The same rate at every step ``t``."""
    return base_lr


def step(t: int, base_lr: float, gamma: float, step_size: int) -> float:
    """One drop at each multiple of ``step_size`` up to and including ``t``.

    >>> [step(t, 8.0, 0.5, 10) for t in (0, 9, 10, 19, 20)]
    [8.0, 8.0, 4.0, 4.0, 2.0]
    """
    for _ in range(step_size, t + 1, step_size):
        base_lr *= gamma
    return base_lr


def multistep(t: int, base_lr: float, gamma: float, milestones: Sequence[int]) -> float:
    """One drop at each milestone up to and including ``t``.

    >>> [multistep(t, 8.0, 0.5, [3, 5]) for t in (2, 3, 4, 5, 60)]
    [8.0, 4.0, 4.0, 2.0, 2.0]
    """
    for milestone in milestones:
        base_lr *= gamma if t >= milestone else 1
    return base_lr


def exponential(t: int, base_lr: float, gamma: float) -> float:
    """A factor ``gamma`` for each step up to ``t``."""
    for _ in range(t):
        base_lr *= gamma
    return base_lr


def inverse(t: int, base_lr: float, gamma: float, power: float) -> float:
    """A fraction whose denominator grows with ``t``."""
    return base_lr / math.pow(1 + gamma * t, power)


def polynomial(t: int, base_lr: float, power: float, total: int) -> float:
    """The share of the steps that remains, to a power."""
    return base_lr * math.pow((total - t) / total, power)


def linear(t: int, base_lr: float, total: int) -> float:
    """The share of the steps that remains."""
    return base_lr * (total - t) / total


def sigmoid(t: int, base_lr: float, gamma: float, step_size: int) -> float:
    """The logistic function of ``gamma * (t - step_size)``, which cannot overflow here.

    >>> sigmoid(10, 4.0, -0.3, 10), sigmoid(10**6, 4.0, -0.3, 10)
    (2.0, 0.0)
    """
    return base_lr * (1 + math.tanh(gamma * (t - step_size) / 2)) / 2


def cosine(t: int, base_lr: float, total: int) -> float:
    """Half a period of a cosine, from ``base_lr`` to 0."""
    return base_lr * (1 + math.cos(math.pi * t / total)) / 2


def inverse_sqrt(t: int, base_lr: float) -> float:
    """One over the root of the number of steps, this one counted."""
    return base_lr / math.sqrt(t + 1)


# Two ways to count the steps of a warm-up: the first rate is 0, or already one share.
RAMPS: dict[str, Callable[[int, int], float]] = {
    "t / warmup_steps": lambda t, warmup_steps: t / warmup_steps,
    "(t + 1) / warmup_steps": lambda t, warmup_steps: (t + 1) / warmup_steps,
}


def warmup(t: int, base_lr: float, warmup_steps: int, after: Rate, ramp: str) -> float:
    """Grow by equal shares of ``base_lr``, then follow ``after`` from its step 0."""
    if t >= warmup_steps:
        return float(after(t - warmup_steps))
    return base_lr * RAMPS[ramp](t, warmup_steps)


# Two ways to read patience: how many epochs in vain are too many.
LIMITS: dict[str, int] = {"reaches patience": 0, "exceeds patience": 1}


def plateau(
    history: Sequence[float], base_lr: float, factor: float, patience: int, limit: str
) -> float:
    """Search, again and again, for the next run of epochs in vain.

    >>> plateau([3.0, 2.0, 2.0, 2.0, 2.0], 1.0, 0.5, 2, "reaches patience")
    0.5
    >>> plateau([3.0, 2.0, 2.0, 2.0, 2.0], 1.0, 0.5, 2, "exceeds patience")
    0.5
    >>> plateau([3.0, 2.0, 2.0, 2.0], 1.0, 0.5, 2, "exceeds patience")
    1.0
    """
    in_vain = [
        epoch > 0 and metric >= min(history[:epoch])
        for epoch, metric in enumerate(history)
    ]
    run = patience + LIMITS[limit]
    start = 0
    while start + run <= len(history):
        if all(in_vain[start : start + run]):
            base_lr *= factor
            start += run
        else:
            start += 1
    return base_lr


def at_each(rate: Rate, t: NDArray[np.int64], *parameters: Any) -> Array:
    """The rate at each step of an array of any shape."""
    rates = [rate(int(one), *parameters) for one in t.flat]
    return np.array(rates, dtype=np.float64).reshape(t.shape)


# Where to ask ------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A schedule's parameters after ``t``, and the steps at which it is asked."""

    parameters: tuple[Any, ...]
    steps: Sequence[int]


Cases = Callable[[np.random.Generator], list[Case]]

# Steps are counted in numbers of these kinds.
KINDS: tuple[Callable[[int], Any], ...] = (int, np.int64)
SHAPES = ((2, 3), (1,), (2, 1, 2))


def drawn_rate(rng: np.random.Generator) -> float:
    """A rate between 0.001 and 1, in three digits."""
    return float(f"{10 ** rng.uniform(-3, 0):.3g}")


def drawn(rng: np.random.Generator, low: float, high: float) -> float:
    """A parameter between ``low`` and ``high``, in two decimals."""
    return round(float(rng.uniform(low, high)), 2)


def arrays_of(rng: np.random.Generator, case: Case) -> list[NDArray[np.int64]]:
    """The steps of a case in one row, and some of them in other shapes."""
    row = rng.permutation(np.array(case.steps, dtype=np.int64))
    return [row, *(rng.choice(row, shape) for shape in SHAPES)]


def early(rng: np.random.Generator, total: int) -> list[int]:
    """Steps in the first 0.85 of ``total``, 0 left out, none of them twice."""
    return [int(t) for t in rng.permutation(np.arange(1, int(0.85 * total) + 1))[:5]]
