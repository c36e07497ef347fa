"""What the normalization layers compute, by definition, and inputs to ask about.

The three layers differ in one thing: which numbers of x share a mean and a variance.
Those of a feature in the whole batch (batch normalization), those of a channel in
the whole batch (its spatial form), or those of a sample (layer normalization). The
variance is the biased one, and epsilon is added to it inside the root.

Every group of an input gets its mean and its variance by construction, not by luck:
a variance far above epsilon where epsilon must not matter, one of epsilon's own size
where it must.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Shape = tuple[int, ...]
Entries = dict[str, Any]

# Beside a variance from 4 to 25 an epsilon of 1e-8 cannot be seen, nor can a wrong
# one of up to 1e-5: whatever goes wrong with epsilon is charged in parts of its own.
TINY = 1e-8
PLAIN = (4.0, 25.0)
DEFAULT_EPS = 1e-5
DEFAULT_MOMENTUM = 0.9
# An epsilon, and the variances between which it can be seen.
SEEN = (
    (0.5, (0.15, 1.5)),
    (2e-3, (1e-3, 1e-2)),
    (1e-6, (4e-7, 4e-6)),
    (0.0, (4e-6, 4e-5)),
)
DEFAULT_SEEN = (4e-6, 4e-5)


class Case(NamedTuple):
    """What a forward function is given, without its dictionary."""

    x: Array
    gamma: Array
    beta: Array


@dataclass(frozen=True)
class Norm:
    """A kind of normalization: ``axes`` are those that a mean goes over.

    gamma and beta always have one entry for each index of axis 1, the features or
    channels. ``small`` shapes are for going entry by entry, ``square`` ones are those
    that even a layer with swapped axes can take.
    """

    axes: tuple[int, ...]
    small: tuple[Shape, ...]
    square: tuple[Shape, ...]
    single: Shape  # every mean is over one number only
    even: Shape  # every mean is over a power of two of numbers: no rounding
    many: Shape  # every mean is over 120 numbers: one of them may lie far out
    sizes: tuple[tuple[int, ...], ...]  # from which a shape is drawn, axis by axis

    def apply(self, x: Array, gamma: Array, beta: Array, eps: float) -> Array:
        """Gives gamma (x - mean) / sqrt(var + eps) + beta, with the statistics of x.

        >>> x = np.array([[1.0, 5.0], [3.0, 5.0]])
        >>> BATCH.apply(x, np.array([1.0, 1.0]), np.array([0.0, 7.0]), 0.0001).round(2)
        array([[-1.,  7.],
               [ 1.,  7.]])
        """
        mean = x.mean(axis=self.axes, keepdims=True)
        var = ((x - mean) ** 2).mean(axis=self.axes, keepdims=True)
        return scaled((x - mean) / np.sqrt(var + eps), gamma, beta)

    def statistics(self, x: Array) -> tuple[Array, Array]:
        """The mean and the biased variance of every feature or channel."""
        centered = x - x.mean(axis=self.axes, keepdims=True)
        return x.mean(axis=self.axes), (centered**2).mean(axis=self.axes)

    def drawn_shape(self, rng: np.random.Generator) -> Shape:
        """A shape of which no two sizes are equal."""
        while True:
            shape = tuple(int(rng.choice(sizes)) for sizes in self.sizes)
            if len(set(shape)) == len(shape):
                return shape

    def case(
        self,
        rng: np.random.Generator,
        shape: Shape,
        variances: tuple[float, float] = PLAIN,
    ) -> Case:
        """An input whose groups have a variance between the two, and gamma and beta."""
        return self._case_like(rng, rng.standard_normal(shape), variances)

    def case_with_outliers(self, rng: np.random.Generator) -> Case:
        """An input of large groups, in each a number over ten deviations off."""
        z = rng.standard_normal(self.many)
        first = tuple(0 if axis in self.axes else slice(None) for axis in range(z.ndim))
        z[first] = 60 * away_from_zero(rng, z[first].shape)
        return self._case_like(rng, z, PLAIN)

    def _case_like(
        self, rng: np.random.Generator, z: Array, variances: tuple[float, float]
    ) -> Case:
        z -= z.mean(axis=self.axes, keepdims=True)
        z /= z.std(axis=self.axes, keepdims=True)
        groups = z.mean(axis=self.axes, keepdims=True).shape
        std = np.sqrt(log_uniform(rng, variances, groups))
        x = std * (z + away_from_zero(rng, groups))
        return Case(x, *scale_and_shift(rng, x.shape))

    def upstream(self, rng: np.random.Generator, x: Array) -> Array:
        """A dout for ``x`` whose sums do not cancel, and are of either sign.

        Sums that are small beside their terms would be wrong in single precision. So
        over the batch every feature of dout has a mean and a slope against x that are
        given, not drawn; layer normalization has many features to go by.
        """
        dout = rng.standard_normal(x.shape)
        if 0 in self.axes:
            z = x - x.mean(axis=self.axes, keepdims=True)
            power = (z**2).mean(axis=self.axes, keepdims=True)
            z /= np.sqrt(np.where(power == 0, 1, power))
            dout -= dout.mean(axis=self.axes, keepdims=True)
            slope = (dout * z).mean(axis=self.axes, keepdims=True)
            dout += (along_axis_1(of_either_sign(rng, x.shape[1]), x) - slope) * z
        return dout + along_axis_1(of_either_sign(rng, x.shape[1]), x)

    def single_case(self, rng: np.random.Generator) -> Case:
        """An input of which every number is a group of its own."""
        x = rng.integers(-5, 6, self.single).astype(np.float64)
        return Case(x, *scale_and_shift(rng, self.single))

    def constant_case(self, rng: np.random.Generator) -> Case:
        """An input of which one group holds the same number everywhere."""
        case = self.case(rng, self.even)
        constant = float(rng.choice([-3.0, -2.0, 2.0, 3.0]))
        case.x[(0,) if 0 not in self.axes else (slice(None), 0)] = constant
        return case


BATCH = Norm(
    axes=(0,),
    small=((5, 3), (4, 6), (9, 1), (3, 4)),
    square=((4, 4), (6, 6), (5, 5)),
    single=(1, 4),
    even=(8, 3),
    many=(120, 2),
    sizes=((12, 17, 30), (3, 5, 8)),
)
SPATIAL = Norm(
    axes=(0, 2, 3),
    small=((2, 3, 4, 1), (1, 3, 2, 4), (3, 2, 1, 4), (2, 1, 3, 3)),
    square=((3, 3, 3, 3), (4, 4, 4, 4), (3, 3, 3, 3)),
    single=(1, 4, 1, 1),
    even=(2, 3, 4, 2),
    many=(4, 2, 5, 6),
    sizes=((3, 4, 5), (2, 3, 4), (2, 4, 6), (3, 5)),
)
LAYER = Norm(
    axes=(1,),
    small=((3, 5), (6, 4), (1, 9), (5, 6)),
    square=((4, 4), (6, 6), (5, 5)),
    single=(4, 1),
    even=(3, 8),
    many=(2, 120),
    sizes=((3, 5, 8), (12, 17, 30)),
)


def scaled(xhat: Array, gamma: Array, beta: Array) -> Array:
    """Gives gamma xhat + beta, with one gamma and one beta for each index of axis 1."""
    return along_axis_1(gamma, xhat) * xhat + along_axis_1(beta, xhat)


def along_axis_1(values: Array, like: Array) -> Array:
    """``values`` in a shape that broadcasts against ``like`` along its axis 1."""
    return values.reshape(-1, *[1] * (like.ndim - 2))


def with_running(case: Case, running: Entries, eps: float) -> Array:
    """What test mode gives: the running statistics stand in for those of x."""
    mean, var = (
        along_axis_1(running[key], case.x) for key in ("running_mean", "running_var")
    )
    return scaled((case.x - mean) / np.sqrt(var + eps), case.gamma, case.beta)


def about_running(rng: np.random.Generator, shape: Shape, running: Entries) -> Case:
    """An input near the running statistics, but for one number; its own differ."""
    z = 1.5 * rng.standard_normal(shape) + 0.7
    z.flat[-1] = 12 * rng.choice([-1.0, 1.0])
    std = along_axis_1(np.sqrt(running["running_var"]), z)
    x = along_axis_1(running["running_mean"], z) + std * z
    return Case(x, *scale_and_shift(rng, shape))


def scale_and_shift(rng: np.random.Generator, shape: Shape) -> tuple[Array, Array]:
    """A gamma of either sign that is far from 0, and a beta."""
    return away_from_zero(rng, (shape[1],)), rng.uniform(-2, 2, shape[1])


def away_from_zero(rng: np.random.Generator, shape: Shape) -> Array:
    """Numbers from 0.5 to 2 in size, of either sign."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 2, shape)


def of_either_sign(rng: np.random.Generator, count: int) -> Array:
    """Numbers from 0.5 to 1 in size, every other one negative."""
    odd = (np.arange(count) + rng.integers(2)) % 2 == 1
    return np.where(odd, -1.0, 1.0) * rng.uniform(0.5, 1, count)


def drawn_running(
    rng: np.random.Generator,
    features: int,
    variances: tuple[float, float] = PLAIN,
) -> Entries:
    """Running statistics of ``features`` features."""
    var = log_uniform(rng, variances, (features,))
    mean = np.sqrt(var) * away_from_zero(rng, (features,))
    return {"running_mean": mean, "running_var": var}


def log_uniform(
    rng: np.random.Generator, between: tuple[float, float], shape: Shape
) -> Array:
    """Positive numbers whose logarithm is uniform between those of two numbers."""
    low, high = between
    return low * (high / low) ** rng.uniform(0, 1, shape)


def shuffled(rng: np.random.Generator, **entries: Any) -> Entries:
    """A dictionary in an order that nobody can count on."""
    return {key: entries[key] for key in rng.permutation(list(entries)).tolist()}
