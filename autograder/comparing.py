"""Comparing what a function returned with what is right.

Errors are relative to the size of the whole expected array: no absolute allowance
lets a small wrong answer pass, and rounding in single precision never fails one.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mishaps import Mismatch
from autograder.pictures import HeatMaps

RTOL = 1e-5  # about 80 roundings of single precision; far below any defect looked for
# The scale of an expected array of zeros: then only roundings of numbers near 1 pass.
WHERE_ALL_IS_ZERO = 0.01
ALL_ROUNDING = 1e-12  # what is nowhere larger is 0, but for the order of summation

Array = NDArray[np.float64]


def number_array(value: Any, what: str) -> NDArray[Any]:
    """``value`` as a plain array of real numbers, or a :class:`Mismatch`.

    >>> import numpy as np
    >>> number_array(np.float32(2), "loss")
    array(2., dtype=float32)
    >>> number_array([1, 2], "dx")
    Traceback (most recent call last):
    autograder.mishaps.Mismatch: dx is a list; expected a NumPy array
    """
    if isinstance(value, (float, int)) and not isinstance(value, bool):
        return np.asarray(value, dtype=np.float64)
    if not isinstance(value, (np.ndarray, np.generic)):
        raise Mismatch(f"{what} is {_kind(value)}; expected a NumPy array")
    # A copy as the base class: a subclass may lie about itself.
    plain = np.array(value, copy=True, subok=False)
    if plain.dtype.kind not in "fiu":
        raise Mismatch(
            f"{what} has dtype {plain.dtype}; expected an array of real numbers"
        )
    return plain


def expect_shape(got: NDArray[Any], shape: tuple[int, ...], what: str) -> None:
    """Raise a :class:`Mismatch` unless ``got`` has ``shape``."""
    if got.shape != shape:
        raise Mismatch(f"{what} has shape {got.shape}; expected {shape}")


def expect_close(
    value: Any,
    expected: NDArray[Any] | float,
    what: str,
    *,
    rtol: float = RTOL,
    loose_shape: bool = False,
) -> None:
    """Raise a :class:`Mismatch` unless ``value`` equals ``expected``.

    Every entry must lie within ``rtol`` times the largest expected magnitude.
    With ``loose_shape`` extra axes of length 1 are forgiven: a manners part
    speaks of them.

    >>> import numpy as np
    >>> expect_close(np.array([1.0, 2.0]), np.array([1.0, 3.0]), "out")
    Traceback (most recent call last):
    autograder.mishaps.Mismatch: out[1] is 2; expected 3 (1 of 2 entries differ)
    """
    right = np.asarray(expected, dtype=np.float64)
    got = number_array(value, what)
    if loose_shape and np.squeeze(got).shape == np.squeeze(right).shape:
        got = got.reshape(right.shape)
    expect_shape(got, right.shape, what)
    scale = float(np.abs(right).max(initial=0.0)) or WHERE_ALL_IS_ZERO
    with np.errstate(all="ignore"):  # a wrong value may be any
        wrong = ~(np.abs(got - right) <= rtol * scale)  # ~ so that NaN is wrong
        if not wrong.any():
            return
        raise Mismatch(_where(got, right, wrong, what), _picture(got, right, wrong))


def same(one: Any, other: Any, rtol: float = 1e-6) -> bool:
    """Whether two returned values agree: used to tell known mistakes apart.

    >>> same((1.0, "a"), (1.0 + 1e-9, "a")), same([1], (1,)), same(None, 0)
    (True, False, False)
    """
    if isinstance(one, (np.ndarray, np.generic)) or isinstance(
        other, (np.ndarray, np.generic)
    ):
        return _same_arrays(one, other, rtol)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return _same_arrays(one, other, rtol)
    if type(one) is not type(other):
        return False
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(
            same(a, b, rtol) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key], rtol) for key in one
        )
    return bool(one == other)


def _same_arrays(one: Any, other: Any, rtol: float) -> bool:
    try:
        a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    except Exception:  # a value may be anything, and say anything of itself
        return False
    if a.shape != b.shape:
        return False
    sizes = [np.abs(each[np.isfinite(each)]).max(initial=0.0) for each in (a, b)]
    scale = float(max(sizes))
    if scale < ALL_ROUNDING:
        scale = 1.0
    return bool(np.allclose(a, b, rtol=0.0, atol=rtol * scale, equal_nan=True))


def _where(got: NDArray[Any], right: Array, wrong: NDArray[np.bool_], what: str) -> str:
    size = np.where(wrong, np.abs(np.nan_to_num(got - right, nan=np.inf)), -1.0)
    index = np.unravel_index(int(np.argmax(size)), right.shape)
    place = f"[{', '.join(str(i) for i in index)}]" if index else ""
    count = f" ({int(wrong.sum())} of {wrong.size} entries differ)" if index else ""
    message = (
        f"{what}{place} is {float(got[index]):.6g}; "
        f"expected {float(right[index]):.6g}{count}"
    )
    ratio = _constant_ratio(got, right)
    if ratio is not None:
        message += f"; every entry is {ratio:.6g} times the expected one"
    return message


def _constant_ratio(got: NDArray[Any], right: Array) -> float | None:
    large = np.abs(right) > 1e-3 * float(np.abs(right).max(initial=0.0))
    if large.sum() < 2 or not np.isfinite(got).all():
        return None
    ratios = got[large] / right[large]
    middle = float(np.median(ratios))
    steady = np.allclose(got, middle * right, rtol=1e-5, atol=1e-9)
    return middle if steady and abs(middle) > 1e-6 else None


def _picture(
    got: NDArray[Any], right: Array, wrong: NDArray[np.bool_]
) -> HeatMaps | None:
    """The slice over the last two axes in which most entries are wrong."""
    if right.ndim < 2 or min(right.shape[-2:]) < 1:
        return None
    counts = wrong.reshape(-1, *right.shape[-2:]).sum(axis=(1, 2))
    worst = int(np.argmax(counts))
    return HeatMaps(
        np.asarray(got, dtype=np.float64).reshape(-1, *right.shape[-2:])[worst],
        right.reshape(-1, *right.shape[-2:])[worst],
    )


def type_of(value: Any) -> str:
    """The name of a value's type, in the sandbox or here, whatever it claims to be.

    >>> type_of({}), type_of(None)
    ('dict', 'None')
    """
    if value is None:
        return "None"
    with contextlib.suppress(Exception):  # a value may do anything when it is asked
        return str(value.foreign_kind)
    return type(value).__name__


def _kind(value: Any) -> str:
    name = type_of(value)
    if value is None:
        return name
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
