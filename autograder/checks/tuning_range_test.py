"""What is asked of ``lr_range_test``: the largest rate before the loss diverges.

A loss that diverges grows tenfold within a step, or is no number any more, and rests on
its lowest for two decades before: what counts as diverging, and by how much one backs
off, is free in the core parts. What the notebook fixes is asked as manners.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograder.comparing import RTOL, expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched, expect_value_error
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.tuning import Array, as_number, asking
from autograder.oracles.tuning_pictures import Lines

range_test = Check.of("lr_range_test(lrs, losses) -> lr", "tuning")

Sweep = tuple[Array, Array, int]  # rates, losses, place of the first diverging one


def _rates(rng: np.random.Generator, count: int) -> Array:
    """Rates with the same ratio from one to the next, over about six decades."""
    low = 10 ** rng.uniform(-8, -5)
    return np.asarray(np.geomspace(low, low * 10 ** rng.uniform(5.8, 6.5), count))


def _sweep(rng: np.random.Generator, after: str, *, late: bool = False) -> Sweep:
    """Flat, falling, resting on its lowest for two decades, then diverging.

    ``late`` falls to the end instead. ``after`` says how it diverges: ``grows``
    tenfold at each step, ``nan``, ``inf``, or ``recovers`` later; ``never`` does not.
    """
    count = int(rng.integers(36, 70))
    lrs = _rates(rng, count)
    place = int(rng.uniform(0.8, 0.9) * count)
    t = np.arange(count) / place  # 1 where it diverges
    first = rng.uniform(2.0, 7.0)
    start, rest = (0.3, 0.95) if late else (0.25, 0.6)
    fallen = np.clip((t - start) / (rest - start), 0, 1)
    losses = first * (1 - 0.6 * fallen + 0.04 * np.maximum(t - rest, 0))
    losses *= 1 + rng.uniform(-0.004, 0.004, count)
    if after == "never":
        return lrs, losses, count
    left = count - place
    growth = 10.0 ** np.minimum(np.arange(1, left + 1), 6)
    losses[place:] = first * growth
    if after == "recovers":
        losses[place + 2 :] = first * rng.uniform(0.5, 0.7, left - 2)
    elif after != "grows":
        losses[place:] = np.nan if after == "nan" else np.inf
    return lrs, losses, place


def _coarse_sweep(rng: np.random.Generator, decade: int) -> Sweep:
    """Falling to the end, where it diverges; each rate is about 5 times the last."""
    count = int(rng.integers(7, 9))
    low = 10 ** rng.uniform(decade, decade + 1)
    lrs = np.asarray(low * rng.uniform(4.5, 5.5) ** np.arange(count), dtype=np.float64)
    losses = rng.uniform(2.0, 7.0) * np.linspace(1.0, 0.4, count)
    losses[-1] = 50 * losses[0]
    return lrs, losses, count - 1


def _expect_backed_off(exam: Exam, sweeps: Iterable[Sweep]) -> None:
    """Ask about all the sweeps; then judge the answers.

    So what is observed of a function does not end at its first wrong answer.
    """
    answers = []
    for sweep in sweeps:
        answer = exam.call(*sweep[:2])
        answers.append((exam.asked, as_number(answer, "the rate"), sweep))
    for exam.asked, got, sweep in answers:
        _expect_below(got, sweep)


def _expect_below(got: float, sweep: Sweep) -> None:
    """Below the largest rate that is good, by a factor of 20 or three steps at most."""
    lrs, losses, place = sweep
    best = float(lrs[place - 1])
    picture = Lines("the losses of the sweep", {"loss": losses.tolist()})
    least = best / max(20, float(lrs[1] / lrs[0]) ** 3)
    if place < len(lrs):
        said = (
            f"returned {got:.4g}; the loss is {losses[place - 1]:.3g} at the rate "
            f"{best:.4g} and {losses[place]:.3g} at the next, {lrs[place]:.4g}: "
            f"expected {best:.4g}, backed off by a factor of 2 to 10"
        )
        if not least * (1 - RTOL) <= got < best * (1 - RTOL):
            raise Mismatch(said, picture)
    elif not least * (1 - RTOL) <= got <= best * (1 + RTOL):
        raise Mismatch(
            f"returned {got:.4g}; nothing diverges up to the largest rate, {best:.4g}: "
            f"expected that rate, or it backed off by a factor of 2 to 10",
            picture,
        )


@range_test.part("below the largest rate before the loss explodes", weight=2)
def _(exam: Exam) -> None:
    kinds = (False, True, False)
    _expect_backed_off(exam, [_sweep(exam.rng, "grows", late=late) for late in kinds])


@range_test.part("a coarse sweep: the largest rate before, not the one after")
def _(exam: Exam) -> None:
    # Apart by so much that no one rate is right for all of them.
    sweeps = [_coarse_sweep(exam.rng, decade) for decade in (-10, -5, -7)]
    _expect_backed_off(exam, sweeps)


@range_test.part("a loss that is NaN or infinite has diverged", weight=2)
def _(exam: Exam) -> None:
    kinds = ("nan", "inf", "nan", "inf")
    sweeps = [_sweep(exam.rng, after, late=after == "inf") for after in kinds]
    _expect_backed_off(exam, sweeps)


@range_test.part("what comes after the divergence does not count")
def _(exam: Exam) -> None:
    kinds = (False, True)
    sweeps = [_sweep(exam.rng, "recovers", late=late) for late in kinds]
    _expect_backed_off(exam, sweeps)


@range_test.part("where nothing diverges the sweep's end is the largest")
def _(exam: Exam) -> None:
    kinds = (True, False)
    _expect_backed_off(exam, [_sweep(exam.rng, "never", late=late) for late in kinds])


@range_test.manner("diverged is above twice the lowest so far; the answer is a third")
def _(exam: Exam) -> None:
    for losses, good in [
        ([4.0, 4.0, 2.0, 1.0, 1.9, 1.0, 2.1, 1.0], 5),
        ([4.0, 3.0, 5.9, 2.0, 1.5, 2.9, 3.1, 1.0], 5),
        ([5.0, 2.0, 1.0, 1.0, 1.0, 3.0, 1.0, 1.0], 4),
        ([1.0, 1.9, 1.95, 2.1, 1.0, 1.0, 1.0, 1.0], 2),
        ([3.0, 2.0, 1.0, 0.4, 0.9, 1.0, 1.0, 1.0], 3),
        ([3.0, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3], 7),
        ([1.0, 1.6, 1.7, 1.8, 1.9, 1.7, 1.8, 2.1], 6),
        ([3.0, 2.9, 2.8, 2.7, 2.6, 2.5, 1.2, 2.4], 7),
        ([3.0, 2.9, 2.8, -np.inf, 2.6, 2.5, 2.4, 2.3], 2),
    ]:
        lrs = _rates(exam.rng, len(losses))
        with hinting(f"The losses are {losses}"):
            got = as_number(exam.call(lrs, np.array(losses)), "the rate")
            expect_close(got, float(lrs[good]) / 3, "the rate")


@range_test.manner("a loss that is not finite at the first rate raises ValueError")
def _(exam: Exam) -> None:
    for loss in (np.nan, np.inf):
        losses = np.array([loss, 1.0, 1.0])
        why = "no rate of the sweep is good"
        expect_value_error(exam, _rates(exam.rng, 3), losses, why=why)


@range_test.manner("lists will do as well as arrays")
def _(exam: Exam) -> None:
    lrs, losses, place = _sweep(exam.rng, "grows")
    exam.by_hand = True
    words = f"lr_range_test of two lists of {len(lrs)} numbers"
    got = as_number(asking(exam, words, lrs.tolist(), losses.tolist()), "the rate")
    if not got < lrs[place - 1]:
        raise Mismatch(f"returned {got:.4g}; expected less than {lrs[place - 1]:.4g}")


@range_test.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    lrs, losses, _ = _sweep(exam.rng, "nan")
    expect_untouched(exam, lrs, losses)
