"""Do the checks of the optimizers refuse what is wrong in one place only?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.checks import all_checks
from autograder.mistakes import variants_of

TOPIC = [name for name, check in all_checks().items() if check.topic == "optimizers"]
NORMS = ["clip_grad_norm", "update_ratio"]
STEPPING = [name for name in TOPIC if name not in NORMS]
RIGHT = {name: variants_of(name)[0].function for name in TOPIC}
SEEDS = range(3)


def refused(name: str, function: Any) -> None:
    """The function is refused whatever the seed."""
    for seed in SEEDS:
        verdict = examine(name, {name: function}, seed=seed)
        assert not verdict.passed
        assert verdict.score < 1


def right_step(name: str, w, dw, config):
    """A right step that leaves its arguments alone."""
    return RIGHT[name](w.copy(), dw, config)


# Doing nothing, and answers of the wrong kind -----------------------------------------


NOTHING = {
    "w as it was": lambda w, dw, config=None: (w, config),
    "zeros": lambda w, dw, config=None: (np.zeros_like(w), config),
    "w and an empty config": lambda w, dw, config=None: (w, {}),
    "dw": lambda w, dw, config=None: (w - dw, config or {}),
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("name", STEPPING)
def test_doing_nothing_earns_nothing(name: str, nothing: str) -> None:
    """Is an optimizer that does not optimize worth no point?"""
    for seed in SEEDS:
        assert examine(name, {name: NOTHING[nothing]}, seed=seed).score == 0


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("clip_grad_norm", lambda grads, max_norm: (grads, 0.0)),
        ("clip_grad_norm", lambda grads, max_norm: (grads, max_norm)),
        ("clip_grad_norm", lambda grads, max_norm: ([0 * g for g in grads], 0.0)),
        ("update_ratio", lambda w, next_w: 0.0),
        ("update_ratio", lambda w, next_w: 1.0),
        ("update_ratio", lambda w, next_w: 1e-3),
    ],
)
def test_constant_norms_earn_nothing(name: str, function: Any) -> None:
    """Is a norm that nobody measured worth no point?"""
    assert examine(name, {name: function}, seed=0).score == 0


def yielding(*_):
    """An optimizer that yields."""
    yield 1


def exiting(*_):
    """An optimizer that ends the process."""
    raise SystemExit


KINDS = {
    "None": lambda *_: None,
    "a number": lambda *_: 3.0,
    "weights alone": lambda w, *_: w,
    "a list for the config": lambda w, dw=0, config=None: (w, [config]),
    "a list for the weights": lambda w, dw=0, config=None: ([1.0], config or {}),
    "objects": lambda w, dw=0, config=None: (np.array([None]), config or {}),
    "a generator": yielding,
    "the end": exiting,
    "a crash": lambda *_: 1 / 0,
    "text": lambda *_: "abc",
    "NaN": lambda w, dw=0, config=None: (w * np.nan, config or {}),
    "another shape": lambda w, dw=0, config=None: (w[None], config or {}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["adam", "sgd", "adadelta", *NORMS])
def test_an_answer_of_the_wrong_kind_is_refused_in_words(name: str, kind: str) -> None:
    """Does anything that is not an answer end in a verdict that says what it was?"""
    verdict = examine(name, {name: KINDS[kind]}, seed=0)
    assert not verdict.passed
    assert verdict.score == 0
    assert name in verdict.message
    assert "could not be judged" not in verdict.message


# Wrong in one place -------------------------------------------------------------------


def one_entry(step):
    """The largest entry wrong by a thousandth of it."""
    step = np.array(step)
    step.flat[np.abs(step).argmax()] *= 1.001
    return step


PLANTS = {
    "scaled": lambda step: 1.001 * step,
    "one entry": one_entry,
    "first entry for all": lambda step: np.full_like(step, step.flat[0]),
    "magnitude": lambda step: -np.abs(step),
    "clipped": lambda step: np.minimum(step, 0.5 * np.abs(step).max()),
    "reversed": lambda step: step[::-1],
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", STEPPING)
def test_a_planted_error_is_refused(name: str, plant: str) -> None:
    """Is a step refused in which something small or large is wrong?"""

    def planted(w, dw, config=None):
        next_w, config = right_step(name, w, dw, config)
        return w + PLANTS[plant](next_w - w), config

    refused(name, planted)


WHERE = {
    "vectors": lambda w, dw: w.ndim == 1,
    "images": lambda w, dw: w.ndim == 4,
    "one weight": lambda w, dw: w.size == 1,
    "large gradients": lambda w, dw: np.abs(dw).max() > 20,
    "positive weights": lambda w, dw: w.flat[0] > 0,
    "a zero among the gradients": lambda w, dw: not dw.all(),
}


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", STEPPING)
def test_a_step_wrong_in_some_places_only_is_refused(name: str, where: str) -> None:
    """Is an optimizer refused that is right but for some shape or some gradients?"""

    def sometimes(w, dw, config=None):
        next_w, config = right_step(name, w, dw, config)
        return (2 * next_w - w if WHERE[where](w, dw) else next_w), config

    refused(name, sometimes)


@pytest.mark.parametrize("name", [n for n in STEPPING if n != "sgd"])
def test_state_outside_the_config_is_refused(name: str) -> None:
    """Is a function refused that remembers the last config instead of reading it?"""
    memory: dict = {}
    state = {"velocity", "cache", "delta_cache", "m", "v", "t"}

    def remembering(w, dw, config=None):
        own = memory.get(w.shape, {})
        settings = {k: v for k, v in (config or {}).items() if k not in state}
        next_w, after = right_step(name, w, dw, {**own, **settings})
        memory[w.shape] = {k: v for k, v in after.items() if k in state}
        return next_w, settings

    refused(name, remembering)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("sgd", "learning_rate", 0.01),
        ("sgd_momentum", "learning_rate", 0.01),
        ("sgd_momentum", "momentum", 0.9),
        ("nesterov_momentum", "learning_rate", 0.01),
        ("nesterov_momentum", "momentum", 0.9),
        ("adagrad", "learning_rate", 0.01),
        ("adagrad", "epsilon", 1e-8),
        ("rmsprop", "learning_rate", 0.01),
        ("rmsprop", "decay_rate", 0.99),
        ("rmsprop", "epsilon", 1e-8),
        ("adadelta", "learning_rate", 1.0),
        ("adadelta", "decay_rate", 0.95),
        ("adadelta", "epsilon", 1e-6),
        ("adam", "learning_rate", 1e-3),
        ("adam", "beta1", 0.9),
        ("adam", "beta2", 0.999),
        ("adam", "epsilon", 1e-8),
        ("adamw", "learning_rate", 1e-3),
        ("adamw", "beta1", 0.9),
        ("adamw", "beta2", 0.999),
        ("adamw", "epsilon", 1e-8),
        ("adamw", "weight_decay", 1e-2),
    ],
)
def test_a_setting_that_is_ignored_is_refused(name: str, key: str, value) -> None:
    """Is an optimizer refused that takes its default whatever the config says?"""

    def ignoring(w, dw, config=None):
        return right_step(name, w, dw, {**(config or {}), key: value})

    refused(name, ignoring)


@pytest.mark.parametrize(
    ("name", "key", "wrong"),
    [
        ("sgd", "learning_rate", 1e-3),
        ("sgd_momentum", "learning_rate", 1e-3),
        ("sgd_momentum", "momentum", 0.5),
        ("nesterov_momentum", "learning_rate", 1e-3),
        ("nesterov_momentum", "momentum", 0.95),
        ("rmsprop", "learning_rate", 1e-3),
        ("rmsprop", "decay_rate", 0.9),
        ("rmsprop", "epsilon", 1e-7),
        ("adam", "learning_rate", 1e-2),
        ("adam", "beta1", 0.95),
        ("adam", "beta2", 0.99),
        ("adam", "epsilon", 1e-7),
        ("adamw", "learning_rate", 1e-2),
        ("adamw", "beta1", 0.95),
        ("adamw", "beta2", 0.99),
    ],
)
def test_another_default_than_cs231ns_is_refused(name: str, key: str, wrong) -> None:
    """Is another default refused, where CS231n has one?"""

    def other(w, dw, config=None):
        return right_step(name, w, dw, {key: wrong, **(config or {})})

    refused(name, other)


@pytest.mark.parametrize(
    "name", ["sgd", "sgd_momentum", "nesterov_momentum", "rmsprop", "adam"]
)
def test_a_config_is_optional(name: str) -> None:
    """Is a crash without a config refused, where CS231n has all defaults?"""

    def insisting(w, dw, config):
        return right_step(name, w, dw, config)

    def crashing(w, dw, config=None):
        return right_step(name, w, dw, dict(config))

    refused(name, insisting)
    refused(name, crashing)


@pytest.mark.parametrize("name", [name for name in STEPPING if name != "sgd"])
def test_a_default_config_that_remembers_is_refused(name: str) -> None:
    """Is a step refused that without a config goes on from an earlier call?"""
    shared: dict = {}

    def by_default(w, dw, config={}):  # noqa: B006 - the mistake itself
        config = {} if config is None else config
        next_w, after = right_step(name, w, dw, config)
        config.update(after)
        return next_w, config

    def in_the_module(w, dw, config=None):
        config = shared if config is None else config
        next_w, after = right_step(name, w, dw, config)
        config.update(after)
        return next_w, config

    refused(name, by_default)
    refused(name, in_the_module)


# Bounds and ends that somebody put in -------------------------------------------------


@pytest.mark.parametrize("last", [10, 100, 200, 500, 900])
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_a_bias_corrected_for_a_while_only_is_refused(name: str, last: int) -> None:
    """Is a correction refused that stops, or stands still, at some step?"""

    def corrected(beta: str, stands: bool):
        def step(w, dw, config=None):
            settings = dict(config or {})
            given = settings.get("t", 0)
            next_w, after = right_step(name, w, dw, settings)
            if given >= last:  # taken with the wrong power of one of both
                power = settings[beta] ** (last if stands else 10**9)
                factor = (1 - settings[beta] ** (given + 1)) / (1 - power)
                shrunk = w * settings["learning_rate"] * settings.get("weight_decay", 0)
                moved = next_w - w + shrunk
                moved *= factor if beta == "beta1" else 1 / np.sqrt(factor)
                next_w = w - shrunk + moved
            return next_w, after

        return step

    for beta in ("beta1", "beta2"):
        for stands in (False, True):
            refused(name, corrected(beta, stands))


@pytest.mark.parametrize(
    ("name", "key", "bound"),
    [
        ("sgd_momentum", "momentum", 0.99),
        ("nesterov_momentum", "momentum", 0.99),
        ("rmsprop", "decay_rate", 0.99),
        ("adadelta", "decay_rate", 0.99),
        ("adam", "beta1", 0.99),
        ("adam", "beta2", 0.995),
        ("adamw", "beta1", 0.99),
        ("adamw", "beta2", 0.995),
        ("sgd", "learning_rate", 0.5),
        ("adagrad", "learning_rate", 0.5),
    ],
)
def test_a_bound_on_a_setting_is_refused(name: str, key: str, bound: float) -> None:
    """Is a setting refused that is used up to a bound only, whatever the seed?"""

    def bounded(w, dw, config=None):
        config = dict(config or {})
        if key in config:
            config[key] = min(config[key], bound)
        return right_step(name, w, dw, config)

    refused(name, bounded)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adadelta", "adam", "adamw"])
def test_a_least_epsilon_is_refused(name: str) -> None:
    """Is an epsilon refused that is never below 1e-8?"""

    def floored(w, dw, config=None):
        config = dict(config or {})
        config["epsilon"] = max(config.get("epsilon", 1e-8), 1e-8)
        return right_step(name, w, dw, config)

    refused(name, floored)


@pytest.mark.parametrize("name", STEPPING)
def test_bounded_weights_are_refused(name: str) -> None:
    """Are weights refused that never get beyond a bound, and is that all they cost?"""

    def bounded(w, dw, config=None):
        next_w, config = right_step(name, w, dw, config)
        return np.clip(next_w, -90, 90), config  # far beyond any step of the others

    refused(name, bounded)
    parts = examine(name, {name: bounded}, seed=0).parts
    assert [part.name for part in parts if part.outcome == "failed"] == [
        "weights far from 0"
    ]


# Norms --------------------------------------------------------------------------------


def clip(grads, max_norm):
    """A right clip."""
    return RIGHT["clip_grad_norm"](grads, max_norm)


def length(grads) -> float:
    """The norm of all gradients together."""
    return float(np.sqrt(sum(np.sum(g**2) for g in grads)))


WRONG_CLIPS = {
    "first array only": lambda grads, m: (clip(grads[:1], m)[0] + grads[1:], 1.0),
    "norm of the first": lambda grads, m: (clip(grads, m)[0], clip(grads[:1], m)[1]),
    "norm capped": lambda grads, m: (clip(grads, m)[0], min(clip(grads, m)[1], m)),
    "threshold of 5": lambda grads, m: clip(grads, 5.0),
    "at most 1": lambda grads, m: clip(grads, min(m, 1.0)),
    "at most 10": lambda grads, m: clip(grads, min(m, 10.0)),
    "twice": lambda grads, m: (clip(clip(grads, m)[0], 0.9 * m)[0], clip(grads, m)[1]),
    "an array lost": lambda grads, m: (clip(grads, m)[0][:-1], clip(grads, m)[1]),
    "flattened": lambda grads, m: (
        [g.ravel() for g in clip(grads, m)[0]],
        clip(grads, m)[1],
    ),
    "sorted": lambda grads, m: (clip(grads, m)[0][::-1], clip(grads, m)[1]),
    "one vector": lambda grads, m: (
        np.concatenate([g.ravel() for g in clip(grads, m)[0]]),
        clip(grads, m)[1],
    ),
    "mean": lambda grads, m: clip(grads, m * len(grads)),
    "a factor off": lambda grads, m: clip(grads, 1.001 * m),
    "too late": lambda grads, m: (
        clip(grads, m)[0] if length(grads) > 1.02 * m else grads,
        length(grads),
    ),
    "too early": lambda grads, m: (
        [g * (m / length(grads)) for g in grads] if length(grads) > 0.98 * m else grads,
        length(grads),
    ),
    "an epsilon of 1e-2": lambda grads, m: (
        [g * min(1, m / (clip(grads, m)[1] + 1e-2)) for g in grads],
        clip(grads, m)[1],
    ),
}


@pytest.mark.parametrize("wrong", WRONG_CLIPS)
def test_a_wrong_clip_is_refused(wrong: str) -> None:
    """Is a clip refused that is wrong in one respect?"""
    refused("clip_grad_norm", WRONG_CLIPS[wrong])


def norm(x) -> float:
    """The L2 norm of all entries."""
    return float(np.sqrt(np.sum(x**2)))


WRONG_RATIOS = {
    "percent": lambda w, n: 100 * norm(n - w) / norm(w),
    "logarithm": lambda w, n: np.log10(norm(n - w) / norm(w) + 1e-30),
    "negative": lambda w, n: -norm(n - w) / norm(w),
    "largest": lambda w, n: np.abs(n - w).max() / np.abs(w).max(),
    "at most 1": lambda w, n: min(1.0, norm(n - w) / norm(w)),
    "at least 1e-8": lambda w, n: max(1e-8, norm(n - w) / norm(w)),
    "a factor off": lambda w, n: 1.001 * norm(n - w) / norm(w),
    "rounded": lambda w, n: round(norm(n - w) / norm(w), 3),
    "an epsilon of 1e-3": lambda w, n: norm(n - w) / (norm(w) + 1e-3),
    "rows": lambda w, n: (
        norm(n - w) / norm(w)
        if w.ndim != 2
        else np.mean(np.linalg.norm(n - w, axis=1) / np.linalg.norm(w, axis=1))
    ),
}


@pytest.mark.parametrize("wrong", WRONG_RATIOS)
def test_a_wrong_ratio_is_refused(wrong: str) -> None:
    """Is a ratio refused that is wrong in one respect?"""
    refused("update_ratio", WRONG_RATIOS[wrong])
