"""What is asked of orthogonal weights."""

from __future__ import annotations

import math

import numpy as np

from autograder.exam import Check, Exam
from autograder.oracles.initialization import (
    Shape,
    expect_double,
    expect_states_decide,
    fresh,
)
from autograder.oracles.initialization_orthogonal import (
    SQUARE_RTOL,
    drawn,
    expect_directions_drawn,
    expect_even_signs,
    expect_orthonormal,
    expect_products,
    note,
)

orthogonal = Check.of("orthogonal_init(shape, rng, gain) -> w", "initialization")


def _ask(exam: Exam, shape: Shape, rng: np.random.Generator) -> object:
    return exam.call(shape, rng)


def _some(exam: Exam, low: int, high: int) -> int:
    return int(exam.rng.integers(low, high))


TALL = "tall matrices have orthonormal columns"


@orthogonal.part(TALL, weight=2)
def _(exam: Exam) -> None:
    few = _some(exam, 4, 8)
    shapes = [(few + _some(exam, 8, 14), few), (_some(exam, 90, 110), 30)]
    expect_products(exam, [*shapes, (_some(exam, 5, 9), 1)])


@orthogonal.part("wide matrices have orthonormal rows", weight=2)
def _(exam: Exam) -> None:
    few = _some(exam, 4, 8)
    shapes = [(few, few + _some(exam, 8, 14)), (30, _some(exam, 90, 110))]
    expect_products(exam, [*shapes, (1, _some(exam, 5, 9))])


@orthogonal.part("square matrices are orthogonal")
def _(exam: Exam) -> None:
    side = _some(exam, 5, 9)
    expect_products(exam, [(side, side), (1, 1)], rtol=SQUARE_RTOL)


@orthogonal.part("filters are orthonormal: w.reshape(F, -1) is", weight=2)
def _(exam: Exam) -> None:
    few = _some(exam, 5, 9)
    expect_products(exam, [(few, 3, 4, 5), (few + 40, 2, 3, 4), (few, few + 9, 1, 1)])


GAIN = "the gain is the length of the orthogonal vectors, and 1 if none is given"


@orthogonal.part(GAIN, weight=2)
def _(exam: Exam) -> None:
    seen = []
    gains = [exam.rng.uniform(0.2, 0.6), exam.rng.uniform(1.6, 2.8), math.sqrt(2)]
    given: list[tuple[float, ...]] = [(round(float(gain), 3),) for gain in gains]
    given += [(3,), ()]
    shapes: list[Shape] = [(19, 6), (6, 19), (5, 3, 2, 4), (23, 4), (4, 23)]
    for gain, shape in zip(given, shapes, strict=True):
        w = drawn(exam, shape, *gain)
        length = float(gain[0]) if gain else 1.0
        note(exam, w, length)
        seen.append((exam.asked, w, length))
    for exam.asked, w, length in seen:  # judged once all is recorded
        expect_orthonormal(w, length)


@orthogonal.part("every direction is drawn anew", needs=TALL)
def _(exam: Exam) -> None:
    expect_directions_drawn(exam)


@orthogonal.part("the state of rng decides the weights, and nothing else", weight=2)
def _(exam: Exam) -> None:
    shapes: list[Shape] = [(20, 30), (31, 8), (6, 4, 3, 5), (5, 40, 3, 3)]
    expect_states_decide(exam, lambda shape, rng: (shape, rng), shapes)


@orthogonal.manner("the weights are float64")
def _(exam: Exam) -> None:
    for shape in [(6, 4), (3, 5), (3, 2, 4, 5)]:
        expect_double(exam.call(shape, fresh(exam)))


@orthogonal.manner("no sign is preferred")
def _(exam: Exam) -> None:
    expect_even_signs(exam, _ask)
