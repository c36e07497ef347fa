"""Mistakes and right variants of dropout's gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.dropout import (
    Array,
    Cache,
    Param,
    dropout_as_a_rule,
    dropout_from_bernoulli_draws,
    dropout_unit_by_unit,
    kept,
    scaled_at_test_time,
)

BACKWARD = "dropout_backward"


@variant(BACKWARD, partner=dropout_as_a_rule)
def dropout_backward_as_a_rule(dout: Array, cache: Cache) -> Array:
    param, mask = cache
    if param["mode"] == "test" or mask is None:
        return dout
    return (dout * mask).astype(dout.dtype, copy=False)


@variant(BACKWARD, partner=dropout_from_bernoulli_draws)
def dropout_backward_by_the_mask_alone(dout: Array, cache: Array) -> Array:
    return dout * cache


@variant(BACKWARD, partner=dropout_unit_by_unit)
def dropout_backward_unit_by_unit(dout: Array, cache: list[Any]) -> Array:
    mode, p, dropped = cache
    dx = dout.copy().reshape(-1)
    if mode == "train":
        dx /= p
        dx[dropped] = 0
    return dx.reshape(dout.shape)


def _state(cache: Cache) -> tuple[float, Array | None]:
    """The probability of keeping and the mask of ones, or None in test mode."""
    param, mask = cache
    return param["p"], None if mask is None else mask > 0


@mistake(
    BACKWARD,
    title="the gradient also passes through dropped units",
    hint="A dropped unit gave 0 whatever its input was. How much does the loss "
    "depend on it?",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def mask_forgotten(dout: Array, cache: Cache) -> Array:  # noqa: ARG001
    return dout


@mistake(
    BACKWARD,
    title="the mask is forgotten in training, only the scale is applied",
    hint="The factor that multiplied x is 0 for a dropped unit.",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def only_scaled(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return dout if mask is None else dout / p


@mistake(
    BACKWARD,
    title="the forward pass divides by p, the backward pass does not",
    hint="The derivative of x / p is not 1.",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def scale_forgotten(dout: Array, cache: Cache) -> Array:
    _, mask = _state(cache)
    return dout if mask is None else dout * mask


@mistake(
    BACKWARD,
    title="the gradient is divided by p twice",
    hint="Is the scale already in the mask that your forward pass stored?",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def scaled_twice(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return dout if mask is None else dout * mask / p**2


@mistake(
    BACKWARD,
    title="the gradient is multiplied by p instead of divided",
    hint="The derivative of x / p is 1 / p.",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def multiplied_backwards(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return dout if mask is None else dout * mask * p


@mistake(
    BACKWARD,
    title="the backward pass draws a mask of its own",
    hint="The gradient belongs to the call that was made: use the mask in its cache.",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def new_mask_backwards(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return dout if mask is None else dout * kept(dout.shape, {"p": p}) / p


@mistake(
    BACKWARD,
    title="the gradient passes where a unit was dropped",
    hint="Which units took part in the output: those with mask 1, or those with 0?",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def mask_inverted(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return dout if mask is None else dout * ~mask / p


@mistake(
    BACKWARD,
    title="the gradient is scaled in test mode",
    hint="In test mode out is x, so what is dx?",
    see="dropout-test-mode",
    partner=dropout_as_a_rule,
)
def scaled_backwards_in_test_mode(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return dout * p if mask is None else dout * mask / p


@mistake(
    BACKWARD,
    title="test mode passes no gradient",
    hint="In test mode out is x, so what is dx?",
    see="dropout-test-mode",
    partner=dropout_as_a_rule,
)
def no_gradient_in_test_mode(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return np.zeros_like(dout) if mask is None else dout * mask / p


@mistake(
    BACKWARD,
    title="the gradient passes where dout is positive",
    hint="That is the rule of a ReLU with the wrong argument; "
    "dropout's derivative depends on the mask alone.",
    see="dropout-backward",
    partner=dropout_as_a_rule,
)
def masked_by_dout(dout: Array, cache: Cache) -> Array:
    p, mask = _state(cache)
    return dout if mask is None else dout * (dout > 0) / p


Everything = tuple[Param, Array, Array]  # dropout_param, x, out


def _keeping_everything(x: Array, dropout_param: Param) -> tuple[Array, Everything]:
    """Inverted dropout whose cache holds its input and its output."""
    out, _ = dropout_as_a_rule(x, dropout_param)
    return out, (dropout_param, x, out)


@mistake(
    BACKWARD,
    title="the mask is read off the output, which is 0 wherever x is 0",
    hint="After a ReLU half of x is 0: is such a unit kept or dropped? "
    "Store the draws themselves.",
    see="dropout-backward",
    partner=_keeping_everything,
)
def mask_read_off_the_output(dout: Array, cache: Everything) -> Array:
    param, _, out = cache
    if param["mode"] == "test":
        return dout
    dx: Array = dout * (out != 0) / param["p"]
    return dx


@mistake(
    BACKWARD,
    title="the factor is taken to be out / x, which is not a number where x is 0",
    hint="After a ReLU half of x is 0. The mask, divided by p, is that factor: "
    "store it instead of computing it again.",
    see="dropout-backward",
    partner=_keeping_everything,
)
def gradient_by_a_quotient(dout: Array, cache: Everything) -> Array:
    _, x, out = cache
    return dout * out / x


@mistake(
    BACKWARD,
    title="dropout_forward scales in test mode, its gradient does not",
    hint="Whatever multiplies x in a call multiplies the gradient too. But look at "
    "dropout_forward first: inverted dropout has no factor in test mode.",
    see="dropout-test-mode",
    partner=scaled_at_test_time,
)
def factor_of_test_mode_forgotten(dout: Array, cache: Cache) -> Array:
    _, mask = cache
    return dout if mask is None else dout * mask
