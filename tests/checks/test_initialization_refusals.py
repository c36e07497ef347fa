"""Are wrong initializers refused, for the reason that they are wrong?"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

from autograder import examine
from autograder.mistakes import variants_of
from autograder.oracles.initialization import fan_in
from autograder.oracles.initialization_bands import (
    distance,
    gap_to_normal,
    mean,
    mean_square,
)
from tests.checks.defects import Defect
from tests.checks.initialization_defects import DEFECTS
from tests.checks.test_initialization import Function, failures

EACH = "every weight is drawn for itself"
STATES = "the state of rng decides the weights, and nothing else"
SHAPE = "the weights are random and have the shape asked for"
LAW = "the weights have mean 0 and standard deviation std"
NORMAL = "the weights are normal"
DENSE = "dense weights have mean 0 and standard deviation √(2 / fan_in)"
CONV = "convolutional weights have mean 0 and standard deviation √(2 / fan_in)"

SEEDS = range(4)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda d: f"{d.of}-{d.title}-{d.size}")
def test_a_defect_of_the_declared_size_is_refused(defect: Defect) -> None:
    """Is a flaw of the smallest declared size seen? `make alarms` tries 1 000 seeds."""
    for seed in range(2):
        assert failures(defect.of, defect.function, seed)


# Bands -------------------------------------------------------------------------------


@pytest.mark.parametrize("law", ["normal", "uniform", "signs"])
def test_bands_hold_for_every_law_allowed(law: str) -> None:
    """Do 4000 samples of 200 weights leave loose bands no oftener than alpha?

    At alpha = 0.05 and n = 4000 a rate that is really 0.05 exceeds 0.08 with
    probability below 1e-12.
    """
    rng = np.random.default_rng(0)
    shape = (4000, 200)
    z = {
        "normal": rng.standard_normal(shape),
        "uniform": rng.uniform(-math.sqrt(3), math.sqrt(3), shape),
        "signs": rng.choice([-1.0, 1.0], shape),
    }[law]
    middle = mean(200, 1.0, "mean", alpha=0.05)
    square = mean_square(200, 1.0, "mean square", alpha=0.05)
    assert np.mean([float(m) not in middle for m in z.mean(1)]) < 0.08
    assert np.mean([float(s) not in square for s in (z * z).mean(1)]) < 0.08


def test_the_widest_law_of_that_variance_is_near_the_lower_edge() -> None:
    """Is the band tight: does the law of 0 and ±√3 come within a factor of 2 of it?"""
    rng = np.random.default_rng(1)
    z = rng.choice(
        [-math.sqrt(3), 0.0, math.sqrt(3)], (4000, 600), p=[1 / 6, 2 / 3, 1 / 6]
    )
    band = mean_square(600, 1.0, "mean square", alpha=1e-3)
    lowest = (z * z).mean(1).min()
    assert band.low < lowest < 1 - (1 - band.low) / 2


def test_the_gap_to_the_normal_law_keeps_its_band() -> None:
    """Do normal samples stay within the band, and uniform ones leave it?"""
    rng = np.random.default_rng(2)
    band = distance(5000, "gap", alpha=0.05)
    outside = [gap_to_normal(rng.standard_normal(5000)) not in band for _ in range(400)]
    assert np.mean(outside) < 0.1
    assert gap_to_normal(rng.uniform(-math.sqrt(3), math.sqrt(3), 5000)) not in band


# Wrong solutions ---------------------------------------------------------------------


def he(shape: Any, rng: Any) -> Any:
    """Right weights."""
    return rng.standard_normal(shape) * math.sqrt(2 / fan_in(shape))


def filled(shape: Any, change: Function, rng: Any) -> Any:
    """Right weights, changed in place by ``change``."""
    w = he(shape, rng)
    return change(w) if w.size > 100 else w


def scaled_by(count: Function) -> Function:
    """He's scale with another count of inputs."""
    return lambda shape, rng: rng.standard_normal(shape) * math.sqrt(2 / count(shape))


def kept(function: Function) -> Function:
    """The first answer for a shape is given again and again."""
    seen: dict[Any, Any] = {}

    def again(shape: Any, rng: Any) -> Any:
        return seen.setdefault(shape, function(shape, rng))

    return again


def symmetric(w: Any) -> Any:
    """A square matrix is made symmetric, in the right scale."""
    if w.ndim == 2 and w.shape[0] == w.shape[1]:
        return np.triu(w) + np.triu(w, 1).T
    return w


def global_draws(shape: Any, rng: Any) -> Any:
    """Seeds NumPy's global generator with a number of its own."""
    np.random.seed(1)  # noqa: NPY002
    return np.random.randn(*shape) * math.sqrt(2 / fan_in(shape))  # noqa: NPY002


