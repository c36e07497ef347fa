"""What the optimizers compute, from the whole history of gradients at once.

Each rule is written as sums over all gradients so far, with the state that was given
at the start fading among them: not as the recursion that an implementation runs.
Only AdaDelta, whose steps feed on themselves, has no such form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = dict[str, Any]


@dataclass(frozen=True)
class Past:
    """All that a step depends on: the last of ``gradients`` is the step's own.

    ``rates`` holds the learning rate of each step, ``start`` the state that the
    first one was given.
    """

    w: Array
    gradients: Sequence[Array]
    rates: Sequence[float]
    settings: Mapping[str, float]
    start: Mapping[str, Any]

    def before(self) -> Past:
        """The past without its last step, at the same ``w``."""
        return Past(
            self.w, self.gradients[:-1], self.rates[:-1], self.settings, self.start
        )

    @property
    def t(self) -> int:
        """The number of the step: the first after a start at 0 is step 1."""
        return int(self.start.get("t", 0)) + len(self.gradients)


Rule = Callable[[Past], Array]


def faded(terms: Sequence[Array], share: float, start: Any) -> Array:
    """``share ** n * start`` + the sum of ``share ** age * term``, the last of age 0.

    >>> faded([np.array([4.0]), np.array([2.0])], 0.5, 8.0)
    array([6.])
    """
    newest_first = reversed(list(terms))
    total = sum(share**age * term for age, term in enumerate(newest_first))
    return np.asarray(share ** len(terms) * start + total)


# Steps along the gradient ------------------------------------------------------------


def sgd(past: Past) -> Array:
    """Down the gradient: w - lr g."""
    return past.w - past.rates[-1] * past.gradients[-1]


def velocity(past: Past) -> Array:
    """All steps so far, each faded by ``momentum`` for every step since."""
    steps = [-rate * g for rate, g in zip(past.rates, past.gradients, strict=True)]
    start = past.start.get("velocity", np.zeros_like(past.w))
    return faded(steps, past.settings["momentum"], start)


def sgd_momentum(past: Past) -> Array:
    """A step of the velocity."""
    return past.w + velocity(past)


def nesterov_momentum(past: Past) -> Array:
    """From one look-ahead point to the next.

    What is called w is x + momentum * velocity, where x takes the steps v.
    """
    momentum = past.settings["momentum"]
    old, new = velocity(past.before()), velocity(past)
    x = past.w - momentum * old
    return (x + new) + momentum * new


# Steps scaled by the size of gradients -----------------------------------------------


def squares_summed(past: Past) -> Array:
    """AdaGrad's cache: the sum of all squared gradients."""
    squares = [g**2 for g in past.gradients]
    return faded(squares, 1.0, past.start.get("cache", np.zeros_like(past.w)))


def squares_averaged(past: Past) -> Array:
    """RMSProp's cache: the fading average of the squared gradients."""
    rho = past.settings["decay_rate"]
    squares = [(1 - rho) * g**2 for g in past.gradients]
    return faded(squares, rho, past.start.get("cache", np.zeros_like(past.w)))


def _scaled(past: Past, direction: Array, square: Array) -> Array:
    return past.rates[-1] * direction / (np.sqrt(square) + past.settings["epsilon"])


def adagrad(past: Past) -> Array:
    """The step is -lr g / (sqrt(sum of g^2) + epsilon)."""
    return past.w - _scaled(past, past.gradients[-1], squares_summed(past))


def rmsprop(past: Past) -> Array:
    """The step is -lr g / (sqrt(average of g^2) + epsilon)."""
    return past.w - _scaled(past, past.gradients[-1], squares_averaged(past))


def adadelta(
    past: Past, *, scaled_steps_remembered: bool = False, epsilon_outside: bool = False
) -> Array:
    """Zeiler's rule: the step in units of past steps, over those of past gradients.

    Zeiler has no learning rate. PyTorch multiplies the step by it and remembers
    the step without it; ``scaled_steps_remembered`` is the other reading. Both add
    epsilon under both roots; ``epsilon_outside`` adds it to them.
    """
    rho, epsilon = past.settings["decay_rate"], past.settings["epsilon"]
    squares, steps, step = (np.zeros_like(past.w) for _ in range(3))
    for rate, g in zip(past.rates, past.gradients, strict=True):
        squares = rho * squares + (1 - rho) * g**2
        if epsilon_outside:
            delta = -(np.sqrt(steps) + epsilon) / (np.sqrt(squares) + epsilon) * g
        else:
            delta = -np.sqrt(steps + epsilon) / np.sqrt(squares + epsilon) * g
        step = rate * delta
        remembered = step if scaled_steps_remembered else delta
        steps = rho * steps + (1 - rho) * remembered**2
    return past.w + step


# Adam --------------------------------------------------------------------------------


def moments(past: Past) -> tuple[Array, Array]:
    """Adam's m and v: fading averages of the gradient and of its square."""
    beta1, beta2 = past.settings["beta1"], past.settings["beta2"]
    nothing = np.zeros_like(past.w)
    m = faded(
        [(1 - beta1) * g for g in past.gradients], beta1, past.start.get("m", nothing)
    )
    v = faded(
        [(1 - beta2) * g**2 for g in past.gradients],
        beta2,
        past.start.get("v", nothing),
    )
    return m, v


def adam(past: Past) -> Array:
    """The step is -lr m_hat / (sqrt(v_hat) + epsilon): averages freed of bias."""
    m, v = moments(past)
    unbiased_m = m / (1 - past.settings["beta1"] ** past.t)
    unbiased_v = v / (1 - past.settings["beta2"] ** past.t)
    return past.w - _scaled(past, unbiased_m, unbiased_v)


def adamw(past: Past) -> Array:
    """Adam's step, and apart from it the weights shrink by lr weight_decay w."""
    shrinkage = past.rates[-1] * past.settings["weight_decay"] * past.w
    return adam(past) - shrinkage


# The state that the contract names ---------------------------------------------------


def velocity_state(past: Past) -> State:
    """The state of both kinds of momentum."""
    return {"velocity": velocity(past)}


def adagrad_state(past: Past) -> State:
    """The state of AdaGrad."""
    return {"cache": squares_summed(past)}


def rmsprop_state(past: Past) -> State:
    """The state of RMSProp."""
    return {"cache": squares_averaged(past)}


def adam_state(past: Past) -> State:
    """The state of Adam and AdamW."""
    m, v = moments(past)
    return {"m": m, "v": v, "t": past.t}
