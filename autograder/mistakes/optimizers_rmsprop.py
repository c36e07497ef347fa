"""Mistakes and right variants of RMSProp."""

from __future__ import annotations

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import Array, Config, Step, known
from autograder.mistakes.optimizers_adagrad import adagrad_config, divided

RMSPROP = "rmsprop"


def rmsprop_config(config: Config | None, w: Array) -> Config:
    return adagrad_config(known(config, decay_rate=0.99), w)


def faded(dw: Array, config: Config) -> Array:
    """RMSProp's new cache."""
    rho = config["decay_rate"]
    cache: Array = rho * config["cache"] + (1 - rho) * dw**2
    return cache


@variant(RMSPROP)
def rmsprop_as_a_rule(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = faded(dw, config)
    return w - divided(dw, config), config


@variant(RMSPROP)
def rmsprop_in_place(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] += (1 - config["decay_rate"]) * (dw**2 - config["cache"])
    w -= divided(dw, config)
    return w, config


@variant(RMSPROP)
def rmsprop_entry_by_entry(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    next_w, cache = np.zeros(w.shape, np.float32), np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        g, rho = float(dw[index]), config["decay_rate"]
        cache[index] = rho * config["cache"][index] + (1 - rho) * g * g
        scale = cache[index] ** 0.5 + config["epsilon"]
        next_w[index] = w[index] - config["learning_rate"] * g / scale
    return next_w, {**config, "cache": cache}


@mistake(
    RMSPROP,
    title="epsilon is added under the root",
    hint="Under the root a small epsilon grows: the root of 1e-8 is 1e-4.",
    see="optimizers-epsilon",
)
def rmsprop_epsilon_inside(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = faded(dw, config)
    root = np.sqrt(config["cache"] + config["epsilon"])
    return w - config["learning_rate"] * dw / root, config


@mistake(
    RMSPROP,
    title="the old cache divides the step",
    hint="In the first step it is 0: renew the cache first.",
    see="optimizers-rmsprop",
)
def rmsprop_divides_by_old(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    next_w = w - divided(dw, config)
    config["cache"] = faded(dw, config)
    return next_w, config


@mistake(
    RMSPROP,
    title="the shares of old and new are swapped",
    hint="A decay_rate of 0.99 keeps 0.99 of the old cache.",
    see="optimizers-rmsprop",
)
def shares_swapped(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    rho = config["decay_rate"]
    config["cache"] = (1 - rho) * config["cache"] + rho * dw**2
    return w - divided(dw, config), config


@mistake(
    RMSPROP,
    title="the new square enters with its full weight",
    hint="A mean has shares that sum to 1.",
    see="optimizers-rmsprop",
)
def share_of_new_forgotten(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = config["decay_rate"] * config["cache"] + dw**2
    return w - divided(dw, config), config


@mistake(
    RMSPROP,
    title="nothing is forgotten: this is AdaGrad",
    hint="Where does decay_rate enter?",
    see="optimizers-adagrad",
)
def rmsprop_never_fades(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = config["cache"] + dw**2
    return w - divided(dw, config), config


@mistake(
    RMSPROP,
    title="the cache averages gradients instead of their squares",
    hint="Gradients of both signs cancel; their squares do not.",
    see="optimizers-rmsprop",
)
def rmsprop_of_magnitudes(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    rho = config["decay_rate"]
    config["cache"] = rho * config["cache"] + (1 - rho) * np.abs(dw)
    return w - divided(dw, config), config


@mistake(
    RMSPROP,
    title="the root is missing: the step is divided by the cache itself",
    hint="The unit of the divisor must be that of a gradient.",
    see="optimizers-rmsprop",
)
def rmsprop_without_root(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = faded(dw, config)
    step = config["learning_rate"] * dw / (config["cache"] + config["epsilon"])
    return w - step, config


@mistake(
    RMSPROP,
    title="the cache is not stored",
    hint="The next step needs it: config is the only memory there is.",
    see="optimizers-config",
)
def rmsprop_forgets(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    return w - divided(dw, {**config, "cache": faded(dw, config)}), config


@mistake(
    RMSPROP,
    title="epsilon is a constant in the code",
    hint="Read config['epsilon']; 1e-8 is for a config without one.",
    see="optimizers-config",
)
def rmsprop_epsilon_hard_coded(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = faded(dw, config)
    return w - divided(dw, {**config, "epsilon": 1e-8}), config


@mistake(
    RMSPROP,
    title="epsilon is always 1e-7, whatever config says",
    hint="Read config['epsilon'] in every call.",
    see="optimizers-config",
)
def rmsprop_epsilon_of_its_own(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = faded(dw, config)
    return w - divided(dw, {**config, "epsilon": 1e-7}), config


@mistake(
    RMSPROP,
    title="the decay rate is a constant in the code",
    hint="Read config['decay_rate']; 0.99 is for a config without one.",
    see="optimizers-config",
)
def rmsprop_decay_hard_coded(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = rmsprop_config(config, w)
    config["cache"] = faded(dw, {**config, "decay_rate": 0.99})
    return w - divided(dw, config), config