@pytest.mark.parametrize(
    ("function", "title"),
    [
        (scaled_by(lambda s: fan_in(s) + 1), DENSE),
        (scaled_by(lambda s: max(fan_in(s), 2)), DENSE),
        (scaled_by(lambda s: min(fan_in(s), 1000)), DENSE),
        (scaled_by(lambda s: s[0] if len(s) == 2 else math.prod(s[:-1])), CONV),
        (scaled_by(lambda s: s[0] if len(s) == 2 else s[1] * s[2] ** 2), CONV),
        (scaled_by(lambda s: s[0] if len(s) == 2 else s[1] * s[3] ** 2), CONV),
        (scaled_by(lambda s: s[0] if len(s) == 2 else s[1] * s[2]), CONV),
        (scaled_by(lambda s: s[0] if len(s) == 2 else 9 * s[1]), CONV),
        (lambda s, rng: np.abs(he(s, rng)), DENSE),
        (lambda s, rng: 0.01 * np.abs(he(s, rng)), DENSE),
        (lambda s, rng: 100 * np.abs(he(s, rng)), DENSE),
        (lambda s, rng: he(s, rng).T if len(s) == 2 else he(s, rng), SHAPE),
        (lambda s, rng: he(s, rng)[None], SHAPE),
        (lambda s, rng: (w := he(s, rng)) - w.mean(), SHAPE),
        (lambda s, rng: (w := he(s, rng)) / w.std() * math.sqrt(2 / fan_in(s)), SHAPE),
        (lambda s, rng: filled(s, symmetric, rng), EACH),
        (lambda s, rng: filled(s, lambda w: np.resize(w.flat[:30_000], s), rng), EACH),
        (kept(he), STATES),
        (global_draws, STATES),
        (lambda s, rng: he(s, np.random.default_rng(rng.integers(2))), STATES),
        (lambda s, rng: np.random.default_rng().permutation(he(s, rng)), STATES),
    ],
)
def test_a_wrong_initializer_is_refused(function: Function, title: str) -> None:
    """Is the mistake found by the part that asks about it, whatever the seed?"""
    for seed in SEEDS:
        failed = failures("he_init", function, seed)
        assert title in failed, failed


@pytest.mark.parametrize(
    ("function", "title"),
    [
        (lambda s, std, rng: rng.normal(0, max(std, 0.1), s), LAW),
        (lambda s, std, rng: rng.normal(0, min(std, 1.0), s), LAW),
        (lambda s, std, rng: 1.05 * rng.normal(0, std, s), LAW),
        (lambda s, std, rng: np.clip(rng.normal(0, std, s), -3 * std, 3 * std), NORMAL),
        (lambda s, std, rng: rng.laplace(0, std / math.sqrt(2), s), NORMAL),
        (lambda s, std, rng: rng.choice([-std, std], s), NORMAL),
        (lambda s, std, rng: rng.normal(0, std, int(np.prod(s))), SHAPE),
    ],
)
def test_wrong_normal_weights_are_refused(function: Function, title: str) -> None:
    """Is the law judged for every std, and for the shape of its tails?"""
    for seed in SEEDS:
        assert title in failures("normal_init", function, seed)


def haar(shape: Any, rng: Any, gain: float = 1.0) -> Any:
    """Right orthogonal weights."""
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return gain * (q if rows >= columns else q.T).reshape(shape)


def gain_wanted(shape: Any, rng: Any, gain: float) -> Any:
    """Has no default."""
    return haar(shape, rng, gain)


def one_entry_off(shape: Any, rng: Any, gain: float = 1.0) -> Any:
    """The largest entry is wrong by one in a thousand."""
    w = haar(shape, rng, gain)
    w.flat[np.argmax(np.abs(w))] *= 1.001
    return w


def permutation(shape: Any, rng: Any, gain: float = 1.0) -> Any:
    """A random permutation with random signs: orthogonal, and hardly random."""
    rows, columns = shape[0], math.prod(shape[1:])
    signs = rng.choice([-1.0, 1.0], min(rows, columns))
    w = np.eye(max(rows, columns))[rng.permutation(max(rows, columns))]
    w = w[:, : min(rows, columns)] * signs
    return gain * (w if rows >= columns else w.T).reshape(shape)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (one_entry_off, "not orthogonal vectors of length"),
        (lambda s, rng, gain=1.0: 1.001 * haar(s, rng, gain), "expected gain = 1"),
        (lambda s, rng, gain=1.0: haar(s, rng, max(gain, 1)), "expected gain = 0"),
        (lambda s, rng, gain=1.0: haar(s, rng, min(gain, 2)), "expected gain"),
        (gain_wanted, "missing 1 required positional"),
        (permutation, "lies almost along an axis"),
        (lambda s, rng, gain=1.0: haar(s, rng, gain)[::-1].T, "has shape"),
    ],
)
def test_wrong_orthogonal_weights_are_refused(function: Function, said: str) -> None:
    """Are lengths, angles, gains and directions judged, and named?"""
    for seed in SEEDS:
        failed = failures("orthogonal_init", function, seed)
        assert any(said in message for message in failed.values()), failed


