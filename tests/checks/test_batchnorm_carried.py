"""Is an error in a normalization charged once, and a trick never rewarded?"""

from __future__ import annotations

import numpy as np
import pytest

from autograder import examine
from autograder.mistakes import mistakes_of
from tests.checks.test_batchnorm import known, right_pair

PARTNERS = {
    "batchnorm_backward": "batchnorm_forward",
    "batchnorm_backward_alt": "batchnorm_forward",
    "spatial_batchnorm_backward": "spatial_batchnorm_forward",
    "layernorm_backward": "layernorm_forward",
}


def with_exact_gradient(function):
    """A forward function that keeps its arguments, and its exact gradient.

    The gradient is taken numerically, of the very function, in four points.
    """

    def forward(*given):
        kept = [dict(each) if isinstance(each, dict) else each for each in given]
        return function(*given)[0], kept

    def backward(dout, cache):
        *given, param = cache
        grads = []
        for place, at in enumerate(given):
            h = 1e-3 * (np.ptp(at) if place == 0 else 1)
            grad = np.empty_like(at)
            for index in np.ndindex(at.shape):
                total = 0.0
                for step, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
                    moved = at.copy()
                    moved[index] += step * h
                    values = [*given[:place], moved, *given[place + 1 :]]
                    total += weight * np.sum(function(*values, dict(param))[0] * dout)
                grad[index] = total / (12 * h)
            grads.append(grad)
        return tuple(grads)

    return forward, backward


CARRIED = [
    ("batchnorm_backward", "eps_outside_the_root"),
    ("batchnorm_backward", "eps_hard_coded"),
    ("batchnorm_backward", "unbiased_variance"),
    ("batchnorm_backward", "over_the_features"),
    ("batchnorm_backward", "over_everything"),
    ("batchnorm_backward", "root_forgotten"),
    ("batchnorm_backward", "mean_not_subtracted"),
    ("batchnorm_backward", "running_statistics_in_train_mode"),
    ("batchnorm_backward_alt", "eps_outside_the_root"),
    ("batchnorm_backward_alt", "unbiased_variance"),
    ("spatial_batchnorm_backward", "reshaped_without_transposing"),
    ("spatial_batchnorm_backward", "over_each_image"),
    ("spatial_batchnorm_backward", "over_the_batch_only"),
    ("spatial_batchnorm_backward", "spatial_eps_outside_the_root"),
    ("layernorm_backward", "over_the_batch"),
    ("layernorm_backward", "layer_eps_outside_the_root"),
    ("layernorm_backward", "layer_unbiased_variance"),
]


@pytest.mark.parametrize(("name", "wrong"), CARRIED)
def test_an_error_in_forward_is_charged_once(name: str, wrong: str) -> None:
    """Is the exact gradient of a wrong forward credited, and nothing less exact?"""
    partner = PARTNERS[name]
    forward, exact = with_exact_gradient(known(partner, wrong))
    assert not examine(partner, {partner: forward}, seed=0).passed
    verdict = examine(name, {partner: forward, name: exact}, seed=0)
    assert verdict.passed, str(verdict)
    assert "charged there, once" in verdict.message

    for place in range(3):

        def inexact(dout, cache, place=place):
            grads = list(exact(dout, cache))
            grads[place] = 1.001 * grads[place]
            return tuple(grads)

        verdict = examine(name, {partner: forward, name: inexact}, seed=0)
        assert not verdict.passed
        assert verdict.note == ""


def just_scaled(x, gamma, beta, _):
    """No normalization at all: gamma x + beta."""
    ready = (-1, *[1] * (x.ndim - 2))
    return gamma.reshape(ready) * x + beta.reshape(ready), None


@pytest.mark.parametrize("name", PARTNERS)
def test_scaling_with_its_exact_gradient_is_no_normalization(name: str) -> None:
    """Is a forward that does not normalize refused, with a backward true to it?"""
    forward, exact = with_exact_gradient(just_scaled)
    verdict = examine(name, {PARTNERS[name]: forward, name: exact}, seed=0)
    assert not verdict.passed
    assert verdict.note == ""


@pytest.mark.parametrize("name", PARTNERS)
def test_a_right_backward_does_not_suffer_from_the_running_statistics(
    name: str,
) -> None:
    """Is a backward that is right judged by itself where test mode is wrong?"""
    partner = PARTNERS[name]
    namespace = right_pair(name)
    function = namespace[partner]

    def wrong(x, gamma, beta, param):
        out, cache = function(x, gamma, beta, param)
        return (out + 1 if param.get("mode") == "test" else out), cache

    assert not examine(partner, {partner: wrong}, seed=0).passed
    verdict = examine(name, namespace | {partner: wrong}, seed=0)
    assert verdict.passed
    assert verdict.note == ""


@pytest.mark.parametrize("name", PARTNERS)
def test_a_mistake_beside_a_wrong_forward_is_charged(name: str) -> None:
    """Is a wrong gradient refused beside a wrong forward that it does not fit?"""
    partner = PARTNERS[name]
    for mistake in mistakes_of(name)[:5]:

        def shifted(*given, mistake=mistake):
            out, cache = mistake.partner(*given)
            return out + 1, cache

        namespace = {partner: shifted, name: mistake.function}
        verdict = examine(name, namespace, seed=0)
        assert not verdict.passed
        assert verdict.note == ""
