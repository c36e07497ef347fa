"""Are the fine points of the tuning workflow asked about, and named for what they are?

What a stranger found: right functions that were charged for rounding, wrong ones that
passed, and failures that were taken for another mistake.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from autograder import examine
from tests.checks.tuning_solutions import Function, failures, right

SANE, DIAGNOSE, RANGE_TEST = "loss_after_init_is_sane", "diagnose", "lr_range_test"
DRAW, SEARCH, NARROW = "log_uniform", "random_search", "narrow"
SEEDS = range(4)


# Where rounding decides ---------------------------------------------------------------


def sane_by_the_probability(loss: float, num_classes: int) -> bool:
    """Chance by another road, which may round otherwise."""
    chance = -math.log(1 / num_classes)
    return chance - 0.1 * chance <= loss <= chance + 0.1 * chance


def diagnose_by_the_probability(history: Any) -> Any:
    """Losses in units of a chance that rounds otherwise."""
    chance = -math.log(1 / history["num_classes"])
    units = {
        name: np.array(history[name]) / chance for name in history if "loss" in name
    }
    return right(DIAGNOSE)({**history, **units, "num_classes": math.e})


@pytest.mark.parametrize(
    ("name", "function"),
    [(SANE, sane_by_the_probability), (DIAGNOSE, diagnose_by_the_probability)],
)
def test_rounding_costs_nothing(name: str, function: Function) -> None:
    """Does a right function keep all points, whichever way it rounds ln C?"""
    for seed in range(20):
        verdict = examine(name, {name: function}, seed=seed)
        assert verdict.score == 1, str(verdict)


def test_a_comparison_of_rounded_losses_is_refused() -> None:
    """Is it refused on every seed to compare the losses to one decimal?"""
    for seed in range(20):
        assert failures(SANE, lambda v, c: round(v, 1) == round(math.log(c), 1), seed)


# What passed --------------------------------------------------------------------------


def unclipped(space: Any, results: Any, keep: int) -> Any:
    """The ranges of the best, even where they leave the old ones."""
    finished = [result for result in results if not math.isnan(result[1])]
    best = sorted(finished, key=lambda result: result[1])[:keep]
    return {
        name: (scale, min(c[name] for c, _ in best), max(c[name] for c, _ in best))
        for name, (scale, _, _) in space.items()
    }


def settings_compared(space: Any, results: Any, keep: int) -> Any:
    """Pairs are sorted whole: where values tie, dictionaries are compared."""
    return right(NARROW)(
        space, sorted((v, c) for c, v in results if not math.isnan(v))[:keep], keep
    )


def equal_values_count_once(space: Any, results: Any, keep: int) -> Any:
    """A dictionary by value keeps one setting of each."""
    by_value = {value: config for config, value in results if not math.isnan(value)}
    return right(NARROW)(space, [(c, v) for v, c in by_value.items()], keep)


def third_of_the_diverging_rate(lrs: Any, losses: Any) -> Any:
    """Backs off, but from the rate after."""
    return min(3 * right(RANGE_TEST)(lrs, losses) * lrs[1] / lrs[0], lrs[-1]) / 3


@pytest.mark.parametrize(
    ("name", "function"),
    [
        (NARROW, unclipped),
        (NARROW, settings_compared),
        (NARROW, equal_values_count_once),
        (RANGE_TEST, third_of_the_diverging_rate),
    ],
)
def test_what_is_wrong_in_rare_cases_is_refused(name: str, function: Function) -> None:
    """Is a function refused whose flaw shows in a rare case only?"""
    for seed in SEEDS:
        assert failures(name, function, seed)


def nan_among_the_best(space: Any, results: Any, keep: int) -> Any:
    """NaN comes last, and still counts where too few others are left."""
    ranked = sorted(results, key=lambda result: (math.isnan(result[1]), result[1]))
    return right(NARROW)(
        space, [(c, float(n)) for n, (c, _) in enumerate(ranked)], keep
    )


def minus_infinity_is_low(lrs: Any, losses: Any) -> Any:
    """Whatever is not above the bound is good."""
    losses = np.nan_to_num(losses, nan=np.inf, posinf=np.inf, neginf=-1e9)
    return right(RANGE_TEST)(lrs, losses)


def any_order(reverse: bool) -> Function:
    """Results sorted by their values."""
    return lambda *arguments: sorted(
        right(SEARCH)(*arguments), key=lambda result: result[1], reverse=reverse
    )


def test_an_objective_may_have_been_called_before() -> None:
    """Does one examination after the other give a right search all points?"""
    for seed in (5, 5, 5, 6):
        assert examine(SEARCH, {SEARCH: right(SEARCH)}, seed=seed).score == 1


ORDER = "the objective is called once a trial, and results stay in that order"


@pytest.mark.parametrize(
    ("name", "function", "title"),
    [
        (
            NARROW,
            nan_among_the_best,
            "where fewer than keep did not diverge, these alone count",
        ),
        (
            RANGE_TEST,
            minus_infinity_is_low,
            "diverged is above twice the lowest so far; the answer is a third",
        ),
        (SEARCH, any_order(reverse=False), ORDER),
        (SEARCH, any_order(reverse=True), ORDER),
        (
            DIAGNOSE,
            lambda h: right(DIAGNOSE)({**h, "val_acc": quarters_rounded_first(h)}),
            "lines in the accuracies are where the docstring draws them",
        ),
    ],
)
def test_the_letter_of_the_notebook_is_asked_about(
    name: str, function: Function, title: str
) -> None:
    """Does it cost manners, on every seed, not to keep to the notebook's letter?"""
    for seed in SEEDS:
        verdict = examine(name, {name: function}, seed=seed)
        failed = [part.name for part in verdict.parts if part.outcome == "failed"]
        assert verdict.passed, str(verdict)
        assert failed == [title]