@pytest.mark.parametrize(
    ("name", "function", "title"),
    [
        (
            "fan_in",
            lambda s: s[0] if len(s) == 2 else math.prod(s[1:]),
            "ValueError",
        ),
        (
            "normal_init",
            lambda s, std, rng: std * rng.standard_normal(s),
            "a negative one ValueError",
        ),
        (
            "xavier_init",
            lambda s, rng: rng.standard_normal(s, np.float32) / fan_in(s) ** 0.5,
            "float64",
        ),
        (
            "orthogonal_init",
            lambda s, rng, gain=1.0: haar(s, rng, gain).astype(np.float32),
            "float64",
        ),
    ],
)
def test_manners_cost_at_most_a_tenth(
    name: str, function: Function, title: str
) -> None:
    """Does a lapse of manners cost something, little, and with a reason?"""
    verdict = examine(name, {name: function}, seed=3)
    assert verdict.passed, str(verdict)
    assert 0.9 <= verdict.score < 1
    assert any(title in part.name and part.message for part in verdict.parts)


def test_lapack_s_own_signs_are_a_question_of_manners() -> None:
    """Does QR without the correction of its signs pass, and hear of it?"""

    def plain(shape: Any, rng: Any, gain: float = 1.0) -> Any:
        rows, columns = shape[0], math.prod(shape[1:])
        normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
        q = np.linalg.qr(normal)[0]
        return gain * (q if rows >= columns else q.T).reshape(shape)

    for seed in range(20):
        verdict = examine("orthogonal_init", {"orthogonal_init": plain}, seed=seed)
        assert verdict.passed
        assert 0.9 <= verdict.score < 1
        assert "sign of R's diagonal" in verdict.message


# The generator -----------------------------------------------------------------------


def only_for(kind: Any, function: Any) -> Any:
    """``function`` for some shapes, right weights for all others."""
    return lambda s, rng: (function if kind(s) else he)(s, rng)


def seeded_by_state(shape: Any, rng: Any) -> Any:
    """Weights from a generator made of the caller's state, which stays as it is."""
    state = rng.bit_generator.state["state"]["state"]
    return he(shape, np.random.default_rng(state))


@pytest.mark.parametrize(
    "function",
    [
        lambda s, rng: he(s, copy.deepcopy(rng)),
        seeded_by_state,
        lambda s, rng: he(s, np.random.default_rng(rng.bit_generator.seed_seq)),
        only_for(lambda s: len(s) == 4, lambda s, _: he(s, np.random.default_rng())),
        only_for(lambda s: len(s) == 4, lambda s, _: he(s, np.random.default_rng(0))),
        only_for(lambda s: s[0] > s[-1], lambda s, _: he(s, np.random.default_rng())),
    ],
)
def test_weights_not_drawn_from_the_generator_itself_are_refused(
    function: Function,
) -> None:
    """Must every kind of weights come from rng, and must it move on?"""
    for seed in SEEDS:
        assert set(failures("he_init", function, seed)) == {STATES}


@pytest.mark.parametrize("name", ["normal_init", "orthogonal_init"])
def test_children_of_the_generator_are_right(name: str) -> None:
    """May weights come from a child of rng, since the next child is another?"""
    function = variants_of(name)[0].function
    for seed in SEEDS:
        assert not failures(name, lambda *a: function(*spawned(a)), seed)


def spawned(arguments: Any) -> Any:
    """The arguments, with a child in the place of the generator."""
    return [
        each.spawn(1)[0] if isinstance(each, np.random.Generator) else each
        for each in arguments
    ]


@pytest.mark.parametrize("smallest", [1e-3, 1e-2])
def test_small_deviations_are_asked_for(smallest: float) -> None:
    """Is a floor under std seen?"""
    for seed in SEEDS:
        assert LAW in failures(
            "normal_init", lambda s, std, r: r.normal(0, max(std, smallest), s), seed
        )


def test_a_fan_in_in_a_byte_is_refused() -> None:
    """Is a product that overflows seen, whatever the seed?"""
    for seed in range(10):
        assert failures(
            "fan_in",
            lambda s: s[0] if len(s) == 2 else int(np.prod(s[1:], dtype=np.uint8)),
            seed,
        )
