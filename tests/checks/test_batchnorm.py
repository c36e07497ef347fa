"""Do the checks of the normalization layers refuse what is wrong, and readably?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autograder import examine
from autograder.checks import all_checks
from autograder.mistakes import mistakes_of, variants_of

TOPIC = [name for name, check in all_checks().items() if check.topic == "batchnorm"]
FORWARD = [name for name in TOPIC if name.endswith("_forward")]
BACKWARD = [name for name in TOPIC if name not in FORWARD]
RUNNING = [name for name in FORWARD if name != "layernorm_forward"]


def right_pair(name: str, number: int = 0) -> dict:
    """A right function of that name, with its forward partner if it has one."""
    variant = variants_of(name)[number]
    forward = all_checks()[name].forward
    return {name: variant.function} | ({forward: variant.partner} if forward else {})


def known(name: str, function: str):
    """The known mistake ``function`` in ``name``."""
    return next(m.function for m in mistakes_of(name) if m.name == function)


def test_the_topic_has_its_seven_functions() -> None:
    """Is every function of the contract examined?"""
    assert sorted(TOPIC) == [
        "batchnorm_backward",
        "batchnorm_backward_alt",
        "batchnorm_forward",
        "layernorm_backward",
        "layernorm_forward",
        "spatial_batchnorm_backward",
        "spatial_batchnorm_forward",
    ]


# Wrong values ------------------------------------------------------------------------


def one_entry(array):
    """The largest entry wrong by a thousandth of it."""
    array = np.array(array, dtype=np.float64)
    array.flat[np.abs(array).argmax()] *= 1.001
    return array


PLANTS = {
    "scaled": lambda array: 1.001 * array,
    "one entry": one_entry,
    "sign": lambda array: -array,
    "shift": lambda array: array + 1e-3 * np.abs(array).max(),
    "NaN": lambda array: np.full_like(array, np.nan),
    "first for all": lambda array: array[:1] + 0 * array,
    "last for all": lambda array: array[..., -1:] + 0 * array,
    "clipped": lambda array: np.clip(array, -2, 2),
    "positive only": lambda array: np.maximum(array, 0),
    "rounded": lambda array: array.round(3),
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", TOPIC)
def test_a_planted_error_is_refused(name: str, plant: str) -> None:
    """Is each returned array refused when something small or large is wrong in it?"""
    namespace = right_pair(name)
    function = namespace[name]
    for place in range(1 if name in FORWARD else 3):

        def wrong(*arguments, place=place):
            answer = list(function(*arguments))
            answer[place] = PLANTS[plant](answer[place])
            return tuple(answer)

        verdict = examine(name, namespace | {name: wrong}, seed=7)
        assert not verdict.passed, (place, str(verdict))


@pytest.mark.parametrize("plant", ["scaled", "one entry", "sign", "shift", "NaN"])
@pytest.mark.parametrize("key", ["running_mean", "running_var"])
@pytest.mark.parametrize("name", RUNNING)
def test_a_planted_error_in_a_statistic_is_refused(
    name: str, key: str, plant: str
) -> None:
    """Is a running statistic refused when something small or large is wrong in it?"""
    function = right_pair(name)[name]

    def wrong(x, gamma, beta, bn_param):
        answer = function(x, gamma, beta, bn_param)
        if bn_param["mode"] == "train":
            bn_param[key] = PLANTS[plant](bn_param[key])
        return answer

    verdict = examine(name, {name: wrong}, seed=3)
    assert not verdict.passed
    assert f"bn_param['{key}']" in verdict.message


CHANGED = {
    "eps": ("eps", lambda eps: eps + 1e-7),
    "eps never below 1e-6": ("eps", lambda eps: max(eps, 2e-6)),
    "eps never 0": ("eps", lambda eps: eps or 1e-5),
    "momentum": ("momentum", lambda momentum: momentum + 1e-3),
    "momentum never 0": ("momentum", lambda momentum: momentum or 0.9),
    "momentum never 1": ("momentum", lambda momentum: min(momentum, 0.999)),
    "momentum never small": ("momentum", lambda momentum: max(momentum, 0.5)),
}


@pytest.mark.parametrize("change", CHANGED)
@pytest.mark.parametrize("mode", ["train", "test"])
@pytest.mark.parametrize("name", RUNNING)
def test_a_changed_parameter_is_refused(name: str, mode: str, change: str) -> None:
    """Is a function refused that reads another eps or momentum than it is given?"""
    function = right_pair(name)[name]
    key, read = CHANGED[change]

    def wrong(x, gamma, beta, bn_param):
        kept = dict(bn_param)
        if key in bn_param and bn_param["mode"] == mode:
            bn_param[key] = read(bn_param[key])
        answer = function(x, gamma, beta, bn_param)
        if key in kept:
            bn_param[key] = kept[key]
        return answer

    verdict = examine(name, {name: wrong}, seed=5)
    if (mode, key) == ("test", "momentum"):  # it plays no part there
        assert verdict.passed
        assert verdict.score == examine(name, {name: function}, seed=5).score
    else:
        assert not verdict.passed


@pytest.mark.parametrize("key", ["eps", "momentum"])
@pytest.mark.parametrize("factor", [0.99, 1.01])
@pytest.mark.parametrize("name", RUNNING)
def test_a_wrong_default_is_refused(name: str, key: str, factor: float) -> None:
    """Is a default that is off by a hundredth refused?"""
    function = right_pair(name)[name]
    value = factor * {"eps": 1e-5, "momentum": 0.9}[key]

    def wrong(x, gamma, beta, bn_param):
        bn_param.setdefault(key, value)
        return function(x, gamma, beta, bn_param)

    assert not examine(name, {name: wrong}, seed=6).passed


def test_state_kept_between_calls_is_refused() -> None:
    """Are running statistics of a global variable refused, in place of bn_param's?"""
    held: dict = {}
    function = right_pair("batchnorm_forward")["batchnorm_forward"]

    def wrong(x, gamma, beta, bn_param):
        own = held.setdefault(x.shape[1], {})
        asked = {**bn_param, **own}
        answer = function(x, gamma, beta, asked)
        keys = ("running_mean", "running_var")
        own.update({key: asked[key] for key in keys if key in asked})
        bn_param.update(own)
        return answer

    assert not examine("batchnorm_forward", {"batchnorm_forward": wrong}).passed


