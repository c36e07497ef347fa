"""What is asked of the affine layer, forwards and backwards.

The map is linear in x, in w and in b, so central differences of its definition are
exact to rounding. dx, dw and db are asked for in parts of their own: one that is right
earns its points beside one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.carrying import carried_through, own_forward
from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient, expect_gradient_along
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.gradients import Affine, Array, affine, upstream

SMALL = 60  # entries, up to which a gradient is compared entry by entry

MATRICES = (
    Affine((4, 3), 5),
    Affine((1, 6), 2),
    Affine((3, 1), 4),
    Affine((5, 4), 1),
    Affine((3, 3), 3),
)
DEEP = (
    Affine((2, 3, 4), 5),
    Affine((3, 2, 2, 2), 4),
    Affine((1, 2, 3), 6),
    Affine((4, 1, 1, 1, 5), 3),
)


def _drawn(rng: np.random.Generator, axes: int) -> Affine:
    """A layer of more samples than any fixed one."""
    sizes = rng.choice([2, 3, 5], axes, replace=False)
    return Affine((int(rng.integers(6, 12)), *map(int, sizes)), int(rng.integers(2, 7)))


# The affine layer, forwards -------------------------------------------------------

affine_forward = Check.of("affine_forward(x, w, b) -> out, cache", "gradients")


def _mapped(
    layers: Sequence[Affine], axes: int, hint: str, biased: bool = False
) -> Callable[[Exam], None]:
    def ask(exam: Exam) -> None:
        for layer in (*layers, _drawn(exam.rng, axes)):
            x, w, b = layer.draw(exam.rng)
            if not biased:  # a mistake about the bias is charged in its own part only
                b = np.zeros_like(b)
            out = exam.call(x, w, b)[0]
            with hinting(hint):
                expect_close(out, affine(x, w, b), "out")

    return ask


affine_forward.part("one vector a sample", weight=2)(
    _mapped(MATRICES, 1, "out[n, m] is the sum over d of x[n, d] w[d, m]")
)
affine_forward.part("samples of any shape")(
    _mapped(DEEP, 3, "Each sample becomes one row of D numbers, in row-major order")
)
affine_forward.part("the bias")(
    _mapped(MATRICES, 1, "Output m of every sample adds b[m], once", biased=True)
)


@affine_forward.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, *DEEP[0].draw(exam.rng))


@affine_forward.manner("the dtype of x is kept")
def _(exam: Exam) -> None:
    given = [each.astype(np.float32) for each in MATRICES[0].draw(exam.rng)]
    expect_dtype(exam.call(*given)[0], np.float32, "out")


# The affine layer, backwards ------------------------------------------------------

affine_backward = Check.of(
    "affine_backward(dout, cache) -> dx, dw, db", "gradients", forward="affine_forward"
)
_PLACES = {"dx": 0, "dw": 1, "db": 2}


def _function_of(
    place: int, given: Sequence[Array], apply: Callable[..., Array]
) -> Callable[[Array], Array]:
    """``apply`` as a function of one of its arguments, the others as ``given``."""
    return lambda value: apply(*given[:place], value, *given[place + 1 :])


def _expect(
    exam: Exam, got: Any, what: str, given: Sequence[Array], dout: Array
) -> None:
    """The gradient ``what`` of the definition at ``given``, or a mismatch."""
    place = _PLACES[what]
    f, at = _function_of(place, given, affine), given[place]
    loose = what == "db"  # a manner asks about its shape
    if at.size > SMALL:
        expect_gradient_along(got, f, at, dout, what, exam.rng, loose_shape=loose)
    else:
        expect_gradient(got, f, at, dout, what, loose_shape=loose)


def _gradient(
    what: str, layers: Sequence[Affine], axes: int, hint: str
) -> Callable[[Exam], None]:
    def ask(exam: Exam) -> None:
        for layer in (*layers, _drawn(exam.rng, axes)):
            given = layer.draw(exam.rng)
            dout = upstream(exam.rng, layer)
            _, cache = exam.forward(*given)
            answer = exam.call(dout, cache)
            with hinting(hint):
                _expect(exam, answer[_PLACES[what]], what, given, dout)

    return ask


for _title, _what, _layers, _axes, _hint in (
    (
        "dx",
        "dx",
        MATRICES,
        1,
        "Which outputs does x[n, d] reach, and by which weights?",
    ),
    ("dx: samples of any shape", "dx", DEEP, 3, "dx has the shape of x"),
    ("dw", "dw", MATRICES, 1, "w[d, m] is used once for each sample: sum them up"),
    ("dw: samples of any shape", "dw", DEEP[:2], 3, "dw has the shape of w"),
    (
        "db",
        "db",
        MATRICES[1:],
        1,
        "b[m] is added to output m of each sample: sum them up",
    ),
):
    affine_backward.part(_title)(_gradient(_what, _layers, _axes, _hint))


@affine_backward.part("each call has a cache of its own", needs="dx")
def _(exam: Exam) -> None:
    # x and w of the two calls differ in their values only.
    calls = [MATRICES[0].draw(exam.rng) for _ in range(2)]
    caches = [exam.forward(*given)[1] for given in calls]
    for given, cache in zip(calls, caches, strict=True):
        dout = exam.rng.standard_normal((4, 5))
        answer = exam.call(dout, cache)
        for place, what in enumerate(("dx", "dw")):
            with hinting(
                "Two forward calls, then two backward calls: the first cache "
                "must still hold what the first call was given"
            ):
                _expect(exam, answer[place], what, given, dout)


@affine_backward.manner("db has the shape of b")
def _(exam: Exam) -> None:
    _, cache = exam.forward(*MATRICES[0].draw(exam.rng))
    db = exam.call(exam.rng.standard_normal((4, 5)), cache)[2]
    expect_shape(number_array(db, "db"), (5,), "db")


@affine_backward.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    _, cache = exam.forward(*MATRICES[0].draw(exam.rng))
    expect_untouched(exam, exam.rng.standard_normal((4, 5)), cache)


@affine_backward.carried_forward
def _(exam: Exam) -> None:
    def own(*given: Array) -> Array:
        return own_output(own_forward(exam, *given))

    plain = MATRICES[0].draw(exam.rng)
    for place, what in ((0, "x"), (1, "w")):
        slopes = _function_of(place, plain, own)
        felt = slopes(plain[place] + 1) - slopes(plain[place])
        if not np.count_nonzero(np.abs(felt) > 1e-3) > 1:
            raise Mismatch(f"the forward function does not depend on {what}")

    def ask_about(layer: Affine) -> None:
        given = layer.draw(exam.rng)
        answer = own_forward(exam, *given)
        dout = 1 + exam.rng.standard_normal(own_output(answer).shape)
        got = exam.call(dout, answer[1])
        for what, place in _PLACES.items():
            f = _function_of(place, given, own)
            expect_gradient_along(
                got[place],
                f,
                given[place],
                dout,
                what,
                exam.rng,
                loose_shape=place == 2,
            )

    layers = (*MATRICES[:3], _drawn(exam.rng, 1), *DEEP[:2], _drawn(exam.rng, 3))
    carried_through(layers, ask_about)


def own_output(answer: Any) -> Array:
    """What the student's forward function returned as out, as numbers."""
    out = number_array(answer[0], "out").astype(np.float64)
    if out.size == 0 or not np.abs(out).max() < 1e100:
        raise Mismatch(f"out, of shape {out.shape}, holds no finite numbers")
    return out
