"""Does whatever is handed in for a normalization end in a readable verdict?"""

from __future__ import annotations

import numpy as np
import pytest

from autograder import examine
from autograder.checks import all_checks
from tests.checks.test_batchnorm import BACKWARD, RUNNING, TOPIC, known, right_pair

# Doing nothing -----------------------------------------------------------------------

NOTHING = {
    "None": lambda *_: None,
    "input and None": lambda first, *_: (first, None),
    "input": lambda first, *_: first,
    "zeros": lambda first, *_: np.zeros_like(first),
    "one": lambda *_: 1,
    "empty tuple": lambda *_: (),
    "three inputs": lambda first, *_: (first, first, first),
    "three zeros": lambda first, *_: (0 * first, 0 * first[0], 0 * first[0]),
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("name", TOPIC)
def test_doing_nothing_earns_nothing(name: str, nothing: str) -> None:
    """Is a function that does nothing worth nothing, with any forward partner?"""
    namespace = right_pair(name) | {name: NOTHING[nothing]}
    assert examine(name, namespace, seed=0).score == 0
    forward = all_checks()[name].forward
    for partner in NOTHING.values() if forward else ():
        verdict = examine(name, namespace | {forward: partner}, seed=0)
        assert verdict.score == 0
        assert verdict.note == ""


# Misbehavior -------------------------------------------------------------------------


def crash(*_):
    """End the process, or try to."""
    raise SystemExit(3)


class Liar(np.ndarray):
    """An array that claims to equal anything."""

    def __sub__(self, other):
        return np.zeros_like(other)


MISBEHAVIOR = {
    "list": (lambda *_: [[1.0]], "expected"),
    "generator": (lambda *_: (i for i in range(9)), "generator"),
    "string": (lambda *_: "dx", "str"),
    "objects": (lambda *_: (np.array([None, "a"], dtype=object),) * 2, ""),
    "complex": (lambda *_: (np.ones((2, 3), dtype=complex),) * 3, ""),
    "many": (lambda *_: (1, 2, 3, 4, 5), "5 values"),
    "exit": (crash, "SystemExit"),
    "key": (lambda *_: {}["mode"], "KeyError"),
    "liar": (lambda *_: (np.zeros((2, 3)).view(Liar),) * 2, ""),
    "wrong arguments": (lambda: None, "TypeError"),
    "not written": (lambda *_: (_ for _ in ()).throw(NotImplementedError), "not writ"),
}


@pytest.mark.parametrize("kind", MISBEHAVIOR)
@pytest.mark.parametrize("name", TOPIC)
def test_misbehavior_is_a_readable_verdict(name: str, kind: str) -> None:
    """Does whatever a function does end in a failed verdict that says what it was?"""
    function, word = MISBEHAVIOR[kind]
    verdict = examine(name, right_pair(name) | {name: function}, seed=0)
    assert not verdict.passed
    assert verdict.score == 0
    assert word in verdict.message
    assert verdict.message.startswith(f"{name}: not right yet (0%)")


@pytest.mark.parametrize("held", [None, "a", [1.0], {}, 1.5, np.zeros((2, 2, 2))])
@pytest.mark.parametrize("name", RUNNING)
def test_nonsense_in_bn_param_is_refused(name: str, held) -> None:
    """Is whatever is stored instead of running statistics refused, and readably?"""

    def wrong(x, gamma, beta, bn_param):
        answer = right_pair(name)[name](x, gamma, beta, bn_param)
        if bn_param["mode"] == "train":
            bn_param["running_var"] = held
        return answer

    verdict = examine(name, {name: wrong}, seed=0)
    assert not verdict.passed
    assert "could not be judged" not in str(verdict)


@pytest.mark.parametrize("name", BACKWARD)
def test_a_crashing_forward_is_named(name: str) -> None:
    """When forward crashes, does the backward's verdict say that it was forward?"""
    forward = all_checks()[name].forward
    verdict = examine(name, right_pair(name) | {forward: crash}, seed=0)
    assert not verdict.passed
    assert f"{forward}(" in verdict.message
    assert "SystemExit" in verdict.message


def test_a_message_says_call_answer_expectation_place_and_hint() -> None:
    """Does a failure tell the call, what came back, what was expected, where, why?"""
    wrong = known("batchnorm_forward", "momentum_swapped")
    verdict = examine("batchnorm_forward", {"batchnorm_forward": wrong}, seed=0)
    (failed,) = (part for part in verdict.parts if "keeps the running" in part.name)
    assert failed.message.startswith("batchnorm_forward(x (5, 3), gamma (3,), beta")
    assert "'momentum': 0.8" in failed.message
    assert "bn_param['running_mean'][" in failed.message
    assert "; expected" in failed.message
    assert failed.message.endswith("(1 − momentum) times what this batch has")
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.see == "batchnorm-running"


# What rarely shows -------------------------------------------------------------------


@pytest.mark.parametrize("bound", [3, 5, 10])
@pytest.mark.parametrize("mode", ["train", "test"])
@pytest.mark.parametrize("name", RUNNING)
def test_a_clipped_output_is_refused(name: str, mode: str, bound: float) -> None:
    """Is an output refused that is right up to a few deviations from the mean?"""
    function = right_pair(name)[name]

    def wrong(x, gamma, beta, bn_param):
        out, cache = function(x, gamma, beta, bn_param)
        if bn_param["mode"] == mode:
            ready = [each.reshape(-1, *[1] * (x.ndim - 2)) for each in (gamma, beta)]
            xhat = np.clip((out - ready[1]) / ready[0], -bound, bound)
            out = ready[0] * xhat + ready[1]
        return out, cache

    for seed in range(4):
        assert not examine(name, {name: wrong}, seed=seed).passed


@pytest.mark.parametrize("bound", [3, 10])
def test_a_clipped_layer_norm_is_refused(bound: float) -> None:
    """Is layer normalization refused that cuts off what lies far out?"""
    function = right_pair("layernorm_forward")["layernorm_forward"]

    def wrong(x, gamma, beta, ln_param):
        out, cache = function(x, gamma, beta, ln_param)
        return gamma * np.clip((out - beta) / gamma, -bound, bound) + beta, cache

    for seed in range(4):
        verdict = examine("layernorm_forward", {"layernorm_forward": wrong}, seed=seed)
        assert not verdict.passed


@pytest.mark.parametrize("decimals", [3, 4, 6])
@pytest.mark.parametrize("name", RUNNING)
def test_rounded_running_statistics_are_refused(name: str, decimals: int) -> None:
    """Are running statistics refused that are kept to a few decimals, at any seed?"""

    def wrong(x, gamma, beta, bn_param):
        answer = right_pair(name)[name](x, gamma, beta, bn_param)
        for key in ("running_mean", "running_var"):
            bn_param[key] = bn_param[key].round(decimals)
        return answer

    for seed in range(6):
        assert not examine(name, {name: wrong}, seed=seed).passed


LEAKS = {
    "in training": ("train", "the running mean and variance"),
    "in testing": ("test", "the running statistics stay"),
}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("name", RUNNING)
def test_eps_in_the_running_variance_is_refused(name: str, leak: str) -> None:
    """Is a running variance refused that eps got into, and is nothing else?"""
    mode, part = LEAKS[leak]

    def wrong(x, gamma, beta, bn_param):
        answer = right_pair(name)[name](x, gamma, beta, bn_param)
        if bn_param["mode"] == mode:
            eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
            share = 1 - momentum if mode == "train" else 1
            bn_param["running_var"] = bn_param["running_var"] + share * eps
        return answer

    for seed in range(3):
        verdict = examine(name, {name: wrong}, seed=seed)
        failed = [p.name for p in verdict.parts if p.core and p.outcome == "failed"]
        assert any(part in each for each in failed)
        assert verdict.misconception is not None
        assert not any("normalized" in each for each in failed)
