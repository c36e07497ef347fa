"""What is asked of ``random_search``: independent settings, each with its own value.

That a value is the objective's at its setting is a fact, and so is what the generator's
state decides. The law of each parameter, and whether parameters or trials know of each
other, is judged by :mod:`autograder.oracles.tuning_laws`: of 4000 trials a distribution
function that is off by 0.11 at one point is sure to be refused, a mean that is off by
0.067 of the range, a range of which 0.7 % is left out at an end, and one setting in 40
that is an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.calling import Source
from autograder.comparing import RTOL, same
from autograder.exam import Check, Exam
from autograder.mishaps import Mismatch
from autograder.oracles.generators import expect_moved_on, two_in_a_row
from autograder.oracles.tuning import (
    LINEAR,
    LOG,
    Array,
    Space,
    as_number,
    asking,
    draw_space,
    in_words,
    inside,
    linear_objective,
    place_in,
    read_results,
)
from autograder.oracles.tuning_laws import (
    SEARCHES,
    SMALL,
    agreement,
    expect_all_uniform,
    expect_counts_vary,
    expect_decided,
    expect_distinct,
    expect_independent,
    expect_uniform,
    generator,
    note,
)

# Each call gives a number above the last: from which on is not said, since a function
# may have been called before, in an earlier examination.
_NUMBERED = "(lambda n: lambda config: {})(iter(range(10**15)))"
COUNTING = Source(_NUMBERED.format("next(n)"))
# Multiplied by 2 and modulo 13 these are n again, and meanwhile in no order.
SCRAMBLED = Source(_NUMBERED.format("7 * next(n) % 13"))

search = Check.of("random_search(objective, space, trials, rng) -> results", "tuning")


def _asked(
    exam: Exam, objective: Source, space: Space, trials: int, **state: Any
) -> Any:
    """What the search returns."""
    exam.by_hand = True
    rng = state.get("rng") or generator(exam)
    words = f"random_search(objective, space={in_words(space)}, trials={trials}, rng)"
    return asking(exam, words, objective, space, trials, rng)


def _settings(exam: Exam, space: Space, trials: int, **state: Any) -> dict[str, Array]:
    """The settings that a search tried, one array a parameter.

    The objective counts its calls, so that sorted results are in the order tried.
    """
    return read_results(_asked(exam, COUNTING, space, trials, **state), space, trials)[
        0
    ]


def _searched(
    exam: Exam, label: str, scales: list[str], trials: int, names: Sequence[str] = ()
) -> tuple[Space, list[Array]]:
    """A space and where in its ranges the settings of a search lie.

    Given ``names``, these mislead, and so do the ranges.
    """
    space = draw_space(exam.rng, scales, names, misleading=bool(names))
    columns = _settings(exam, space, trials)
    places = [place_in(columns[name], *space[name]) for name in space]
    if label:
        for place, scale in zip(places, scales, strict=True):
            note(exam, f"{label}, {scale}", place)
    return space, places


def _note_kind(exam: Exam, value: Any) -> None:
    """Record how many results came back, and what the first of them is."""
    many = isinstance(value, (list, tuple))
    exam.observe("results", len(value) if many else None)
    exam.observe("a result", type(value[0]).__name__ if many and value else None)


RESULTS = "each result is a setting and its value"


@search.part(RESULTS, weight=2)
def _(exam: Exam) -> None:
    for scales, trials in [
        ([LOG, LINEAR], 7),
        ([LINEAR], 1),
        ([LOG], 3),
        ([LINEAR, LOG, LOG, LINEAR], 25),
    ]:
        space = draw_space(exam.rng, scales)
        if trials == 7:  # a linear range may hold 0, and whole numbers
            space["shift"] = (LINEAR, -int(exam.rng.integers(2, 5)), 3)
        _expect_own_values(exam, space, trials, linear_objective(space, exam.rng))


def _expect_own_values(
    exam: Exam, space: Space, trials: int, objective: Source
) -> Array:
    value = _asked(exam, objective, space, trials)
    _note_kind(exam, value)
    columns, values = read_results(value, space, trials)
    exam.observe("finite", bool(np.isfinite(values).all()))
    settings = [
        dict(zip(columns, map(float, row), strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    right = np.array([objective.compiled()(setting) for setting in settings])
    with np.errstate(all="ignore"):
        fits = np.abs(values - right) <= RTOL * np.abs(right)
    fits |= (values == right) | (np.isnan(values) & np.isnan(right))
    out = {
        name: ~inside(columns[name], low, high)
        for name, (_, low, high) in space.items()
    }
    alike = trials > 1 and all(len(np.unique(c)) == 1 for c in columns.values())
    exam.observe("values fit", bool(fits.all()))
    before = np.isclose(values[1:], right[:-1], rtol=RTOL, atol=0, equal_nan=True)
    exam.observe("values of the one before", bool(before.all()))
    exam.observe("inside", not any(each.any() for each in out.values()))
    exam.observe("alike", alike)
    # What the parts below are sure of, seen early: it costs few trials to tell that
    # a mistake of the catalog is another one.
    places = np.array([place_in(columns[name], *space[name]) for name in space])
    exam.observe("one place", bool(np.ptp(places, axis=0).max() < 1e-3))
    cells = [len(np.unique(np.floor(trials * each))) for each in places]
    exam.observe("shared out", trials > 20 and max(cells) >= trials - 1)
    for name, outside in out.items():
        if outside.any():
            _, low, high = space[name]
            raise Mismatch(
                f"a setting has {name!r} = {float(columns[name][outside][0]):.6g}, "
                f"which is not between {low:g} and {high:g}"
            )
    if not fits.all():
        number = int(np.argmin(fits))
        raise Mismatch(
            f"result {number} gives the value {values[number]:.6g} to a setting whose "
            f"objective is {right[number]:.6g} ({int((~fits).sum())} of {trials} "
            "results differ). Does every result keep a setting of its own?"
        )
    if alike:
        raise Mismatch(f"all {trials} results hold the same setting")
    return values


@search.part("a trial that diverges is a result too", needs=RESULTS)
def _(exam: Exam) -> None:
    for diverged in ("np.nan", "np.inf"):
        space = draw_space(exam.rng, [LINEAR, LOG])
        name = next(iter(space))
        _, low, high = space[name]
        right = linear_objective(space, exam.rng).text.partition(": ")[2]
        edge = low + exam.rng.uniform(0.3, 0.6) * (high - low)
        text = f"lambda config: {diverged} if config[{name!r}] > {edge!r} else {right}"
        values = _expect_own_values(exam, space, 60, Source(text))
        # Each trial diverges with a probability of 0.4 at least.
        if np.isfinite(values).all():
            raise Mismatch(
                "none of 60 results diverged, though the objective does; "
                "keep what it returned, and draw nothing anew"
            )


@search.part("the generator's state decides")
def _(exam: Exam) -> None:
    space, state = draw_space(exam.rng, [LINEAR, LOG]), generator(exam)
    first, again, another = (
        _settings(exam, space, 20, rng=rng) for rng in (state, state, generator(exam))
    )
    repeats = all(bool(np.all(first[name] == again[name])) for name in space)
    follows = not any(bool(np.all(first[name] == another[name])) for name in space)
    exam.observe("repeats", repeats)
    exam.observe("follows", follows)
    pair = two_in_a_row(exam, COUNTING, space, 20, generator(exam))
    one, two = (read_results(value, space, 20)[0] for value in pair)
    alike = all(bool(np.all(one[name] == two[name])) for name in space)
    exam.observe("moves on", not alike)
    expect_decided(repeats, follows)
    expect_moved_on(alike, "settings")


PARAMETERS = "each parameter follows the law of its own scale"


@search.part(PARAMETERS, weight=3)
def _(exam: Exam) -> None:
    scales = [LOG, LINEAR, LOG]
    searches = []
    for names in (("dropout", "learning_rate", "momentum"), (), (), ()):
        space, places = _searched(exam, "law", scales, 1000, names)
        searches.append((exam.asked, space, places))
    # First all searches: so what is observed does not end at the first wrong one.
    for exam.asked, space, places in searches:
        for (name, interval), each in zip(space.items(), places, strict=True):
            try:
                expect_uniform(each, *interval)
            except Mismatch as mismatch:
                said = f"of {name!r}, {mismatch.message}"
                raise Mismatch(said, mismatch.picture) from None
    for together in zip(*(places for _, _, places in searches), strict=True):
        expect_all_uniform(np.concatenate(together), len(searches))


@search.part("parameters know nothing of each other", needs=PARAMETERS)
def _(exam: Exam) -> None:
    scales = [LOG, LINEAR, LOG]
    searches = [_searched(exam, "", scales, 1000)[1] for _ in range(3)]
    places = [np.concatenate(together) for together in zip(*searches, strict=True)]
    pairs = [(0, 1), (1, 2), (0, 2)]
    for one, other in pairs:
        share = agreement(places[one], places[other])
        exam.measure(f"agreement of {one}, {other}", share, 0.2)
    for one, other in pairs:
        what = f"parameters {one + 1} and {other + 1}"
        expect_independent(places[one], places[other], what)


@search.part("trials know nothing of each other", needs=PARAMETERS)
def _(exam: Exam) -> None:
    searches = [_searched(exam, "trials", [LINEAR, LOG], 1000)[1] for _ in range(3)]
    for number, together in enumerate(zip(*searches, strict=True), start=1):
        for lag in (1, 2):
            before = np.concatenate([places[:-lag] for places in together])
            after = np.concatenate([places[lag:] for places in together])
            exam.measure(f"agreement at {lag}", agreement(before, after), 0.2)
            what = f"parameter {number} in trials {lag} apart"
            expect_independent(before, after, what)
        expect_distinct(np.concatenate(together), "trials")
    small = [_searched(exam, "", [LINEAR, LOG], SMALL)[1] for _ in range(SEARCHES)]
    for number in range(2):
        expect_counts_vary(exam, "trials", [places[number] for places in small])


@search.manner("the objective is called once a trial, and results stay in that order")
def _(exam: Exam) -> None:
    trials = int(exam.rng.integers(6, 12))
    space = draw_space(exam.rng, [LOG, LINEAR])
    value = _asked(exam, SCRAMBLED, space, trials)
    calls = read_results(value, space, trials)[1] * 2 % 13
    steps = np.diff(calls) % 13
    if not (steps == 1).all():
        numbers = ", ".join(f"{1 + number:g}" for number in (calls - calls[0]) % 13)
        raise Mismatch(
            "an objective that counts its calls, the first result's as 1, gave the "
            f"results {numbers}; expected 1 to {trials}"
        )


@search.manner("results are pairs (config, value) of plain numbers")
def _(exam: Exam) -> None:
    space = draw_space(exam.rng, [LOG, LINEAR])
    value = _asked(exam, linear_objective(space, exam.rng), space, 3)
    read_results(value, space, 3)
    for config, score in value:
        if not isinstance(config, dict):
            raise Mismatch("the value comes before the setting; expected the reverse")
        for name, number in [*config.items(), ("the value", score)]:
            if np.ndim(number):
                shape = np.shape(number)
                raise Mismatch(f"{name} is an array of shape {shape}, not a number")
            as_number(number, name)


@search.manner("the space is left as it was")
def _(exam: Exam) -> None:
    exam.by_hand = True
    space = draw_space(exam.rng, [LOG, LINEAR])
    objective = linear_objective(space, exam.rng)
    _, left = exam.call_with_arguments(objective, space, 4, generator(exam))
    exam.asked = f"random_search(objective, space={in_words(space)}, trials=4, rng)"
    if not same(space, left[1], rtol=0.0):
        raise Mismatch("changed the space in place; work on a copy instead")
