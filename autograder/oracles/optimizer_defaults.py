"""What an optimizer does where settings are left out of its config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Exam
from autograder.mishaps import Mishap, Mismatch, hinting
from autograder.oracles.optimizer_questions import Optimizer, take_all, tiny
from autograder.oracles.optimizer_walks import LEFT_OUT, Walk, gradient


def defaults(optimizer: Optimizer, values: Mapping[str, float], exam: Exam) -> None:
    """Each key of ``values`` left out alone, and all where all settings are there."""
    rng = exam.rng
    walks = [_short_of(optimizer, rng, name, value) for name, value in values.items()]
    if set(values) == set(optimizer.settings):
        walks += _nothing_given(optimizer, values, rng)
    hint = "A key that is missing has a default, and so has a config that is missing"
    take_all(exam, walks, hint)


def _short_of(
    optimizer: Optimizer, rng: np.random.Generator, name: str, value: float
) -> Walk:
    """A walk whose first config lacks the setting ``name``, of that default."""
    if name == "epsilon" and not optimizer.epsilon_inside:
        walk = tiny(optimizer, rng, (2, 3), value)  # where gradients are tiny it shows
    else:
        walk = _near_zero(optimizer, rng)
        if name == "weight_decay":  # which near zero has no weight to decay
            walk = replace(walk, w=1e3 * walk.w)
        walk.settings[name] = value
    given = {key: x for key, x in walk.config.items() if key != name}
    return replace(walk, given=given)


def _near_zero(optimizer: Optimizer, rng: np.random.Generator) -> Walk:
    """Weights no larger than a step of a usual learning rate."""
    walk = optimizer.walk(rng, (3, 4), 2)
    return replace(walk, w=1e-3 * walk.w)


def _nothing_given(
    optimizer: Optimizer, values: Mapping[str, float], rng: np.random.Generator
) -> Sequence[Walk]:
    """No config in three ways; the first twice, for a default that remembers."""
    walks = []
    for given, steps in [(LEFT_OUT, 1), (LEFT_OUT, 1), (None, 1), ({}, 2)]:
        walk = _near_zero(optimizer, rng)
        walks.append(
            replace(
                walk,
                gradients=walk.gradients[:steps],
                settings=dict(values),
                start={},
                # Old versions of CS231n's code begin to count at 1.
                other_start={"t": 1} if optimizer.begin else None,
                given=given,
            )
        )
    return walks


def begins_anew(exam: Exam) -> None:
    """Without a config nothing of an earlier call is left, whatever the defaults.

    That there are defaults at all is asked among the manners.
    """
    exam.by_hand = True
    w, dw = 1e-3 * exam.rng.standard_normal((3, 4)), gradient(exam.rng, (3, 4), 1.0)
    try:
        begun = exam.call(w, dw)[0]
    except Mishap as mishap:
        if mishap.fatal:
            raise
        return
    first = number_array(begun, "next_w")
    exam.call(w, -3 * dw)
    third = number_array(exam.call(w, dw)[0], "next_w")
    expect_shape(third, first.shape, "next_w")
    exam.observe("what the third call gave beside the first", third - first)
    with hinting(
        "The third call was given what the first one was, and no config: what "
        "another call left behind is none of its business"
    ):
        expect_close(third, first, "next_w")


def without_config(_: Optimizer, exam: Exam) -> None:
    """Where libraries disagree on the defaults, any that move downhill will do."""
    dw = gradient(exam.rng, (3, 4), 1.0)
    dw[0, 0] = 0
    ways: list[list[Any]] = [[], [None], [{}]]
    for more in ways:
        next_w = number_array(exam.call(np.zeros((3, 4)), dw, *more)[0], "next_w")
        expect_shape(next_w, dw.shape, "next_w")
        # As much as all libraries agree on; NaN is wrong.
        if not np.array_equal(np.sign(next_w), -np.sign(dw)):
            raise Mismatch("not every weight goes down its gradient, if it has one")


def config_comes_back(exam: Exam) -> None:
    """The second value is a dictionary, whether or not one was given."""
    ways: list[list[Any]] = [[], [None]]
    for more in ways:
        w, dw = (gradient(exam.rng, (3, 4), 1.0) for _ in range(2))
        _, config = exam.call(w, dw, *more)
        if not isinstance(config, dict):
            kind = getattr(config, "foreign_kind", type(config).__name__)
            raise Mismatch(
                f"the second value is of type {kind}; expected config, a dictionary, "
                "though none was given: the next call needs one"
            )
