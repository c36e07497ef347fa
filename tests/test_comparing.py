"""Is right told from wrong by value, and said so that one sees where?"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.comparing import expect_close, expect_shape, number_array, same
from autograder.mishaps import Mismatch

EXPECTED = np.array([[1.0, -2.0], [3.0, 4.0]])


def complaint(value: Any, expected: Any = EXPECTED, **options: Any) -> str:
    """What is said of a wrong value."""
    with pytest.raises(Mismatch) as caught:
        expect_close(value, expected, "dx", **options)
    return caught.value.message


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.longdouble, np.int64])
def test_right_values_pass_in_any_precision(dtype: Any) -> None:
    """Is rounding in single precision forgiven?"""
    expect_close(EXPECTED.astype(dtype), EXPECTED, "dx")


def test_a_number_is_compared_with_a_number() -> None:
    """Are Python's numbers and NumPy's scalars taken alike?"""
    for value in (2, 2.0, np.float32(2), np.array(2.0)):
        expect_close(value, 2.0, "loss")


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1.0, 1e9])
def test_errors_are_relative_to_the_size(scale: float) -> None:
    """Is an error of 1e-3 refused, and one of 1e-8 forgiven, at any scale?"""
    wrong, right = EXPECTED.copy(), EXPECTED.copy()
    wrong[0, 1] *= 1 + 1e-3
    right[0, 1] *= 1 + 1e-8
    expect_close(right * scale, EXPECTED * scale, "dx")
    assert "dx[0, 1] is" in complaint(wrong * scale, EXPECTED * scale)


def test_where_all_is_zero_only_zero_is_right() -> None:
    """Is there no division by the size of nothing?"""
    expect_close(np.zeros(3), np.zeros(3), "dx")
    assert "dx[1] is 0.1" in complaint(np.array([0, 0.1, 0]), np.zeros(3))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "dx is None"),
        ([[1.0, -2.0], [3.0, 4.0]], "dx is a list; expected a NumPy array"),
        ((x for x in ()), "dx is a generator"),
        ({}, "dx is a dict"),
        (True, "dx is a bool"),
        (1j, "dx is a complex"),
        (OSError(), "dx is an OSError"),
        (EXPECTED.astype(complex), "dtype complex128"),
        (EXPECTED > 0, "dtype bool"),
        (EXPECTED.astype(object), "dtype object"),
        (EXPECTED.astype(str), "dtype <U"),
        (EXPECTED[0], "shape (2,); expected (2, 2)"),
        (EXPECTED[None], "shape (1, 2, 2); expected (2, 2)"),
        (EXPECTED * np.nan, "is nan; expected"),
        (EXPECTED * np.inf, "inf; expected"),
        (EXPECTED * 2, "every entry is 2 times the expected one"),
        (-EXPECTED, "every entry is -1 times"),
        (EXPECTED + 1e308, "is 1e+308; expected"),
        (np.full((2, 2), np.finfo(np.longdouble).max), "expected"),
    ],
    ids=lambda value: re.sub(r" at 0x\w+", "", repr(value))[:40],
)
def test_what_is_wrong_is_said(value: Any, says: str) -> None:
    """Does the message name the type, the shape, the entry or the factor?"""
    assert says in complaint(value)


def test_the_worst_entry_is_shown_and_the_others_counted() -> None:
    """Is the largest error the one that is named?"""
    wrong = EXPECTED.copy()
    wrong[0, 0] += 1
    wrong[1, 0] += 5
    assert complaint(wrong) == "dx[1, 0] is 8; expected 3 (2 of 4 entries differ)"


def test_axes_of_length_one_are_forgiven_only_where_said() -> None:
    """Is (1, D) for (D,) left to the question of manners?"""
    row = EXPECTED[:1]
    expect_close(row, EXPECTED[0], "db", loose_shape=True)
    assert "shape (1, 2)" in complaint(row, EXPECTED[0])
    assert "shape" in complaint(EXPECTED, EXPECTED[0], loose_shape=True)


def test_a_picture_shows_the_slice_that_is_most_wrong() -> None:
    """Does the mismatch carry heat maps of two dimensions, and none of fewer?"""
    expected = np.ones((2, 3, 4, 5))
    got = expected.copy()
    got[1, 2, :2] = 0
    with pytest.raises(Mismatch) as caught:
        expect_close(got, expected, "out")
    picture: Any = caught.value.picture
    assert picture.got.shape == (4, 5)
    assert int(picture.wrong.sum()) == 10
    with pytest.raises(Mismatch) as caught:
        expect_close(np.zeros(3), np.ones(3), "db")
    assert caught.value.picture is None


def test_a_subclass_cannot_lie() -> None:
    """Are the numbers compared, and not what a class says of itself?"""

    class Sly(np.ndarray):
        def __sub__(self, other: Any) -> Any:
            return np.zeros(np.shape(other))

        def __abs__(self) -> Any:
            return np.zeros(self.shape)

    assert "expected" in complaint((EXPECTED * 3).view(Sly))
    assert type(number_array(EXPECTED.view(Sly), "dx")) is np.ndarray


def test_expect_shape() -> None:
    """Is a shape compared as it is?"""
    expect_shape(EXPECTED, (2, 2), "dx")
    with pytest.raises(Mismatch, match="expected \\(4,\\)"):
        expect_shape(EXPECTED, (4,), "dx")


ONE = np.ones(2)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (ONE, ONE + 1e-9, True),
        (ONE, ONE + 1e-3, False),
        (ONE, np.ones(3), False),
        (ONE, [1.0, 1.0], True),
        (ONE, "ab", False),
        (ONE, None, False),
        (ONE * np.nan, ONE * np.nan, True),
        (ONE * np.inf, -ONE * np.inf, False),
        (1, 1.0, True),
        (True, 1, False),
        (math.nan, math.nan, True),
        ((ONE, {"a": 1}), (ONE, {"a": 1}), True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": 2}, False),
        ([1], (1,), False),
        ([1], [1, 2], False),
        ("a", "a", True),
        (None, None, True),
        (ONE.astype(object), ONE, True),
        (np.array([None]), np.array([None]), True),
        (np.array(["a"]), np.array(["b"]), False),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_answers_that_are_alike(one: Any, other: Any, alike: bool) -> None:
    """Is a known mistake recognized by the same value, and by nothing near it?"""
    assert same(one, other) is alike
    assert same(other, one) is alike


class Unwilling:
    """A value that raises whatever it is asked, as an answer may."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")

    def __float__(self) -> float:
        raise RuntimeError("no number")


def test_what_cannot_be_compared_is_not_alike() -> None:
    """Does a value that raises while it is compared agree with nothing?"""
    for answer in (ONE, np.float64(1), np.arange(3)):
        assert same(Unwilling(), answer) is False
        assert same(answer, Unwilling()) is False
        assert same([Unwilling()], [answer]) is False


def test_what_cannot_be_compared_is_no_known_mistake() -> None:
    """Is such an answer refused, and taken for no mistake of the catalog?"""
    verdict = examine("fixed", {"fixed": lambda *_: Unwilling()}, seed=1)
    assert not verdict.passed
    assert verdict.misconception is None


def test_roundings_of_zero_are_alike() -> None:
    """Are 0 and what another order of summation makes of it the same answer?"""
    assert same(np.float64(0), np.float64(-1.9e-17))
    assert same(np.array([1e-16, 0.0]), np.zeros(2))
    assert not same(np.array([1e-9, 0.0]), np.zeros(2))
    assert not same(np.zeros(2), np.array([1e-9, 0.0]))
    assert not same(0.0, 1e-17, rtol=0.0)
