"""Whether a backward function is true to the student's own, wrong, normalization.

What the checks of all four backward functions share stands here too: the places of
the gradients, the dictionary that forward is given, the step of a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.carrying import ForwardFailed, carried_through, own_forward
from autograder.checks.batchnorm import batch_param
from autograder.comparing import expect_shape, number_array
from autograder.exam import Exam
from autograder.gradients import STEP, expect_gradient_along
from autograder.mishaps import Mishap, Mismatch
from autograder.oracles.batchnorm import (
    LAYER,
    PLAIN,
    SEEN,
    TINY,
    Array,
    Case,
    Entries,
    Norm,
    Shape,
    drawn_running,
)

PLACES = {"dx": 0, "dgamma": 1, "dbeta": 2}


def param(exam: Exam, norm: Norm, case: Case, **entries: Any) -> Entries:
    """The forward function's dictionary; running statistics only where it has some."""
    if norm is LAYER:
        return entries
    running = drawn_running(exam.rng, len(case.gamma))
    return batch_param(exam, "train", running, **entries)


def function_of(
    what: str, given: Sequence[Array], apply: Callable[..., Array]
) -> Callable[[Array], Array]:
    """``apply`` as a function of one of its arguments, the others as ``given``."""
    place = PLACES[what]
    return lambda value: apply(*given[:place], value, *given[place + 1 :])


def step(what: str, case: Case) -> float:
    """A step that is small beside what is varied."""
    return STEP * float(np.ptp(case.x)) / 10 if what == "dx" else STEP


def true_to_own_forward(norm: Norm) -> Callable[[Exam], None]:
    """The question whether the backward is the gradient of the student's forward."""

    def ask(exam: Exam) -> None:
        _expect_a_normalization(exam, norm)
        layers: list[tuple[Shape, float, tuple[float, float]]] = [
            *((shape, TINY, PLAIN) for shape in norm.square),
            # Not where some axis has one index only: over it nothing varies.
            *((shape, TINY, PLAIN) for shape in norm.small if 1 not in shape),
            *((norm.square[0], *seen) for seen in SEEN),
            (norm.drawn_shape(exam.rng), TINY, PLAIN),
            (norm.drawn_shape(exam.rng), *SEEN[0]),
        ]
        carried_through(layers, lambda layer: _expect_own(exam, norm, *layer))

    return ask


def _own_output(answer: Any, shape: Shape) -> Array:
    """The ``out`` in the answer of the student's forward function.

    Where it is not finite it has no gradient: that is no answer.
    """
    out = number_array(answer[0], "out").astype(np.float64)
    expect_shape(out, shape, "out")
    if not np.isfinite(out).all():
        raise ForwardFailed(Mishap("infinite", "returned numbers that are not finite"))
    return out


def _asked_as_it_can(
    exam: Exam, norm: Norm, case: Case, eps: float
) -> tuple[Entries, Any]:
    """The dictionary for the student's forward function, and what it answers to it.

    Running statistics of the contract's shape may be too much for a wrong function:
    then it is asked without them, as for a first batch.
    """
    asked = param(exam, norm, case, eps=eps)
    try:
        return asked, own_forward(exam, *case, asked)
    except ForwardFailed as failed:
        if failed.mishap.fatal:
            raise
        asked = {
            key: value for key, value in asked.items() if not key.startswith("running")
        }
        return asked, own_forward(exam, *case, asked)


def _expect_own(
    exam: Exam, norm: Norm, shape: Shape, eps: float, variances: tuple[float, float]
) -> None:
    """All three gradients are those of the student's own forward function here."""
    case = norm.case(exam.rng, shape, variances)
    asked, (out, cache) = _asked_as_it_can(exam, norm, case, eps)
    _own_output((out, cache), shape)

    def own(*given: Array) -> Array:
        return _own_output(own_forward(exam, *given, asked), shape)

    dout = norm.upstream(exam.rng, case.x)
    answer = exam.call(dout, cache)
    for what, place in PLACES.items():
        expect_gradient_along(
            answer[place],
            function_of(what, case, own),
            case[place],
            dout,
            what,
            exam.rng,
            directions=2 if what == "dx" else 1,
            h=step(what, case),
            loose_shape=what != "dx",
        )
        # A parameter may be forgotten; then its gradient is 0.
        if what == "dx" and not np.any(number_array(answer[place], what)):
            raise Mismatch("the forward function makes no use of its inputs")


def _expect_a_normalization(exam: Exam, norm: Norm) -> None:
    """The first output depends on statistics, its batch's or the running ones.

    Where it depends on its own input only, nothing was normalized.
    """
    case = norm.case(exam.rng, norm.square[0])
    other = norm.case(exam.rng, norm.square[0])
    mixed = other.x.copy()
    mixed.flat[0] = case.x.flat[0]
    shape = case.x.shape
    asked, answer = _asked_as_it_can(exam, norm, case, 0.5)
    first = _own_output(answer, shape).flat[0]
    by_the_batch = _own_output(exam.forward(mixed, *case[1:], asked), shape).flat[0]
    _, answer = _asked_as_it_can(exam, norm, case, 0.5)
    by_running = _own_output(answer, shape).flat[0]
    if not max(abs(first - by_the_batch), abs(first - by_running)) > 1e-3:
        raise Mismatch("the forward function does not normalize")
