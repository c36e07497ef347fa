"""What is asked of the numerical gradients.

The functions to differentiate are in :mod:`autograder.oracles.gradients`. A central
difference has an error of its own, h^2 / 6 times the third derivative: at a large h
it is no flaw but a fingerprint, by which x ± h and 2 h are told from all else.
The relative error, the layers and the loss are asked about in modules of their own:
``gradients_error``, ``gradients_affine``, ``gradients_relu``, ``gradients_softmax``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.calling import Source
from autograder.comparing import RTOL, expect_close, number_array
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.gradients import (
    FLAT,
    FLAT_EACH,
    Array,
    Case,
    elementwise,
    large_step,
    of_arrays,
    of_vectors,
    point,
    product,
    to_arrays,
)

# At the tiny step a one-sided difference passes for a gradient, and so does one that
# leaves other entries where it moved them; at the small one both are a thousandth off,
# and a central difference a millionth. Steps of one's own are charged at large ones.
TINY, ROUGHLY = 1e-6, 1e-4
SMALL = 1e-3
DEFAULT = 1e-5
ONE_BY_ONE = "How does f change when this entry alone moves a little?"
BOTH_SIDES = (
    "f(x + h) less f(x - h), over 2h, where only one entry moves and all others are "
    "as they were given"
)
STEP = "A larger h gives another answer: its own error shows"
AGAIN = "The same f at another point: nothing is remembered from call to call"
LEFT_OUT = "The default step, 1e-5, is small but not too small"

VECTORS = "functions of a vector"
ARRAYS = "functions of arrays with several axes"
ALIKE = "outputs of the shape of x"


numerical = Check.of("numerical_gradient(f, x, h) -> grad", "gradients")
numerical_array = Check.of("numerical_gradient_array(f, x, df, h) -> grad", "gradients")


def _expect_gradients(
    exam: Exam, cases: Sequence[Case], h: float, rtol: float, hint: str, again: str = ""
) -> None:
    """The gradient of each f; where ``again`` is a hint, at a second point as well."""
    for f, shape in cases:
        for advice in filter(None, (hint, again)):
            x = point(exam.rng, shape)
            grad = exam.call(f, x, h)
            with hinting(advice):
                expect_close(grad, product(f, x, 1.0, h), "grad", rtol=rtol)


@numerical.part(VECTORS, weight=2)
def _(exam: Exam) -> None:
    _expect_gradients(exam, of_vectors(exam.rng), TINY, ROUGHLY, ONE_BY_ONE, AGAIN)


@numerical.part(ARRAYS, weight=2, needs=VECTORS)
def _(exam: Exam) -> None:
    hint = f"{ONE_BY_ONE} f wants x in its full shape"
    _expect_gradients(exam, of_arrays(exam.rng), TINY, ROUGHLY, hint, AGAIN)


@numerical.part("one entry moves, to both sides", weight=2, needs=VECTORS)
def _(exam: Exam) -> None:
    cases = [*of_vectors(exam.rng), FLAT]
    _expect_gradients(exam, cases, SMALL, RTOL, BOTH_SIDES)


@numerical.part("h is the step", needs=VECTORS)
def _(exam: Exam) -> None:
    # Of a x^3 the central difference is a (3 x^2 + h^2), exactly.
    for h in (large_step(exam.rng), 0.1):
        _expect_gradients(exam, of_vectors(exam.rng)[:2], h, RTOL, STEP)


@numerical.part("h may be left out", needs=VECTORS)
def _(exam: Exam) -> None:
    for f, shape in of_vectors(exam.rng)[:2]:
        x = point(exam.rng, shape)
        grad = exam.call(f, x)
        with hinting(LEFT_OUT):
            expect_close(grad, product(f, x, 1.0, DEFAULT), "grad", rtol=ROUGHLY)


@numerical.part("x is restored, bit for bit", needs=VECTORS)
def _(exam: Exam) -> None:
    shapes, steps = [(40,), (17,), (9,), (1,)], (0.1, 1e-3, 1e-5, 0.3)
    for (f, _), shape, h in zip(of_vectors(exam.rng), shapes, steps, strict=True):
        # Most of these numbers do not come back by adding h and taking it away.
        x = point(exam.rng, shape) / 3
        x[-1] = -0.0 if len(x) > 1 else 1e-17
        _expect_restored(exam, f, x, h)


@numerical.part("h and x with several axes", needs=ARRAYS)
def _(exam: Exam) -> None:
    for f, shape in of_arrays(exam.rng)[:5:2]:
        x, h = point(exam.rng, shape) / 3, large_step(exam.rng)
        grad = _expect_restored(exam, f, x, h)
        with hinting(STEP):
            expect_close(grad, product(f, x, 1.0, h), "grad")


def _expect_restored(exam: Exam, f: Source, x: Array, h: float) -> Any:
    """Call the function; raise a ``Mismatch`` unless x is left as it was."""
    grad, (_, left, _) = exam.call_with_arguments(f, x, h)
    left = number_array(left, "x after the call")
    exam.observe("x after the call", left)
    exact = left.tobytes() == x.tobytes()
    exam.observe("bit for bit", exact)
    if not exact:
        with hinting("Keep the entry's old value, and write that back"):
            raise Mismatch(_moved(x, left))
    return grad


def _moved(x: Array, left: Array) -> str:
    if left.shape != x.shape:
        return f"left x with shape {left.shape}; it was {x.shape}"
    moved = np.argwhere(left.astype(np.float64).view(np.uint64) != x.view(np.uint64))
    index = tuple(map(int, moved[0])) if len(moved) else (0,) * x.ndim
    place = ", ".join(map(str, index))
    return f"left x[{place}] at {float(left[index])!r}; it was {float(x[index])!r}"


# The vector-Jacobian product ------------------------------------------------------


def _expect_pulled_back(
    exam: Exam, cases: Sequence[Case], h: float, rtol: float, hint: str, again: str = ""
) -> None:
    """The product with each f; where ``again`` is a hint, at a second point as well."""
    for f, shape in cases:
        for advice in filter(None, (hint, again)):
            x = point(exam.rng, shape)
            df = exam.rng.standard_normal(np.shape(f.compiled()(x)))
            grad = exam.call(f, x, df, h)
            with hinting(advice):
                expect_close(grad, product(f, x, df, h), "grad", rtol=rtol)


@numerical_array.part(ALIKE)
def _(exam: Exam) -> None:
    hint = "Each entry of df says how much that entry of f(x) matters"
    _expect_pulled_back(exam, elementwise(exam.rng), TINY, ROUGHLY, hint)


@numerical_array.part("outputs of another shape", weight=3)
def _(exam: Exam) -> None:
    hint = "grad[i] sums, over all outputs, df times what x[i] does to that output"
    _expect_pulled_back(exam, to_arrays(exam.rng), TINY, ROUGHLY, hint, AGAIN)


@numerical_array.part("one entry moves, to both sides", needs=ALIKE)
def _(exam: Exam) -> None:
    cases = [*elementwise(exam.rng), *to_arrays(exam.rng), FLAT_EACH]
    _expect_pulled_back(exam, cases, SMALL, RTOL, BOTH_SIDES)


@numerical_array.part("h is the step", needs=ALIKE)
def _(exam: Exam) -> None:
    for h in (large_step(exam.rng), 0.1):
        _expect_pulled_back(exam, elementwise(exam.rng), h, RTOL, STEP)


@numerical_array.part("h may be left out", needs=ALIKE)
def _(exam: Exam) -> None:
    for f, shape in elementwise(exam.rng):
        x, df = point(exam.rng, shape), exam.rng.standard_normal(shape)
        grad = exam.call(f, x, df)
        with hinting(LEFT_OUT):
            expect_close(grad, product(f, x, df, DEFAULT), "grad", rtol=ROUGHLY)


@numerical_array.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    f, shape = to_arrays(exam.rng)[0]
    x = point(exam.rng, shape) / 3
    expect_untouched(exam, f, x, exam.rng.standard_normal((4, 2)), 0.1)


@numerical_array.manner("f may return a view of x")
def _(exam: Exam) -> None:
    for text, shape in (("lambda x: x.T", (2, 3)), ("lambda x: x", (4,))):
        x, df = point(exam.rng, shape), exam.rng.standard_normal(shape[::-1])
        grad = exam.call(Source(text), x, df, SMALL)
        with hinting("What f returned may change with x: keep a copy of it"):
            expect_close(grad, df.T, "grad")


def _default_step(exam: Exam, call: Callable[[Source, Array], object]) -> None:
    # So fast a wave that the step shows: sin(kh) / kh is 0.84 at h = 1e-5.
    k = round(float(exam.rng.uniform(8e4, 1.2e5)))
    f = Source(f"lambda x: np.sin({k} * x)")
    x = exam.rng.uniform(-5e-6, 5e-6, 5)
    with hinting("The contract's default is h=1e-5"):
        expect_close(call(f, x), product(f, x, 1.0, DEFAULT), "grad", rtol=1e-3)


@numerical.manner("the default step is 1e-5")
def _(exam: Exam) -> None:
    _default_step(exam, lambda f, x: exam.call(Source(f"{f.text}.sum()"), x))


@numerical_array.manner("the default step is 1e-5")
def _(exam: Exam) -> None:
    _default_step(exam, lambda f, x: exam.call(f, x, np.ones(5)))
