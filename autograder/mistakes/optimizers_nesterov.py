"""Mistakes and right variants of Nesterov's momentum, at the look-ahead point."""

from __future__ import annotations

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import (
    NESTEROV,
    Array,
    Config,
    Step,
    known,
    momentum_config,
)


@variant(NESTEROV)
def nesterov_as_in_cs231n(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu, old = config["momentum"], config["velocity"]
    v = mu * old - config["learning_rate"] * dw
    config["velocity"] = v
    return w - mu * old + (1 + mu) * v, config


@variant(NESTEROV)
def nesterov_as_in_pytorch(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu, step = config["momentum"], config["learning_rate"] * dw
    config["velocity"] = mu * config["velocity"] - step
    w += mu * config["velocity"] - step
    return w, config


@variant(NESTEROV)
def nesterov_by_the_point_behind(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    settings = known(config, learning_rate=1e-2, momentum=0.9)
    rate, mu = settings["learning_rate"], settings["momentum"]
    old = np.float32(settings.get("velocity", np.zeros(w.shape)))
    behind = w - mu * old
    v = mu * old - rate * dw
    behind = behind + v
    return behind + mu * v, {"learning_rate": rate, "momentum": mu, "velocity": v}


@mistake(
    NESTEROV,
    title="the step is that of plain momentum",
    hint="w is the look-ahead point: after the step, look ahead again. "
    "If your formula does, was the old velocity overwritten before it was used?",
    see="optimizers-nesterov",
)
def plain_momentum_instead(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


@mistake(
    NESTEROV,
    title="the old look ahead is not taken back",
    hint="w lies momentum times the old velocity ahead: go back there first.",
    see="optimizers-nesterov",
)
def old_look_not_taken_back(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu = config["momentum"]
    config["velocity"] = mu * config["velocity"] - config["learning_rate"] * dw
    return w + (1 + mu) * config["velocity"], config


@mistake(
    NESTEROV,
    title="the old look ahead is added instead of taken back",
    hint="Mind the sign: w lies ahead already.",
    see="optimizers-nesterov",
)
def old_look_added(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu, old = config["momentum"], config["velocity"]
    config["velocity"] = mu * old - config["learning_rate"] * dw
    return w + mu * old + (1 + mu) * config["velocity"], config


@mistake(
    NESTEROV,
    title="the momentum is a constant in the code",
    hint="Read config['momentum']; 0.9 is for a config without one.",
    see="optimizers-config",
)
def nesterov_hard_coded(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    step = config["learning_rate"] * dw
    config["velocity"] = 0.9 * config["velocity"] - step
    return w + 0.9 * config["velocity"] - step, config


@mistake(
    NESTEROV,
    title="the new velocity is not stored",
    hint="The next step needs it: config is the only memory there is.",
    see="optimizers-config",
)
def nesterov_forgets(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu, old = config["momentum"], config["velocity"]
    v = mu * old - config["learning_rate"] * dw
    return w - mu * old + (1 + mu) * v, config


@mistake(
    NESTEROV,
    title="the step is the look ahead alone",
    hint="The gradient also moves the point itself, not only the look ahead from it.",
    see="optimizers-nesterov",
)
def look_ahead_alone(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu = config["momentum"]
    config["velocity"] = mu * config["velocity"] - config["learning_rate"] * dw
    return w + mu * config["velocity"], config


@mistake(
    NESTEROV,
    title="the learning rate multiplies the whole velocity, as in PyTorch",
    hint="Here a velocity is a step already: "
    "the rate belongs to the gradient that enters it.",
    see="optimizers-momentum",
)
def nesterov_rate_on_velocity(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = momentum_config(config, w)
    mu, rate = config["momentum"], config["learning_rate"]
    config["velocity"] = mu * config["velocity"] - dw
    return w + rate * (mu * config["velocity"] - dw), config


@mistake(
    NESTEROV,
    title="the velocity is renewed before it is put into the formula for the old one",
    hint="momentum² v − (1 + momentum) lr g holds for the old v: keep it.",
    see="optimizers-nesterov",
)
def new_velocity_for_the_old(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = momentum_config(config, w)
    mu, step = config["momentum"], config["learning_rate"] * dw
    config["velocity"] = mu * config["velocity"] - step
    return w + mu * mu * config["velocity"] - (1 + mu) * step, config
