"""Mistakes and right variants of the ReLU."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
RELU, RELU_BACK = "relu_forward", "relu_backward"


# relu_forward ---------------------------------------------------------------------


@variant(RELU)
def relu_maximum(x: Array) -> tuple[Array, Array]:
    return np.maximum(0, x), x


@variant(RELU)
def relu_masked(x: Array) -> tuple[Array, Any]:
    out = x.copy()
    out[x < 0] = 0
    return out, [x > 0]


@variant(RELU)
def relu_halved(x: Array) -> tuple[Array, Array]:
    out = ((np.float32(x) + np.abs(np.float32(x))) / 2).astype(x.dtype)
    return out, out


@mistake(
    RELU,
    title="negative numbers leak through",
    hint="That is a leaky ReLU. Here a negative number becomes exactly 0.",
    see="gradients-relu",
)
def leaky(x: Array) -> tuple[Array, Array]:
    return np.where(x > 0, x, 0.01 * x), x


@mistake(
    RELU,
    title="negative numbers lose their sign instead of becoming 0",
    hint="That is the absolute value. What is the larger of -3 and 0?",
    see="gradients-relu",
)
def absolute(x: Array) -> tuple[Array, Array]:
    return np.abs(x), x


@mistake(
    RELU,
    title="the minimum with 0, not the maximum",
    hint="What is the larger of 2 and 0?",
    see="gradients-relu",
)
def minimum_taken(x: Array) -> tuple[Array, Array]:
    return np.minimum(x, 0), x


@mistake(
    RELU,
    title="a step: positive numbers become 1",
    hint="x > 0 is the mask. What does it multiply?",
    see="gradients-relu",
)
def stepped(x: Array) -> tuple[Array, Array]:
    return (x > 0).astype(x.dtype), x


@mistake(
    RELU,
    title="large numbers are clipped",
    hint="A ReLU has no upper end: which line of yours knows a largest value?",
    see="gradients-relu",
)
def clipped(x: Array) -> tuple[Array, Array]:
    return np.clip(x, 0, 6), x


@mistake(
    RELU,
    title="a softplus: smooth, and never 0",
    hint="log(1 + exp(x)) only resembles a ReLU. The larger of x and 0 is all it is.",
    see="gradients-relu",
)
def softplus(x: Array) -> tuple[Array, Array]:
    return np.logaddexp(0, x), x


@mistake(
    RELU,
    title="one maximum for the whole array",
    hint="np.max(x) is a single number. np.maximum compares entry by entry.",
    see="gradients-relu",
)
def one_maximum(x: Array) -> tuple[Array, Array]:
    return np.full(x.shape, max(0.0, x.max())), x


# relu_backward --------------------------------------------------------------------


@variant(RELU_BACK, partner=relu_maximum)
def gated(dout: Array, cache: Array) -> Array:
    return dout * (cache > 0)


@variant(RELU_BACK, partner=relu_masked)
def gated_in_place(dout: Array, cache: list[Array]) -> Array:
    dout[~cache[0]] = 0
    return dout


@variant(RELU_BACK, partner=relu_halved)
def gated_by_the_output(dout: Array, cache: Array) -> Array:
    return np.where(cache > 0, dout.astype(np.float32), 0)


@variant(RELU_BACK, partner=relu_maximum)
def open_at_zero(dout: Array, cache: Array) -> Array:
    return np.asarray(dout * np.heaviside(cache, 0.5 + 0.5 * (dout > 0)))


@mistake(
    RELU_BACK,
    title="the sign of dout decides, not that of x",
    hint="Whether a unit was on is a fact of the forward pass: look into the cache.",
    see="gradients-relu",
    partner=relu_maximum,
)
def gated_by_upstream(dout: Array, cache: Array) -> Array:  # noqa: ARG001
    return np.maximum(dout, 0)


@mistake(
    RELU_BACK,
    title="the mask without dout",
    hint="The chain rule multiplies: the local slope, 0 or 1, times dout.",
    see="gradients-chain-rule",
    partner=relu_maximum,
)
def mask_only(dout: Array, cache: Array) -> Array:
    return (cache > 0).astype(dout.dtype)


@mistake(
    RELU_BACK,
    title="dout passes everywhere",
    hint="Where x is negative, out stays 0 however x moves: what is the slope there?",
    see="gradients-relu",
    partner=relu_maximum,
)
def passed_everywhere(dout: Array, cache: Array) -> Array:  # noqa: ARG001
    return dout


@mistake(
    RELU_BACK,
    title="dout is multiplied by the output, not by its slope",
    hint="The slope of a ReLU is 0 or 1, never x.",
    see="gradients-relu",
    partner=relu_maximum,
)
def multiplied_by_output(dout: Array, cache: Array) -> Array:
    return dout * np.maximum(cache, 0)


@mistake(
    RELU_BACK,
    title="the mask is the wrong way round",
    hint="Which units were on in the forward pass: those above 0 or those below?",
    see="gradients-relu",
    partner=relu_maximum,
)
def mask_inverted(dout: Array, cache: Array) -> Array:
    return dout * (cache < 0)


@mistake(
    RELU_BACK,
    title="the gradient leaks through negative units",
    hint="That is the gradient of a leaky ReLU. What is the slope where x is negative?",
    see="gradients-relu",
    partner=relu_maximum,
)
def leaky_gradient(dout: Array, cache: Array) -> Array:
    return np.where(cache > 0, dout, 0.01 * dout)


@mistake(
    RELU_BACK,
    title="negative gradients are dropped as well",
    hint="dout may have either sign: only x decides what passes.",
    see="gradients-relu",
    partner=relu_maximum,
)
def gated_twice(dout: Array, cache: Array) -> Array:
    return np.maximum(dout, 0) * (cache > 0)
