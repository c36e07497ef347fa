"""Are right dropout kernels passed, broken ones explained, and is the check light?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.mistakes import dropout_vanilla, variants_of
from tests.checks.dropout_solutions import (
    BACKWARD,
    CONNECT,
    FORWARD,
    NAMES,
    VANILLA,
    Function,
    asserting_forward,
    blockwise_connect,
    correct,
    cs231n_backward,
    cs231n_forward,
    failures,
    in_place_forward,
    inverted,
    torch_backward,
    torch_connect,
    torch_forward,
    unit_by_unit,
)

# Right solutions ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        (FORWARD, {FORWARD: cs231n_forward}),
        (FORWARD, {FORWARD: torch_forward}),
        (FORWARD, {FORWARD: asserting_forward}),
        (FORWARD, {FORWARD: in_place_forward}),
        (BACKWARD, {FORWARD: cs231n_forward, BACKWARD: cs231n_backward}),
        (BACKWARD, {FORWARD: torch_forward, BACKWARD: torch_backward}),
        (VANILLA, {VANILLA: dropout_vanilla.vanilla_without_a_seed}),
        (CONNECT, {CONNECT: torch_connect}),
        (CONNECT, {CONNECT: blockwise_connect}),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_a_right_solution_by_someone_else_passes(
    name: str, namespace: dict[str, Any], seed: int
) -> None:
    """Does a right solution pass, however it is written and wherever it draws?"""
    verdict = examine(name, namespace, seed=seed)
    assert verdict.passed, str(verdict)
    assert verdict.score >= 0.9


@pytest.mark.parametrize("name", NAMES)
def test_a_right_solution_passes_on_many_seeds(name: str) -> None:
    """Does no seed raise the false alarm due once in 1e9? `make alarms`: 10 000."""
    wrong = {s: failures(name, correct(name), s) for s in range(1000, 1010)}
    assert not any(wrong.values()), wrong


def test_a_slow_right_solution_stays_far_from_the_time_limit() -> None:
    """Does a function that asks NumPy for each unit ask < 200 000 times a call?"""
    most = [0]

    def counted(x: Any, dropout_param: dict[str, Any]) -> Any:
        most[0] = max(most[0], x.size)
        return unit_by_unit(x, dropout_param)

    assert not failures(FORWARD, {FORWARD: counted}, 4)
    assert most[0] < 200_000


# Functions that do nothing, and functions that break ---------------------------------


@pytest.mark.parametrize(
    ("name", "function"),
    [
        (FORWARD, lambda x, _: (x, None)),
        (FORWARD, lambda x, _: (np.zeros_like(x), None)),
        (FORWARD, lambda x, dropout_param: (x / dropout_param["p"], None)),
        (BACKWARD, lambda dout, _: dout),
        (BACKWARD, lambda dout, _: np.zeros_like(dout)),
        (VANILLA, lambda x, _: (x, None)),
        (VANILLA, lambda x, dropout_param: (x * dropout_param["p"], None)),
        (VANILLA, lambda x, _: (np.zeros_like(x), None)),
        (CONNECT, lambda x, w, b, _: (x @ w + b, None)),
        (CONNECT, lambda x, _w, b, _: (np.zeros((len(x), len(b))), None)),
    ],
)
def test_doing_nothing_earns_nothing(name: str, function: Function) -> None:
    """Does a function that draws nothing stay near 0 points?"""
    namespace = {FORWARD: inverted(), name: function}
    for seed in range(3):
        verdict = examine(name, namespace, seed=seed)
        assert not verdict.passed
        assert verdict.score <= 0.01, str(verdict)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None"),
        ([1.0, 2.0], "list"),
        ("0.5", "str"),
        ((i for i in range(3)), "generator"),
        (np.array([1, "a", None], dtype=object), "dtype object"),
        (np.zeros((2, 3, 5, 7, 11)), "shape (2, 3, 5, 7, 11)"),
        (1 + 2j, "complex"),
    ],
)
def test_a_wrong_type_or_shape_is_refused_with_a_reason(
    name: str, value: Any, said: str
) -> None:
    """Does the message name what came back?"""
    function = _returning(name, lambda *_: value)
    verdict = examine(name, {FORWARD: inverted(), name: function}, seed=1)
    assert not verdict.passed
    assert verdict.score == 0
    assert said in verdict.message or "expected" in verdict.message
    assert name in verdict.message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused(name: str, bad: float) -> None:
    """Is a single NaN or infinity in the answer refused?"""

    def spoil(out: Any) -> Any:
        out = np.array(out, dtype=np.float64)
        out.reshape(-1)[-1] = bad
        return out

    right = correct(name)
    function = _spoiled(name, right[name], spoil)
    verdict = examine(name, {**right, name: function}, seed=1)
    assert not verdict.passed
    assert "NaN or infinite" in verdict.message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [KeyError("mask"), SystemExit(1), RecursionError()])
def test_a_crash_is_a_verdict(name: str, error: BaseException) -> None:
    """Does whatever the function raises end in a message, and not in a traceback?"""

    def crash(*_: Any) -> Any:
        raise error

    verdict = examine(name, {FORWARD: inverted(), name: crash}, seed=1)
    assert not verdict.passed
    assert verdict.score == 0
    assert type(error).__name__ in verdict.message


def _returning(name: str, value: Function) -> Function:
    if name == BACKWARD:
        return value
    return lambda *arguments: (value(*arguments), None)


def _spoiled(name: str, right: Function, spoil: Function) -> Function:
    if name == BACKWARD:
        return lambda *arguments: spoil(right(*arguments))

    def spoiled(*arguments: Any) -> Any:
        out, cache = right(*arguments)
        return spoil(out), cache

    return spoiled


# Manners, and what a check costs -----------------------------------------------------


def test_manners_are_asked_but_do_not_decide() -> None:
    """Is each breach of manners named, and worth at most a tenth?"""
    verdict = examine(FORWARD, {FORWARD: in_place_forward}, seed=3)
    assert verdict.passed
    failed = {part.name for part in verdict.parts if part.outcome == "failed"}
    assert failed == {
        "p outside (0, 1] raises ValueError",
        "arguments are left as they were",
    }
    assert 0.9 <= verdict.score < 1
    verdict = examine(FORWARD, {FORWARD: inverted()}, seed=3)
    failed = {part.name for part in verdict.parts if part.outcome == "failed"}
    assert failed == {
        "p outside (0, 1] raises ValueError",
        "the dtype of x is kept",
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_repeats_the_questions(name: str) -> None:
    """Do two examinations with one seed hand over the same inputs?"""
    variant = variants_of(name)[0]
    asked: list[list[Any]] = [[], []]
    for record in asked:

        def spy(*arguments: Any, record: list[Any] = record) -> Any:
            arrays = [a.copy() for a in arguments if isinstance(a, np.ndarray)]
            params = [dict(a) for a in arguments if isinstance(a, dict)]
            record.append((arrays, params))
            return variant.function(*arguments)

        examine(name, {FORWARD: variant.partner, name: spy}, seed=11)
    assert len(asked[0]) == len(asked[1]) > 0
    for (arrays, params), (others, other_params) in zip(*asked, strict=True):
        assert params == other_params
        assert all(np.array_equal(a, b) for a, b in zip(arrays, others, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_check_is_light(name: str) -> None:
    """Does a check stay below 60 calls and 20 MB, and never use p = 0.5 or 0?"""
    variant = variants_of(name)[0]
    traffic, calls, seen = [0], [0], set()

    def counted(function: Function) -> Function:
        def wrapper(*arguments: Any) -> Any:
            value = function(*arguments)
            out = value if isinstance(value, np.ndarray) else value[0]
            arrays = [a for a in (*arguments, out) if isinstance(a, np.ndarray)]
            traffic[0] += sum(a.nbytes for a in arrays)
            calls[0] += 1
            seen.update(a["p"] for a in arguments if isinstance(a, dict))
            return value

        return wrapper

    namespace = {name: counted(variant.function)}
    if variant.partner is not None:
        namespace[FORWARD] = counted(variant.partner)
    assert examine(name, namespace, seed=2).passed
    assert calls[0] <= 60
    assert traffic[0] < 20e6
    assert not seen & {0, 0.5}