@pytest.mark.parametrize("name", RUNNING)
def test_zeros_shared_by_two_layers_are_refused(name: str) -> None:
    """Must a layer that begins be given arrays of its own, not those of another?"""
    shared: dict = {}
    function = right_pair(name)[name]

    def wrong(x, gamma, beta, bn_param):
        asked = dict(bn_param)
        for key in ("running_mean", "running_var"):
            zeros = shared.setdefault((key, x.shape[1]), np.zeros(x.shape[1]))
            asked.setdefault(key, zeros)
        given = {key: asked[key] for key in ("running_mean", "running_var")}
        answer = function(x, gamma, beta, asked)
        for key, array in given.items():
            if key not in bn_param:
                array[...] = asked[key]
            bn_param[key] = asked[key]
        return answer

    verdict = examine(name, {name: wrong})
    assert not verdict.passed
    assert "begins anew" in verdict.message


@pytest.mark.parametrize("name", BACKWARD)
def test_a_cache_in_a_global_is_refused(name: str) -> None:
    """Is a backward refused that reads the last forward call, whatever the cache?"""
    namespace = right_pair(name)
    forward = all_checks()[name].forward
    last: list = [None]

    def forget(*arguments):
        out, last[0] = namespace[forward](*arguments)
        return out, None

    wrong = {forward: forget, name: lambda dout, _: namespace[name](dout, last[0])}
    verdict = examine(name, wrong, seed=0)
    failed = [part.name for part in verdict.parts if part.outcome == "failed"]
    assert failed == [
        f"{what}: each cache belongs to its own call" for what in ("dgamma", "dx")
    ]


