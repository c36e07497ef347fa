"""Are right initializers passed, broken ones explained, and is the check light?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.calling import LocalCallee
from autograder.checks import all_checks
from autograder.exam import Exam
from autograder.mistakes import variants_of
from autograder.oracles import initialization_orthogonal
from autograder.oracles.initialization import fan_in as oracle_fan_in
from autograder.verdict import Outcome

NAMES = ["fan_in", "normal_init", "xavier_init", "he_init", "orthogonal_init"]
RANDOM = NAMES[1:]

Function = Callable[..., Any]


def failures(name: str, function: Function, seed: int) -> dict[str, str]:
    """The messages of the core parts that failed, by title; no diagnosis, for speed."""
    check = all_checks()[name]
    exam = Exam(
        check, {name: LocalCallee(function)}, {name: check.signature}, seed=seed
    )
    return {
        part.name: part.message
        for part in exam.run(core_only=True)
        if part.outcome is Outcome.FAILED
    }


def correct(name: str) -> Function:
    """A right solution."""
    return variants_of(name)[0].function


# The oracles -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 7), (1, 5), (6, 2, 3, 5), (1, 4, 1, 2)])
def test_the_fan_in_agrees_with_torch(shape: tuple[int, ...]) -> None:
    """Does the oracle count as PyTorch does, whose dense weights are transposed?"""
    weights = torch.empty(shape if len(shape) == 4 else shape[::-1])
    counted, _ = torch.nn.init._calculate_fan_in_and_fan_out(weights)
    assert oracle_fan_in(shape) == counted


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6), (4, 2, 3, 5), (30, 2, 2, 3)])
def test_torch_makes_what_is_taken_for_orthogonal(shape: tuple[int, ...]) -> None:
    """Do PyTorch's own orthogonal weights pass, and fail with another gain?"""
    torch.manual_seed(0)
    w = torch.nn.init.orthogonal_(torch.empty(shape, dtype=torch.float64), 1.7).numpy()
    initialization_orthogonal.expect_orthonormal(w, 1.7)
    with pytest.raises(Exception, match=r"expected gain = 1\.75"):
        initialization_orthogonal.expect_orthonormal(w, 1.75)


# Right solutions ---------------------------------------------------------------------


def torch_state(rng: np.random.Generator) -> torch.Generator:
    """PyTorch's generator, seeded by NumPy's."""
    return torch.Generator().manual_seed(int(rng.integers(2**62)))


def torch_uniform(gain: float) -> Function:
    """PyTorch's own uniform weights for the fan-in."""

    def init(shape: Any, rng: Any) -> Any:
        dense = len(shape) == 2
        w = torch.empty(shape[::-1] if dense else shape, dtype=torch.float64)
        limit = gain * math.sqrt(3 / torch.nn.init._calculate_correct_fan(w, "fan_in"))
        w.uniform_(-limit, limit, generator=torch_state(rng))
        return (w.T if dense else w).numpy()

    return init


def torch_orthogonal(shape: Any, rng: Any, gain: float = 1.0) -> Any:
    """PyTorch's own orthogonal weights."""
    w = torch.empty(shape)
    return torch.nn.init.orthogonal_(w, gain, generator=torch_state(rng)).numpy()


def of_integers(shape: Any, std: float, rng: Any) -> Any:
    """Seeds NumPy's older generator from rng."""
    state = np.random.RandomState(rng.integers(2**32))
    return std * state.randn(*shape)


def signs_only(shape: Any, rng: Any) -> Any:
    """The plainest symmetric law of that variance."""
    return rng.choice([-1.0, 1.0], shape) * math.sqrt(2 / oracle_fan_in(shape))


def row_by_row(shape: Any, rng: Any) -> Any:
    """A list of rows, each drawn by itself."""
    std = 1 / np.sqrt(oracle_fan_in(shape))
    return np.array([rng.normal(0, std, shape[1:]) for _ in range(shape[0])])


