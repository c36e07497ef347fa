"""Are the curves unmistakable, and do the sweeps leave every fair rule its room?"""

from __future__ import annotations

import itertools
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from autograder import examine
from autograder.checks.tuning_diagnose import LABELS, SHOWN
from autograder.checks.tuning_narrow import _search
from autograder.checks.tuning_range_test import _coarse_sweep, _sweep
from autograder.oracles.tuning import LINEAR, LOG, place_in
from autograder.oracles.tuning_histories import History, diverged
from autograder.oracles.tuning_pictures import Lines

SEEDS = range(60)
CURVES = ("train_loss", "val_loss", "train_acc", "val_acc")
DRAWS = SHOWN | {"diverged": diverged("nan")}


def by_rules(history: History, *, gap: float, rise: float, stuck: float) -> str:
    """Rules with other lines than the notebook's."""
    loss = np.array(history["train_loss"]) / np.log(history["num_classes"])
    train, val = history["train_acc"], history["val_acc"]
    n = len(loss)
    if not np.isfinite(loss).all() or loss[-1] > 5:
        return "diverged"
    if loss[-1] > stuck:
        return "lr_too_small"
    if loss[n // 4] > stuck:
        return "bad_init"
    if np.mean(train[-3:]) - np.mean(val[-3:]) > gap:
        return "overfitting"
    if val[-1] - val[int(0.7 * n)] > rise:
        return "keep_training"
    if train[-1] > 0.8:
        return "healthy"
    return "underfitting" if train[-1] < 0.4 else "plateau_decay_now"


@pytest.mark.parametrize("label", LABELS)
def test_rules_with_other_lines_read_the_same(label: str) -> None:
    """Does every run say the same, wherever a sensible rule draws its lines?"""
    choices = itertools.product((0.08, 0.25), (0.03, 0.06), (0.82, 0.94))
    for gap, rise, stuck in choices:
        for seed in SEEDS:
            history = DRAWS[label](np.random.default_rng(seed))
            assert by_rules(history, gap=gap, rise=rise, stuck=stuck) == label, seed


@pytest.mark.parametrize("kind", ["nan", "inf", "exploded", "never"])
def test_a_run_that_diverged_ends_so(kind: str) -> None:
    """Is the loss of such a run beyond anything, at its end, in all kinds?"""
    for seed in SEEDS:
        history = diverged(kind)(np.random.default_rng(seed))
        last, first = history["train_loss"][-1], history["train_loss"][0]
        assert not last < 50 * first
        assert len({len(history[name]) for name in CURVES}) == 1


def test_histories_are_plain_and_varied() -> None:
    """Are there lists of numbers, of many lengths and numbers of classes?"""
    drawn = [
        draw(np.random.default_rng(seed)) for draw in SHOWN.values() for seed in SEEDS
    ]
    assert len({h["num_classes"] for h in drawn}) > 5
    assert len({len(h["val_acc"]) for h in drawn}) > 30
    for history in drawn:
        for name in CURVES:
            assert type(history[name]) is list
            assert all(type(value) is float for value in history[name])
        assert 0 <= min(history["val_acc"]) <= max(history["train_acc"]) <= 1


def test_a_healthy_run_ends_near_the_top() -> None:
    """Is a healthy run healthy wherever the line is drawn, up to 0.95?"""
    for seed in SEEDS:
        history = SHOWN["healthy"](np.random.default_rng(seed))
        assert min(history["train_acc"][-1], history["val_acc"][-1]) > 0.95
        assert history["train_acc"][-1] - history["val_acc"][-1] < 0.03


# Sweeps -------------------------------------------------------------------------------


@pytest.mark.parametrize("after", ["grows", "nan", "inf", "recovers"])
@pytest.mark.parametrize("late", [False, True])
def test_a_sweep_diverges_at_one_place_only(after: str, late: bool) -> None:
    """Is the edge where any factor from 1.5 to 10 finds it, of the first or lowest?"""
    for seed in SEEDS:
        lrs, losses, place = _sweep(np.random.default_rng(seed), after, late=late)
        first, lowest = losses[0], np.minimum.accumulate(losses[:place])
        assert losses[:place].max() < 1.2 * first
        assert (losses[1:place] < 1.3 * lowest[:-1]).all()
        assert not losses[place] < 9.9 * first
        assert 0 < lrs[0] < lrs[place]
        assert np.allclose(np.diff(np.log(lrs)), np.log(lrs[1] / lrs[0]))


def test_the_lowest_loss_lies_far_below_the_edge() -> None:
    """Is the rate of the lowest loss out of reach of any fair backing off?"""
    for seed in SEEDS:
        lrs, losses, place = _sweep(np.random.default_rng(seed), "grows")
        assert lrs[np.argmin(losses[:place])] < lrs[place - 1] / 22


def test_a_coarse_sweep_tells_the_rate_before_from_the_one_after() -> None:
    """Is a third of the diverging rate too large, and no one rate right for all?"""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        windows = []
        for decade in (-10, -5, -7):
            lrs, losses, place = _coarse_sweep(rng, decade)
            assert (np.diff(losses[:place]) < 0).all()
            assert losses[place] > 10 * losses[0]
            assert lrs[place] / 3 > lrs[place - 1]
            step = lrs[1] / lrs[0]
            windows.append((lrs[place - 1] / max(20, step**3), lrs[place - 1]))
        assert max(low for low, _ in windows) > min(high for _, high in windows)


# Spaces -------------------------------------------------------------------------------


def test_the_best_settings_lie_apart() -> None:
    """Do the next best lie at least a fifth of the range away, and all inside?"""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        for sign, start in [(1.0, None), (-1.0, None), (1.0, 0.0), (1.0, 0.88)]:
            space, results, best = _search(
                rng, [LOG, LINEAR], 4, sign=sign, start=start
            )
            values = [value for _, value in results]
            assert values == sorted(values)
            for name, interval in space.items():
                places = place_in(np.array([c[name] for c, _ in results]), *interval)
                near, others = places[:4], places[4:]
                assert np.ptp(near) == pytest.approx(0.12, abs=1e-6)
                away = np.maximum(near.min() - others, others - near.max())
                assert away.min() > 0.199
                assert places.min() > -1e-9
                assert places.max() < 1 + 1e-9
                assert len(best[name]) == 4


# Pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "curves",
    [
        {"train": [1.0, 2.0, 1.5], "val": [2.0, 3.0, 4.0]},
        {"loss": [1.0, np.nan, np.inf]},
        {"loss": [np.nan, np.nan]},
        {"loss": [2.0]},
    ],
)
def test_a_picture_is_well_formed(curves: dict[str, Any]) -> None:
    """Is the SVG well-formed, with a title, and without NaN?"""
    svg = Lines("a < b & c", curves).svg()
    root = ET.fromstring(svg)
    assert root[0].text == "a < b & c"
    assert "nan" not in svg
    assert svg.count("<polyline") == len(curves)


def test_a_failed_reading_shows_its_curves() -> None:
    """Does the verdict on a wrong label carry the picture, and the numbers?"""
    verdict = examine("diagnose", {"diagnose": lambda _: "healthy"}, seed=1)
    part = verdict.parts[0]
    assert part.picture is not None
    assert "train loss" in part.picture.svg()
    assert "expected 'diverged'" in part.message
    assert "epochs" in part.message