# Manners -----------------------------------------------------------------------------


def failed_manners(name: str, namespace: dict) -> list[str]:
    """The manners that a function that passes lacks."""
    verdict = examine(name, namespace, seed=0)
    assert verdict.passed, str(verdict)
    return [part.name for part in verdict.parts if part.outcome == "failed"]


@pytest.mark.parametrize("name", TOPIC)
def test_a_changed_argument_is_a_matter_of_manners(name: str) -> None:
    """Is writing into an argument noticed, and nothing worse?"""
    namespace = right_pair(name)

    def rude(first, *rest):
        answer = namespace[name](first.copy(), *rest)
        first *= 2
        return answer

    (failed,) = failed_manners(name, namespace | {name: rude})
    assert "left as they were" in failed


@pytest.mark.parametrize("name", RUNNING)
@pytest.mark.parametrize("key", ["mode", "eps", "momentum"])
def test_a_changed_key_is_a_matter_of_manners(name: str, key: str) -> None:
    """Is an entry of bn_param that is taken away or replaced noticed?"""

    def rude(x, gamma, beta, bn_param):
        answer = right_pair(name)[name](x, gamma, beta, bn_param)
        bn_param.pop(key, None)
        return answer

    (failed,) = failed_manners(name, {name: rude})
    assert "left as they were" in failed


def test_a_mode_written_into_ln_param_is_a_matter_of_manners() -> None:
    """Is the classic detour through batch normalization passed, but noticed?"""

    def rude(x, gamma, beta, ln_param):
        ln_param["mode"] = "train"
        return right_pair("layernorm_forward")["layernorm_forward"](
            x, gamma, beta, ln_param
        )

    (failed,) = failed_manners("layernorm_forward", {"layernorm_forward": rude})
    assert "left as they were" in failed


@pytest.mark.parametrize("name", TOPIC)
def test_double_precision_for_single_is_a_matter_of_manners(name: str) -> None:
    """Is a result in float64 for float32 noticed, and nothing worse?"""
    namespace = right_pair(name)

    def widened(*arguments):
        return tuple(
            item.astype(np.float64) if isinstance(item, np.ndarray) else item
            for item in namespace[name](*arguments)
        )

    (failed,) = failed_manners(name, namespace | {name: widened})
    assert failed.startswith("the dtype of x")


@pytest.mark.parametrize("name", RUNNING)
def test_a_start_from_the_first_batch_is_a_matter_of_manners(name: str) -> None:
    """Do running statistics pass that begin as the first batch, or with variance 1?"""
    function = right_pair(name)[name]

    def from_the_batch(x, gamma, beta, bn_param):
        first = {} if "running_mean" in bn_param else {"momentum": 0.0}
        asked = {**bn_param, **first}
        answer = function(x, gamma, beta, asked)
        bn_param.update({k: v for k, v in asked.items() if k.startswith("running")})
        return answer

    def from_ones(x, gamma, beta, bn_param):
        bn_param.setdefault("running_var", np.ones(len(gamma)))
        return function(x, gamma, beta, bn_param)

    for other in (from_the_batch, from_ones):
        (failed,) = failed_manners(name, {name: other})
        assert "start at 0" in failed


# Right ones --------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOPIC)
def test_right_variants_pass_whatever_the_seed(name: str) -> None:
    """Does every right variant pass with each of ten further seeds?"""
    for seed, number in itertools.product(
        range(100, 104), range(len(variants_of(name)))
    ):
        verdict = examine(name, right_pair(name, number), seed=seed)
        assert verdict.passed, (number, str(verdict))


@pytest.mark.parametrize("name", TOPIC)
def test_the_seed_repeats_an_examination(name: str) -> None:
    """Does the same seed give the same verdict, word for word?"""
    mistake = mistakes_of(name)[0]
    forward = all_checks()[name].forward
    namespace = {name: mistake.function, forward: mistake.partner}
    one, two = (str(examine(name, namespace, seed=11)) for _ in range(2))
    assert one == two
