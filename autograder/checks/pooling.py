"""What is asked of the pooling kernels and of ``receptive_field``.

Values are judged against the definitions in :mod:`autograder.oracles.pooling`,
gradients against central differences of those definitions: entry by entry on small
images, along random directions on images of a shape drawn afresh. Every layer tiles
its images; what happens where one does not is a question of manners. Convolution is
asked about in :mod:`autograder.checks.pooling_convolution`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.comparing import expect_close, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient, expect_gradient_along
from autograder.manners import expect_dtype, expect_untouched, expect_value_error
from autograder.mishaps import Mismatch
from autograder.oracles.pooling import Array, Pool, Reduce, receptive_field
from autograder.oracles.pooling_layers import (
    POOLS,
    Group,
    apart,
    drawn_pool,
    positive,
    shifted,
)


@contextmanager
def hinting(hint: str) -> Iterator[None]:
    """Add ``hint`` to the message of a mismatch found inside."""
    try:
        yield
    except Mismatch as found:
        raise Mismatch(f"{found.message}. {hint}", found.picture) from None


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
    inputs = apart if kind == "max" else shifted
    for group in POOLS:
        ask = _pooled(group, reduce, positive if kind == "max" else shifted)
        forward.part(group.title, weight=group.weight)(ask)
        ask = _pool_gradient(group, reduce, inputs)
        backward.part(group.title, weight=group.weight)(ask)
    backward.carried_forward(_true_to_own_pooling(inputs))
    return forward, backward


def _pooled(group: Group, reduce: Reduce, inputs: Any) -> Callable[[Exam], None]:
    def ask(exam: Exam) -> None:
        for layer in (*group.layers, drawn_pool(exam.rng, group.draw)):
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
                if layer is drawn:
                    expect_gradient_along(dx, f, x, dout, "dx", exam.rng)
                else:
                    expect_gradient(dx, f, x, dout, "dx")

    return ask


def _true_to_own_pooling(inputs: Any) -> Callable[[Exam], None]:
    """The student's backward is the gradient of the student's forward, not of ours."""

    def ask(exam: Exam) -> None:
        _expect_a_pooling(exam)
        drawn = [drawn_pool(exam.rng, group.draw) for group in POOLS]
        for layer in (*(group.layers[0] for group in POOLS), *drawn):
            x = inputs(exam.rng, layer.shape)

            def own(x: Array, layer: Pool = layer) -> Array:
                return own_output(exam.forward(x, layer.param))

            out, cache = exam.forward(x, layer.param)
            dout = exam.rng.standard_normal(own_output((out, cache)).shape)
            dx = exam.call(dout, cache)
            expect_gradient_along(dx, own, x, dout, "dx", exam.rng)

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
    for layer in (PLAIN, drawn_pool(exam.rng, POOLS[2].draw)):
        mixed = apart(exam.rng, layer.shape)
        for x in (mixed, 1000 * (mixed - mixed.max() - 1)):
            out = number_array(exam.call(x, layer.param)[0], "out")
            with hinting("The maximum of negative numbers is negative"):
                expect_close(out, layer.apply(x, np.max), "out")


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
    x = np.zeros((1, 2, 4, 5))
    x[0, 1] = exam.rng.integers(1, 3, (4, 5))
    _, cache = exam.forward(x, Pool((1, 2, 4, 5), 2, 3, 2).param)
    dout = exam.rng.uniform(1, 2, (1, 2, 2, 2))
    dx = exam.call(dout, cache)
    expected = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 3]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        expected[n, c, 2 * i + row, 2 * j + column] += dout[n, c, i, j]
    with hinting("Where several pixels share the maximum, one of them made it"):
        expect_close(dx, expected, "dx")


# The receptive field -----------------------------------------------------------------

Layers = list[tuple[int, int]]
field = Check.of("receptive_field(layers) -> size", "pooling")


def _expect_field(exam: Exam, stacks: Sequence[Layers], hint: str) -> None:
    for layers in stacks:
        size = number_array(exam.call(layers), "the receptive field")
        with hinting(hint):
            expect_close(size, receptive_field(layers), "the receptive field", rtol=0)


def _stack(rng: np.random.Generator, depth: int, most: int) -> Layers:
    """Random layers in which every pixel is seen: no stride above its kernel."""
    kernels = rng.integers(2, 6, depth)
    return [(int(k), int(rng.integers(1, min(k, most) + 1))) for k in kernels]


@field.part("layers of stride 1")
def _(exam: Exam) -> None:
    stacks = [[(5, 1)], [(3, 1), (3, 1)], [(3, 1), (1, 1), (7, 1)]]
    stacks += [_stack(exam.rng, depth, most=1) for depth in (4, 6)]
    _expect_field(exam, stacks, "How much does one more layer add?")


@field.part("strides", weight=2)
def _(exam: Exam) -> None:
    stacks = [[(2, 2), (2, 2), (2, 2)], [(3, 2), (3, 2), (3, 1)], [(5, 3)]]
    stacks += [[(4, 2), (3, 1), (3, 3), (2, 1)], _stack(exam.rng, 5, most=3)]
    hint = "One step in a layer is how many pixels of the image?"
    _expect_field(exam, stacks, hint)


@field.part("the order of the layers")
def _(exam: Exam) -> None:
    drawn = [(2, 2), *_stack(exam.rng, 3, most=2), (6, 1)]
    stacks = [[(3, 2), (5, 1)], [(5, 1), (3, 2)], drawn, drawn[::-1]]
    _expect_field(exam, stacks, "layers[0] is the one that sees the image")


@field.part("networks of many layers")
def _(exam: Exam) -> None:
    twice, thrice = [(3, 1)] * 2 + [(2, 2)], [(3, 1)] * 3 + [(2, 2)]
    vgg16 = twice * 2 + thrice * 3
    alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    hint = "Two layers by hand, then three: what carries over?"
    _expect_field(exam, [vgg16, alexnet, _stack(exam.rng, 9, most=2)], hint)


@field.manner("without layers a unit sees one pixel")
def _(exam: Exam) -> None:
    _expect_field(exam, [[]], "Nothing lies between the unit and its pixel")


@field.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, [(3, 1), (2, 2), (3, 1)])
