"""What is asked of ``narrow``: a finer space around the best settings.

The best settings lie close together and all others elsewhere, so that the right ranges
differ clearly from those of other settings, even where they leave some room. That they
leave none, as the notebook says, is asked as a matter of manners.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.comparing import RTOL, expect_close, type_of
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.tuning import (
    LINEAR,
    LOG,
    NAMES,
    Array,
    Config,
    Range,
    Space,
    as_number,
    asking,
    in_words,
    inside,
    place_in,
    value_at,
)

Results = list[tuple[Config, float]]

narrowed = Check.of("narrow(space, results, keep) -> new_space", "tuning")

CLUSTER = 0.12  # extent of the best settings, as a share of the old range
ROOM = 0.12  # what may be left beyond the best, or as much as they extend
OTHERS = 24  # settings that are not the best


def _search(
    rng: np.random.Generator,
    scales: list[str],
    keep: int,
    *,
    sign: float = 1.0,
    start: float | None = None,
) -> tuple[Space, Results, dict[str, Array]]:
    """A search whose ``keep`` best settings lie close together, apart from all others.

    The results come best first; ``start`` is where the best begin, 0 to 1 from low to
    high. Returns also the best settings' numbers by name.
    """
    names = [str(name) for name in rng.permutation(NAMES)[: len(scales)]]
    space = {n: _range(rng, scale) for n, scale in zip(names, scales, strict=True)}
    places = {}
    for name in names:
        left = rng.uniform(0.3, 0.45) if start is None else start
        ends = np.concatenate([[0.0, 1.0], rng.random(keep)])[:keep]
        near = left + CLUSTER * rng.permutation(ends)
        places[name] = np.concatenate([near, _elsewhere(rng, left)])
    values = sign * np.sort(rng.uniform(0.5, 3.0, keep + OTHERS))[:: int(sign)]
    results = _results(space, places, values)
    best = {n: np.array([config[n] for config, _ in results[:keep]]) for n in names}
    return space, results, best


def _elsewhere(rng: np.random.Generator, left: float) -> Array:
    """Places on both sides of the best, where there is room."""
    below, above = left - 0.2, left + CLUSTER + 0.2
    low = rng.uniform(0, max(below, 0), OTHERS)
    high = rng.uniform(min(above, 1), 1, OTHERS)
    if below < 0:
        return high
    return low if above > 1 else np.where(np.arange(OTHERS) % 2, low, high)


def _results(space: Space, places: dict[str, Array], values: Array) -> Results:
    """Settings at ``places`` of their ranges, with their values."""
    return [
        (
            {n: value_at(float(places[n][number]), *space[n]) for n in space},
            float(value),
        )
        for number, value in enumerate(values)
    ]


def _range(rng: np.random.Generator, scale: str) -> Range:
    if scale == LOG:
        low = float(f"{10 ** rng.uniform(-6, -2):.2g}")
        return (LOG, low, float(f"{low * 10 ** rng.uniform(3, 5):.2g}"))
    low = round(rng.uniform(-1.0, 0.4), 2)
    return (LINEAR, low, round(low + rng.uniform(0.5, 3.0), 2))


def _read_space(value: Any, space: Space) -> Space:
    """A space with the names and the scales of ``space``, or a :class:`Mismatch`."""
    if not isinstance(value, dict):
        raise Mismatch(
            f"returned {type_of(value)}; expected a space, a dictionary of ranges"
        )
    if value.keys() != space.keys():
        raise Mismatch(
            f"the new space has {sorted(value)}; the old one has {sorted(space)}"
        )
    read: Space = {}
    for name, (scale, _, _) in space.items():
        given = value[name]
        if not isinstance(given, (tuple, list)) or len(given) != 3:
            raise Mismatch(f"the range of {name!r} is not (scale, low, high): {given}")
        if given[0] != scale:
            raise Mismatch(
                f"the scale of {name!r} is {given[0]!r}; it was {scale!r}, "
                "and a narrower range keeps it"
            )
        low, high = (as_number(each, f"a bound of {name!r}") for each in given[1:])
        if not low <= high:
            raise Mismatch(f"the range of {name!r} goes from {low:g} to {high:g}")
        read[name] = (scale, low, high)
    return read


def _narrowed(exam: Exam, space: Space, results: Results, keep: int) -> Space:
    words = f"narrow(space={in_words(space)}, {len(results)} results, keep={keep})"
    return _read_space(asking(exam, words, space, results, keep), space)


def _expect_narrow(
    exam: Exam, space: Space, results: Results, best: dict[str, Array]
) -> None:
    """The new ranges hold the best, and leave little room beyond them."""
    keep = len(next(iter(best.values())))
    _expect_around(_narrowed(exam, space, results, keep), space, best)


def _expect_around(new: Space, space: Space, best: dict[str, Array]) -> None:
    keep = len(next(iter(best.values())))
    for name, (scale, low, high) in new.items():
        _, old_low, old_high = space[name]
        got = place_in(np.array([low, high]), scale, old_low, old_high)
        near = place_in(best[name], scale, old_low, old_high)
        said = f"the new range of {name!r} goes from {low:.4g} to {high:.4g}"
        if got[0] < -RTOL or got[1] > 1 + RTOL:
            raise Mismatch(f"{said}; the old one from {old_low:.4g} to {old_high:.4g}")
        extent = f"from {best[name].min():.4g} to {best[name].max():.4g}"
        they = f"the {keep} best settings lie {extent}"
        if got[0] > near.min() + RTOL or got[1] < near.max() - RTOL:
            raise Mismatch(f"{said}; {they}. Which values are the best?")
        margin = max(float(near.max() - near.min()), ROOM)
        if got[0] < near.min() - margin or got[1] > near.max() + margin:
            raise Mismatch(f"{said}, which is much wider: {they}")


def _shuffled(rng: np.random.Generator, results: Results) -> Results:
    return [results[int(place)] for place in rng.permutation(len(results))]


@narrowed.part("the new ranges hold the best settings, and little more", weight=3)
def _(exam: Exam) -> None:
    rng = exam.rng
    for scales, keep, sign in [
        ([LOG, LINEAR], 4, 1.0),
        ([LINEAR], 3, 1.0),
        ([LOG, LOG, LINEAR], 6, -1.0),
        ([LINEAR, LOG], 2, 1.0),
    ]:
        space, results, best = _search(rng, scales, keep, sign=sign)
        _expect_narrow(exam, space, _shuffled(rng, results), best)


@narrowed.part("keep says how many of them count")
def _(exam: Exam) -> None:
    rng = exam.rng
    space, _, _ = _search(rng, [LOG, LINEAR], 8)
    places = {}
    for name in space:
        middle = rng.uniform(0.4, 0.6)
        # The best three lie close together, the best eight do not.
        three = middle + rng.permutation([0.0, 0.02, 0.05])
        five = middle + rng.permutation([-0.3, 0.35, -0.2, 0.2, 0.1])
        places[name] = np.concatenate([three, five, rng.random(OTHERS)])
    values = np.sort(rng.uniform(0.5, 3.0, 8 + OTHERS))
    results = _results(space, places, values)
    mixed = _shuffled(rng, results)
    for keep in (3, 8):
        best = {n: np.array([c[n] for c, _ in results[:keep]]) for n in space}
        _expect_narrow(exam, space, mixed, best)


@narrowed.part("never outside the old range")
def _(exam: Exam) -> None:
    rng = exam.rng
    for start in (0.0, 1.0 - CLUSTER):
        space, results, best = _search(rng, [LOG, LINEAR], 4, start=start)
        _expect_narrow(exam, space, _shuffled(rng, results), best)


@narrowed.part("no wider than the old range, whatever was tried before")
def _(exam: Exam) -> None:
    rng = exam.rng
    space, results, best = _search(rng, [LOG, LINEAR], 4)
    for name, (scale, _, _) in space.items():
        low, high = np.sort(best[name])[[1, 2]]
        smaller = {**space, name: (scale, float(low), float(high))}
        _, got_low, got_high = _narrowed(exam, smaller, results, 4)[name]
        if not inside(np.array([got_low, got_high]), float(low), float(high)).all():
            raise Mismatch(
                f"the new range of {name!r} goes from {got_low:.4g} to "
                f"{got_high:.4g}; the old one from {low:.4g} to {high:.4g}"
            )


@narrowed.part("values that are equal count one by one")
def _(exam: Exam) -> None:
    rng = exam.rng
    space, results, best = _search(rng, [LOG, LINEAR], 5)
    results[:5] = [(config, results[0][1]) for config, _ in results[:5]]
    _expect_narrow(exam, space, _shuffled(rng, results), best)


@narrowed.part("a trial that diverged is never among the best", weight=2)
def _(exam: Exam) -> None:
    rng = exam.rng
    answers = []
    for sign in (1.0, -1.0, 1.0):
        space, results, best = _search(rng, [LINEAR, LOG], 5, sign=sign)
        for place in range(6, 24):
            value = math.inf if place % 3 == 0 else math.nan
            results[place] = (results[place][0], value)
        new = _narrowed(exam, space, _shuffled(rng, results), 5)
        answers.append((exam.asked, new, space, best))
    # First all answers: what a sorting makes of NaN differs from list to list.
    for asked, new, space, best in answers:
        exam.asked = asked
        _expect_around(new, space, best)


@narrowed.manner("where fewer than keep did not diverge, these alone count")
def _(exam: Exam) -> None:
    space, results, best = _search(exam.rng, [LINEAR, LOG], 5)
    results[5:] = [(config, math.nan) for config, _ in results[5:]]
    new = _narrowed(exam, space, _shuffled(exam.rng, results), 8)
    _expect_around(new, space, best)


@narrowed.manner("the new ranges are the smallest that hold the best settings")
def _(exam: Exam) -> None:
    rng = exam.rng
    for keep in (1, 2, 5):
        space, results, best = _search(rng, [LOG, LINEAR], keep)
        new = _narrowed(exam, space, _shuffled(rng, results), keep)
        for name, (_, low, high) in new.items():
            numbers = best[name]
            with hinting("Do you leave room beyond the best?"):
                expect_close(low, float(numbers.min()), f"the low end of {name!r}")
                expect_close(high, float(numbers.max()), f"the high end of {name!r}")


@narrowed.manner("settings of an earlier, wider search do not widen the range")
def _(exam: Exam) -> None:
    rng = exam.rng
    space, results, best = _search(rng, [LOG, LINEAR], 4)
    for name, (scale, old_low, old_high) in space.items():
        one, two, three, four = np.sort(best[name])
        # The ends lie between settings, so that leaving some out shows.
        for low, high in (
            (0.5 * (one + two), 0.5 * (three + four)),
            (0.5 * (one + two), old_high),
            (old_low, 0.5 * (three + four)),
        ):
            smaller = {**space, name: (scale, float(low), float(high))}
            _, got_low, got_high = _narrowed(exam, smaller, results, 4)[name]
            expect_close(got_low, float(max(one, low)), f"the low end of {name!r}")
            expect_close(got_high, float(min(four, high)), f"the high end of {name!r}")


@narrowed.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    space, results, _ = _search(exam.rng, [LOG, LINEAR], 3)
    expect_untouched(exam, space, _shuffled(exam.rng, results), 3)
