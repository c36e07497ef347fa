"""What is asked of the norms by which training is watched and kept in bounds.

``clip_grad_norm`` may divide by the norm or, as PyTorch does, by norm + 1e-6: every
norm that is clipped here is at least 2, where both agree to 5e-7.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.comparing import expect_close, number_array, type_of
from autograder.exam import Check, Exam
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.optimizers import Array

# Clipping ----------------------------------------------------------------------------

clip = Check.of("clip_grad_norm(grads, max_norm) -> grads, norm", "optimizers")

Shape = tuple[int, ...]
LISTS: list[list[Shape]] = [
    [(3, 4), (4,), (4, 2), (2,)],
    [(2, 3, 2, 2), (2,)],
    [(5,)],
    [(1,), (1, 1), (3, 1), (1, 4), (2, 2, 2)],
]
CLIPPED = "gradients that are too long get the norm max_norm"


def true_norm(grads: list[NDArray[Any]]) -> float:
    """The length of all entries of all arrays, taken as one vector."""
    return math.sqrt(sum(float(g) ** 2 for array in grads for g in array.flat))


def _drawn(exam: Exam, shapes: list[Shape], norm: float) -> list[Array]:
    """Gradients of the given norm, each array of a size of its own."""
    sizes = exam.rng.permutation(np.geomspace(0.3, 3, len(shapes)))
    grads = [
        size * exam.rng.standard_normal(shape)
        for size, shape in zip(sizes, shapes, strict=True)
    ]
    factor = norm / true_norm(grads)
    return [factor * array for array in grads]


Grads = list[NDArray[Any]]
Case = tuple[Grads, float]


def _too_long(exam: Exam) -> list[Case]:
    """Gradients and a max_norm below their norm: a little, or far."""
    cases: list[Case] = []
    for shapes, share in zip(LISTS, (0.99, 0.3, 0.05, 0.6), strict=True):
        norm = float(exam.rng.uniform(3, 60))
        cases.append((_drawn(exam, shapes, norm), round(share * norm, 3)))
    cases.append((_drawn(exam, LISTS[0], float(exam.rng.uniform(2e3, 2e4))), 5))
    cases.append((_drawn(exam, LISTS[1], float(exam.rng.uniform(2, 2.5))), 1.9))
    cases.append((_drawn(exam, LISTS[0], float(exam.rng.uniform(2, 9))), 0.02))
    return cases


def _short(exam: Exam) -> list[Case]:
    """Gradients and a max_norm above their norm."""
    cases: list[Case] = []
    for shapes, factor in zip(LISTS, (1.01, 20.0, 1.5, 3.0), strict=True):
        norm = float(np.exp(exam.rng.uniform(np.log(1e-3), np.log(50))))
        cases.append((_drawn(exam, shapes, norm), factor * norm))
    cases.append((_drawn(exam, LISTS[0], float(exam.rng.uniform(120, 900))), 1000))
    return cases


def _in_words(grads: Grads, max_norm: float) -> str:
    shapes = ", ".join(str(array.shape) for array in grads)
    return (
        f"clip_grad_norm(grads of shapes {shapes} and norm {true_norm(grads):.4g}, "
        f"max_norm={max_norm:.4g})"
    )


def _clipped(exam: Exam, cases: list[Case]) -> list[tuple[str, Any, Any, Case]]:
    """Every call in words and what it gave, before anything is judged."""
    exam.by_hand = True  # a tuple of gradients is as right as a list
    answers = []
    for grads, max_norm in cases:
        words = _in_words(grads, max_norm)
        try:
            value, norm = exam.call(grads, max_norm)
        finally:
            exam.asked = words
        items = list(value) if isinstance(value, (list, tuple)) else value
        exam.observe("grads", items)
        exam.observe("norm", norm)
        answers.append((words, items, norm, (grads, max_norm)))
    return answers


def _expect_grads(items: Any, expected: list[Array]) -> None:
    if not isinstance(items, list):
        raise Mismatch(f"grads is of type {type_of(items)}; expected a list of arrays")
    if len(items) != len(expected):
        raise Mismatch(f"{len(items)} arrays came back; expected {len(expected)}")
    for place, (got, right) in enumerate(zip(items, expected, strict=True)):
        expect_close(got, right, f"grads[{place}]")


def _ask_grads(cases: Callable[[Exam], list[Case]], hint: str) -> Callable[..., None]:
    def ask(exam: Exam) -> None:
        for words, items, _, (grads, max_norm) in _clipped(exam, cases(exam)):
            exam.asked = words
            factor = min(1.0, max_norm / true_norm(grads))
            with hinting(hint):
                _expect_grads(items, [factor * array for array in grads])

    return ask


clip.part(CLIPPED, weight=4)(
    _ask_grads(
        _too_long,
        "All arrays together are one long vector: it has one norm, and one factor "
        "shortens it",
    )
)
clip.part("shorter gradients are left alone", weight=2, needs=CLIPPED)(
    _ask_grads(_short, "max_norm is a bound, not a goal")
)


@clip.part("the norm comes back, as it was before clipping", weight=2)
def _(exam: Exam) -> None:
    cases = [*_too_long(exam), *_short(exam)]
    for words, _, norm, (grads, _) in _clipped(exam, cases):
        exam.asked = words
        with hinting("One L2 norm over all arrays, measured before they change"):
            expect_close(norm, true_norm(grads), "norm", loose_shape=True)


@clip.part("gradients of 0 stay finite", needs=CLIPPED)
def _(exam: Exam) -> None:
    nothing: list[Array] = [np.zeros((2, 3)), np.zeros(3)]
    partly = [np.zeros((2, 3)), 4 * exam.rng.uniform(1, 2, 3)]
    for grads, max_norm in ((nothing, 1.5), (partly, 2.5)):
        ((words, items, norm, _),) = _clipped(exam, [(grads, max_norm)])
        exam.asked = words
        length = true_norm(grads)
        factor = max_norm / length if length else 1.0
        with hinting("Where the norm is 0 there is nothing to shorten"):
            _expect_grads(items, [factor * array for array in grads])
            expect_close(norm, length, "norm", loose_shape=True)


@clip.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    grads = _drawn(exam, LISTS[0], 8.0)
    try:
        expect_untouched(exam, grads, 2.0)
    finally:
        exam.asked = _in_words(grads, 2.0)


@clip.manner("the dtype of each array is kept")
def _(exam: Exam) -> None:
    for max_norm in (2.0, 20.0):
        grads = [each.astype(np.float32) for each in _drawn(exam, LISTS[0], 8.0)]
        ((_, items, _, _),) = _clipped(exam, [(grads, max_norm)])
        for place, array in enumerate(items):
            expect_dtype(array, np.float32, f"grads[{place}]")


@clip.manner("the norm is a number")
def _(exam: Exam) -> None:
    grads = _drawn(exam, LISTS[0], 8.0)
    ((_, _, norm, _),) = _clipped(exam, [(grads, 2.0)])
    expect_close(norm, 8.0, "norm")


# The update ratio --------------------------------------------------------------------

ratio = Check.of("update_ratio(w, next_w) -> ratio", "optimizers")

RATIO = "the norm of the update over the norm of the weights"
LENGTH_AND_SHARE: list[tuple[Shape, float, float]] = [
    ((4, 5), 3.0, 0.4),
    ((6,), 40.0, 0.07),
    ((2, 3, 4), 0.8, 2.5),
    ((2, 3, 2, 2), 7.0, 0.9),
    ((1,), 2.0, 0.6),
    ((5, 1), 300.0, 0.2),
]


def _weights(
    rng: np.random.Generator, shape: Shape, length: float, share: float
) -> tuple[Array, Array]:
    """Weights whose mean is not 0, of the given norm, and an update of that share."""
    w = rng.standard_normal(shape) + rng.choice([-0.7, 0.7])
    update = rng.standard_normal(shape) + 0.4
    w *= length / np.sqrt(np.sum(w**2))
    return w, w + update * (share * length / np.sqrt(np.sum(update**2)))


@ratio.part(RATIO, weight=3)
def _(exam: Exam) -> None:
    rng, answers = exam.rng, []
    for shape, length, usual in LENGTH_AND_SHARE:
        share = usual * float(rng.uniform(0.8, 1.25))
        value = exam.call(*_weights(rng, shape, length, share))
        answers.append((exam.asked, value, share))
    for asked, value, share in answers:
        exam.asked = asked
        with hinting("One length over another, each over all entries"):
            expect_close(value, share, "the ratio", loose_shape=True)


@ratio.part("a healthy update, a thousandth of the weights", needs=RATIO)
def _(exam: Exam) -> None:
    # In single precision such a difference keeps four digits at best.
    for shape in [(8, 6), (3, 4, 5)]:
        value = exam.call(*_weights(exam.rng, shape, 5.0, 1e-3))
        with hinting("This is how large it is when all is well"):
            expect_close(value, 1e-3, "the ratio", rtol=1e-3, loose_shape=True)


@ratio.part("no update, and weights that were all given up", needs=RATIO)
def _(exam: Exam) -> None:
    w, _ = _weights(exam.rng, (3, 4), 2.0, 0.5)
    for next_w, expected in ((w, 0.0), (0 * w, 1.0), (-w, 2.0)):
        value = exam.call(w, next_w)
        with hinting("The update is next_w - w"):
            expect_close(value, expected, "the ratio", loose_shape=True)
            if expected == 0:  # no floor of 1e-8 either
                expect_close(value, 0, "the ratio", rtol=1e-7, loose_shape=True)


@ratio.manner("the ratio is a number")
def _(exam: Exam) -> None:
    value = exam.call(*_weights(exam.rng, (3, 4), 2.0, 0.5))
    if number_array(value, "the ratio").shape:
        expect_close(value, 0.5, "the ratio")


@ratio.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, *_weights(exam.rng, (3, 4), 2.0, 0.5))
