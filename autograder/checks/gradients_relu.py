"""What is asked of the ReLU, forwards and backwards.

It is linear on either side of 0, so central differences of its definition are exact to
rounding as long as no stencil reaches over 0. At exactly 0 any slope from 0 to 1 is a
subgradient: that is asked about by rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.carrying import carried_through, own_forward
from autograder.checks.gradients_affine import own_output
from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient, expect_gradient_along
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.gradients import Array, either_sign, off_zero, relu

relu_forward = Check.of("relu_forward(x) -> out, cache", "gradients")
relu_backward = Check.of(
    "relu_backward(dout, cache) -> dx", "gradients", forward="relu_forward"
)
# One shape twice: whoever remembers the first mask of a shape is found out.
SHAPES = [(7,), (1,), (3, 4), (5, 1), (2, 3, 2), (2, 1, 3, 2), (7,)]
SCALES = [1e-6, 1e4, 1e6]
VALUES = "negative numbers become 0, positive ones stay"
GATE = "the gradient passes where x is positive, and only there"


@relu_forward.part(VALUES, weight=2)
def _(exam: Exam) -> None:
    given: list[Array] = []
    for shape in [*SHAPES, (int(exam.rng.integers(10, 20)), 8)]:
        x = off_zero(exam.rng, shape)
        given += [x, -np.abs(x), np.abs(x), x * (np.abs(x) > 1)]
    # All are asked before the first is judged: mistakes may differ in the last.
    answers = [(x, exam.call(x)[0], exam.asked) for x in given]
    for x, out, exam.asked in answers:
        with hinting("Each entry alone: the larger of it and 0"):
            expect_close(out, relu(x), "out")


@relu_forward.part("very small and very large numbers", needs=VALUES)
def _(exam: Exam) -> None:
    for scale in SCALES:
        x = off_zero(exam.rng, (4, 5), scale)
        with hinting("However small or large: only the sign decides"):
            expect_close(exam.call(x)[0], relu(x), "out")


@relu_forward.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, off_zero(exam.rng, (3, 4)))


@relu_forward.manner("the dtype of x is kept")
def _(exam: Exam) -> None:
    out, _ = exam.call(off_zero(exam.rng, (3, 4)).astype(np.float32))
    expect_dtype(out, np.float32, "out")


def _expect_gated(exam: Exam, cases: Sequence[tuple[Array, float]], hint: str) -> None:
    """The gradients at inputs of the given scales: all asked before one is judged."""
    answers = []
    for x, scale in cases:
        dout = either_sign(exam.rng, x)
        _, cache = exam.forward(x)
        answers.append((exam.call(dout, cache), x, dout, scale, exam.asked))
    for dx, x, dout, scale, exam.asked in answers:
        with hinting(hint):
            expect_gradient(dx, relu, x, dout, "dx", h=1e-3 * scale)


@relu_backward.part(GATE, weight=2)
def _(exam: Exam) -> None:
    hint = "The sign that decides is that of x; what passes is dout, as it is"
    shapes = [*SHAPES, (int(exam.rng.integers(6, 12)), 5)]
    given = [off_zero(exam.rng, shape) for shape in shapes]
    # All open, all closed.
    given += [sign * np.abs(off_zero(exam.rng, (2, 3))) for sign in (1, -1)]
    _expect_gated(exam, [(x, 1) for x in given], hint)


@relu_backward.part("very small and very large numbers", needs=GATE)
def _(exam: Exam) -> None:
    cases = [(off_zero(exam.rng, (4, 5), scale), scale) for scale in SCALES]
    _expect_gated(exam, cases, "However small or large: only the sign decides")


@relu_backward.part("each call has a cache of its own", needs=GATE)
def _(exam: Exam) -> None:
    xs = [off_zero(exam.rng, (4, 5)) for _ in range(2)]
    caches = [exam.forward(x)[1] for x in xs]
    for x, cache in zip(xs, caches, strict=True):
        dout = either_sign(exam.rng, x)
        dx = exam.call(dout, cache)
        with hinting(
            "Two forward calls, then two backward calls: the first cache "
            "must still hold what the first call was given"
        ):
            expect_gradient(dx, relu, x, dout, "dx", h=1e-3)


@relu_backward.part("at exactly 0: any subgradient", needs=GATE)
def _(exam: Exam) -> None:
    exam.by_hand = True
    for shape in ((4, 6), (9,)):
        x = off_zero(exam.rng, shape)
        x.flat[exam.rng.permutation(x.size)[: x.size // 3]] = 0
        dout = off_zero(exam.rng, shape)
        _, cache = exam.forward(x)
        dx = number_array(exam.call(dout, cache), "dx")
        expect_shape(dx, shape, "dx")
        exam.observe("dx", dx)
        share = dx[x == 0] / dout[x == 0]
        if not np.all((share > -1e-6) & (share < 1 + 1e-6)):
            worst = float(share[np.argmax(np.abs(np.nan_to_num(share - 0.5, nan=9e9)))])
            raise Mismatch(
                f"where x is 0, dx is {worst:.6g} times dout; any factor from 0 to 1 "
                "is right. There the slope is 0 on one side and 1 on the other"
            )
        with hinting("Beside the zeros the gradient must stay as it is elsewhere"):
            expect_close(np.where(x == 0, 0, dx), dout * (x > 0), "dx")


@relu_backward.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    _, cache = exam.forward(off_zero(exam.rng, (3, 4)))
    expect_untouched(exam, exam.rng.standard_normal((3, 4)), cache)


@relu_backward.manner("the dtype of dout is kept")
def _(exam: Exam) -> None:
    _, cache = exam.forward(off_zero(exam.rng, (3, 4)).astype(np.float32))
    dout = exam.rng.standard_normal((3, 4)).astype(np.float32)
    expect_dtype(exam.call(dout, cache), np.float32, "dx")


@relu_backward.carried_forward
def _(exam: Exam) -> None:
    def own(x: Array) -> Array:
        return own_output(own_forward(exam, x))

    # x itself, or any multiple of it, is no nonlinearity.
    x = off_zero(exam.rng, (4, 5))
    at_zero = own(np.zeros_like(x))
    bends = [own(-x) + own(x) - 2 * at_zero, own(2 * x) - 2 * own(x) + at_zero]
    if max(np.count_nonzero(np.abs(bend) > 1e-6) for bend in bends) < 2:
        raise Mismatch("the forward function is linear")

    def ask_about(shape: tuple[int, ...]) -> None:
        x = off_zero(exam.rng, shape)
        answer = own_forward(exam, x)
        dout = exam.rng.standard_normal(own_output(answer).shape)
        dx = exam.call(dout, answer[1])
        expect_gradient_along(dx, own, x, dout, "dx", exam.rng)

    carried_through([(3, 4), *SHAPES, (40, 5)], ask_about)
