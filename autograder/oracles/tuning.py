"""Reading what the functions of the tuning workflow return, as leniently as is fair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.calling import Source
from autograder.comparing import RTOL, expect_shape, number_array, type_of
from autograder.exam import Exam
from autograder.mishaps import Mismatch

Array = NDArray[np.float64]
Range = tuple[str, float, float]  # scale, low, high
Space = dict[str, Range]
Config = dict[str, float]

LOG, LINEAR = "log", "linear"
NAMES = ("learning_rate", "weight_decay", "dropout", "momentum", "width", "epsilon")


def asking(exam: Exam, words: str, *arguments: Any) -> Any:
    """Call the function; ``words`` say the call where its arguments read badly."""
    try:
        return exam.call(*arguments)
    finally:
        exam.asked = words


def as_number(value: Any, what: str) -> float:
    """``value`` as one number, be it a float, a scalar or an array of one entry."""
    if isinstance(value, float):
        return float(value)
    got = number_array(value, what)
    if got.size != 1:
        raise Mismatch(f"{what} has shape {got.shape}; expected one number")
    return float(got.reshape(()))


def as_truth(value: Any) -> bool:
    """``value`` as True or False; 1 and 0 will do, and arrays of one entry."""
    if isinstance(value, (bool, int, np.ndarray, np.generic)):
        plain = np.asarray(value)
        if plain.size == 1 and plain.dtype.kind in "biuf" and plain.item() in (0, 1):
            return bool(plain.item())
    raise Mismatch(f"returned {type_of(value)}; expected True or False")


def as_samples(value: Any, shape: tuple[int, ...]) -> Array:
    """``value``, an array or nested lists, as finite numbers of ``shape``."""
    if isinstance(value, (list, tuple)):
        try:
            value = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise Mismatch("returned a list of something else than numbers") from None
    got = number_array(value, "the array of samples").astype(np.float64)
    expect_shape(got, shape, "the array of samples")
    if not np.isfinite(got).all():
        raise Mismatch("the samples hold NaN or infinite values")
    return got


def inside(values: Array, low: float, high: float) -> NDArray[np.bool_]:
    """Which values lie between ``low`` and ``high``, but for rounding."""
    slack = RTOL * max(abs(low), abs(high))
    if low > 0:  # bounds of very different size are each judged by its own
        return (values >= low * (1 - RTOL)) & (values <= high * (1 + RTOL))
    return (values >= low - slack) & (values <= high + slack)


def place_in(values: Array, scale: str, low: float, high: float) -> Array:
    """How far from ``low`` to ``high`` each value lies on its scale: 0 to 1."""
    if scale == LOG:
        # A value that is not positive lies left of every logarithmic range.
        logs = np.log(np.maximum(values, 1e-300))
        return np.asarray((logs - np.log(low)) / (np.log(high) - np.log(low)))
    return (values - low) / (high - low)


def value_at(place: float, scale: str, low: float, high: float) -> float:
    """The value that lies ``place`` of the way from ``low`` to ``high``.

    >>> value_at(0.5, "log", 1e-4, 1.0), value_at(0.5, "linear", 0.25, 0.75)
    (0.01, 0.5)
    """
    if scale == LOG:
        exact = float(low * (high / low) ** place)
        return round(exact, 15 - math.floor(math.log10(exact)))
    return low + place * (high - low)


# Settings and their values -----------------------------------------------------------


def draw_space(
    rng: np.random.Generator,
    scales: list[str],
    names: Sequence[str] = (),
    *,
    misleading: bool = False,
) -> Space:
    """A range for each of ``scales``, under names that do not tell which it is.

    Logarithmic ranges span 1.5 to 5 decades; linear ones are positive, and wide
    enough to be told from logarithmic ones. Without ``names`` these are drawn too.
    ``misleading`` ranges are short where they are logarithmic, and long where linear.
    """
    names = names or [str(name) for name in rng.permutation(NAMES)]
    space: Space = {}
    for name, scale in zip(names, scales, strict=False):
        if scale == LOG:
            low = _short(10 ** rng.uniform(-6, -1))
            high = _short(low * 10 ** (1.2 if misleading else rng.uniform(1.5, 5)))
        elif misleading:
            high = _short(rng.uniform(0.7, 3.0))
            low = _short(high / 1000)
        else:
            low = _short(rng.uniform(0.02, 0.2))
            high = _short(rng.uniform(0.7, 3.0))
        space[name] = (scale, low, high)
    return space


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def linear_objective(space: Space, rng: np.random.Generator) -> Source:
    """A function of a setting that gives every setting a value of its own."""
    terms = [
        f"{rng.uniform(0.5, 2):.3f} * config[{name!r}] / {high - low!r}"
        for name, (_, low, high) in space.items()
    ]
    return Source(f"lambda config: {' + '.join(terms)}")


def in_words(space: Space) -> str:
    """The ranges of a space, as short as they can be said."""
    ranges = [f"{name!r}: {value!r}" for name, value in space.items()]
    return f"{{{', '.join(ranges)}}}"


def read_results(
    value: Any, space: Space, trials: int
) -> tuple[dict[str, Array], Array]:
    """The settings tried, one array a name, and their values.

    Each result is a setting and its value, in either order: a part of manners asks
    for the order. Raises :class:`Mismatch` if anything else came back.
    """
    if not isinstance(value, (list, tuple)):
        raise Mismatch(f"returned {type_of(value)}; expected a list of (config, value)")
    if len(value) != trials:
        raise Mismatch(
            f"returned {len(value)} results for {trials} trials; each has its own"
        )
    configs: dict[str, list[float]] = {name: [] for name in space}
    values = []
    for number, result in enumerate(value):
        config, score = _pair(result, number)
        if config.keys() != space.keys():
            raise Mismatch(
                f"result {number} holds a setting of {sorted(config)}; "
                f"the space has {sorted(space)}"
            )
        for name, column in configs.items():
            column.append(as_number(config[name], f"{name!r} in result {number}"))
        values.append(as_number(score, f"the value in result {number}"))
    columns = {name: np.array(column) for name, column in configs.items()}
    return columns, np.array(values)


def _pair(result: Any, number: int) -> tuple[dict[str, Any], Any]:
    if isinstance(result, (list, tuple)) and len(result) == 2:
        one, other = result
        if isinstance(one, dict) and not isinstance(other, dict):
            return one, other
        if isinstance(other, dict) and not isinstance(one, dict):
            return other, one
    raise Mismatch(
        f"result {number} is not a pair (config, value) with a dictionary for config"
    )
