"""Mistakes and right variants of AdaDelta."""

from __future__ import annotations

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import Array, Config, Step, known

ADADELTA = "adadelta"


def begun(config: Config | None, w: Array) -> Config:
    config = known(config, learning_rate=1.0, decay_rate=0.95, epsilon=1e-6)
    config.setdefault("cache", np.zeros_like(w))
    config.setdefault("delta_cache", np.zeros_like(w))
    return config


def faded(old: Array, new: Array, config: Config) -> Array:
    """The fading mean of squares, with one more."""
    rho = config["decay_rate"]
    mean: Array = rho * old + (1 - rho) * new**2
    return mean


def delta_of(dw: Array, config: Config) -> Array:
    """Zeiler's step, from both caches as they are."""
    above = np.sqrt(config["delta_cache"] + config["epsilon"])
    below = np.sqrt(config["cache"] + config["epsilon"])
    delta: Array = -above / below * dw
    return delta


@variant(ADADELTA)
def adadelta_as_in_pytorch(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    delta = delta_of(dw, config)
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + config["learning_rate"] * delta, config


@variant(ADADELTA)
def adadelta_of_what_was_done(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    step = config["learning_rate"] * delta_of(dw, config)
    config["delta_cache"] = faded(config["delta_cache"], step, config)
    return w + step, config


@variant(ADADELTA)
def adadelta_with_epsilon_outside_both_roots(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    above = np.sqrt(config["delta_cache"]) + config["epsilon"]
    delta = -above / (np.sqrt(config["cache"]) + config["epsilon"]) * dw
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + config["learning_rate"] * delta, config


@variant(ADADELTA)
def adadelta_with_names_of_its_own(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    given = known(config)
    rho, eps = given["decay_rate"], given["epsilon"]
    g = dw.astype(np.float32)
    squares = given.get("E_g2", np.zeros(w.shape, np.float32))
    steps = given.get("E_dx2", np.zeros(w.shape, np.float32))
    squares = rho * squares + (1 - rho) * g * g
    delta = g * np.sqrt((steps + eps) / (squares + eps))
    steps = rho * steps + (1 - rho) * delta * delta
    w -= given["learning_rate"] * delta
    return w, {**given, "E_g2": squares, "E_dx2": steps}


@mistake(
    ADADELTA,
    title="the mean of squared steps is renewed before the step",
    hint="The step to come is not known yet: use the mean of those before.",
    see="optimizers-adadelta",
)
def steps_renewed_too_early(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    delta = delta_of(dw, config)
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + config["learning_rate"] * delta_of(dw, config), config


@mistake(
    ADADELTA,
    title="the mean of squared gradients is renewed after the step",
    hint="The gradient that makes the step belongs to the mean that scales it.",
    see="optimizers-adadelta",
)
def gradients_renewed_too_late(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = begun(config, w)
    delta = delta_of(dw, config)
    config["cache"] = faded(config["cache"], dw, config)
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + config["learning_rate"] * delta, config


@mistake(
    ADADELTA,
    title="past steps play no role: this is RMSProp",
    hint="The numerator is the size of past steps, so that the units agree.",
    see="optimizers-rmsprop",
)
def past_steps_left_out(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    root = np.sqrt(config["cache"] + config["epsilon"])
    return w - config["learning_rate"] * dw / root, config


@mistake(
    ADADELTA,
    title="the mean of squared steps is never renewed",
    hint="Square the step that you have taken, and let it enter its mean.",
    see="optimizers-adadelta",
)
def steps_never_renewed(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    return w + config["learning_rate"] * delta_of(dw, config), config


@mistake(
    ADADELTA,
    title="epsilon is added under the root of steps, but to the root of gradients",
    hint="Both roots are root mean squares: treat epsilon alike in both.",
    see="optimizers-epsilon",
)
def epsilon_in_two_ways(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    above = np.sqrt(config["delta_cache"] + config["epsilon"])
    delta = -above / (np.sqrt(config["cache"]) + config["epsilon"]) * dw
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + config["learning_rate"] * delta, config


@mistake(
    ADADELTA,
    title="epsilon is missing in the numerator, so nothing ever moves",
    hint="Before the first step the mean of squared steps is 0.",
    see="optimizers-adadelta",
)
def never_moves(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    below = np.sqrt(config["cache"] + config["epsilon"])
    delta = -np.sqrt(config["delta_cache"]) / below * dw
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + config["learning_rate"] * delta, config


@mistake(
    ADADELTA,
    title="the roots are missing",
    hint="RMS ends in a root: only then does the step have the unit of a weight.",
    see="optimizers-adadelta",
)
def roots_missing(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    above = config["delta_cache"] + config["epsilon"]
    delta = -above / (config["cache"] + config["epsilon"]) * dw
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + config["learning_rate"] * delta, config


@mistake(
    ADADELTA,
    title="the mean of steps takes their sizes instead of their squares",
    hint="Both means are means of squares.",
    see="optimizers-adadelta",
)
def steps_not_squared(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    delta = delta_of(dw, config)
    rho = config["decay_rate"]
    config["delta_cache"] = rho * config["delta_cache"] + (1 - rho) * np.abs(delta)
    return w + config["learning_rate"] * delta, config


@mistake(
    ADADELTA,
    title="the learning rate is left out",
    hint="Zeiler has none; here config['learning_rate'] scales the step.",
    see="optimizers-adadelta",
)
def adadelta_without_rate(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    config["cache"] = faded(config["cache"], dw, config)
    delta = delta_of(dw, config)
    config["delta_cache"] = faded(config["delta_cache"], delta, config)
    return w + delta, config
