"""Mistakes and right variants of Adam."""

from __future__ import annotations

import math

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import Array, Config, Step, known

ADAM = "adam"


def begun(config: Config | None, w: Array) -> Config:
    config = known(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    return config


def renewed(dw: Array, config: Config | None) -> Config:
    """The config with both means renewed and t counted on."""
    config = begun(config, dw)
    beta1, beta2 = config["beta1"], config["beta2"]
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2
    config["t"] += 1
    return config


def unbiased(config: Config) -> tuple[Array, Array]:
    """Both means, freed of their bias."""
    m = config["m"] / (1 - config["beta1"] ** config["t"])
    v = config["v"] / (1 - config["beta2"] ** config["t"])
    return m, v


def step_of(m: Array, v: Array, config: Config) -> Array:
    step: Array = config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"])
    return step


@variant(ADAM)
def adam_as_a_rule(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(*unbiased(config), config), config


@variant(ADAM)
def adam_with_epsilon_hat(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    t, beta1, beta2 = config["t"], config["beta1"], config["beta2"]
    rate = config["learning_rate"] * math.sqrt(1 - beta2**t) / (1 - beta1**t)
    w -= rate * config["m"] / (np.sqrt(config["v"]) + config["epsilon"])
    return w, config


@variant(ADAM)
def adam_counting_from_one(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = {} if config is None else config
    config.setdefault("t", 1)  # as in old versions of CS231n's code
    config = renewed(dw.astype(np.float32), config)
    return (w - step_of(*unbiased(config), config)).astype(w.dtype), config


@mistake(
    ADAM,
    title="the bias of both means is not corrected",
    hint="After one step m is only a tenth of the gradient: what is it divided by?",
    see="optimizers-bias-correction",
)
def bias_not_corrected(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(config["m"], config["v"], config), config


@mistake(
    ADAM,
    title="only the bias of m is corrected",
    hint="v begins at 0 too, and fades more slowly.",
    see="optimizers-bias-correction",
)
def only_m_corrected(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(unbiased(config)[0], config["v"], config), config


@mistake(
    ADAM,
    title="only the bias of v is corrected",
    hint="m begins at 0 too.",
    see="optimizers-bias-correction",
)
def only_v_corrected(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(config["m"], unbiased(config)[1], config), config


@mistake(
    ADAM,
    title="t is never counted on",
    hint="Each step, t grows by 1 and goes back into config.",
    see="optimizers-bias-correction",
)
def t_never_counted(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    next_w = w - step_of(*unbiased(config), config)
    config["t"] -= 1
    return next_w, config


@mistake(
    ADAM,
    title="t is used as it came, and never counted on",
    hint="At t = 0 the correction divides by 1 - 1. Each step, t grows by 1 first.",
    see="optimizers-bias-correction",
)
def t_left_as_it_came(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    config["t"] -= 1
    if config["t"] == 0:
        return np.full_like(w, np.nan), config
    return w - step_of(*unbiased(config), config), config


@mistake(
    ADAM,
    title="the correction has no power: it divides by 1 - beta in every step",
    hint="The bias fades as the steps go by: beta to the power of t.",
    see="optimizers-bias-correction",
)
def correction_without_power(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(*unbiased({**config, "t": 1}), config), config


@mistake(
    ADAM,
    title="the correction uses 2 for t, in every step",
    hint="The bias fades as the steps go by: beta to the power of t.",
    see="optimizers-bias-correction",
)
def squared_for_t(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(*unbiased({**config, "t": 2}), config), config


@mistake(
    ADAM,
    title="t is used before it is counted on",
    hint="At t = 0 the correction divides by 1 - 1. Count first.",
    see="optimizers-bias-correction",
)
def t_counted_too_late(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    before = {**config, "t": config["t"] - 1}
    if before["t"] == 0:
        return np.full_like(w, np.nan), config
    return w - step_of(*unbiased(before), config), config


@mistake(
    ADAM,
    title="the corrected means are stored",
    hint="The correction is for this step only: config keeps m and v as they are.",
    see="optimizers-bias-correction",
)
def corrected_means_stored(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    config["m"], config["v"] = unbiased(config)
    return w - step_of(config["m"], config["v"], config), config


@mistake(
    ADAM,
    title="epsilon is added under the root",
    hint="Under the root a small epsilon grows: the root of 1e-8 is 1e-4.",
    see="optimizers-epsilon",
)
def adam_epsilon_inside(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    m, v = unbiased(config)
    return w - config["learning_rate"] * m / np.sqrt(v + config["epsilon"]), config


@mistake(
    ADAM,
    title="epsilon is a constant in the code",
    hint="Read config['epsilon']; 1e-8 is for a config without one.",
    see="optimizers-config",
)
def adam_epsilon_hard_coded(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(*unbiased(config), {**config, "epsilon": 1e-8}), config


@mistake(
    ADAM,
    title="epsilon is always 1e-7, whatever config says",
    hint="Read config['epsilon'] in every call.",
    see="optimizers-config",
)
def adam_epsilon_of_its_own(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(*unbiased(config), {**config, "epsilon": 1e-7}), config


@mistake(
    ADAM,
    title="beta1 and beta2 are swapped",
    hint="beta1 is the fading of the gradient, beta2 of its square.",
    see="optimizers-adam",
)
def betas_swapped(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = begun(config, w)
    swapped = {**config, "beta1": config["beta2"], "beta2": config["beta1"]}
    swapped = renewed(dw, swapped)
    next_w = w - step_of(*unbiased(swapped), swapped)
    return next_w, {**config, **{name: swapped[name] for name in ("m", "v", "t")}}


@mistake(
    ADAM,
    title="the root of v is missing",
    hint="The unit of the divisor must be that of a gradient.",
    see="optimizers-adam",
)
def adam_without_root(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    m, v = unbiased(config)
    return w - config["learning_rate"] * m / (v + config["epsilon"]), config


@mistake(
    ADAM,
    title="v averages the squares of m instead of those of the gradient",
    hint="Two means of two things: of dw, and of dw squared.",
    see="optimizers-adam",
)
def v_of_m(w: Array, dw: Array, config: Config | None = None) -> Step:
    old = begun(config, w)
    config = renewed(dw, old)
    beta2 = config["beta2"]
    config["v"] = beta2 * old["v"] + (1 - beta2) * config["m"] ** 2
    return w - step_of(*unbiased(config), config), config


@mistake(
    ADAM,
    title="v never shrinks: this is AMSGrad",
    hint="Adam's v is a fading mean, which may fall.",
    see="optimizers-adam",
)
def v_never_shrinks(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    m, v = unbiased(config)
    config["largest"] = np.maximum(v, config.get("largest", 0.0))
    return w - step_of(m, config["largest"], config), config


@mistake(
    ADAM,
    title="the gradient moves the weights, not its mean m",
    hint="The numerator is the corrected m: that is the momentum in Adam.",
    see="optimizers-adam",
)
def gradient_for_m(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(dw, unbiased(config)[1], config), config


@mistake(
    ADAM,
    title="v never shrinks: this is PyTorch's AMSGrad",
    hint="Adam's v is a fading mean, which may fall.",
    see="optimizers-adam",
)
def largest_v_corrected(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    config["largest"] = np.maximum(config["v"], config.get("largest", 0.0))
    m, v = unbiased({**config, "v": config["largest"]})
    return w - step_of(m, v, config), config
