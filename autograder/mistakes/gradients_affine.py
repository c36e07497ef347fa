"""Mistakes and right variants of the affine layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Cache = tuple[Array, ...]
Three = tuple[Array, Array, Array]
AFFINE, AFFINE_BACK = "affine_forward", "affine_backward"


# affine_forward -------------------------------------------------------------------


@variant(AFFINE)
def affine_of_rows(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)


@variant(AFFINE)
def affine_sample_by_sample(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    rows = [np.sum(sample.reshape(-1, 1) * w, axis=0) + b for sample in x]
    return np.stack(rows), {"w": w, "x": x}


@variant(AFFINE)
def affine_in_single_precision(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    rows = np.float32(x).reshape(len(x), np.prod(x.shape[1:]))
    return np.einsum("nd,dm->nm", rows, np.float32(w)) + np.float32(b), (x, w, b)


@mistake(
    AFFINE,
    title="the bias is forgotten",
    hint="Which of the three arguments does your function never use?",
    see="gradients-affine",
)
def bias_forgotten(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return x.reshape(len(x), -1) @ w, (x, w, b)


@mistake(
    AFFINE,
    title="only matrices: x is not flattened",
    hint="An image has three axes: make each sample one row of D numbers.",
    see="gradients-affine",
)
def not_flattened(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return np.dot(x, w) + b, (x, w, b)


@mistake(
    AFFINE,
    title="samples are flattened in column-major order",
    hint="The order matters: w's rows expect the last axis of x to move fastest, "
    "which is what reshape does by itself.",
    see="gradients-affine",
)
def column_major(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return x.reshape(len(x), -1, order="F") @ w + b, (x, w, b)


@mistake(
    AFFINE,
    title="the batch is flattened with the rest",
    hint="The first axis counts samples: it stays.",
    see="gradients-affine",
)
def batch_flattened(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return x.ravel() @ w + b, (x, w, b)


@mistake(
    AFFINE,
    title="every output gets the sum of all biases",
    hint="b[m] belongs to output m: adding b to a matrix (N, M) does it row by row.",
    see="gradients-affine",
)
def biases_summed(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return x.reshape(len(x), -1) @ w + b.sum(), (x, w, b)


@mistake(
    AFFINE,
    title="the output goes through a ReLU",
    hint="An affine layer ends with + b. Negative outputs are wanted.",
    see="gradients-affine",
)
def rectified(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return np.maximum(x.reshape(len(x), -1) @ w + b, 0), (x, w, b)


@mistake(
    AFFINE,
    title="w is transposed",
    hint="w is (D, M) in this course: x (N, D) times w gives (N, M) as it stands.",
    see="gradients-affine",
)
def weights_transposed(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    return x.reshape(len(x), -1) @ w.T + b, (x, w, b)


# affine_backward ------------------------------------------------------------------


def gradients(dout: Array, cache: Cache) -> Three:
    """The right ones."""
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    return dx, x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


@variant(AFFINE_BACK, partner=affine_of_rows)
def affine_gradients(dout: Array, cache: Cache) -> Three:
    return gradients(dout, cache)


@variant(AFFINE_BACK, partner=affine_sample_by_sample)
def affine_gradients_by_loops(dout: Array, cache: dict[str, Array]) -> list[Array]:
    x, w = cache["x"], cache["w"]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(w.shape[1])
    for n, upstream in enumerate(dout):
        dx[n] = (w * upstream).sum(axis=1).reshape(x[n].shape)
        dw += np.outer(x[n], upstream)
        db += upstream
    return [dx, dw, db]


@variant(AFFINE_BACK, partner=affine_of_rows)
def affine_gradients_in_single_precision(dout: Array, cache: Cache) -> Three:
    single = tuple(array.astype(np.float32) for array in cache)
    dx, dw, db = gradients(dout.astype(np.float32), single)
    return dx, dw, db[None]


@mistake(
    AFFINE_BACK,
    title="db is averaged over the batch",
    hint="b[m] acts on every sample, and the effects add up. "
    "If the loss is a mean, its 1/N has come with dout already.",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def bias_gradient_averaged(dout: Array, cache: Cache) -> Three:
    dx, dw, db = gradients(dout, cache)
    return dx, dw, db / len(dout)


@mistake(
    AFFINE_BACK,
    title="dw is divided by the batch size",
    hint="The 1/N of a mean loss has come with dout already: here it is a plain sum.",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def weight_gradient_averaged(dout: Array, cache: Cache) -> Three:
    dx, dw, db = gradients(dout, cache)
    return dx, dw / len(dout), db


@mistake(
    AFFINE_BACK,
    title="dx stays flat, (N, D)",
    hint="A gradient has the shape of what it is the gradient of.",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def input_gradient_flat(dout: Array, cache: Cache) -> Three:
    dx, dw, db = gradients(dout, cache)
    return dx.reshape(len(dx), -1), dw, db


@mistake(
    AFFINE_BACK,
    title="db is summed over the outputs, not over the samples",
    hint="db has an entry for each output: which axis of dout must go?",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def bias_gradient_over_outputs(dout: Array, cache: Cache) -> Three:
    dx, dw, _ = gradients(dout, cache)
    return dx, dw, dout.sum(axis=1)


@mistake(
    AFFINE_BACK,
    title="db is one number for all outputs",
    hint="db has an entry for each output: sum over the samples only.",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def bias_gradient_summed_up(dout: Array, cache: Cache) -> tuple[Array, Array, Any]:
    dx, dw, _ = gradients(dout, cache)
    return dx, dw, dout.sum()


@mistake(
    AFFINE_BACK,
    title="db is dout: the sum over the samples is missing",
    hint="One b serves all samples, so db collects from all of them.",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def bias_gradient_unsummed(dout: Array, cache: Cache) -> Three:
    dx, dw, _ = gradients(dout, cache)
    return dx, dw, dout


@mistake(
    AFFINE_BACK,
    title="dw is transposed",
    hint="A gradient has the shape of what it is the gradient of: w is (D, M).",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def weight_gradient_transposed(dout: Array, cache: Cache) -> Three:
    dx, dw, db = gradients(dout, cache)
    return dx, dw.T, db


@mistake(
    AFFINE_BACK,
    title="only matrices: x is not flattened for dw",
    hint="Flatten x as the forward pass did, then multiply.",
    see="gradients-affine-backward",
    partner=affine_of_rows,
)
def inputs_not_flattened(dout: Array, cache: Cache) -> Three:
    x, w, _ = cache
    return np.dot(dout, w.T), np.dot(x.T, dout), np.sum(dout, axis=0)


@mistake(
    AFFINE_BACK,
    title="the upstream gradient is left out of dx",
    hint="The chain rule multiplies: the local slope, w, times dout.",
    see="gradients-chain-rule",
    partner=affine_of_rows,
)
def upstream_left_out(dout: Array, cache: Cache) -> Three:
    x, w, _ = cache
    _, dw, db = gradients(dout, cache)
    return np.broadcast_to(w.sum(axis=1), (len(x), len(w))).reshape(x.shape), dw, db
