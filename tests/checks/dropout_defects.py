"""Dropout that is wrong by no more than its checks declare they detect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.checks.defects import Defect

Mask = np.ndarray
Drawn = Callable[[np.random.Generator, tuple[int, ...], float], Mask]

RATE, CORRELATION = 0.021, 0.09  # of units
WEIGHT_RATE, WEIGHT_CORRELATION = 0.031, 0.14  # of weights


def more_often(by: float) -> Drawn:
    """Keep each unit with a probability that is off by ``by``."""
    return lambda rng, shape, p: rng.random(shape) < p + by


def after_its_neighbor(chance: float, axis: int) -> Drawn:
    """Let a unit follow the one before it, along an axis, with some probability."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], p: float) -> Mask:
        kept = rng.random(shape) < p
        if shape[axis] < 2:
            return kept
        along = np.moveaxis(kept, axis, 0)
        odd = along[1::2]
        odd[:] = np.where(rng.random(odd.shape) < chance, along[::2][: len(odd)], odd)
        return kept

    return draw


def two_slices(axis: int) -> Drawn:
    """Let two slices of an axis, far apart, share their draws."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], p: float) -> Mask:
        kept = rng.random(shape) < p
        along = np.moveaxis(kept, axis, 0)
        if len(along) > 60:
            along[-3] = along[3]
        return kept

    return draw


def units(draw: Drawn, inverted: bool) -> Callable[..., Any]:
    """Dropout of units with masks drawn by ``draw``."""

    def forward(x: np.ndarray, dropout_param: dict[str, Any]) -> Any:
        p = dropout_param["p"]
        if dropout_param["mode"] == "test":
            return (x if inverted else x * p), None
        rng = np.random.default_rng(dropout_param.get("seed"))
        mask = draw(rng, x.shape, p) / (p if inverted else 1)
        return x * mask, mask

    return forward


def weights(draw: Drawn) -> Callable[..., Any]:
    """DropConnect with masks drawn by ``draw``."""

    def forward(x: Mask, w: Mask, b: Mask, dropout_param: dict[str, Any]) -> Any:
        p = dropout_param["p"]
        if dropout_param["mode"] == "test":
            return x @ w + b, None
        rng = np.random.default_rng(dropout_param.get("seed"))
        return x @ (w * draw(rng, w.shape, p) / p) + b, None

    return forward


def _of_units(of: str, inverted: bool) -> list[Defect]:
    return [
        Defect(of, title, units(draw, inverted), size)
        for title, draw, size in [
            ("kept too often", more_often(RATE), f"a rate off by {RATE}"),
            ("kept too seldom", more_often(-RATE), f"a rate off by {-RATE}"),
            (
                "neighbors know of each other",
                after_its_neighbor(CORRELATION, -1),
                f"a correlation of {CORRELATION}",
            ),
            ("two samples share draws", two_slices(0), "two equal slices"),
            ("two features share draws", two_slices(-1), "two equal slices"),
        ]
    ]


DEFECTS = [
    *_of_units("dropout_forward", inverted=True),
    *_of_units("vanilla_dropout_forward", inverted=False),
    Defect(
        "dropconnect_forward",
        "kept too often",
        weights(more_often(WEIGHT_RATE)),
        f"a rate off by {WEIGHT_RATE}",
    ),
    Defect(
        "dropconnect_forward",
        "kept too seldom",
        weights(more_often(-WEIGHT_RATE)),
        f"a rate off by {-WEIGHT_RATE}",
    ),
    Defect(
        "dropconnect_forward",
        "neighboring outputs know of each other",
        weights(after_its_neighbor(WEIGHT_CORRELATION, 1)),
        f"a correlation of {WEIGHT_CORRELATION}",
    ),
]
