"""Does the engine pass right gradients and refuse wrong ones, however small?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.gradients import (
    all_entries,
    along,
    entry_by_entry,
    expect_gradient,
    expect_gradient_along,
)
from autograder.mishaps import Mismatch

Array = np.ndarray[Any, np.dtype[np.float64]]
RNG = np.random.default_rng(8)
SHAPE = (3, 4)
X = RNG.standard_normal(SHAPE)
DOUT = RNG.standard_normal(SHAPE)


def f(x: Array) -> Array:
    """A smooth function of every entry."""
    return np.tanh(x) * x


def gradient(x: Array, dout: Array) -> Array:
    """Its vector-Jacobian product, on paper: (tanh x + x (1 - tanh² x)) dout."""
    return (np.tanh(x) + x * (1 - np.tanh(x) ** 2)) * dout


def by_entries(analytic: Any, scale: float = 1.0, **options: Any) -> None:
    """Ask the engine that goes entry by entry."""
    expect_gradient(analytic, f, X, DOUT * scale, "dx", **options)


def by_batches(analytic: Any, scale: float = 1.0, **options: Any) -> None:
    """Ask the engine that changes all entries at once, each in a copy of its own."""
    expect_gradient(analytic, f, X, DOUT * scale, "dx", apart=True, **options)


def by_directions(analytic: Any, scale: float = 1.0, **options: Any) -> None:
    """Ask the engine that goes along random directions."""
    rng = np.random.default_rng(5)
    expect_gradient_along(analytic, f, X, DOUT * scale, "dx", rng, **options)


ENGINES = pytest.mark.parametrize("engine", [by_entries, by_batches, by_directions])
SCALES = pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])


def refused(engine: Callable[..., None], analytic: Any, scale: float = 1.0) -> str:
    """What the engine says of a wrong gradient."""
    with pytest.raises(Mismatch) as caught:
        engine(analytic, scale)
    return caught.value.message


@ENGINES
@SCALES
def test_a_right_gradient_passes(engine: Any, scale: float) -> None:
    """Does it pass at any size, in double and in single precision?"""
    right = gradient(X, DOUT * scale)
    engine(right, scale)
    engine(right.astype(np.float32), scale)


@ENGINES
@SCALES
def test_a_planted_factor_is_refused(engine: Any, scale: float) -> None:
    """Is g * 2.001 refused at any size?"""
    says = refused(engine, gradient(X, DOUT * scale) * 2.001, scale)
    assert "nudging x a little" in says or "2.001 times" in says


@ENGINES
@SCALES
@pytest.mark.parametrize("place", [(0, 0), (2, 3)])
def test_one_entry_wrong_by_a_thousandth_is_refused(
    engine: Any, scale: float, place: tuple[int, int]
) -> None:
    """Is a single entry off by 1e-3 of the gradient's size seen, at 1e-9 too?"""
    wrong = gradient(X, DOUT * scale)
    wrong[place] += 1e-3 * np.abs(wrong).max()
    says = refused(engine, wrong, scale)
    if engine is by_entries:
        assert f"dx[{place[0]}, {place[1]}] is" in says


@pytest.mark.parametrize("seed", range(20))
def test_no_draw_of_directions_hides_a_wrong_entry(seed: int) -> None:
    """For 20 draws of the directions, is one wrong entry always seen?"""
    wrong = gradient(X, DOUT)
    wrong[1, 2] += 1e-3 * np.abs(wrong).max()
    with pytest.raises(Mismatch):
        expect_gradient_along(wrong, f, X, DOUT, "dx", np.random.default_rng(seed))


@ENGINES
@pytest.mark.parametrize(
    "analytic",
    [
        np.zeros(SHAPE),
        -gradient(X, DOUT),
        gradient(X, DOUT) * np.nan,
        gradient(X, DOUT) * np.inf,
        gradient(X, DOUT) * 1e200,  # its norm is infinite, and so is a share of it
        np.full(SHAPE, np.finfo(np.longdouble).max),
        gradient(X, DOUT).T,
        gradient(X, DOUT)[None],
        gradient(X, DOUT).astype(complex),
        gradient(X, DOUT).tolist(),
        None,
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_gradient_is_refused(engine: Any, analytic: Any) -> None:
    """Are zeros, another sign, NaN, other shapes and other types refused?"""
    assert refused(engine, analytic)


def test_zero_is_right_where_nothing_changes() -> None:
    """For a constant function, do zeros pass, and nothing else however small?"""

    def constant(x: Array) -> Array:
        return np.ones(x.shape)

    for value, right in ((0.0, True), (1e-6, False)):
        claimed = np.full(SHAPE, value)
        rng = np.random.default_rng(2)
        with contextlib.nullcontext() if right else pytest.raises(Mismatch):
            expect_gradient(claimed, constant, X, DOUT, "dx")
        with contextlib.nullcontext() if right else pytest.raises(Mismatch):
            expect_gradient_along(claimed, constant, X, DOUT, "dx", rng)


@ENGINES
def test_axes_of_length_one_are_forgiven_where_said(engine: Any) -> None:
    """Is (1, 3, 4) for (3, 4) forgiven with loose_shape only?"""
    engine(gradient(X, DOUT)[None], loose_shape=True)
    assert "shape (1, 3, 4)" in refused(engine, gradient(X, DOUT)[None])


def test_the_engines_agree() -> None:
    """Is the slope along a direction the gradient times the direction?"""
    whole = entry_by_entry(f, X, DOUT)
    direction = RNG.standard_normal(SHAPE)
    slope = along(f, X, DOUT, direction)
    assert slope == pytest.approx(float(np.sum(whole * direction)), rel=1e-8)
    np.testing.assert_allclose(whole, gradient(X, DOUT), rtol=1e-7)


def test_items_are_asked_about_in_one_batch() -> None:
    """Two calls in all, also where an item's outputs have another shape than it has?"""
    shapes = []

    def sums(x: Array) -> Array:
        shapes.append(x.shape)
        return np.stack([x.sum(axis=1), (x**2).sum(axis=1)], axis=1)

    dout = RNG.standard_normal((3, 2))
    whole = all_entries(sums, X, dout)
    assert shapes == [(12 * 3, 4)] * 2
    expected = dout[:, :1] + 2 * X * dout[:, 1:]
    np.testing.assert_allclose(whole, expected, rtol=1e-7)
    np.testing.assert_allclose(whole, entry_by_entry(sums, X, dout), rtol=1e-12)


def test_the_point_is_left_as_it_was() -> None:
    """Is x untouched by the differences?"""
    x = X.copy()
    entry_by_entry(f, x, DOUT)
    all_entries(f, x, DOUT)
    along(f, x, DOUT, np.ones(SHAPE))
    np.testing.assert_array_equal(x, X)
