"""Mistakes and right variants of the project's ``learning_rate``."""

from __future__ import annotations

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.oracles.project import DECAYS

OF = "learning_rate"
UP, SHAPE = "schedules-warmup", "schedules-shape"


def by_steps(step: int, steps: int, peak: float, warm: int, decay: str) -> float:
    """The rate, where the warm-up takes ``warm`` steps."""
    factor = DECAYS[decay]
    if step < warm:
        return peak * (step + 1) / warm
    return peak * factor((step - warm) / (steps - warm))


@variant(OF)
def rise_or_decay(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    return by_steps(step, steps, peak, round(warmup * steps), decay)


@variant(OF)
def from_a_table(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> np.float64:
    warm = int(np.floor(warmup * steps + 0.5))
    rise = np.arange(1, warm + 1) / max(warm, 1)
    fall = [DECAYS[decay](i / (steps - warm)) for i in range(steps - warm)]
    return np.float64((peak * np.concatenate([rise, fall]))[step])


@mistake(
    OF,
    title="the first step has a rate of 0",
    hint="Step 0 is a step too: it should move the weights.",
    see=UP,
)
def begins_at_zero(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    if step < warm:
        return peak * step / warm
    return by_steps(step, steps, peak, warm, decay)


@mistake(
    OF,
    title="the decay counts from the first step of the run",
    hint="Where the warm-up ends, a decay that began with it is no longer at its peak.",
    see=UP,
)
def decay_from_the_start(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    factor = (step + 1) / warm if step < warm else DECAYS[decay](step / steps)
    return peak * factor


@mistake(
    OF,
    title="the warm-up multiplies a decay that has begun",
    hint="During the warm-up there is no decay yet.",
    see=UP,
)
def both_at_once(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    rise = min(1.0, (step + 1) / warm) if warm else 1.0
    return peak * rise * DECAYS[decay](step / steps)


@mistake(
    OF,
    title="the decay is measured by all steps, and ends before it is done",
    hint="How many steps are left for the decay, once the warm-up is over?",
    see=SHAPE,
)
def decay_not_finished(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * DECAYS[decay]((step - warm) / steps)


@mistake(
    OF,
    title="the last step is at the end of the decay, with nothing left to do",
    hint="The share that is done is 1 after the last step, not at it: there a linear "
    "decay would be 0.",
    see=SHAPE,
)
def ends_a_step_early(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * DECAYS[decay]((step - warm) / (steps - 1 - warm))


@mistake(
    OF,
    title="the decay is a step ahead",
    hint="At step W nothing of the decay is done yet: the share is 0 / (steps - W).",
    see=SHAPE,
)
def decay_a_step_ahead(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * DECAYS[decay]((step + 1 - warm) / (steps - warm))


@mistake(
    OF,
    title="the warm-up is taken for a number of steps",
    hint="warmup is a share of all steps: a tenth of 200 steps is 20.",
    see=UP,
)
def share_as_steps(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    return by_steps(step, steps, peak, round(warmup), decay)


@mistake(
    OF,
    title="there is no warm-up",
    hint="What is the first rate, and how does it reach the peak?",
    see=UP,
)
def warmup_skipped(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    if step < warm:
        return peak
    return by_steps(step, steps, peak, warm, decay)


@mistake(
    OF,
    title="after the warm-up the rate stays at its peak",
    hint="decay names a function in DECAYS: how much of it is done at this step?",
    see=SHAPE,
)
def decay_forgotten(
    step: int, steps: int, peak: float, warmup: float, _decay: str
) -> float:
    return by_steps(step, steps, peak, round(warmup * steps), "fixed")


@mistake(
    OF,
    title="every decay is a cosine",
    hint="decay names the function: look it up in DECAYS.",
    see="schedules-policies",
)
def always_cosine(
    step: int, steps: int, peak: float, warmup: float, _decay: str
) -> float:
    return by_steps(step, steps, peak, round(warmup * steps), "cosine")


@mistake(
    OF,
    title="the factor is returned, and not the rate",
    hint="Factors go up to 1. How large is the largest rate?",
    see=SHAPE,
)
def factor_alone(
    step: int, steps: int, _peak: float, warmup: float, decay: str
) -> float:
    return by_steps(step, steps, 1.0, round(warmup * steps), decay)


@mistake(
    OF,
    title="without a warm-up it divides by 0",
    hint="A share of 0 means that there is no warm-up: then nothing may be divided by "
    "its length.",
    see=UP,
)
def divides_by_no_warmup(
    step: int, steps: int, peak: float, warmup: float, decay: str
) -> float:
    warm = round(warmup * steps)
    rise = (step + 1) / warm
    if rise <= 1:
        return peak * rise
    return by_steps(step, steps, peak, warm, decay)
