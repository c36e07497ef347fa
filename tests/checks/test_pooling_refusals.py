"""Do the checks of the pooling kernels refuse what is wrong, and fairly?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autograder import examine
from autograder.checks import all_checks
from autograder.mistakes import mistakes_of, variants_of

TOPIC = [name for name, check in all_checks().items() if check.topic == "pooling"]
FORWARD = [name for name in TOPIC if "_forward_" in name]
BACKWARD = [name for name in TOPIC if "_backward_" in name]


def right_pair(name: str) -> dict:
    """A right function of that name, with its forward partner if it has one."""
    variant = variants_of(name)[0]
    forward = all_checks()[name].forward
    return {name: variant.function} | ({forward: variant.partner} if forward else {})


def known(name: str, function: str):
    """The known mistake ``function`` in ``name``."""
    return next(m.function for m in mistakes_of(name) if m.name == function)


# Wrong values -------------------------------------------------------------------------


def planted(answer, plant):
    """The answer with ``plant`` applied to each array of numbers in it in turn."""
    if isinstance(answer, tuple):
        for place, item in enumerate(answer):
            if isinstance(item, np.ndarray):
                yield (*answer[:place], plant(item), *answer[place + 1 :])
    else:
        yield plant(answer)


def one_entry(array):
    """The largest entry wrong by a thousandth of it."""
    array = np.array(array, dtype=np.float64)
    array.flat[np.abs(array).argmax()] *= 1.001
    return array


PLANTS = {
    "scaled": lambda array: 1.001 * array,
    "one entry": one_entry,
    "sign": lambda array: -array,
    "shift": lambda array: array + 1e-3 * np.abs(array).max(),
    "NaN": lambda array: np.full_like(array, np.nan),
    "transposed": lambda array: np.swapaxes(array, -1, -2) if array.ndim > 1 else 0,
    "first image for all": lambda array: array[:1] + 0 * array,
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", [n for n in TOPIC if n != "receptive_field"])
def test_a_planted_error_is_refused(name: str, plant: str) -> None:
    """Is each returned array refused when something small or large is wrong in it?"""
    namespace = right_pair(name)
    function = namespace[name]
    for place in itertools.count():

        def wrong(*arguments, place=place):
            answers = planted(function(*arguments), PLANTS[plant])
            return next(itertools.islice(answers, place, None))

        verdict = examine(name, namespace | {name: wrong}, seed=7)
        first_call = verdict.parts[0].message + verdict.parts[1].message
        if "StopIteration" in first_call:
            break
        assert not verdict.passed
    assert place == (3 if name == "conv_backward_naive" else 1)


@pytest.mark.parametrize("off", [-1, 1, 0.001])
def test_a_field_off_by_little_is_refused(off: float) -> None:
    """Is a receptive field that is off by a pixel, or less, refused?"""
    right = right_pair("receptive_field")["receptive_field"]
    namespace = {"receptive_field": lambda layers: right(layers) + off}
    assert examine("receptive_field", namespace, seed=0).score == 0


# Doing nothing ------------------------------------------------------------------------

NOTHING = {
    "None": lambda *_: None,
    "input and None": lambda first, *_: (first, None),
    "input": lambda first, *_: first,
    "zeros": lambda first, *_: np.zeros_like(first),
    "one": lambda *_: 1,
    "zero": lambda *_: 0.0,
    "empty tuple": lambda *_: (),
    "three inputs": lambda first, *_: (first, first, first),
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("name", TOPIC)
def test_doing_nothing_earns_nothing(name: str, nothing: str) -> None:
    """Is a function that does nothing worth nothing, with any forward partner?"""
    namespace = right_pair(name) | {name: NOTHING[nothing]}
    assert examine(name, namespace, seed=0).score == 0
    forward = all_checks()[name].forward
    for partner in NOTHING.values() if forward else ():
        verdict = examine(name, namespace | {forward: partner}, seed=0)
        assert verdict.score == 0
        assert verdict.note == ""


# Misbehavior --------------------------------------------------------------------------


def crash(*_):
    """End the process, or try to."""
    raise SystemExit(3)


def recurse(*arguments):
    """Call itself without end."""
    return recurse(*arguments)


class Liar(np.ndarray):
    """An array that claims to equal anything."""

    def __sub__(self, other):
        return np.zeros_like(other)


MISBEHAVIOR = {
    "list": (lambda *_: [[1.0]], "expected"),
    "generator": (lambda *_: (i for i in range(9)), "generator"),
    "string": (lambda *_: "dx", "str"),
    "objects": (lambda *_: np.array([None, "a"], dtype=object), ""),
    "complex": (lambda *_: np.ones((2, 3), dtype=complex), ""),
    "many": (lambda *_: (1, 2, 3, 4, 5), ""),
    "exit": (crash, "SystemExit"),
    "recursion": (recurse, "RecursionError"),
    "key": (lambda *_: {}["stride"], "KeyError"),
    "liar": (lambda *_: np.zeros((2, 3)).view(Liar), ""),
    "wrong arguments": (lambda: None, "TypeError"),
    "not written": (lambda *_: (_ for _ in ()).throw(NotImplementedError), "not writ"),
}


@pytest.mark.parametrize("kind", MISBEHAVIOR)
@pytest.mark.parametrize("name", TOPIC)
def test_misbehavior_is_a_readable_verdict(name: str, kind: str) -> None:
    """Does whatever a function does end in a failed verdict that says what it was?"""
    function, word = MISBEHAVIOR[kind]
    verdict = examine(name, right_pair(name) | {name: function}, seed=0)
    assert not verdict.passed
    assert verdict.score == 0
    assert word in verdict.message
    assert verdict.message.startswith(f"{name}: not right yet (0%)")


@pytest.mark.parametrize("name", BACKWARD)
def test_a_crashing_forward_is_named(name: str) -> None:
    """When forward crashes, does the backward's verdict say that it was forward?"""
    forward = all_checks()[name].forward
    verdict = examine(name, right_pair(name) | {forward: crash}, seed=0)
    assert not verdict.passed
    assert f"{forward}(" in verdict.message
    assert "SystemExit" in verdict.message


def test_a_message_says_call_answer_expectation_place_and_hint() -> None:
    """Does a failure tell the call, what came back, what was expected, where, why?"""
    wrong = known("conv_backward_naive", "crop_empty_without_padding")
    namespace = right_pair("conv_backward_naive") | {"conv_backward_naive": wrong}
    verdict = examine("conv_backward_naive", namespace, seed=0)
    (failed,) = (part for part in verdict.parts if "no padding" in part.name)
    assert "conv_backward_naive(dout (2, 3, 2, 3), cache) after" in failed.message
    assert "'pad': 0" in failed.message
    assert "dx has shape (2, 2, 0, 0); expected (2, 2, 4, 5)" in failed.message
    assert failed.message.endswith("Follow `pad` through the code when it is 0")
    overwritten = known("max_pool_backward_naive", "patches_overwritten")
    namespace = right_pair("max_pool_backward_naive")
    namespace["max_pool_backward_naive"] = overwritten
    verdict = examine("max_pool_backward_naive", namespace, seed=0)
    (failed,) = (part for part in verdict.parts if part.name.startswith("overlapping"))
    assert "entries differ" in failed.message
    assert failed.picture is not None
