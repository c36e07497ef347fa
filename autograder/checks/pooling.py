"""What is asked of the pooling kernels.

Values are judged against the definitions in :mod:`autograder.oracles.pooling`,
gradients against central differences of those definitions: entry by entry on small
images, along random directions on images of a shape drawn afresh. Every layer tiles
its images; what happens where one does not is a question of manners. Convolution is
asked about in :mod:`autograder.checks.pooling_convolution`, the receptive field in
:mod:`autograder.checks.pooling_receptive_field`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.carrying import carried_through, own_forward
from autograder.comparing import expect_close, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient, expect_gradient_along
from autograder.manners import expect_dtype, expect_untouched, expect_value_error
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.pooling import Array, Pool, Reduce, to_first_maxima
from autograder.oracles.pooling_layers import (
    POOLS,
    SQUARE_POOLS,
    Group,
    apart,
    drawn_pool,
    holed,
    positive,
    repeating,
    shifted,
)

SMALL = 160  # entries, up to which a gradient is compared entry by entry


def own_output(answer: Any) -> Array:
    """The images in the ``answer`` of the student's forward function."""
    out = number_array(answer[0], "out").astype(np.float64)
    if out.ndim != 4 or out.size == 0:
        raise Mismatch(f"out has shape {out.shape}; expected images (N, C, H, W)")
    return out


# Windows -----------------------------------------------------------------------------


PLAIN = Pool((2, 2, 4, 6), 2, 2, 2)


def _pooling(kind: str, reduce: Reduce) -> tuple[Check, Check]:
    """The checks of a pooling layer, forwards and backwards."""
    name = f"{kind}_pool_forward_naive"
    forward = Check.of(f"{name}(x, pool_param) -> out, cache", "pooling")
    backward = Check.of(
        f"{kind}_pool_backward_naive(dout, cache) -> dx", "pooling", forward=name
    )
    # A maximum needs values that differ, a mean such as do not cancel. What the sign
    # has to do with a maximum is asked in a part of its own.
    inputs = apart if kind == "max" else holed
    for group in POOLS:
        ask = _pooled(group, reduce, positive if kind == "max" else holed)
        forward.part(group.title, weight=group.weight)(ask)
        ask = _pool_gradient(group, reduce, inputs)
        backward.part(group.title, weight=group.weight)(ask)
    # No zeros here: what is true to a forward that counts pixels has a kink there.
    own_inputs = apart if kind == "max" else shifted
    backward.carried_forward(_true_to_own_pooling(own_inputs))
    return forward, backward


def _pooled(group: Group, reduce: Reduce, inputs: Any) -> Callable[[Exam], None]:
    def ask(exam: Exam) -> None:
        drawn = drawn_pool(exam.rng, group.draw)
        for layer in (*group.layers, drawn, drawn):  # twice: each call is a fresh one
            x = inputs(exam.rng, layer.shape)
            out = number_array(exam.call(x, layer.param)[0], "out")
            with hinting(group.hint):
                expect_close(out, layer.apply(x, reduce), "out")

    return ask


def _pool_gradient(group: Group, reduce: Reduce, inputs: Any) -> Callable[[Exam], None]:
    def ask(exam: Exam) -> None:
        drawn = drawn_pool(exam.rng, group.draw)
        for layer in (*group.layers, drawn):

            def f(x: Array, layer: Pool = layer) -> Array:
                return layer.apply(x, reduce)

            x = inputs(exam.rng, layer.shape)
            dout = exam.rng.standard_normal(f(x).shape)
            _, cache = exam.forward(x, layer.param)
            dx = number_array(exam.call(dout, cache), "dx")
            with hinting(group.hint):
                if layer is drawn or x.size > SMALL:
                    expect_gradient_along(dx, f, x, dout, "dx", exam.rng)
                else:
                    expect_gradient(dx, f, x, dout, "dx", apart=True)

    return ask


def _true_to_own_pooling(inputs: Any) -> Callable[[Exam], None]:
    """The student's backward is the gradient of the student's forward, not of ours."""

    def ask(exam: Exam) -> None:
        _expect_a_pooling(exam)
        drawn = [drawn_pool(exam.rng, group.draw) for group in POOLS]
        fixed = [group.layers[0] for group in POOLS]

        def ask_about(layer: Pool) -> None:
            def own(x: Array) -> Array:
                return own_output(own_forward(exam, x, layer.param))

            x = inputs(exam.rng, layer.shape)
            out, cache = own_forward(exam, x, layer.param)
            dout = exam.rng.standard_normal(own_output((out, cache)).shape)
            dx = exam.call(dout, cache)
            expect_gradient_along(dx, own, x, dout, "dx", exam.rng)

        carried_through((*SQUARE_POOLS, *fixed, *drawn), ask_about)

    return ask


