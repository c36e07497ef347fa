"""Mistakes and right variants of AdaGrad."""

from __future__ import annotations

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import Array, Config, Step, known

ADAGRAD = "adagrad"


def adagrad_config(config: Config | None, w: Array) -> Config:
    config = known(config, learning_rate=1e-2, epsilon=1e-8)
    config.setdefault("cache", np.zeros_like(w))
    return config


def divided(dw: Array, config: Config) -> Array:
    """The step: the gradient over the root of the cache, at the learning rate."""
    root = np.sqrt(config["cache"])
    step: Array = config["learning_rate"] * dw / (root + config["epsilon"])
    return step


@variant(ADAGRAD)
def adagrad_as_a_rule(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = config["cache"] + dw**2
    return w - divided(dw, config), config


@variant(ADAGRAD)
def adagrad_in_place(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] += dw * dw
    w += -config["learning_rate"] / (config["cache"] ** 0.5 + config["epsilon"]) * dw
    return w, config


@variant(ADAGRAD)
def adagrad_in_single_precision(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = adagrad_config(config, w)
    g = dw.astype(np.float32)
    config["cache"] = np.asarray(config["cache"], np.float32) + np.square(g)
    return (w - divided(g, config)).astype(w.dtype), config


@mistake(
    ADAGRAD,
    title="the cache holds the last squared gradient only",
    hint="AdaGrad remembers all gradients: the cache grows.",
    see="optimizers-adagrad",
)
def adagrad_not_summed(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = dw**2
    return w - divided(dw, config), config


@mistake(
    ADAGRAD,
    title="the cache is not stored",
    hint="The next step needs it: config is the only memory there is.",
    see="optimizers-config",
)
def adagrad_forgets(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    renewed = {**config, "cache": config["cache"] + dw**2}
    return w - divided(dw, renewed), config


@mistake(
    ADAGRAD,
    title="the cache fades: this is RMSProp",
    hint="AdaGrad adds squares up and forgets none.",
    see="optimizers-rmsprop",
)
def adagrad_fades(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = 0.9 * config["cache"] + 0.1 * dw**2
    return w - divided(dw, config), config


@mistake(
    ADAGRAD,
    title="the root is missing: the step is divided by the cache itself",
    hint="The unit of the divisor must be that of a gradient.",
    see="optimizers-adagrad",
)
def adagrad_without_root(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = config["cache"] + dw**2
    step = config["learning_rate"] * dw / (config["cache"] + config["epsilon"])
    return w - step, config


@mistake(
    ADAGRAD,
    title="magnitudes are summed instead of squares",
    hint="The root undoes a square: where is it?",
    see="optimizers-adagrad",
)
def adagrad_of_magnitudes(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = config["cache"] + np.abs(dw)
    return w - divided(dw, config), config


@mistake(
    ADAGRAD,
    title="the old cache divides the step",
    hint="In the first step it is 0: add the new square first.",
    see="optimizers-adagrad",
)
def adagrad_divides_by_old(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    next_w = w - divided(dw, config)
    config["cache"] = config["cache"] + dw**2
    return next_w, config


@mistake(
    ADAGRAD,
    title="epsilon is added under the root",
    hint="Under the root a small epsilon grows: the root of 1e-8 is 1e-4.",
    see="optimizers-epsilon",
)
def adagrad_epsilon_inside(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = config["cache"] + dw**2
    root = np.sqrt(config["cache"] + config["epsilon"])
    return w - config["learning_rate"] * dw / root, config


@mistake(
    ADAGRAD,
    title="epsilon is left out: 0 is divided by 0",
    hint="A weight that never had a gradient has a cache of 0.",
    see="optimizers-epsilon",
)
def adagrad_without_epsilon(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = config["cache"] + dw**2
    return w - config["learning_rate"] * dw / np.sqrt(config["cache"]), config


@mistake(
    ADAGRAD,
    title="epsilon is always 1e-7, whatever config says",
    hint="Read config['epsilon'] in every call.",
    see="optimizers-config",
)
def adagrad_epsilon_hard_coded(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = adagrad_config(config, w)
    config["cache"] = config["cache"] + dw**2
    return w - divided(dw, {**config, "epsilon": 1e-7}), config


@mistake(
    ADAGRAD,
    title="no squared gradient ever enters the cache",
    hint="The step is divided by the root of the cache: what has been added to it?",
    see="optimizers-adagrad",
)
def adagrad_never_accumulates(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = adagrad_config(config, w)
    return w - divided(dw, config), config
