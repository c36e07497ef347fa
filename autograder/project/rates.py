"""The learning rate that a schedule of the course has at a step, as an oracle."""

from __future__ import annotations

import math
from collections.abc import Callable

# By the share s of the decay that is done, the factor of the largest rate.
DECAYS: dict[str, Callable[[float], float]] = {
    "fixed": lambda _: 1.0,
    "step": lambda s: 0.1 ** math.floor(3 * s),
    "exponential": lambda s: 0.001**s,
    "inverse": lambda s: 1 / (1 + 99 * s),
    "multistep": lambda s: 0.1 ** ((s >= 0.5) + (s >= 0.75)),
    "polynomial": lambda s: (1 - s) ** 2,
    "sigmoid": lambda s: 1 / (1 + math.exp(12 * (s - 0.5))),
    "cosine": lambda s: (1 + math.cos(math.pi * s)) / 2,
    "linear": lambda s: 1 - s,
    "inverse_sqrt": lambda s: 1 / math.sqrt(1 + 99 * s),
}
CONSTANT = ("fixed", "constant")


def rate_at(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float | None:
    """The rate at ``step`` of ``steps``; None for a decay that is not the course's.

    In the first W = round(warmup steps) steps it is peak (step + 1) / W; from there
    the decay counts its own steps.

    >>> rate_at(0, 10, 0.4, 0.2, "cosine"), rate_at(2, 10, 0.4, 0.2, "cosine")
    (0.2, 0.4)
    """
    if decay not in DECAYS:
        return None
    warm = round(warmup * steps)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * DECAYS[decay]((step - warm) / max(1, steps - warm))
