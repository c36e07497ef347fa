"""Do the checks of the tuning workflow pass what is right, and explain the rest?"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.calling import LocalCallee
from autograder.checks import all_checks
from autograder.exam import Exam
from autograder.mistakes import mistakes_of, variants_of
from tests.checks.tuning_solutions import (
    STRANGERS,
    TOPIC,
    Function,
    failures,
    right,
)

EVERYONE = [
    (name, function)
    for name in TOPIC
    for function in [*STRANGERS[name], *(each.function for each in variants_of(name))]
]


def test_every_function_of_the_contract_is_asked_about() -> None:
    """Are these the functions of the tuning workflow?"""
    assert set(TOPIC) == {
        "expected_initial_loss",
        "loss_after_init_is_sane",
        "log_uniform",
        "random_search",
        "narrow",
        "lr_range_test",
        "diagnose",
    }


# Right solutions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "function"), EVERYONE, ids=lambda value: getattr(value, "__name__", value)
)
@pytest.mark.parametrize("seed", range(2))
def test_a_right_solution_by_someone_else_passes(
    name: str, function: Function, seed: int
) -> None:
    """Does a right solution pass, however it is written?"""
    verdict = examine(name, {name: function}, seed=seed)
    assert verdict.passed, str(verdict)
    assert verdict.score >= 0.9


@pytest.mark.parametrize("name", TOPIC)
def test_a_right_solution_passes_on_many_seeds(name: str) -> None:
    """Does no seed refuse what is right?"""
    wrong = {seed: failures(name, right(name), seed) for seed in range(1000, 1025)}
    assert not any(wrong.values()), wrong


@pytest.mark.parametrize("name", TOPIC)
def test_the_first_variant_has_all_points(name: str) -> None:
    """Does a solution by the notebook's letter keep the manners too?"""
    assert examine(name, {name: right(name)}, seed=7).score == 1


def test_the_initial_loss_is_that_of_torch() -> None:
    """Does ln C agree with PyTorch's cross-entropy of equal logits?"""
    for classes in (2, 10, 137):
        logits = torch.zeros(5, classes, dtype=torch.float64)
        loss = torch.nn.functional.cross_entropy(logits, torch.arange(5) % classes)
        assert loss.item() == pytest.approx(math.log(classes), rel=1e-12)


# Functions that do nothing, and functions that break ----------------------------------


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("expected_initial_loss", lambda c: c),
        ("expected_initial_loss", lambda _: 0.0),
        ("loss_after_init_is_sane", lambda *_: True),
        ("loss_after_init_is_sane", lambda *_: False),
        ("loss_after_init_is_sane", lambda loss, _: loss),
        ("log_uniform", lambda low, high, size, _: np.zeros(size)),
        ("log_uniform", lambda low, high, size, _: np.full(size, low)),
        ("random_search", lambda *_: []),
        ("random_search", lambda objective, space, trials, _: [(space, 0.0)] * trials),
        ("narrow", lambda space, *_: space),
        ("narrow", lambda *_: {}),
        ("lr_range_test", lambda lrs, _: lrs[0]),
        ("lr_range_test", lambda lrs, _: lrs[-1]),
        ("lr_range_test", lambda lrs, _: 1e-3),
        *[
            ("diagnose", lambda _, label=label: label)
            for label in ("healthy", "diverged", "lr_too_small", "plateau_decay_now")
        ],
    ],
)
def test_doing_nothing_earns_little(name: str, function: Function) -> None:
    """Does a function that ignores the question stay near 0 points?"""
    for seed in range(3):
        verdict = examine(name, {name: function}, seed=seed)
        assert not verdict.passed
        assert verdict.score <= 0.17, str(verdict)


@pytest.mark.parametrize("name", TOPIC)
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None"),
        ("0.5", "str"),
        ((i for i in range(3)), "generator"),
        (np.array([1, "a", None], dtype=object), ""),
        (np.full((2, 3, 5), np.nan), ""),
        (1 + 2j, "complex"),
        ({"a": 1}, ""),
        ([[1.0], [2.0, 3.0]], ""),
    ],
)
def test_a_wrong_kind_of_answer_is_explained(name: str, value: Any, said: str) -> None:
    """Does any value at all become a verdict with a readable message?"""
    verdict = examine(name, {name: lambda *_: value}, seed=3)
    assert not verdict.passed
    assert verdict.score <= 0.1
    assert "could not be judged" not in verdict.message
    if name != "diagnose" or said != "str":
        assert said in verdict.message


@pytest.mark.parametrize("name", TOPIC)
def test_a_crash_is_explained(name: str) -> None:
    """Does an exception, even SystemExit, become a verdict that names it?"""
    for error in (ZeroDivisionError("by hand"), SystemExit(3)):

        def crash(*_: Any, error: BaseException = error) -> Any:
            raise error

        verdict = examine(name, {name: crash}, seed=3)
        assert not verdict.passed
        assert type(error).__name__ in verdict.message
        assert "0x" not in verdict.message


def test_a_call_is_told_in_words() -> None:
    """Do messages name ranges and sizes, and no object's address?"""
    verdict = examine("log_uniform", {"log_uniform": lambda *_: None}, seed=3)
    assert "log_uniform(low=" in verdict.message
    assert ", rng)" in verdict.message
    verdict = examine("random_search", {"random_search": lambda *_: None}, seed=3)
    assert "trials=" in verdict.message
    assert "Source" not in verdict.message + str(verdict)


