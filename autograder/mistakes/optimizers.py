"""Mistakes and right variants of the optimizers that follow the gradient itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Config = dict[str, Any]
Step = tuple[Array, Config]

SGD, MOMENTUM, NESTEROV = "sgd", "sgd_momentum", "nesterov_momentum"


def known(config: Config | None, **defaults: float) -> Config:
    """The config with defaults for the settings that it lacks."""
    return {**defaults, **(config or {})}


def momentum_config(config: Config | None, w: Array) -> Config:
    config = known(config, learning_rate=1e-2, momentum=0.9)
    config.setdefault("velocity", np.zeros_like(w))
    return config


# Gradient descent --------------------------------------------------------------------


@variant(SGD)
def sgd_in_place(w: Array, dw: Array, config: Config | None = None) -> Step:
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


@variant(SGD)
def sgd_in_single_precision(w: Array, dw: Array, config: Config | None = None) -> Any:
    rate = np.float32((config or {}).get("learning_rate", 1e-2))
    next_w = w.astype(np.float32) - rate * dw.astype(np.float32)
    return [next_w, {"learning_rate": float(rate)}]


@variant(SGD)
def sgd_entry_by_entry(
    w: Array, dw: Array, config: Config | None = None
) -> tuple[Array, Config | None]:
    rate = known(config, learning_rate=0.01)["learning_rate"]
    next_w = np.empty_like(w)
    for index, slope in np.ndenumerate(dw):
        next_w[index] = w[index] - rate * slope
    return next_w, config


@mistake(
    SGD,
    title="the step goes up the gradient",
    hint="The gradient points to where the loss grows.",
    see="optimizers-sgd",
)
def up_the_gradient(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = known(config, learning_rate=1e-2)
    return w + config["learning_rate"] * dw, config


@mistake(
    SGD,
    title="the learning rate is left out",
    hint="How far a step goes is for the learning rate to say.",
    see="optimizers-sgd",
)
def rate_left_out(w: Array, dw: Array, config: Config | None = None) -> Step:
    return w - dw, known(config, learning_rate=1e-2)


@mistake(
    SGD,
    title="the learning rate is a constant in the code",
    hint="Read config['learning_rate']; 0.01 is for a config without one.",
    see="optimizers-config",
)
def rate_hard_coded(w: Array, dw: Array, config: Config | None = None) -> Step:
    return w - 1e-2 * dw, known(config)


@mistake(
    SGD,
    title="the step is returned instead of the weights after it",
    hint="What comes back replaces w: where does the step start?",
    see="optimizers-sgd",
)
def step_returned(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = known(config, learning_rate=1e-2)
    return np.zeros_like(w) - config["learning_rate"] * dw, config


@mistake(
    SGD,
    title="only the sign of the gradient is used",
    hint="A steep slope asks for a longer step than a gentle one.",
    see="optimizers-sgd",
)
def sign_only(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = known(config, learning_rate=1e-2)
    return w - config["learning_rate"] * np.sign(dw), config


@mistake(
    SGD,
    title="a missing learning rate is not 0.01",
    hint="The docstring says what a missing key means.",
    see="optimizers-config",
)
def sgd_with_another_default(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = known(config, learning_rate=1e-3)
    return w - config["learning_rate"] * dw, config


@mistake(
    SGD,
    title="a learning rate of 0 is taken for a missing one",
    hint="`or` also replaces 0. Ask whether the key is there.",
    see="optimizers-config",
)
def zero_rate_replaced(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = known(config)
    config["learning_rate"] = config.get("learning_rate") or 1e-2
    return w - config["learning_rate"] * dw, config


# Momentum ----------------------------------------------------------------------------


@variant(MOMENTUM)
def momentum_as_a_rule(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


@variant(MOMENTUM)
def momentum_in_place(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    config["velocity"] *= config["momentum"]
    config["velocity"] -= config["learning_rate"] * dw
    w += config["velocity"]
    return w, config


@variant(MOMENTUM)
def momentum_with_a_config_of_its_own(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    given = config or {}
    rate, momentum = given.get("learning_rate", 0.01), given.get("momentum", 0.9)
    old = np.asarray(given.get("velocity", 0.0), dtype=np.float32)
    v = (momentum * old - rate * dw).astype(np.float32)
    return w + v, {"velocity": v, "momentum": momentum, "learning_rate": rate}


@mistake(
    MOMENTUM,
    title="the new velocity is not stored",
    hint="The next step needs it: config is the only memory there is.",
    see="optimizers-config",
)
def velocity_not_stored(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    return w + v, config


@mistake(
    MOMENTUM,
    title="the learning rate is left out",
    hint="The gradient enters the velocity as a step: learning rate times gradient.",
    see="optimizers-momentum",
)
def momentum_without_rate(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    config["velocity"] = config["momentum"] * config["velocity"] - dw
    return w + config["velocity"], config


@mistake(
    MOMENTUM,
    title="the learning rate multiplies the whole velocity, as in PyTorch",
    hint="Here a velocity is a step already: "
    "the rate belongs to the gradient that enters it.",
    see="optimizers-momentum",
)
def rate_on_the_velocity(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    config["velocity"] = config["momentum"] * config["velocity"] - dw
    return w + config["learning_rate"] * config["velocity"], config


@mistake(
    MOMENTUM,
    title="the velocity has the other sign",
    hint="In this course the velocity points downhill: w + v is the next w.",
    see="optimizers-momentum",
)
def velocity_uphill(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    v = config["momentum"] * config["velocity"] + config["learning_rate"] * dw
    config["velocity"] = v
    return w - v, config


@mistake(
    MOMENTUM,
    title="the gradient is weighted by 1 - momentum",
    hint="That is an average of steps; momentum adds them up.",
    see="optimizers-momentum",
)
def averaged_velocity(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu = config["momentum"]
    config["velocity"] = (
        mu * config["velocity"] - (1 - mu) * config["learning_rate"] * dw
    )
    return w + config["velocity"], config


@mistake(
    MOMENTUM,
    title="the step is taken with the old velocity",
    hint="Renew the velocity first, then move by it.",
    see="optimizers-momentum",
)
def old_velocity_used(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    next_w = w + config["velocity"]
    config["velocity"] = (
        config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    )
    return next_w, config


@mistake(
    MOMENTUM,
    title="this is Nesterov's momentum",
    hint="Plain momentum moves by the new velocity, and by nothing else.",
    see="optimizers-nesterov",
)
def nesterov_instead(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu, step = config["momentum"], config["learning_rate"] * dw
    config["velocity"] = mu * config["velocity"] - step
    return w + mu * config["velocity"] - step, config


@mistake(
    MOMENTUM,
    title="the momentum is a constant in the code",
    hint="Read config['momentum']; 0.9 is for a config without one.",
    see="optimizers-config",
)
def momentum_hard_coded(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    config["velocity"] = 0.9 * config["velocity"] - config["learning_rate"] * dw
    return w + config["velocity"], config
