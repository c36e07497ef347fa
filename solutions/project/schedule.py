"""The learning rate at each step: a warm-up, then one of the course's decays.

`DECAYS` has the schedules of the schedules assignment by their names there. So that
one name serves a run of any length, each is a function of the share s of its steps
that is done, 0 <= s < 1, and gives the factor by which the largest rate is multiplied.

>>> DECAYS["cosine"](0.0), DECAYS["linear"](0.75)
(1.0, 0.25)
"""

from __future__ import annotations

import math
from collections.abc import Callable

DECAYS: dict[str, Callable[[float], float]] = {
    "fixed": lambda s: 1.0,  # noqa: ARG005 - it alone does not look at s
    # a tenth after each third
    "step": lambda s: 0.1 ** math.floor(3 * s),
    # to a thousandth at the end
    "exponential": lambda s: 0.001**s,
    # to a hundredth
    "inverse": lambda s: 1 / (1 + 99 * s),
    # a tenth after a half, and again after three quarters
    "multistep": lambda s: 0.1 ** ((s >= 0.5) + (s >= 0.75)),
    # power 2
    "polynomial": lambda s: (1 - s) ** 2,
    # from 0.998 to 0.002, half at the middle
    "sigmoid": lambda s: 1 / (1 + math.exp(12 * (s - 0.5))),
    "cosine": lambda s: (1 + math.cos(math.pi * s)) / 2,
    "linear": lambda s: 1 - s,
    # to a tenth
    "inverse_sqrt": lambda s: 1 / math.sqrt(1 + 99 * s),
}


def learning_rate(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    """Tell the learning rate of one step.

    The first W steps are the warm-up, W being `warmup` of all steps, rounded to a
    whole number: there the rate grows in equal shares, from peak / W at step 0 to peak
    at step W - 1. From step W on the decay counts its own steps: s is 0 at step W and
    would be 1 at step `steps`, the first that is not taken.

    Given
    step: the step, counted from 0 over the whole run, 0 <= step < steps
    steps: how many steps the run has
    peak: the largest rate
    warmup: the share of all steps that the warm-up takes, 0 <= warmup < 1
    decay: a name in DECAYS

    Returns the rate, a number

    Raises KeyError if DECAYS has no such name
    """
    ### BEGIN SOLUTION
    factor = DECAYS[decay]
    warm = round(warmup * steps)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * factor((step - warm) / (steps - warm))
    ### END SOLUTION
