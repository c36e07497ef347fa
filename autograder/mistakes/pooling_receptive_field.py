"""Mistakes and right variants of ``receptive_field``."""

from __future__ import annotations

from autograder.mistakes import mistake, variant

Layers = list[tuple[int, int]]


@variant("receptive_field")
def grown_from_the_image(layers: Layers) -> int:
    size, step = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * step
        step *= stride
    return size


@variant("receptive_field")
def traced_from_the_output(layers: Layers) -> int:
    size = 1
    for kernel, stride in layers[::-1]:
        size = (size - 1) * stride + kernel
    return size


@variant("receptive_field")
def traced_by_recursion(layers: Layers) -> float:
    if not layers:
        return 1.0
    (kernel, stride), *rest = layers
    return kernel + stride * (traced_by_recursion(rest) - 1.0)


@mistake(
    "receptive_field",
    title="the strides are ignored",
    hint="After a stride of 2, one step is two pixels of the image.",
    see="pooling-receptive-field",
)
def strides_ignored(layers: Layers) -> int:
    return 1 + sum(kernel - 1 for kernel, _ in layers)


@mistake(
    "receptive_field",
    title="the stride counts in its own layer already",
    hint="The windows of a layer lie over its input: "
    "which strides come before that input?",
    see="pooling-receptive-field",
)
def stride_counted_too_early(layers: Layers) -> int:
    size, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        size += (kernel - 1) * step
    return size


@mistake(
    "receptive_field",
    title="every layer adds its whole kernel",
    hint="How many pixels does a second 3 × 3 layer add to the three seen already?",
    see="pooling-receptive-field",
)
def whole_kernel_added(layers: Layers) -> int:
    size, step = 1, 1
    for kernel, stride in layers:
        size += kernel * step
        step *= stride
    return size


@mistake(
    "receptive_field",
    title="it starts from 0: the unit's own pixel is left out",
    hint="What does a unit see through one 1 × 1 layer?",
    see="pooling-receptive-field",
)
def own_pixel_left_out(layers: Layers) -> int:
    return grown_from_the_image(layers) - 1


@mistake(
    "receptive_field",
    title="the layers are taken in the reverse order",
    hint="layers[0] sees the image. Which layer must come first in your formula?",
    see="pooling-receptive-field",
)
def layers_reversed(layers: Layers) -> int:
    return grown_from_the_image(layers[::-1])


@mistake(
    "receptive_field",
    title="the strides are added up instead of multiplied",
    hint="Two layers of stride 2, one upon the other, halve the image twice.",
    see="pooling-receptive-field",
)
def strides_added(layers: Layers) -> int:
    size, step = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * step
        step += stride - 1
    return size


@mistake(
    "receptive_field",
    title="only the stride of the layer before counts, not those of all before",
    hint="Go through three layers of stride 2 by hand.",
    see="pooling-receptive-field",
)
def only_the_stride_before(layers: Layers) -> int:
    size, step = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * step
        step = stride
    return size


@mistake(
    "receptive_field",
    title="the kernels are multiplied",
    hint="Two 3 × 3 layers upon one another: draw what one unit sees.",
    see="pooling-receptive-field",
)
def kernels_multiplied(layers: Layers) -> int:
    size = 1
    for kernel, _ in layers:
        size *= kernel
    return size


@mistake(
    "receptive_field",
    title="the number of pixels is returned instead of the length of a side",
    hint="Read again in which unit the answer is asked for.",
    see="pooling-receptive-field",
)
def area_instead_of_side(layers: Layers) -> int:
    return grown_from_the_image(layers) ** 2


@mistake(
    "receptive_field",
    title="the product of the strides is returned",
    hint="That is how far apart two neighbors' fields lie: how wide is one of them?",
    see="pooling-receptive-field",
)
def step_instead_of_size(layers: Layers) -> int:
    step = 1
    for _, stride in layers:
        step *= stride
    return step
