"""Is the gradient judged by the mask of its own call, and for itself only?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.mistakes import dropout as known
from autograder.mistakes import dropout_backward as known_backward
from tests.checks.dropout_solutions import (
    BACKWARD,
    FORWARD,
    Function,
    failures,
    inverted,
    right_backward,
    torch_backward,
    torch_forward,
)

DEPENDS = "train mode: the gradient passes where the unit was kept, divided by p"
ZERO = "a unit that is exactly 0 has its gradient too"
TEST = "test mode: the gradient passes unchanged"
RIGHT = "the layer is dropout: dropout_forward is right here"


def shared_mask_backward() -> dict[str, Any]:
    """The mask travels in a global instead of the cache."""
    last: list[Any] = []

    def forward(x: Any, dropout_param: dict[str, Any]) -> Any:
        out, (_, mask) = inverted()(x, dropout_param)
        last[:] = [mask]
        return out, None

    def backward(dout: Any, cache: Any) -> Any:
        return dout if last[0] is None else dout * last[0]

    return {FORWARD: forward, BACKWARD: backward}


@pytest.mark.parametrize(
    "namespace",
    [
        {
            FORWARD: inverted(),
            BACKWARD: lambda dout, cache: 1.001 * right_backward(dout, cache),
        },
        {
            FORWARD: inverted(),
            BACKWARD: lambda dout, cache: right_backward(np.abs(dout), cache),
        },
        {
            FORWARD: inverted(),
            BACKWARD: lambda dout, cache: (
                dout if cache[1] is None else dout * (cache[1] ** 2)
            ),
        },
        shared_mask_backward(),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_backward_with_a_planted_error_is_refused(
    namespace: dict[str, Any], seed: int
) -> None:
    """Is a wrong gradient refused?"""
    assert not examine(BACKWARD, namespace, seed=seed).passed


# Units that are 0 --------------------------------------------------------------------


def keeping_everything(x: Any, dropout_param: dict[str, Any]) -> Any:
    """Inverted dropout whose cache holds all there is."""
    out, (_, mask) = inverted()(x, dropout_param)
    return out, (dropout_param["mode"] == "train", dropout_param["p"], mask, x, out)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda dout, p, mask, x, out: dout * (out != 0) / p, "every dx is 0"),
        (lambda dout, p, mask, x, out: dout * out / x, "NaN or infinite"),
        (
            lambda dout, p, mask, x, out: np.where(x == 0, dout / p, dout * mask),
            "but 0.",
        ),
        (
            lambda dout, p, mask, x, out: np.where(
                x == 0, dout * (mask > 0), dout * mask
            ),
            "times the factor of a kept unit",
        ),
    ],
)
def test_units_that_are_0_have_their_gradient_too(rule: Function, said: str) -> None:
    """Is a gradient refused that is wrong only where x is 0, as after a ReLU?"""

    def backward(dout: Any, cache: Any) -> Any:
        train, *rest = cache
        return rule(dout, *rest) if train else dout

    namespace = {FORWARD: keeping_everything, BACKWARD: backward}
    for seed in range(5):
        wrong = failures(BACKWARD, namespace, seed)
        assert set(wrong) == {ZERO}
        assert said in wrong[ZERO]


# An error is charged once ------------------------------------------------------------


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (known.never_scaled, right_backward),
        (
            known.scaled_at_test_time,
            lambda d, c: d * (c[1] if c[1] is not None else c[0]["p"]),
        ),
        (known.divided_by_one_minus_p, right_backward),
        (known.two_dimensions_only, right_backward),
        (known.one_mask_for_all_samples, right_backward),
        (known.keeps_with_one_minus_p, right_backward),
        (known.drops_in_test_mode, right_backward),
        (
            known.scaled_in_both_modes,
            lambda d, c: d * (c[1] if c[1] is not None else c[0]["p"]),
        ),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_backward_true_to_a_wrong_forward_earns_its_points(
    forward: Function, backward: Function, seed: int
) -> None:
    """Is the mistake charged in the forward function, and only there?"""
    namespace = {FORWARD: forward, BACKWARD: backward}
    assert not examine(FORWARD, namespace, seed=seed).passed
    verdict = examine(BACKWARD, namespace, seed=seed)
    assert verdict.passed, str(verdict)
    assert verdict.score >= 0.9


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (lambda x, param: (x, (param, None)), right_backward),
        (
            lambda x, param: (x / param["p"], param),
            lambda dout, param: dout / param["p"],
        ),
        (
            lambda x, _: (np.zeros_like(x), None),
            lambda dout, _: np.zeros_like(dout),
        ),
        (known.never_scaled, lambda d, c: d if c[1] is None else d * c[1] / c[0]["p"]),
        (known.never_scaled, lambda dout, _: dout),
        (known.drops_in_test_mode, lambda dout, cache: dout / cache[0]["p"]),
    ],
)
def test_nothing_is_carried_where_nothing_is_dropped_or_true(
    forward: Function, backward: Function
) -> None:
    """Does a do-nothing forward, or an untrue backward, carry no points?"""
    for seed in range(3):
        verdict = examine(BACKWARD, {FORWARD: forward, BACKWARD: backward}, seed=seed)
        assert not verdict.passed, str(verdict)
        assert verdict.score <= 0.35


# Manners and messages ----------------------------------------------------------------


@pytest.mark.parametrize("factor", [lambda p: p, lambda p: 1 - p])
@pytest.mark.parametrize("keep", [None, lambda rng, x, p: rng.random(x.shape) > p])
def test_a_backward_is_credited_where_it_is_true_to_its_own_forward(
    factor: Function, keep: Function | None
) -> None:
    """Does a vanilla layer earn train mode if only test mode's factor is missing?"""
    unscaled = inverted(lambda _: 1.0, keep)

    def forward(x: Any, dropout_param: dict[str, Any]) -> Any:
        out, cache = unscaled(x, dropout_param)
        if dropout_param["mode"] == "test":
            out = x * factor(dropout_param["p"])
        return out, cache

    namespace = {FORWARD: forward, BACKWARD: right_backward}
    for seed in range(3):
        assert set(failures(BACKWARD, namespace, seed)) == {TEST, RIGHT}
        verdict = examine(BACKWARD, namespace, seed=seed)
        assert verdict.misconception == "factor_of_test_mode_forgotten"
        assert 0.7 < verdict.score < 0.9


def test_a_diagnosis_never_contradicts_the_forward_function() -> None:
    """Is a backward that is wrong for a vanilla layer never said to forget 1 / p?"""
    backward = known_backward.multiplied_backwards
    for forward in (known.never_scaled, known.scaled_at_test_time):
        for function in (backward, known_backward.scaled_twice):
            namespace = {FORWARD: forward, BACKWARD: function}
            assert examine(BACKWARD, namespace, seed=1).misconception is None


def test_the_message_says_that_the_forward_is_wrong_as_well() -> None:
    """Does a gradient that is wrong for a wrong layer hear of both?"""
    namespace = {FORWARD: known.never_scaled, BACKWARD: lambda dout, _: dout}
    message = failures(BACKWARD, namespace, 1)[DEPENDS]
    assert "your dropout_forward did in this call, which is not right either" in message


def test_the_linear_rule_is_the_derivative() -> None:
    """Is dout * mask / p what autograd finds for the mask of the same call?"""
    rng = np.random.default_rng(0)
    x, dout = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 3, 4, 5))
    out, cache = torch_forward(x, {"mode": "train", "p": 0.7, "seed": 3})
    expected = np.where(out != 0, dout / 0.7, 0.0)
    np.testing.assert_allclose(torch_backward(dout, cache), expected)
