"""What is asked of the project's searches: where to look first, and where next.

The best trial lies on an edge of the range or far from every edge, and the trials that
count lie far from all others; where exactly the edge begins is a matter of manners.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.comparing import RTOL, type_of
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched, expect_value_error
from autograder.mishaps import Mismatch
from autograder.oracles.project import Question, answers
from autograder.oracles.tuning import (
    LOG,
    Config,
    Space,
    as_number,
    as_truth,
    in_words,
    value_at,
)

Trials = list[tuple[Config, float]]

coarse = Check.of("coarse_space(rate) -> space", "project")
following = Check.of("next_space(space, trials, keep) -> space, extended", "project")


def _read_space(value: Any, names: Sequence[str]) -> Space:
    """A space with these names, all ranges logarithmic, or a :class:`Mismatch`."""
    if not isinstance(value, dict):
        raise Mismatch(
            f"returned {type_of(value)}; expected a space, a dictionary of ranges"
        )
    if sorted(map(str, value)) != sorted(names):
        raise Mismatch(f"the space has {list(value)}; expected {list(names)}")
    read: Space = {}
    for name in names:
        given = value[name]
        if not isinstance(given, (tuple, list)) or len(given) != 3:
            raise Mismatch(f"the range of {name!r} is not ('log', low, high): {given}")
        if not isinstance(given[0], str) or given[0] != LOG:
            raise Mismatch(
                f"the scale of {name!r} is {given[0]!r}; expected 'log': a step of the "
                "same factor means the same anywhere"
            )
        low, high = (as_number(each, f"a bound of {name!r}") for each in given[1:])
        read[name] = (LOG, low, high)
    return read


def _expect_range(got: Space, right: Space, why: str = "") -> None:
    for name, (_, low, high) in right.items():
        _, got_low, got_high = got[name]
        for one, other in ((got_low, low), (got_high, high)):
            if not math.isclose(one, other, rel_tol=RTOL):
                raise Mismatch(
                    f"the range of {name!r} goes from {got_low:.4g} to {got_high:.4g}; "
                    f"expected {low:.4g} to {high:.4g}{': ' if why else ''}{why}"
                )


# coarse_space ------------------------------------------------------------------------

NAMES = ("rate", "weight_decay")


def _rates(rng: np.random.Generator) -> list[float]:
    return [*(10 ** rng.uniform([-5, -3, -2, 0], [-4, -2, 0, 1])).tolist(), 0.1]


@coarse.part("the rate: a tenth to three times what step 3 found", weight=2)
def _(exam: Exam) -> None:
    found = answers(exam, [Question((rate,), None) for rate in _rates(exam.rng)])
    for exam.asked, got, question in found:
        (rate,) = question.arguments
        space = _read_space(got, NAMES)
        _expect_range(space, {"rate": (LOG, rate / 10, 3 * rate)})


@coarse.part("the weight decay: from 1e-6 to 1e-2, whatever the rate")
def _(exam: Exam) -> None:
    found = answers(exam, [Question((rate,), None) for rate in _rates(exam.rng)])
    for exam.asked, got, _ in found:
        space = _read_space(got, NAMES)
        _expect_range(space, {"weight_decay": (LOG, 1e-6, 1e-2)})


@coarse.manner("a range is a tuple ('log', low, high) of plain numbers")
def _(exam: Exam) -> None:
    got = exam.call(0.1)
    _read_space(got, NAMES)
    for name in NAMES:
        kinds = [type(each) for each in got[name]]
        if type(got[name]) is not tuple or kinds != [str, float, float]:
            raise Mismatch(f"the range of {name!r} is {got[name]!r}")


# next_space --------------------------------------------------------------------------

NARROWER = "the best lies inside: the smallest ranges that hold the keep best"
WIDER = "the best lies on an edge: that end is moved out by a decade"
OTHERS = 10  # trials that are not the best


def _space(rng: np.random.Generator) -> Space:
    rate, decay = 10 ** rng.uniform([-4, -7], [-2, -5])
    spans = 10 ** rng.uniform([1.3, 3.0], [2.5, 4.5])
    read: Space = {}
    for name, low, span in zip(NAMES, (rate, decay), spans, strict=True):
        read[name] = (LOG, float(f"{low:.3g}"), float(f"{low * span:.3g}"))
    return read


Places = dict[str, list[float]]


def _trials(rng: np.random.Generator, space: Space, places: Places) -> Trials:
    """Trials, best first: at ``places`` of the ranges, 0 to 1; then others elsewhere.

    The others fill the ranges, from edge to edge.
    """
    leading = len(next(iter(places.values())))
    columns = {
        name: [*places[name], *rng.permutation(np.linspace(0, 1, OTHERS)).tolist()]
        for name in space
    }
    losses = np.sort(rng.uniform(0.3, 3.0, leading + OTHERS))
    return [
        ({n: value_at(columns[n][i], *space[n]) for n in space}, float(loss))
        for i, loss in enumerate(losses)
    ]


def _inside(rng: np.random.Generator, keep: int) -> Places:
    """Where the best lie: the very best in the middle, but not the middle of them."""
    places = {}
    for name in NAMES:
        others = rng.uniform([0.2, 0.72], [0.28, 0.8]).tolist()
        between = rng.uniform(0.3, 0.7, max(keep - 3, 0)).tolist()
        rest = rng.permutation([*others, *between])[: keep - 1].tolist()
        places[name] = [float(rng.uniform(0.35, 0.65)), *rest]
    return places


def _shuffled(rng: np.random.Generator, trials: Trials) -> Trials:
    return [trials[int(place)] for place in rng.permutation(len(trials))]


def _asked(
    space: Space, trials: Trials, keep: int, right: Space, extended: bool, why: str
) -> Question:
    ranges = {name: bounds[1:] for name, bounds in space.items()}
    words = f"space={ranges}, {len(trials)} trials, keep={keep}"
    return Question((space, trials, keep), (right, extended), why, words)


def _around(space: Space, best: Trials) -> Space:
    """The smallest ranges that hold the ``best``."""
    new: Space = {}
    for name in space:
        values = [config[name] for config, _ in best]
        new[name] = (LOG, min(values), max(values))
    return new


def _narrower(
    exam: Exam, keep: int, change: Any = None, why: str = "the best lies inside"
) -> Question:
    """A search whose best lies inside; ``change`` spoils some of the others."""
    rng = exam.rng
    space = _space(rng)
    trials = _trials(rng, space, _inside(rng, keep))
    right = _around(space, trials[:keep])
    if change is not None:
        trials = change(trials)
    return _asked(space, _shuffled(rng, trials), keep, right, False, why)


def _wider(
    exam: Exam, edges: dict[str, int], keep: int = 3, off: float = 0.03
) -> Question:
    """A search whose best lies on the ``edges``: 0 the low one, 1 the high one.

    By up to ``off`` of the range it may lie off the edge.
    """
    rng = exam.rng
    space = _space(rng)
    places, right = _inside(rng, keep), dict(space)
    for name, edge in edges.items():
        near = float(rng.uniform(0.0, off))
        places[name][0] = 1 - near if edge else near
        _, low, high = space[name]
        right[name] = (LOG, low, high * 10) if edge else (LOG, low / 10, high)
    trials = _trials(rng, space, places)
    where = " and ".join(
        f"{'high' if edge else 'low'} edge of {name!r}" for name, edge in edges.items()
    )
    best = trials[0][0]
    why = f"the best trial, {best}, lies on the {where}"
    return _asked(space, _shuffled(rng, trials), keep, right, True, why)


def _expect_next(exam: Exam, questions: list[Question]) -> None:
    found = answers(exam, questions)
    for exam.asked, got, question in found:
        space, extended = question.right
        _expect_range(_read_space(got[0], NAMES), space, question.why)
        if as_truth(got[1]) != extended:
            raise Mismatch(
                f"returned extended = {got[1]}; expected {extended}: {question.why}"
            )


@following.part(NARROWER, weight=3)
def _(exam: Exam) -> None:
    _expect_next(exam, [_narrower(exam, keep) for keep in (3, 4, 2, 1, 6)])


@following.part(WIDER, weight=3)
def _(exam: Exam) -> None:
    edges: list[dict[str, int]] = [
        {"rate": 1},
        {"rate": 0},
        {"weight_decay": 0},
        {"weight_decay": 1},
        {"rate": 1, "weight_decay": 0},
        {"rate": 0, "weight_decay": 1},
    ]
    near = [_wider(exam, each) for each in edges]
    _expect_next(exam, [*near, *(_wider(exam, each, off=0.0) for each in edges[:4])])


@following.part("near is near in the logarithm", weight=2)
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for _ in range(3):
        space = _space(rng)
        places = _inside(rng, 3)
        for name in NAMES:  # on a linear scale that is next to the low end
            places[name][0] = float(rng.uniform(0.12, 0.16))
        trials = _trials(rng, space, places)
        right = _around(space, trials[:3])
        why = "by its factor, the best is far enough from the low end"
        questions.append(_asked(space, trials[::-1], 3, right, False, why))
    _expect_next(exam, questions)


@following.part("only the best trial asks for more room")
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for edge in (0.0, 1.0, 0.0):
        space = _space(rng)
        places = _inside(rng, 3)
        for name in NAMES:
            places[name][1 + int(rng.integers(2))] = edge
        trials = _trials(rng, space, places)
        right = _around(space, trials[:3])
        why = "only the second or third best lies on an edge"
        questions.append(_asked(space, _shuffled(rng, trials), 3, right, False, why))
    _expect_next(exam, questions)


@following.part("a trial that diverged is never among the best", weight=2)
def _(exam: Exam) -> None:
    lost = [math.nan, math.inf, -math.inf, math.nan, math.inf, -math.inf]

    def spoil(trials: Trials) -> Trials:
        ends = [(config, lost[i % 6]) for i, (config, _) in enumerate(trials[4:])]
        return [*trials[:4], *ends]

    why = "the best that did not diverge lies inside"
    inside = [_narrower(exam, keep, spoil, why) for keep in (3, 4, 2)]
    edges: list[dict[str, int]] = [{"rate": 1}, {"weight_decay": 0}]
    outside = [_wider(exam, each, 4) for each in edges]
    questions = list(inside)
    for question in outside:
        space, trials, keep = question.arguments
        trials = _shuffled(exam.rng, spoil(sorted(trials, key=lambda t: t[1])))
        right, extended = question.right
        questions.append(_asked(space, trials, keep, right, extended, question.why))
    _expect_next(exam, questions)


@following.manner("where fewer than keep did not diverge, these alone count")
def _(exam: Exam) -> None:
    def spoil(trials: Trials) -> Trials:
        return [*trials[:3], *((config, math.nan) for config, _ in trials[3:])]

    question = _narrower(exam, 3, spoil, "only three did not diverge")
    space, trials, _ = question.arguments
    right, extended = question.right
    _expect_next(exam, [_asked(space, trials, 8, right, extended, question.why)])


@following.manner("the edge is 5 % of the range's length, in logarithms")
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for place in (0.045, 0.055, 0.945, 0.955):
        for name in NAMES:
            space = _space(rng)
            places = _inside(rng, 3)
            places[name][0] = place
            trials = _trials(rng, space, places)
            right, extended = _around(space, trials[:3]), False
            _, low, high = space[name]
            if not 0.05 < place < 0.95:
                right, extended = dict(space), True
                wider = (low / 10, high) if place < 0.5 else (low, high * 10)
                right[name] = (LOG, *wider)
            why = f"{name!r} of the best is {place:.1%} of the way through its range"
            questions.append(
                _asked(space, _shuffled(rng, trials), 3, right, extended, why)
            )
    _expect_next(exam, questions)


@following.manner("where all trials diverged it raises ValueError")
def _(exam: Exam) -> None:
    space = _space(exam.rng)
    trials = [
        (config, math.nan)
        for config, _ in _trials(exam.rng, space, _inside(exam.rng, 3))
    ]
    try:
        expect_value_error(exam, space, trials, 3, why="no trial did not diverge")
    finally:
        exam.asked = f"next_space(space={in_words(space)}, trials all NaN, keep=3)"


@following.manner("the answer is True or False, and the arguments are left alone")
def _(exam: Exam) -> None:
    question = _wider(exam, {"rate": 1})
    _, extended = expect_untouched(exam, *question.arguments)
    if not isinstance(extended, (bool, np.bool_)):
        raise Mismatch(f"extended is a {type(extended).__name__}; expected a bool")
