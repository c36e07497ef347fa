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

    The gradient is taken numerically, of the very function, in four points; for the
    same question it is the same, and taken once.
    """
    known = {}

    def forward(*given):
        kept = [dict(each) if isinstance(each, dict) else each for each in given]
        return function(*given)[0], kept

    def backward(dout, cache):
        question = tuple(at.tobytes() for at in (dout, *cache[:-1])), str(cache[-1])
        if question not in known:
            known[question] = gradient(dout, cache)
        return known[question]

    def gradient(dout, cache):
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


# Gradients of wrong forward functions, written as students write them ----------------


def pieces(x):
    """Deviations from the mean, and variances, of the columns of x."""
    centered = x - x.mean(axis=0)
    return centered, (centered**2).mean(axis=0)


def through_deviations(dxhat, xhat, std):
    """The gradient of x, for that of the normalized x."""
    along = (dxhat * xhat).mean(axis=0)
    return (dxhat - dxhat.mean(axis=0) - xhat * along) / std


@pytest.mark.parametrize("kept", ["neither", "gamma", "beta"])
@pytest.mark.parametrize("name", ["batchnorm_backward", "batchnorm_backward_alt"])
def test_a_forgotten_parameter_has_a_gradient_of_zero(name: str, kept: str) -> None:
    """Is dgamma = 0 right where forward forgot gamma, and dbeta = 0 without beta?"""

    def forward(x, gamma, beta, bn_param):
        centered, var = pieces(x)
        std = np.sqrt(var + bn_param.get("eps", 1e-5))
        gamma = gamma if kept == "gamma" else np.ones_like(gamma)
        beta = beta if kept == "beta" else np.zeros_like(beta)
        return gamma * centered / std + beta, (centered / std, std, gamma)

    def backward(dout, cache):
        xhat, std, gamma = cache
        dx = through_deviations(dout * gamma, xhat, std)
        dgamma = (dout * xhat).sum(axis=0) * (kept == "gamma")
        return dx, dgamma, dout.sum(axis=0) * (kept == "beta")

    namespace = {"batchnorm_forward": forward, name: backward}
    for seed in range(3):
        verdict = examine(name, namespace, seed=seed)
        assert verdict.passed, str(verdict)
        assert "charged there, once" in verdict.message

    def halved(dout, cache):
        dx, dgamma, dbeta = backward(dout, cache)
        return 0.5 * dx, dgamma, dbeta

    assert not examine(name, namespace | {name: halved}, seed=0).passed


def test_a_forgotten_variance_is_charged_once() -> None:
    """Is the gradient of gamma (x - mean) / sqrt(eps) + beta credited?"""

    def forward(x, gamma, beta, bn_param):
        scale = 1 / np.sqrt(bn_param.get("eps", 1e-5))
        xhat = pieces(x)[0] * scale
        return gamma * xhat + beta, (xhat, gamma * scale)

    def backward(dout, cache):
        xhat, factor = cache
        dx = factor * (dout - dout.mean(axis=0))
        return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)

    name = "batchnorm_backward"
    namespace = {"batchnorm_forward": forward, name: backward}
    with np.errstate(all="ignore"):
        for seed in range(3):
            verdict = examine(name, namespace, seed=seed)
            assert verdict.passed, str(verdict)
            assert "charged there, once" in verdict.message

        def uncentered(dout, cache):
            return cache[1] * dout, *backward(dout, cache)[1:]

        assert not examine(name, namespace | {name: uncentered}, seed=0).passed


def test_a_forward_with_statistics_of_another_shape_is_charged_once() -> None:
    """Is a backward credited whose forward fails with a channel's running statistics?

    It works in the notebook, where a first batch brings no running statistics.
    """

    def forward(x, gamma, beta, bn_param):  # every pixel has a mean of its own
        centered, var = pieces(x)
        momentum = bn_param.get("momentum", 0.9)
        for key, batch in (("running_mean", x.mean(axis=0)), ("running_var", var)):
            held = bn_param.get(key, np.zeros(x.shape[1:]))
            if held.shape != batch.shape:
                raise ValueError("the running statistics have another shape")
            bn_param[key] = momentum * held + (1 - momentum) * batch
        std = np.sqrt(var + bn_param.get("eps", 1e-5))
        xhat, gamma = centered / std, gamma[:, None, None]
        return gamma * xhat + beta[:, None, None], (xhat, std, gamma)

    def backward(dout, cache):
        xhat, std, gamma = cache
        dx = through_deviations(dout * gamma, xhat, std)
        return dx, (dout * xhat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))

    name, partner = "spatial_batchnorm_backward", "spatial_batchnorm_forward"
    namespace = {partner: forward, name: backward}
    for seed in range(3):
        verdict = examine(name, namespace, seed=seed)
        assert verdict.passed, str(verdict)
        assert "charged there, once" in verdict.message

    def inexact(dout, cache):
        dx, dgamma, dbeta = backward(dout, cache)
        return 1.001 * dx, dgamma, dbeta

    assert not examine(name, namespace | {name: inexact}, seed=0).passed
