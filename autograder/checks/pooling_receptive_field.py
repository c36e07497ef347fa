"""What is asked of ``receptive_field``: the extent of what one unit sees.

The extent reaches from the first pixel to the last: strides may exceed their
kernels, as in the 1 × 1 layers of stride 2 by which residual networks halve images.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.comparing import expect_close, number_array
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import hinting
from autograder.oracles.pooling import receptive_field

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


@field.part("strides above the kernel")
def _(exam: Exam) -> None:
    rng = exam.rng
    drawn = [
        (int(kernel), int(kernel + rng.integers(1, 5)))
        for kernel in rng.permutation([1, 2, 3, 4])
    ]
    stacks = [[(1, 2), (3, 1)], [(3, 1), (1, 2), (3, 1)], [(1, 6), (3, 9), (4, 2)]]
    stacks += [[*drawn, (3, 1)], [(5, 7), (2, 1)]]
    hint = "What counts is the extent, from the first pixel to the last, seen or not"
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
    halving, keeping = [(1, 1), (3, 2), (1, 1)], [(1, 1), (3, 1), (1, 1)]
    resnet50 = [(7, 2), (3, 2), *keeping * 3]
    for blocks in (4, 6, 3):
        resnet50 += halving + keeping * (blocks - 1)
    drawn = _stack(exam.rng, 9, most=2)
    hint = "Two layers by hand, then three: what carries over?"
    _expect_field(exam, [vgg16, alexnet, resnet50, drawn], hint)


@field.manner("without layers a unit sees one pixel")
def _(exam: Exam) -> None:
    _expect_field(exam, [[]], "Nothing lies between the unit and its pixel")


@field.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, [(3, 1), (2, 2), (3, 1)])
