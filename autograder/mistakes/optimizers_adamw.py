"""Mistakes and right variants of AdamW: where the decay goes."""

from __future__ import annotations

import math

import numpy as np

from autograder.mistakes import mistake, variant
from autograder.mistakes.optimizers import Array, Config, Step, known
from autograder.mistakes.optimizers_adam import renewed, step_of, unbiased

ADAMW = "adamw"


def decay_of(config: Config | None) -> float:
    return float(known(config, weight_decay=1e-2)["weight_decay"])


def rate_of(config: Config | None) -> float:
    return float(known(config, learning_rate=1e-3)["learning_rate"])


@variant(ADAMW)
def adamw_as_in_pytorch(w: Array, dw: Array, config: Config | None = None) -> Step:
    shrunk = w * (1 - rate_of(config) * decay_of(config))
    config = renewed(dw, config)
    return shrunk - step_of(*unbiased(config), config), config


@variant(ADAMW)
def adamw_with_one_rate_for_both(
    w: Array, dw: Array, config: Config | None = None
) -> Step:
    config = renewed(dw, config)
    m, v = unbiased(config)
    direction = m / (np.sqrt(v) + config["epsilon"]) + decay_of(config) * w
    w -= config["learning_rate"] * direction
    return w, config


@variant(ADAMW)
def adamw_with_epsilon_hat(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw.astype(np.float32), config)
    t, beta1, beta2 = config["t"], config["beta1"], config["beta2"]
    rate = config["learning_rate"] * math.sqrt(1 - beta2**t) / (1 - beta1**t)
    step = rate * config["m"] / (np.sqrt(config["v"]) + config["epsilon"])
    return w - config["learning_rate"] * decay_of(config) * w - step, config


@mistake(
    ADAMW,
    title="the decay is added to the gradient: this is Adam with an L2 penalty",
    hint="In m and v the decay is divided by the size of gradients. Keep it apart.",
    see="optimizers-adamw",
)
def decay_in_the_gradient(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw + decay_of(config) * w, config)
    return w - step_of(*unbiased(config), config), config


@mistake(
    ADAMW,
    title="the decay is not multiplied by the learning rate",
    hint="Here, as in PyTorch, the weights shrink by learning_rate * weight_decay.",
    see="optimizers-adamw",
)
def decay_without_rate(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    step = step_of(*unbiased(config), config)
    return w - step - decay_of(config) * w, config


@mistake(
    ADAMW,
    title="the weights after the step are shrunk, not those before",
    hint="Shrink the w that came in.",
    see="optimizers-adamw",
)
def decay_after_the_step(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    moved = w - step_of(*unbiased(config), config)
    return moved * (1 - config["learning_rate"] * decay_of(config)), config


@mistake(
    ADAMW,
    title="the decay is left out: this is Adam",
    hint="Where does weight_decay enter?",
    see="optimizers-adamw",
)
def decay_left_out(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    return w - step_of(*unbiased(config), config), config


@mistake(
    ADAMW,
    title="the weights grow instead of shrinking",
    hint="A decay takes something away from w.",
    see="optimizers-adamw",
)
def decay_adds(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    grown = w * (1 + config["learning_rate"] * decay_of(config))
    return grown - step_of(*unbiased(config), config), config


@mistake(
    ADAMW,
    title="the decay is divided by the root of v, like the gradient",
    hint="Every weight shrinks by the same share, whatever its gradients.",
    see="optimizers-adamw",
)
def decay_scaled_by_v(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    m, v = unbiased(config)
    return w - step_of(m + decay_of(config) * w, v, config), config


@mistake(
    ADAMW,
    title="the bias of the means is not corrected",
    hint="Apart from the decay, everything is as in Adam.",
    see="optimizers-bias-correction",
)
def adamw_bias_not_corrected(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    shrunk = w * (1 - config["learning_rate"] * decay_of(config))
    return shrunk - step_of(config["m"], config["v"], config), config


@mistake(
    ADAMW,
    title="weight_decay is a constant in the code",
    hint="Read config['weight_decay'] in every call.",
    see="optimizers-config",
)
def decay_hard_coded(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    shrunk = w * (1 - config["learning_rate"] * 1e-2)
    return shrunk - step_of(*unbiased(config), config), config


@mistake(
    ADAMW,
    title="epsilon is added under the root",
    hint="Under the root a small epsilon grows: the root of 1e-8 is 1e-4.",
    see="optimizers-epsilon",
)
def adamw_epsilon_inside(w: Array, dw: Array, config: Config | None = None) -> Step:
    config = renewed(dw, config)
    m, v = unbiased(config)
    shrunk = w * (1 - config["learning_rate"] * decay_of(config))
    return shrunk - config["learning_rate"] * m / np.sqrt(v + config["epsilon"]), config