def full_square(shape: Any, rng: Any, gain: float = 1) -> Any:
    """Cuts the shape out of a square orthogonal matrix, by singular vectors."""
    flat = (shape[0], int(np.prod(shape[1:])))
    u, _, v = np.linalg.svd(rng.standard_normal(flat))
    return gain * (u @ np.eye(*flat) @ v).reshape(shape)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("fan_in", lambda shape: np.array(oracle_fan_in(shape))),
        ("fan_in", lambda shape: np.float32(oracle_fan_in(shape))),
        ("normal_init", of_integers),
        ("xavier_init", torch_uniform(1.0)),
        ("xavier_init", row_by_row),
        ("he_init", torch_uniform(math.sqrt(2))),
        ("he_init", signs_only),
        ("orthogonal_init", torch_orthogonal),
        ("orthogonal_init", full_square),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_right_solution_by_someone_else_passes(
    name: str, function: Function, seed: int
) -> None:
    """Does a right solution pass, whatever it draws from and however it is written?"""
    verdict = examine(name, {name: function}, seed=seed)
    assert verdict.passed, str(verdict)
    assert verdict.score >= 0.9


@pytest.mark.parametrize(
    ("name", "function"),
    [(name, one.function) for name in NAMES for one in variants_of(name)[:3]],
)
def test_a_right_solution_passes_on_many_seeds(name: str, function: Function) -> None:
    """Does no seed raise the false alarm that should come once in 1e9?"""
    wrong = {seed: failures(name, function, seed) for seed in range(100, 106)}
    assert not any(wrong.values()), wrong


# Functions that do nothing, and functions that break ---------------------------------


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize(
    "function",
    [
        lambda shape, *_: np.zeros(shape),
        lambda shape, *_: np.full(shape, 0.1),
        lambda shape, *_: shape,
        lambda *_: 0.0,
    ],
)
def test_doing_nothing_earns_nothing(name: str, function: Function) -> None:
    """Does a function that draws nothing stay at 0 points?"""
    verdict = examine(name, {name: function}, seed=0)
    assert not verdict.passed
    assert verdict.score == 0, str(verdict)


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
def test_a_wrong_kind_of_value_is_named(name: str, value: Any, said: str) -> None:
    """Does the message say what came back in place of the weights?"""
    verdict = examine(name, {name: lambda *_: value}, seed=0)
    assert not verdict.passed
    assert said in verdict.message


@pytest.mark.parametrize("name", NAMES)
def test_a_crash_is_a_failed_verdict(name: str) -> None:
    """Do an exception and SystemExit become messages, and NaN another?"""

    def crash(*_: Any) -> Any:
        raise SystemExit(3)

    assert "SystemExit" in examine(name, {name: crash}, seed=0).message
    nan = examine(name, {name: lambda shape, *_: np.full(shape, np.nan)}, seed=0)
    assert not nan.passed
    assert "not written yet" in examine(name, {name: stub}, seed=0).message


def stub(*_: Any) -> Any:
    """What the release holds."""
    raise NotImplementedError


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_repeats_the_verdict(name: str) -> None:
    """Does the same seed ask the same questions, in the same words?"""
    wrong = {name: lambda shape, *_: np.ones(shape)}
    first, second = (str(examine(name, wrong, seed=7)) for _ in range(2))
    assert first == second
    assert " at 0x" not in first


def test_a_slow_right_solution_stays_far_from_the_time_limit() -> None:
    """Does a function that draws one number at a time draw < 500 000 in any call?"""
    most = [0]

    def counted(shape: Any, std: float, rng: Any) -> Any:
        most[0] = max(most[0], math.prod(shape))
        w = np.array([rng.normal(0, std) for _ in range(math.prod(shape))])
        return w.reshape(shape)

    assert not failures("normal_init", counted, 4)
    assert most[0] < 500_000