@pytest.mark.parametrize("name", TOPIC)
def test_the_seed_repeats_the_questions(name: str) -> None:
    """Do two examinations with one seed ask the same, and others something else?"""
    signatures = {each: one.signature for each, one in all_checks().items()}

    class Recorder(LocalCallee):
        asked: ClassVar[list[str]] = []

        def invoke(self, arguments: tuple[Any, ...], *more: Any) -> Any:
            plain = [a for a in arguments if not isinstance(a, np.random.Generator)]
            self.asked.append(repr(plain))
            return super().invoke(arguments, *more)

    def words(seed: int) -> str:
        Recorder.asked.clear()
        callees = {name: Recorder(right(name))}
        Exam(all_checks()[name], callees, signatures, seed).run()
        return "".join(Recorder.asked)

    assert words(5) == words(5)
    assert words(5) != words(6)


# Manners ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "function", "title"),
    [
        (
            "expected_initial_loss",
            lambda c: np.array([np.log(c)]),
            "the loss is a plain number",
        ),
        (
            "loss_after_init_is_sane",
            lambda loss, c: int(abs(loss - np.log(c)) < 0.1 * np.log(c)),
            "the answer is True or False",
        ),
        (
            "loss_after_init_is_sane",
            lambda loss, c: bool(abs(loss - np.log(c)) < 0.2 * np.log(c)),
            "the line is drawn 10 % from ln C",
        ),
        (
            "log_uniform",
            lambda *a: right("log_uniform")(*a).tolist(),
            "the samples are an array",
        ),
        (
            "random_search",
            lambda *a: [(value, c) for c, value in right("random_search")(*a)],
            "results are pairs (config, value) of plain numbers",
        ),
        (
            "random_search",
            lambda *a: right("random_search")(*a)[::-1],
            "the objective is called once a trial, and results stay in that order",
        ),
        (
            "random_search",
            lambda f, *a: right("random_search")(lambda c: [f(c), f(c)][0], *a),
            "the objective is called once a trial, and results stay in that order",
        ),
        (
            "narrow",
            lambda space, results, keep: (
                results.sort(key=lambda r: (math.isnan(r[1]), r[1]))
                or right("narrow")(space, results, keep)
            ),
            "arguments are left as they were",
        ),
        (
            "lr_range_test",
            lambda lrs, losses: right("lr_range_test")(lrs, losses) / 2,
            "diverged is above twice the lowest so far; the answer is a third",
        ),
        (
            "diagnose",
            lambda h: right("diagnose")(h) if h.pop("val_loss")[0] else None,
            "",
        ),
    ],
)
def test_bad_manners_cost_little(name: str, function: Function, title: str) -> None:
    """Does a deviation from the notebook alone pass, with a point or two less?"""
    verdict = examine(name, {name: function}, seed=4)
    if not title:  # it breaks the function too
        assert not verdict.passed
        return
    failed = [part.name for part in verdict.parts if part.outcome == "failed"]
    assert verdict.passed, str(verdict)
    assert failed == [title]
    assert 0.9 <= verdict.score < 1


# Mistakes beyond the catalog ----------------------------------------------------------


def spoiled(name: str, change: Function) -> Function:
    """The right function, its answer changed."""
    return lambda *arguments: change(right(name)(*arguments))


def tenths_of_a_decade(low: float, high: float, size: Any, rng: Any) -> Any:
    """Exponents with one decimal."""
    return 10 ** np.round(np.log10(right("log_uniform")(low, high, size, rng)), 1)


def lower_half(low: float, high: float, size: Any, rng: Any) -> Any:
    """Only up to the middle of the range."""
    return right("log_uniform")(low, np.sqrt(low * high), size, rng)


def five_kept(space: Any, results: Any, _keep: int) -> Any:
    """Always the best five."""
    return right("narrow")(space, results, 5)


def four_kept_at_least(space: Any, results: Any, keep: int) -> Any:
    """Never fewer than the best four."""
    return right("narrow")(space, results, max(keep, 4))


def closest_to_zero_kept(space: Any, results: Any, keep: int) -> Any:
    """Losses without their sign."""
    return right("narrow")(space, [(c, abs(v)) for c, v in results], keep)


def at_most_a_thousandth(lrs: Any, losses: Any) -> Any:
    """A cap that is nobody's wish."""
    return min(0.001, right("lr_range_test")(lrs, losses))


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("expected_initial_loss", lambda c: 1.001 * np.log(c)),
        ("expected_initial_loss", lambda c: np.log(min(c, 5000))),
        ("expected_initial_loss", lambda c: round(math.log(c), 3)),
        ("loss_after_init_is_sane", lambda loss, c: abs(loss - np.log(c)) < 1.6),
        ("loss_after_init_is_sane", lambda loss, _: 0 < loss < 10),
        ("loss_after_init_is_sane", lambda loss, _: not math.isnan(loss) and loss > 2),
        ("log_uniform", spoiled("log_uniform", lambda x: x * 1.1)),
        ("log_uniform", tenths_of_a_decade),
        ("log_uniform", lower_half),
        ("log_uniform", lambda a, b, n, rng: right("log_uniform")(a, b, int(n), rng)),
        ("narrow", five_kept),
        ("narrow", four_kept_at_least),
        ("narrow", closest_to_zero_kept),
        ("lr_range_test", spoiled("lr_range_test", lambda lr: lr / 50)),
        ("lr_range_test", spoiled("lr_range_test", lambda lr: lr * 6)),
        ("lr_range_test", at_most_a_thousandth),
        ("diagnose", spoiled("diagnose", str.upper)),
        ("diagnose", spoiled("diagnose", lambda label: [label])),
    ],
)
def test_a_planted_error_is_refused(name: str, function: Function) -> None:
    """Is an error refused that no entry of the catalog foresees?"""
    for seed in range(4):
        assert failures(name, function, seed)


@pytest.mark.parametrize("name", TOPIC)
def test_the_mistakes_are_many(name: str) -> None:
    """Are at least five mistakes in the function known?"""
    assert len(mistakes_of(name)) >= 5
