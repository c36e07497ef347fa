"""Whether a backward function is true to the student's own, wrong, normalization.

What the checks of all four backward functions share stands here too: the places of
the gradients, the dictionary that forward is given, the step of a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.carrying import carried_through, own_forward
from autograder.checks.batchnorm import batch_param
from autograder.comparing import expect_shape, number_array
from autograder.exam import Exam
from autograder.gradients import STEP, expect_gradient_along
from autograder.mishaps import Mismatch
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
    """The ``out`` in the answer of the student's forward function."""
    out = number_array(answer[0], "out").astype(np.float64)
    expect_shape(out, shape, "out")
    return out


def _expect_own(
    exam: Exam, norm: Norm, shape: Shape, eps: float, variances: tuple[float, float]
) -> None:
    """All three gradients are those of the student's own forward function here."""
    case = norm.case(exam.rng, shape, variances)
    asked = param(exam, norm, case, eps=eps)

    def own(*given: Array) -> Array:
        return _own_output(own_forward(exam, *given, asked), shape)

    _, cache = own_forward(exam, *case, asked)
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
        if not np.any(number_array(answer[place], what)):
            raise Mismatch("the forward function makes no use of its inputs")


def _expect_a_normalization(exam: Exam, norm: Norm) -> None:
    """The first output depends on statistics, its batch's or the running ones.

    Where it depends on its own input only, nothing was normalized.
    """
    case = norm.case(exam.rng, norm.square[0])
    other = norm.case(exam.rng, norm.square[0])
    mixed = other.x.copy()
    mixed.flat[0] = case.x.flat[0]
    asked = param(exam, norm, case, eps=0.5)
    moved = param(exam, norm, case, eps=0.5)
    shape = case.x.shape
    first = _own_output(exam.forward(*case, asked), shape).flat[0]
    by_the_batch = _own_output(exam.forward(mixed, *case[1:], asked), shape).flat[0]
    by_running = _own_output(exam.forward(*case, moved), shape).flat[0]
    if not max(abs(first - by_the_batch), abs(first - by_running)) > 1e-3:
        raise Mismatch("the forward function does not normalize")
