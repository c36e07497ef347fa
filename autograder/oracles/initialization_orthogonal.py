"""Asking for orthogonal weights, and judging their rows or columns.

Filters are judged as PyTorch flattens them: (F, C, HH, WW) as F rows of C·HH·WW.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.comparing import RTOL, expect_close
from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.oracles.initialization import Array, Shape, fresh, read, uncertainty
from autograder.oracles.initialization_bands import EACH
from autograder.statistics import proportion

# A square matrix can lie close to a singular one, and Gram and Schmidt's own way then
# loses half of all digits.
SQUARE_RTOL = 1e-3

LONG = 300  # entries of a vector whose direction is judged


def drawn(exam: Exam, shape: Shape, *gain: float) -> Array:
    """Weights of ``shape`` from a fresh state; the part measures them itself."""
    exam.by_hand = True
    return read(exam, exam.call(shape, fresh(exam), *gain), shape)


def gram(w: Array) -> tuple[Array, str]:
    """The inner products of the vectors that should be orthonormal, and their name.

    >>> gram(np.ones((2, 3)))[0]
    array([[3., 3.],
           [3., 3.]])
    """
    flat = w.reshape(len(w), -1)
    short = flat.shape[0] <= flat.shape[1]
    products = flat @ flat.T if short else flat.T @ flat
    return products, "row" if short else "column"


def note(exam: Exam, w: Array, gain: float) -> None:
    """Record lengths and angles, for telling mistakes apart."""
    products = gram(w)[0]
    squares = np.diag(products) / gain**2
    sizes = np.sqrt(np.outer(squares, squares)) + 1e-12
    cosines = (products / gain**2 - np.diag(squares)) / sizes
    exam.observe("orthogonal", bool(np.all(np.abs(cosines) < SQUARE_RTOL)))
    equal = bool(np.ptp(squares) <= SQUARE_RTOL * squares.max())
    exam.observe("of equal length", equal)
    spread = SQUARE_RTOL * float(squares.max()) if equal else uncertainty(squares)
    exam.measure("mean square length", float(squares.mean()), spread)


def expect_orthonormal(w: Array, gain: float, rtol: float = RTOL) -> None:
    """Raise a :class:`Mismatch` unless rows, or columns, are orthonormal up to gain."""
    if not w.any():
        raise Mismatch("every weight of w is 0")
    products, vector = gram(w)
    name = "w"
    if w.ndim == 4:
        name = f"w.reshape({len(w)}, -1)"
    product = f"{name} @ {name}.T" if vector == "row" else f"{name}.T @ {name}"
    lengths = np.sqrt(np.diag(products))
    apart = np.abs(products - np.diag(np.diag(products))).max() <= rtol * gain**2
    if apart and not np.all(np.abs(lengths - abs(gain)) <= rtol * abs(gain)):
        worst = int(np.argmax(np.abs(lengths - abs(gain))))
        raise Mismatch(
            f"the {vector}s of {name} are orthogonal, but {vector} {worst} has length "
            f"{lengths[worst]:.5g}; expected gain = {gain:.5g}"
        )
    try:
        expect_close(
            products, gain**2 * np.eye(len(products)), "the product", rtol=rtol
        )
    except Mismatch as mismatch:
        raise Mismatch(
            f"the {vector}s of {name} are not orthogonal vectors of length "
            f"{gain:.5g}: in the product {product}, {mismatch.message}",
            mismatch.picture,
        ) from None


def expect_products(
    exam: Exam, shapes: list[Shape], gain: float = 1.0, rtol: float = RTOL
) -> None:
    """Are the rows (of wide matrices) or columns (of tall ones) orthonormal?"""
    seen = []
    for shape in shapes:
        w = drawn(exam, shape, gain)
        note(exam, w, gain)
        seen.append((exam.asked, w))
    for exam.asked, w in seen:  # judged once all is recorded
        expect_orthonormal(w, gain, rtol)


def expect_directions_drawn(exam: Exam) -> None:
    """Do the vectors point anywhere, and elsewhere in every call?

    A direction u drawn evenly from n dimensions has P(abs(u @ v) >= t) <=
    (1 - t²)^((n - 1) / 2) for every fixed v: an axis, or the same vector of another
    call. The sign of u plays no part, so any way of orthogonalizing normal numbers
    will do. At n = 300 no cosine of two calls may exceed 0.42 and no entry 0.46; a
    cosine of 0.7 is always refused.
    """
    few = int(exam.rng.integers(20, 26))
    seen = []
    for shape in [(LONG, few), (few, LONG), (few, 3, 10, 10)]:
        pair = [drawn(exam, shape) for _ in range(2)]
        one, other = (w.reshape(len(w), -1) for w in pair)
        if gram(pair[0])[1] == "column":
            one, other = one.T, other.T
        sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1) + 1e-300
        cosines = np.abs((one * other).sum(axis=1)) / sizes
        entries = np.abs(one).max(axis=1) / (np.linalg.norm(one, axis=1) + 1e-300)
        limits = [_farthest(one.shape[1], n) for n in (len(one), one.size)]
        exam.observe("directions repeat", bool(cosines.max() > limits[0]))
        exam.observe("along an axis", bool(entries.max() > limits[1]))
        seen.append((exam.asked, gram(pair[0])[1], cosines, entries, limits))
    for exam.asked, vector, cosines, entries, limits in seen:
        worst = int(np.argmax(cosines))
        if cosines.min() > 1 - SQUARE_RTOL:
            raise Mismatch(
                f"every {vector} points the same way in two calls from different "
                "states; draw new numbers from rng in every call"
            )
        if cosines[worst] > limits[0]:
            raise Mismatch(
                f"{vector} {worst} points almost the same way in two calls from "
                f"different states: the cosine of the angle is {cosines[worst]:.2f}, "
                f"and must not exceed {limits[0]:.2f} (false alarm {EACH:.0e}); "
                "orthogonalize numbers with mean 0"
            )
        worst = int(np.argmax(entries))
        if entries[worst] > limits[1]:
            raise Mismatch(
                f"{vector} {worst} lies almost along an axis: one entry holds "
                f"{entries[worst]:.2f} of its length, and must not exceed "
                f"{limits[1]:.2f} (false alarm {EACH:.0e}); orthogonalize a matrix of "
                "normal numbers"
            )


def _farthest(n: int, count: int) -> float:
    """What none of ``count`` entries of even directions in n dimensions exceeds."""
    return math.sqrt(1 - (EACH / count) ** (2 / (n - 1)))


def expect_even_signs(exam: Exam, ask: Any) -> None:
    """Is no sign preferred on the diagonal, where QR leaves its own?

    n = 300 signs, the first 20 of each of 15 matrices: between 30 % and 70 % are
    positive. LAPACK's Q has less than 10 % of them positive.
    """
    tall = [ask(exam, (90, 20), fresh(exam)) for _ in range(8)]
    wide = [ask(exam, (20, 90), fresh(exam)) for _ in range(7)]
    diagonals = [
        np.diagonal(read(exam, w, shape))
        for ws, shape in ((tall, (90, 20)), (wide, (20, 90)))
        for w in ws
    ]
    share = float((np.array(diagonals) > 0).mean())
    band = proportion(300, 0.5, "positive signs on the diagonal", EACH)
    if share not in band:
        raise Mismatch(
            f"{share:.0%} of the diagonal entries of 15 matrices are positive; "
            "expected half of them. QR leaves signs that are no chance: multiply each "
            f"column of Q by the sign of R's diagonal entry ({band.errors})"
        )
