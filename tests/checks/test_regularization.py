"""Are penalties, limits, scales and stops judged by what they are?"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.checks import all_checks
from autograder.checks.regularization import half_sum_of_squares, limited, sum_of_sizes
from autograder.checks.regularization_stopping import by_definition
from autograder.mistakes import mistakes_of, variants_of
from autograder.oracles.regularization_arrays import standardized
from autograder.oracles.regularization_crops import cropped, legible, sources

TOPIC = [n for n, check in all_checks().items() if check.topic == "regularization"]
ARRAYS = ["l2_penalty", "l1_penalty", "max_norm"]


def right(name: str) -> Any:
    """A right function of that name."""
    return variants_of(name)[0].function


# The oracles --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_oracles_agree_with_torch(seed: int) -> None:
    """Do the definitions give what PyTorch gives, penalties to padded crops?"""
    rng = np.random.default_rng(seed)
    w = rng.standard_normal((5, 7))
    t = torch.tensor(w)
    assert np.isclose(half_sum_of_squares(w, 0.3), 0.15 * float((t * t).sum()))
    assert np.isclose(sum_of_sizes(w, 0.3), 0.3 * float(t.abs().sum()))
    assert np.allclose(limited(w, 2.0), torch.renorm(t, 2, 1, 2.0).numpy(), rtol=1e-6)
    for ddof in (0, 1):
        scaled = (t[:3] - t.mean(0)) / t.std(0, correction=ddof)
        assert np.allclose(standardized(w[:3], w, ddof), scaled.numpy())
    x = rng.standard_normal((4, 2, 7, 6))
    rows, columns = rng.integers(0, 5, (2, 4))
    for border, mode in [
        ("zeros", "constant"),
        ("edge", "replicate"),
        ("reflect", "reflect"),
    ]:
        padded = torch.nn.functional.pad(torch.tensor(x), (2, 2, 2, 2), mode=mode)
        for flip in (False, True):
            flips = np.full(4, flip)
            mine = cropped(x, 2, rows, columns, flips, border)
            for n, (i, j) in enumerate(zip(rows, columns, strict=True)):
                crop = padded[n, :, i : i + 7, j : j + 6]
                crop = torch.flip(crop, [2]) if flip else crop
                assert np.array_equal(mine[n], crop.numpy())


def test_every_pixel_is_found_again_in_single_precision() -> None:
    """Is a legible image read without an error, though rounded to float32?"""
    x = legible(np.random.default_rng(0), (40, 3, 6, 7))
    found = sources(x.astype(np.float32).astype(np.float64), x)
    assert np.array_equal(found, np.indices(x.shape))
    assert (sources(np.zeros(x.shape), x) == -1).all()


@pytest.mark.parametrize(
    ("losses", "patience", "expected"),
    [
        ([5, 4, 4.5, 3, 3.5, 3, 3.2, 2], 3, (3, 6)),
        ([5, 4, 4.5, 3, 3.5, 3, 3.2, 2], 2, (3, 5)),
        ([5, 4, 4.5, 3, 3.5, 3, 3.2, 2], 5, (7, None)),
        ([1, 1], 1, (0, 1)),
        ([1], 1, (0, None)),
    ],
)
def test_the_epochs_of_the_stop_are_those_found_by_hand(
    losses: list[float], patience: int, expected: tuple[int, int | None]
) -> None:
    """Does the definition give what one finds with pencil and paper?"""
    assert by_definition(losses, patience) == expected


# Refusals -----------------------------------------------------------------------------


def one_entry(array: Any) -> Any:
    """The largest entry wrong by a thousandth."""
    array = np.array(array, dtype=np.float64)
    array.flat[np.abs(array).argmax()] *= 1.001
    return array


PLANTS = {
    "scaled": lambda array: 1.001 * array,
    "one entry": one_entry,
    "sign": lambda array: -array,
    "NaN": lambda array: np.full_like(array, np.nan),
    "shifted": lambda array: array + 1e-3,
    "list": lambda array: np.asarray(array).tolist() if np.ndim(array) else [array],
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", [*ARRAYS, "standardize", "random_crop_flip"])
def test_a_planted_error_is_refused(name: str, plant: str) -> None:
    """Is each returned value refused when something small or large is wrong in it?"""
    places = {"max_norm": 1, "random_crop_flip": 1}.get(name, 2)
    for place in range(places):

        def wrong(*arguments: Any, place: int = place) -> Any:
            answer = right(name)(*arguments)
            if not isinstance(answer, (tuple, list)):
                return PLANTS[plant](answer)
            return tuple(
                PLANTS[plant](each) if number == place else each
                for number, each in enumerate(answer)
            )

        assert not examine(name, {name: wrong}, seed=3).passed


@pytest.mark.parametrize("off", [(1, 0), (-1, 0), (0, 1), (0, -1), (0.001, 0)])
def test_an_epoch_off_by_little_is_refused(off: tuple[float, float]) -> None:
    """Is an epoch refused that is one too late, one too early, or no epoch?"""

    def wrong(losses: Any, patience: int) -> Any:
        best, stop = right("early_stopping")(losses, patience)
        return best + off[0], stop + off[1]

    assert not examine("early_stopping", {"early_stopping": wrong}, seed=0).passed


NOTHING = {
    "None": lambda *_: None,
    "input and None": lambda first, *_: (first, None),
    "input": lambda first, *_: first,
    "all inputs": lambda *arguments: arguments,
    "zeros": lambda first, *_: np.zeros_like(first),
    "zero and zeros": lambda first, *_: (0.0, np.zeros_like(first)),
    "two zeros": lambda *_: (0, 0),
    "zero": lambda *_: 0.0,
    "empty tuple": lambda *_: (),
    "empty list": lambda *_: [],
}


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("name", TOPIC)
def test_doing_nothing_earns_nothing(name: str, nothing: str) -> None:
    """Is a function that does nothing worth nothing?"""
    for seed in range(2):
        assert examine(name, {name: NOTHING[nothing]}, seed=seed).score == 0


def endless(*_: Any) -> Any:
    """A batch of one sample, again and again."""
    while True:
        yield [0]


ODDITIES = {
    "text": lambda *_: "done",
    "objects": lambda *_: (np.array([object()]), np.array([None])),
    "ragged": lambda *_: [[1, 2], [[3]], None],
    "generator": endless,
    "floats": lambda *_: [np.array([0.5, 1.5])] * 3,
    "infinite": lambda *_: (np.inf, np.full((2, 2), np.inf)),
    "dictionary": lambda *_: {"penalty": 1},
    "complex": lambda *_: (1j, np.array([1j])),
    "raises": lambda *_: {}[0],
    "exits": lambda *_: sys.exit(),
    "too few arguments": lambda: None,
}


@pytest.mark.parametrize("odd", ODDITIES)
@pytest.mark.parametrize("name", TOPIC)
def test_an_odd_answer_is_refused_in_words(name: str, odd: str) -> None:
    """Does an answer that nobody expects give a verdict that says what came back?"""
    verdict = examine(name, {name: ODDITIES[odd]}, seed=0)
    assert verdict.score == 0
    assert name in verdict.message
    assert "could not be judged" not in verdict.message


# Strangers ----------------------------------------------------------------------------


def test_what_is_returned_may_be_wrapped_otherwise() -> None:
    """May the others have a list of their own, and one array come without a tuple?"""

    def nested(train: Any, *others: Any) -> Any:
        mean, std = train.mean(0), train.std(0)
        std = std + 1e-7
        return (train - mean) / std, [(each - mean) / std for each in others]

    for seed in range(5):
        verdict = examine("standardize", {"standardize": nested}, seed=seed)
        assert verdict.passed, str(verdict)
        assert 0.9 <= verdict.score < 1


WRONG = {
    "tolerance": (
        "early_stopping",
        lambda losses, patience: right("early_stopping")(
            np.minimum.accumulate(np.round(losses, 2)), patience
        ),
    ),
    "2-D only": ("l2_penalty", lambda w, lam: (lam / 2 * np.trace(w.T @ w), lam * w)),
    "lam clipped": (
        "l1_penalty",
        lambda w, lam: right("l1_penalty")(w, min(lam, 1.0)),
    ),
    "smooth": (
        "l1_penalty",
        lambda w, lam: (lam * np.abs(w).sum(), lam * w / (np.abs(w) + 1e-8)),
    ),
    "c is 1": ("max_norm", lambda w, _: right("max_norm")(w, 1.0)),
    "large epsilon": (
        "standardize",
        lambda train, *others: tuple(
            (x - train.mean(0)) / (train.std(0) + 1e-3) for x in (train, *others)
        ),
    ),
    "clipped": (
        "standardize",
        lambda *arrays: tuple(np.clip(x, -3, 3) for x in right("standardize")(*arrays)),
    ),
    "three arrays": (
        "standardize",
        lambda train, val, test, /: right("standardize")(train, val, test)[:3],
    ),
    "patience of 3": (
        "early_stopping",
        lambda losses, _: right("early_stopping")(losses, 3),
    ),
    "losses above 0": (
        "early_stopping",
        lambda losses, patience: right("early_stopping")(np.abs(losses), patience),
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_holds_for_some_inputs_only_is_refused(wrong: str) -> None:
    """Is a function refused that is right for the inputs its author thought of?"""
    name, function = WRONG[wrong]
    for seed in range(5):
        assert not examine(name, {name: function}, seed=seed).passed


# Manners ------------------------------------------------------------------------------


def in_place(name: str) -> Any:
    """A right function that overwrites its first argument with numbers."""

    def function(*arguments: Any) -> Any:
        answer = right(name)(
            *[np.copy(a) if i == 0 else a for i, a in enumerate(arguments)]
        )
        if isinstance(arguments[0], np.ndarray):
            arguments[0][...] = 0
        else:
            arguments[0][0] = 0
        return answer

    return function


@pytest.mark.parametrize("name", [n for n in TOPIC if n != "balanced_batches"])
def test_a_changed_argument_costs_a_little(name: str) -> None:
    """Is changing an argument in place a matter of manners, said in words?"""
    verdict = examine(name, {name: in_place(name)}, seed=1)
    assert verdict.passed, str(verdict)
    assert 0.9 <= verdict.score < 1
    assert "in place" in str(verdict)


@pytest.mark.parametrize("name", TOPIC)
def test_a_seed_repeats_the_examination(name: str) -> None:
    """Do two examinations with one seed find the same, and name the seed?"""
    function = mistakes_of(name)[0].function
    one, two = (examine(name, {name: function}, seed=5) for _ in range(2))
    assert one.as_json() == two.as_json()
    assert one.seed == 5


# What a tester got past earlier versions of the checks --------------------------------


def near_enough(w: Any, c: float) -> Any:
    """Leaves columns that are a little longer than c."""
    lengths = np.sqrt((w**2).sum(axis=0))
    return np.where(lengths > 1.02 * c, w * c / np.maximum(lengths, 1e-12), w)


def floored(train: Any, *others: Any) -> Any:
    """Takes small features for constant ones."""
    sd = train.std(axis=0)
    sd = np.where(sd < 0.01, 1.0, sd)
    return tuple((each - train.mean(axis=0)) / sd for each in (train, *others))


def two_deviations(train: Any, *others: Any) -> Any:
    """Divides train by another deviation than the others."""
    mean = train.mean(axis=0)
    one, two = (np.where(s > 0, s, 1.0) for s in (train.std(0), train.std(0, ddof=1)))
    return ((train - mean) / one, *((each - mean) / two for each in others))


def ten_epochs(val_losses: Any, patience: int) -> Any:
    """No patience is longer than 10."""
    return right("early_stopping")(val_losses, min(patience, 10))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("max_norm", near_enough),
        ("standardize", floored),
        ("standardize", two_deviations),
        ("early_stopping", ten_epochs),
    ],
)
def test_a_rule_that_holds_in_some_range_only_is_refused(name: str, wrong: Any) -> None:
    """Are limits, scales and patiences asked for in every range?"""
    for seed in range(4):
        assert not examine(name, {name: wrong}, seed=seed).passed


@pytest.mark.parametrize(
    ("beside", "under"), [(1e-8, 0), (1e-7, 0), (0, 1e-8), (0, 1e-7)]
)
def test_a_tiny_number_against_a_division_by_0_is_right(
    beside: float, under: float
) -> None:
    """Does a deviation of 0.001 leave room for an epsilon?"""

    def guarded(train: Any, *others: Any) -> Any:
        mean, var = train.mean(axis=0), train.var(axis=0)
        sd = np.sqrt(var + under) + beside
        return tuple((each - mean) / sd for each in (train, *others))

    for seed in range(3):
        verdict = examine("standardize", {"standardize": guarded}, seed=seed)
        assert verdict.passed, str(verdict)


def test_an_epoch_that_is_none_is_asked_for_in_words() -> None:
    """Is a learner told that a number is missing, and not an array?"""
    name = "early_stopping"
    verdict = examine(name, {name: lambda *_: (None, None)}, seed=0)
    assert "expected the number of an epoch" in verdict.message