def quarters_rounded_first(history: Any) -> list[float]:
    """The validation accuracy, with that of 3 * (n // 4) where 3 * n // 4 is read."""
    values = list(history["val_acc"])
    n = len(values)
    values[3 * n // 4] = values[3 * (n // 4)]
    return values


# What was taken for something else ----------------------------------------------------


def negated_values(*arguments: Any) -> Any:
    """Values with the wrong sign."""
    return [(config, -value) for config, value in right(SEARCH)(*arguments)]


def settings_only(*arguments: Any) -> Any:
    """The values are left out, not the settings."""
    return [config for config, _ in right(SEARCH)(*arguments)]


def rounded_for_the_objective(objective: Any, *arguments: Any) -> Any:
    """The objective sees a setting of two decimals."""
    return right(SEARCH)(
        lambda config: objective({n: round(v, 2) for n, v in config.items()}),
        *arguments,
    )


def climbing(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """After ten trials, draw near the best."""
    results: list[Any] = right(SEARCH)(objective, space, min(trials, 10), rng)
    while len(results) < trials:
        best = min(results, key=lambda result: result[1])[0]
        config = {
            name: float(np.clip(best[name] * rng.uniform(0.8, 1.25), low, high))
            for name, (_, low, high) in space.items()
        }
        results.append((config, objective(config)))
    return results


def repeats(objective: Any, space: Any, trials: int, rng: Any) -> Any:
    """One trial in twenty is an earlier one."""
    results: list[Any] = []
    for result in right(SEARCH)(objective, space, trials, rng):
        again = bool(results) and rng.random() < 0.05
        results.append(results[rng.integers(len(results))] if again else result)
    return [(dict(config), value) for config, value in results]


def whole_powers(low: float, high: float, size: Any, rng: Any) -> Any:
    """Natural exponents, rounded, and turned back by powers of ten."""
    return 10.0 ** rng.integers(int(np.log(low)), int(np.log(high)) + 1, size)


def kept_answers() -> Function:
    """log_uniform that keeps its answer to each question."""

    @functools.cache
    def once(low: float, high: float, size: Any) -> Any:
        return right(DRAW)(low, high, size, np.random.default_rng([hash((low, high))]))

    return lambda low, high, size, _rng: once(low, high, size)


def lowest_of_all(lrs: Any, losses: Any) -> Any:
    """Above twice the lowest loss of the whole sweep."""
    bad = np.flatnonzero(~(np.asarray(losses) <= 2 * np.nanmin(losses)))
    return lrs[max(bad[0] - 1, 0) if bad.size else -1] / 3


def in_bits(history: Any) -> Any:
    """The loss of chance is taken to base 2."""
    return right(DIAGNOSE)({**history, "num_classes": history["num_classes"] ** 1.4427})


@pytest.mark.parametrize(
    ("name", "function"),
    [
        (SEARCH, negated_values),
        (SEARCH, settings_only),
        (SEARCH, rounded_for_the_objective),
        (SEARCH, climbing),
        (SEARCH, repeats),
        (DRAW, whole_powers),
        (RANGE_TEST, lowest_of_all),
        (DIAGNOSE, in_bits),
    ],
)
def test_what_is_no_known_mistake_is_not_named(name: str, function: Function) -> None:
    """Is a flaw that the catalog lacks refused, and taken for none of its entries?"""
    for seed in range(8):
        verdict = examine(name, {name: function}, seed=seed)
        assert not verdict.passed
        assert verdict.misconception is None, seed


def test_an_answer_that_is_kept_is_no_fixed_seed() -> None:
    """Is a function that keeps its answers told from one with a seed of its own?"""
    for seed in SEEDS:
        verdict = examine(DRAW, {DRAW: kept_answers()}, seed=seed)
        assert not verdict.passed
        assert verdict.misconception is None
