"""Random weights with flaws of just the size that their checks declare to detect."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.checks.defects import Defect

Rng = np.random.Generator
Draw = Callable[[Any, float, Rng], np.ndarray]  # shape, std, rng -> w

NORMAL, XAVIER, HE = "normal_init", "xavier_init", "he_init"
ORTHOGONAL = "orthogonal_init"
SMALL = 1000  # weights; the law of fewer is not judged


def normal(shape: Any, std: float, rng: Rng) -> np.ndarray:
    """Right weights."""
    return rng.normal(0, std, shape)


def uniform(shape: Any, std: float, rng: Rng) -> np.ndarray:
    """Right weights, where any law will do."""
    return rng.uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)


def fan_in(shape: Any) -> int:
    """The inputs of one unit."""
    return shape[0] if len(shape) == 2 else math.prod(shape[1:])


def shifted(share: float, draw: Draw = normal) -> Draw:
    """Weights whose mean is a share of their standard deviation."""
    return lambda shape, std, rng: draw(shape, std, rng) + share * std


def scaled(factor: float, draw: Draw = normal) -> Draw:
    """Weights of another standard deviation."""
    return lambda shape, std, rng: draw(shape, factor * std, rng)


def partly_uniform(gap: float) -> Draw:
    """A mixture whose distribution function is ``gap`` off the normal one.

    The uniform law of the same variance is 0.0572 off, at a quantile that is looked at.
    """

    def draw(shape: Any, std: float, rng: Rng) -> np.ndarray:
        chosen = rng.random(shape) < gap / 0.0572
        return np.where(chosen, uniform(shape, std, rng), normal(shape, std, rng))

    return draw


def tails(share: float) -> Draw:
    """Weights of which ``share``, and not 0.0027, lie beyond 3 standard deviations."""

    def draw(shape: Any, std: float, rng: Rng) -> np.ndarray:
        z = rng.standard_normal(shape)
        while np.any(far := np.abs(z) > 3):
            z[far] = rng.standard_normal(int(far.sum()))
        outside = rng.random(shape) < share
        return std * np.where(outside, np.copysign(3.1, z), z)

    return draw


def dead(share: float) -> Draw:
    """Weights of which ``share`` are 0, of the same variance."""

    def draw(shape: Any, std: float, rng: Rng) -> np.ndarray:
        alive = rng.random(shape) >= share
        return normal(shape, std / math.sqrt(1 - share), rng) * alive

    return draw


def rows_alike(share: float) -> Draw:
    """A row of a square matrix agrees with another in a share of its signs."""

    def draw(shape: Any, std: float, rng: Rng) -> np.ndarray:
        w = normal(shape, std, rng)
        if len(shape) == 2 and shape[0] == shape[1] > 200:
            flips = np.where(rng.random(shape[1]) < share, 1, -1)
            w[190] = np.abs(w[190]) * np.sign(w[17]) * flips
        return w

    return draw


def halves_alike(share: float, step: int = 1) -> Draw:
    """The second half agrees with the first (read backwards for a step of -1)."""

    def draw(shape: Any, std: float, rng: Rng) -> np.ndarray:
        w = normal(shape, std, rng)
        line = w.reshape(-1)
        half = line.size // 2
        if half < SMALL:
            return w
        flips = np.where(rng.random(half) < share, 1, -1)
        line[-half:] = np.abs(line[-half:]) * np.sign(line[:half][::step]) * flips
        return w

    return draw


def calls_alike(share: float) -> Draw:
    """Any two calls agree in a share of their signs: a pattern stands behind all."""
    chance = 0.5 + math.sqrt((2 * share - 1) / 4)  # q² + (1 - q)² = share

    def draw(shape: Any, std: float, rng: Rng) -> np.ndarray:
        pattern = np.random.default_rng(5).choice([-1.0, 1.0], shape)
        flips = np.where(rng.random(shape) < chance, 1, -1)
        return np.abs(normal(shape, std, rng)) * pattern * flips

    return draw


def loud_row(factor: float) -> Draw:
    """One of few rows has another variance."""

    def draw(shape: Any, std: float, rng: Rng) -> np.ndarray:
        w = normal(shape, std, rng)
        if w.ndim == 2 and 3 < len(w) < 9:
            w[3] *= math.sqrt(factor)
        return w

    return draw


def with_scale(numerator: float, draw: Draw) -> Callable[..., np.ndarray]:
    """The draw with the standard deviation that the shape asks for."""
    return lambda shape, rng: draw(shape, math.sqrt(numerator / fan_in(shape)), rng)


def pointing(cosine: float) -> Callable[..., np.ndarray]:
    """Orthogonal weights whose first vector has ``cosine`` to that of any call."""

    def draw(shape: Any, rng: Rng, gain: float = 1.0) -> np.ndarray:
        rows, columns = shape[0], math.prod(shape[1:])
        a = rng.standard_normal((max(rows, columns), min(rows, columns)))
        fixed = np.random.default_rng(5).standard_normal(len(a))
        fixed /= np.linalg.norm(fixed)
        rest = a[:, 0] - (a[:, 0] @ fixed) * fixed
        rest /= np.linalg.norm(rest) or 1.0
        a[:, 0] = math.sqrt(cosine) * fixed + math.sqrt(1 - cosine) * rest
        q = np.linalg.qr(a)[0]
        return gain * (q if rows >= columns else q.T).reshape(shape)

    return draw


LAW: list[tuple[str, str, Draw]] = [
    ("every weight is too large", "mean + 0.053 std", shifted(0.053)),
    ("every weight is too small", "mean - 0.053 std", shifted(-0.053)),
    ("the spread is too large", "std + 4.2 %", scaled(1.042)),
    ("the spread is too small", "std - 4.2 %", scaled(0.958)),
    ("the law is half uniform", "distribution 0.028 off", partly_uniform(0.028)),
    ("the tails are thin", "0.0005 beyond 3 std", tails(0.0005)),
    ("the tails are thick", "0.0064 beyond 3 std", tails(0.0064)),
    ("some weights are dead", "0.2 % are 0", dead(0.002)),
]

# Of weights of any law; the normal and the uniform one are tried.
SCALE: list[tuple[str, str, Draw]] = [
    (f"{title}, {name}", size, make(value, draw))
    for name, draw in (("normal", normal), ("uniform", uniform))
    for title, size, make, value in (
        ("every weight is too large", "mean + 0.056 std", shifted, 0.056),
        ("every weight is too small", "mean - 0.056 std", shifted, -0.056),
        ("the spread is too large", "std + 4.5 %", scaled, 1.045),
        ("the spread is too small", "std - 4.5 %", scaled, 0.955),
    )
]

DEPENDENCE: list[tuple[str, str, Draw]] = [
    ("two rows are alike", "equal signs 0.9", rows_alike(0.9)),
    ("two rows are opposite", "equal signs 0.1", rows_alike(0.1)),
    ("two halves are alike", "equal signs 0.54", halves_alike(0.54)),
    ("two halves are opposite", "equal signs 0.46", halves_alike(0.46)),
    ("mirror images are alike", "equal signs 0.54", halves_alike(0.54, -1)),
    ("any two calls are alike", "equal signs 0.54", calls_alike(0.54)),
    ("one row is too large", "variance + 50 %", loud_row(1.5)),
    ("one row is too small", "variance - 35 %", loud_row(0.65)),
]

DEFECTS: list[Defect] = [
    *(Defect(NORMAL, title, draw, size) for title, size, draw in LAW + DEPENDENCE),
    *(
        Defect(of, title, with_scale(numerator, draw), size)
        for of, numerator in ((XAVIER, 1.0), (HE, 2.0))
        for title, size, draw in SCALE + DEPENDENCE
    ),
    Defect(ORTHOGONAL, "the first vector is always alike", pointing(0.7), "cosine 0.7"),
]
