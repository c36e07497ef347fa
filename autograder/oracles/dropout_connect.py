"""Reading the mask of DropConnect off the outputs of a layer, exactly."""

from __future__ import annotations

import itertools

import numpy as np

from autograder.comparing import RTOL
from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.oracles.dropout import CALLS, param
from autograder.oracles.masks import (
    Array,
    Mask,
    as_read,
    away_from_zero,
    expect_some_dropped,
    note,
)

Layer = tuple[Array, Array, Array]  # x, w, b

# 48 240 weights in ten calls, few enough for a right solution that draws them one by
# one, for each of the samples.
ROWS, OUTPUTS = 12, 134


def legible_affine(rng: np.random.Generator, rows: int, outputs: int) -> Layer:
    """Return x (rows, 3 rows), w (3 rows, outputs), b (outputs,) that give masks away.

    Row r of x reads the inputs 3r, 3r + 1 and 3r + 2 with weight 1, 3 and 9, and
    1 <= abs(w) <= 1.4: the eight sums of a subset of the three terms differ by at
    least 1, so each output tells which of its three weights were kept. No weight is
    read twice, so one mask for the batch and one a sample obey the same law.
    """
    x = np.zeros((rows, 3 * rows))
    for row in range(rows):
        x[row, 3 * row : 3 * row + 3] = rng.choice([-1.0, 1.0], 3) * rng.permutation(
            [1.0, 3.0, 9.0]
        )
    w = away_from_zero(rng, (3 * rows, outputs), 1.0, 1.4)
    return x, w, away_from_zero(rng, (outputs,), 1.0, 2.0)


def decode_weights(out: Array, x: Array, w: Array, b: Array, scale: float) -> Mask:
    """Which weights were kept, for inputs of ``legible_affine``: (rows, 3, outputs).

    Every output must be b plus a subset of its three terms times ``scale``; else a
    :class:`Mismatch`.
    """
    rows, outputs = out.shape
    factors = x[np.arange(3 * rows) // 3, np.arange(3 * rows)]
    terms = (factors[:, None] * w * scale).reshape(rows, 3, outputs)
    subsets = np.array(list(itertools.product([False, True], repeat=3)))
    sums = np.einsum("sk,rkm->srm", subsets, terms) + b
    gaps = np.abs(out - sums)
    nearest = gaps.argmin(axis=0)
    gap = gaps.min(axis=0)
    allowed = RTOL * (np.abs(terms).sum(axis=1) + np.abs(b))
    if not (gap <= allowed).all():
        r, m = np.unravel_index(int(np.argmax(gap / allowed)), gap.shape)
        found = np.array2string(
            sums[:, r, m], precision=5, separator=", ", max_line_width=999
        )
        raise Mismatch(
            f"out[{r}, {m}] is {out[r, m]:.6g}; with three inputs that are not 0 it "
            f"can only be one of {found}: the bias plus the terms x·w/p of the "
            "weights that are kept"
        )
    kept: Mask = subsets[nearest].transpose(0, 2, 1)
    return kept


def read_weights(
    exam: Exam, label: str, rows: int, outputs: int, p: float, **more: int
) -> Mask:
    """The mask (rows, 3, outputs) of a call, exactly; one or one a sample alike.

    What is recorded for telling mistakes apart is how each output relates to the
    bias, and which scale, if any, explains all outputs. An empty ``label`` is for a
    layer of few inputs: nothing is recorded, and chance may drop no weight.
    """
    exam.by_hand = True
    x, w, b = legible_affine(exam.rng, rows, outputs)
    out = as_read(exam.call(x, w, b, param(p, "train", **more))[0], (rows, outputs))
    if label:
        _note_weights(exam, label, [(out, (x, w, b))], p)
        if np.allclose(out, x @ w + b):
            raise Mismatch("in train mode no weight was dropped")
    kept = decode_weights(out, x, w, b, 1 / p)
    if label:
        expect_some_dropped(kept, "weight")
    return kept


def read_calls(
    exam: Exam, label: str, p: float, seeds: list[int] | None = None
) -> Mask:
    """The masks of ``CALLS`` calls, (calls, inputs, outputs).

    With ``seeds`` each call has its own.
    """
    exam.by_hand = True
    calls: list[tuple[Array, Layer]] = []
    asked = []
    for place in range(CALLS):
        seed = {"seed": seeds[place]} if seeds else {}
        x, w, b = legible_affine(exam.rng, ROWS, OUTPUTS)
        out = as_read(exam.call(x, w, b, param(p, "train", **seed))[0], (ROWS, OUTPUTS))
        calls.append((out, (x, w, b)))
        asked.append(exam.asked)
    _note_weights(exam, label, calls, p)
    kept = []
    for exam.asked, (out, layer) in zip(asked, calls, strict=True):
        kept.append(decode_weights(out, *layer, 1 / p).reshape(-1, OUTPUTS))
    return np.array(kept)


def _note_weights(
    exam: Exam, label: str, calls: list[tuple[Array, Layer]], p: float
) -> None:
    outs = np.array([out for out, _ in calls])
    biases = np.array([np.broadcast_to(b, out.shape) for out, (_, _, b) in calls])
    note(exam, label, outs, biases)
    for name, scale in (("1 / p", 1 / p), ("1", 1.0), ("p", p), ("1 / q", 1 / (1 - p))):
        try:
            read = np.array(
                [decode_weights(out, *layer, scale) for out, layer in calls]
            )
        except Mismatch:
            continue
        weights = read.reshape(len(calls), -1, read.shape[-1])
        exam.observe(f"{label}: scale", name)
        note(exam, f"{label}: weights", weights.astype(float), np.ones(weights.shape))
        return
    exam.observe(f"{label}: scale", None)


def expect_some_weights_dropped(exam: Exam) -> None:
    """Raise a :class:`Mismatch` if train mode is the plain affine map."""
    exam.by_hand = True
    x, w, b = legible_affine(exam.rng, 4, 60)
    out = as_read(exam.call(x, w, b, param(0.35))[0], (4, 60))
    if np.allclose(out, x @ w + b):
        raise Mismatch("in train mode no weight was dropped")