def _expect_a_pooling(exam: Exam) -> None:
    """The first output depends on two pixels at least: x itself is no pooling."""
    layer = Pool((1, 1, 2, 2), 2, 2, 2)
    x = exam.rng.uniform(1, 2, layer.shape)
    before = own_output(exam.forward(x, layer.param)).flat[0]
    felt = 0
    for index in np.ndindex(x.shape):
        raised = x.copy()
        raised[index] += 10
        after = own_output(exam.forward(raised, layer.param)).flat[0]
        felt += bool(abs(after - before) > 1e-3)
    if felt < 2:
        raise Mismatch("the forward function does not pool")


max_pool_forward, max_pool_backward = _pooling("max", np.max)
avg_pool_forward, avg_pool_backward = _pooling("avg", np.mean)


@max_pool_forward.part("images with negative numbers", weight=2)
def _(exam: Exam) -> None:
    for layer in (PLAIN, drawn_pool(exam.rng, POOLS[0].draw)):
        mixed = apart(exam.rng, layer.shape)
        for x in (mixed, 1000 * (mixed - mixed.max() - 1)):
            out = number_array(exam.call(x, layer.param)[0], "out")
            with hinting("The maximum of negative numbers is negative"):
                expect_close(out, layer.apply(x, np.max), "out")


@max_pool_backward.part("numbers that other windows hold too, as after a ReLU")
def _(exam: Exam) -> None:
    for layer in (PLAIN, Pool((2, 2, 5, 6), 2, 3, 3)):
        x = repeating(exam.rng, layer)
        dout = exam.rng.standard_normal(layer.apply(x, np.max).shape)
        _, cache = exam.forward(x, layer.param)
        dx = exam.call(dout, cache)
        with hinting("A window's gradient stays inside it, whatever lies elsewhere"):
            expect_close(dx, to_first_maxima(layer, x, dout), "dx")


# Manners -----------------------------------------------------------------------------


def _add_manners(forward: Check, backward: Check, inputs: Any) -> None:
    @forward.manner("a window that does not tile the input raises ValueError")
    def _(exam: Exam) -> None:
        for shape, side in (((1, 1, 5, 6), "rows"), ((1, 1, 6, 5), "columns")):
            why = f"2 × 2 windows with stride 2 cannot tile 5 {side}"
            expect_value_error(exam, inputs(exam.rng, shape), PLAIN.param, why=why)

    @forward.manner("arguments are left as they were")
    def _(exam: Exam) -> None:
        expect_untouched(exam, inputs(exam.rng, PLAIN.shape), PLAIN.param)

    @forward.manner("the dtype of x is kept")
    def _(exam: Exam) -> None:
        x = inputs(exam.rng, PLAIN.shape).astype(np.float32)
        out, _ = exam.call(x, PLAIN.param)
        expect_dtype(out, np.float32, "out")

    @backward.manner("arguments are left as they were")
    def _(exam: Exam) -> None:
        _, cache = exam.forward(inputs(exam.rng, PLAIN.shape), PLAIN.param)
        expect_untouched(exam, exam.rng.standard_normal((2, 2, 2, 3)), cache)


_add_manners(max_pool_forward, max_pool_backward, apart)
_add_manners(avg_pool_forward, avg_pool_backward, shifted)


@max_pool_backward.manner("a tie goes to the first maximum, in row-major order")
def _(exam: Exam) -> None:
    # Without overlap: what goes wrong there is charged there.
    x = np.zeros((1, 2, 4, 6))
    x[0, 1] = exam.rng.integers(1, 3, (4, 6))
    layer = Pool((1, 2, 4, 6), 2, 2, 2)
    _, cache = exam.forward(x, layer.param)
    dout = exam.rng.uniform(1, 2, (1, 2, 2, 3))
    dx = exam.call(dout, cache)
    with hinting("Where several pixels share the maximum, one of them made it"):
        expect_close(dx, to_first_maxima(layer, x, dout), "dx")
