"""Mistakes and right variants of DropConnect."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.dropout import (
    Array,
    Param,
    dropped_instead,
    keep_probability,
    kept,
)

CONNECT = "dropconnect_forward"


@variant(CONNECT)
def dropconnect_one_mask_for_the_batch(
    x: Array, w: Array, b: Array, dropout_param: Param
) -> tuple[Array, Any]:
    p = keep_probability(dropout_param)
    if dropout_param["mode"] == "train":
        w = (w * kept(w.shape, dropout_param) / p).astype(w.dtype, copy=False)
    return x @ w + b, (x, w)


@variant(CONNECT)
def dropconnect_one_mask_a_sample(
    x: Array, w: Array, b: Array, dropout_param: Param
) -> tuple[Array, Any]:
    p = keep_probability(dropout_param)
    if dropout_param["mode"] == "test":
        return x.dot(w) + b, None
    mask = kept((len(x), *w.shape), dropout_param)
    out = np.einsum("nd,ndm->nm", x, mask * w) / p + b
    return out.astype(x.dtype, copy=False), mask


@variant(CONNECT)
def dropconnect_sample_by_sample(
    x: Array, w: Array, b: Array, dropout_param: Param
) -> tuple[Array, Any]:
    p = keep_probability(dropout_param)
    state = np.random.RandomState(dropout_param.get("seed"))
    out = np.zeros((len(x), w.shape[1]), dtype=x.dtype)
    for sample, row in enumerate(x):
        mask = np.ones_like(w)
        if dropout_param["mode"] == "train":
            mask = state.binomial(1, p, size=w.shape) / p
        out[sample] = row @ (w * mask) + b
    return out, None


def _connect(x: Array, w: Array, b: Array, param: Param, mask: Array) -> Any:
    """The affine map, its weights multiplied by ``mask`` in train mode."""
    return x @ (w * mask if param["mode"] == "train" else w) + b, (x, w, mask)


@mistake(
    CONNECT,
    title="inputs are dropped, not weights",
    hint="That is dropout of x. DropConnect draws once for every entry of w.",
    see="dropout-connect",
)
def inputs_dropped(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    if dropout_param["mode"] == "train":
        x = x * kept(x.shape, dropout_param) / dropout_param["p"]
    return x @ w + b, (x, w)


@mistake(
    CONNECT,
    title="outputs are dropped, not weights",
    hint="That is dropout of the layer's output, bias included. "
    "DropConnect draws once for every entry of w.",
    see="dropout-connect",
)
def outputs_dropped(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    out = x @ w + b
    if dropout_param["mode"] == "train":
        out = out * kept(out.shape, dropout_param) / dropout_param["p"]
    return out, (x, w)


@mistake(
    CONNECT,
    title="all weights of an output are dropped together",
    hint="The mask needs the shape of w: one draw for every entry.",
    see="dropout-connect",
)
def columns_dropped(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    mask = kept((1, w.shape[1]), dropout_param)
    return _connect(x, w, b, dropout_param, mask / dropout_param["p"])


@mistake(
    CONNECT,
    title="the kept weights are not divided by p",
    hint="The mean output must be x @ w + b. What is the mean of a weight "
    "that survives with probability p?",
    see="dropout-expectation",
)
def connect_unscaled(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    return _connect(x, w, b, dropout_param, kept(w.shape, dropout_param))


@mistake(
    CONNECT,
    title="the weights are scaled by p at test time, not in training",
    hint="Scale in training, as inverted dropout does: "
    "test mode is the plain affine map.",
    see="dropout-connect",
)
def connect_scaled_at_test_time(
    x: Array, w: Array, b: Array, dropout_param: Param
) -> Any:
    if dropout_param["mode"] == "test":
        return x @ (w * dropout_param["p"]) + b, (x, w)
    return _connect(x, w, b, dropout_param, kept(w.shape, dropout_param))


@mistake(
    CONNECT,
    title="the bias is dropped too",
    hint="Only the entries of w are drawn; b is added whole.",
    see="dropout-connect",
)
def bias_dropped(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    if dropout_param["mode"] == "train":
        both = np.vstack([w, b])
        both = both * kept(both.shape, dropout_param) / dropout_param["p"]
        w, b = both[:-1], both[-1]
    return x @ w + b, (x, w)


@mistake(
    CONNECT,
    title="weights are kept with probability 1 - p and divided by p",
    hint="Here p is the probability of keeping. Which weights does your mask keep?",
    see="dropout-keep-or-drop",
)
def connect_keeps_too_few(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    mask = dropped_instead(w.shape, dropout_param) / dropout_param["p"]
    return _connect(x, w, b, dropout_param, mask)


@mistake(
    CONNECT,
    title="p is read as the probability of dropping a weight",
    hint="Here p is the probability of keeping: rate and scale both follow from it.",
    see="dropout-keep-or-drop",
)
def connect_p_as_drop_rate(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    mask = dropped_instead(w.shape, dropout_param) / (1 - dropout_param["p"])
    return _connect(x, w, b, dropout_param, mask)


@mistake(
    CONNECT,
    title="weights are dropped in test mode too",
    hint="At test time every weight is used, as it is.",
    see="dropout-test-mode",
)
def connect_drops_in_test_mode(
    x: Array, w: Array, b: Array, dropout_param: Param
) -> Any:
    mask = kept(w.shape, dropout_param) / dropout_param["p"]
    return x @ (w * mask) + b, (x, w, mask)


@mistake(
    CONNECT,
    title="every call without a seed draws the same mask",
    hint="Only a given seed fixes the mask; without one every call draws anew.",
    see="dropout-masks",
)
def connect_always_seeded(x: Array, w: Array, b: Array, dropout_param: Param) -> Any:
    mask = kept(w.shape, {"seed": 0, **dropout_param}) / dropout_param["p"]
    return _connect(x, w, b, dropout_param, mask)


@mistake(
    CONNECT,
    title="the bias is forgotten in test mode",
    hint="Test mode is the plain affine map, and its last term is b.",
    see="dropout-connect",
)
def bias_forgotten_in_test_mode(
    x: Array, w: Array, b: Array, dropout_param: Param
) -> Any:
    if dropout_param["mode"] == "test":
        return x @ w, None
    mask = kept(w.shape, dropout_param) / dropout_param["p"]
    return _connect(x, w, b, dropout_param, mask)
