"""Do the checks of the schedules refuse what is wrong, and say so readably?"""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from autograder import examine
from autograder.checks import all_checks
from tests.checks.schedules_solutions import OF_A_STEP, TOPIC, plateau, right, warmup

SEEDS = range(3)


def refused(name: str, function, seed: int = 0) -> bool:
    """Whether the function does not pass."""
    return not examine(name, {name: function}, seed=seed).passed


# Small errors -------------------------------------------------------------------------

PLANTS = {
    "scaled": lambda rate: 1.001 * rate,
    "a little more": lambda rate: rate + 1e-4 * np.max(rate),
    "sign": lambda rate: -rate,
    "never below a floor": lambda rate: np.maximum(rate, 2e-5),
    "never above a ceiling": lambda rate: np.minimum(rate, 0.05),
    "rounded": lambda rate: np.round(rate, 4),
    "whole numbers": lambda rate: np.asarray(rate).astype(int),
    "NaN": lambda rate: rate * np.nan,
    "text": str,
    "list": lambda rate: [rate],
    "complex": lambda rate: rate + 0j,
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", TOPIC)
def test_a_planted_error_is_refused(name: str, plant: str) -> None:
    """Is a rate refused that is wrong by a little, or of the wrong kind?"""

    def wrong(*arguments):
        return PLANTS[plant](right(name)(*arguments))

    for seed in SEEDS:
        assert refused(name, wrong, seed)


@pytest.mark.parametrize("name", OF_A_STEP)
def test_one_wrong_entry_of_an_array_is_refused(name: str) -> None:
    """Is an array refused whose smallest entry is wrong by a thousandth of itself?"""

    def wrong(t, *parameters):
        rates = np.array(right(name)(t, *parameters))
        if rates.ndim:
            rates.flat[rates.argmin()] *= 1.001
        return rates

    assert refused(name, wrong)


@pytest.mark.parametrize(
    "shape", [np.ravel, np.atleast_2d, np.squeeze, lambda r: r[..., None], np.transpose]
)
@pytest.mark.parametrize("name", OF_A_STEP)
def test_another_shape_is_refused(name: str, shape) -> None:
    """Is an array of rates refused that has not the shape of the steps?"""

    def wrong(t, *parameters):
        rates = np.full(np.shape(t), right(name)(t, *parameters))
        return shape(rates) if rates.ndim else rates

    assert refused(name, wrong)


# Arguments ----------------------------------------------------------------------------

CONSTANTS = {
    "base_lr": (0.1, 0.01, 1.0),
    "gamma": (0.5, 0.9, 0.1),
    "step_size": (10, 1, 5000),
    "milestones": ([5000, 7000, 8000, 9000, 9500], [], [10]),
    "power": (1, 2, 0.5, 0.75),
    "total": (10, 100, 64),
    "warmup_steps": (5, 10, 1),
    "after": (lambda t: 0.3 + 0 * t, lambda t: 0.3 * 0.8**t),
    "factor": (0.5, 0.1, 0.2),
    "patience": (2, 3, 1),
    "base_batch": (256, 128, 32),
    "batch": (256, 1),
}
HARD_CODED = [
    (name, parameter, constant)
    for name in TOPIC
    for parameter in all_checks()[name].signature.parameters
    for constant in CONSTANTS.get(parameter, ())
]


@pytest.mark.parametrize(("name", "parameter", "constant"), HARD_CODED)
def test_a_hard_coded_argument_is_refused(name: str, parameter: str, constant) -> None:
    """Is a function refused that takes a number of its own for an argument?"""
    place = all_checks()[name].signature.parameters.index(parameter)

    def wrong(*arguments):
        return right(name)(*arguments[:place], constant, *arguments[place + 1 :])

    for seed in SEEDS:
        assert refused(name, wrong, seed)


@pytest.mark.parametrize("shift", [-1, 1])
@pytest.mark.parametrize("name", [n for n in OF_A_STEP if n != "fixed"])
def test_a_shifted_step_is_refused(name: str, shift: int) -> None:
    """Is a schedule refused that runs a step ahead, or behind?"""

    def wrong(t, *parameters):
        return right(name)(np.asarray(t, dtype=float) + shift, *parameters)

    for seed in SEEDS:
        assert refused(name, wrong, seed)


@pytest.mark.parametrize("name", TOPIC)
def test_a_function_that_counts_its_calls_is_refused(name: str) -> None:
    """Is a function refused that remembers the last answer for the first argument?"""
    seen: dict[object, object] = {}

    def remembering(*arguments):
        first = arguments[0]
        key = float(first) if np.ndim(first) == 0 else repr(first)
        return seen.setdefault(key, right(name)(*arguments))

    assert refused(name, remembering)


# Two readings, one at a time ----------------------------------------------------------


def test_readings_of_patience_do_not_mix() -> None:
    """Is a plateau refused that reaches patience once and exceeds it then?"""

    def mixed(history, base_lr, factor, patience):
        rate, best, waited, limit = base_lr, np.inf, 0, patience
        for loss in history:
            waited = 0 if loss < best else waited + 1
            best = min(best, loss)
            if waited >= limit:
                rate, waited, limit = rate * factor, 0, patience + 1
        return rate

    assert all(refused("plateau", mixed, seed) for seed in SEEDS)


def test_readings_of_a_warmup_do_not_mix() -> None:
    """Is a warm-up refused that begins at 0 and goes on as if it had not?"""

    def mixed(t, base_lr, warmup_steps, after):
        return 0.0 if t == 0 else warmup(t, base_lr, warmup_steps, after)

    assert all(refused("warmup", mixed, seed) for seed in SEEDS)


@pytest.mark.parametrize("offset", [-1, 2, 3])
def test_another_patience_is_refused(offset: int) -> None:
    """Is a plateau refused that waits for less, or for more, than either reading?"""

    def wrong(history, base_lr, factor, patience):
        return plateau(history, base_lr, factor, max(patience + offset, 1))

    assert all(refused("plateau", wrong, seed) for seed in SEEDS)


@pytest.mark.parametrize("shares", [lambda t, w: t / (w + 1), lambda t, w: (t + 2) / w])
def test_another_growth_is_refused(shares) -> None:
    """Is a warm-up refused that never arrives, or begins too high?"""

    def wrong(t, base_lr, warmup_steps, after):
        if t < warmup_steps:
            return base_lr * shares(t, warmup_steps)
        return after(t - warmup_steps)

    assert all(refused("warmup", wrong, seed) for seed in SEEDS)


# Doing nothing ------------------------------------------------------------------------

NOTHING = {
    "None": lambda *_: None,
    "first": lambda first, *_: first,
    "second": lambda first, second, *_: second,
    "zeros": lambda first, *_: np.zeros(np.shape(first)),
    "one": lambda *_: 1,
    "empty": lambda *_: (),
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("name", TOPIC)
def test_doing_nothing_earns_nothing(name: str, nothing: str) -> None:
    """Is a function worth nothing that hands back an argument or a constant?"""
    if (name, nothing) == ("fixed", "second"):
        return  # that is what fixed has to do
    assert examine(name, {name: NOTHING[nothing]}, seed=0).score == 0


# Manners ------------------------------------------------------------------------------


def in_place(name: str):
    """The right function, which afterwards spoils its first argument."""

    def rude(first, *others):
        rate = right(name)(first, *others)
        if isinstance(first, list):
            first.append(0.0)
        elif np.ndim(first):
            first += 1
        return rate

    return rude


@pytest.mark.parametrize("name", [n for n in TOPIC if n != "scale_lr"])
def test_changing_an_argument_costs_manners(name: str) -> None:
    """Does changing an argument in place cost a little, and not the function?"""
    verdict = examine(name, {name: in_place(name)}, seed=0)
    assert verdict.passed
    assert 0.9 <= verdict.score < 1
    assert "in place" in str(verdict)


@pytest.mark.parametrize("name", TOPIC)
def test_an_axis_too_many_costs_manners(name: str) -> None:
    """Does an array of one rate for a single step cost a little, not the function?"""

    def boxed(*arguments):
        rate = right(name)(*arguments)
        return np.reshape(rate, 1) if np.ndim(rate) == 0 else rate

    verdict = examine(name, {name: boxed}, seed=0)
    assert verdict.passed, str(verdict)
    assert 0.9 <= verdict.score < 1


MANNERLESS = {
    "warmup": [
        (lambda t, lr, w, after: lr * (t + 1) / w if t < w else after(t - w), "arrays"),
        (
            lambda t, lr, w, after: np.where(
                t < w, lr * (t + 1) / w, after(np.maximum(t - w, 0))
            ),
            "no warm-up",
        ),
    ],
    "plateau": [
        (lambda h, *a: plateau(h, *a) if h else 0.0, "before the first epoch"),
    ],
    "fixed": [(lambda t, lr: lr, "an array of steps gives")],
}


@pytest.mark.parametrize("name", MANNERLESS)
def test_manners_are_asked_about(name: str) -> None:
    """Is each question of manners answered wrongly by a function without them?"""
    for function, title in MANNERLESS[name]:
        verdict = examine(name, {name: function}, seed=0)
        assert verdict.passed
        assert verdict.score < 1
        (part,) = (part for part in verdict.parts if part.name.startswith(title))
        assert part.outcome == "failed"


# Misbehavior and messages -------------------------------------------------------------


def crash(*_):
    """End the process, or try to."""
    raise SystemExit(3)


MISBEHAVIOR = {
    "generator": (lambda *_: (i for i in range(3)), "generator"),
    "objects": (lambda *_: np.array([None, "a"], dtype=object), "object"),
    "exit": (crash, "SystemExit"),
    "key": (lambda *_: {}["gamma"], "KeyError"),
    "wrong arguments": (lambda: None, "TypeError"),
}


@pytest.mark.parametrize("kind", MISBEHAVIOR)
@pytest.mark.parametrize("name", TOPIC)
def test_misbehavior_is_a_readable_verdict(name: str, kind: str) -> None:
    """Does whatever a function does end in a failed verdict that says what it was?"""
    function, word = MISBEHAVIOR[kind]
    verdict = examine(name, {name: function}, seed=0)
    assert verdict.score == 0
    assert word in verdict.message
    assert verdict.message.startswith(f"{name}: not right yet (0%)")


def test_a_message_says_call_answer_expectation_and_hint() -> None:
    """Does a failure tell the call, what came back, what was expected, and why?"""

    def late(t, base_lr, gamma, step_size):
        return base_lr * gamma ** (np.maximum(np.asarray(t) - 1, 0) // step_size)

    verdict = examine("step", {"step": late}, seed=0)
    (failed,) = (part for part in verdict.parts if part.name.startswith("at a drop"))
    assert "step(t=10, base_lr=0.1, gamma=0.5, step_size=10)" in failed.message
    assert "the rate is 0.1; expected 0.05" in failed.message
    assert failed.message.endswith(
        "at t = step_size itself, not a step earlier or later"
    )


def test_a_message_names_both_readings() -> None:
    """Where two answers would be right, does the message tell both?"""
    verdict = examine("plateau", {"plateau": lambda h, lr, f, p: 7 * lr}, seed=0)
    messages = [part.message for part in verdict.parts if part.core]
    assert any("or " in m and "by `exceeds patience`" in m for m in messages)


def test_the_signatures_are_those_of_the_contract() -> None:
    """Has each check the parameters that the contract names?"""
    assert len(TOPIC) == 13
    for name in TOPIC:
        parameters = inspect.signature(right(name)).parameters
        assert len(all_checks()[name].signature.parameters) == len(parameters)
