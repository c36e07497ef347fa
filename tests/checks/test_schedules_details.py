"""Are the fine points of the schedules asked about, and named for what they are?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from autograder import examine
from tests.checks.schedules_solutions import by_mask, right, warmup

SEEDS = range(5)


def test_a_mask_may_be_empty() -> None:
    """Does a warm-up that hands an empty array to `after` keep all points?"""
    for seed in SEEDS:
        verdict = examine("warmup", {"warmup": by_mask}, seed=seed)
        assert verdict.score == 1, str(verdict)


WRONG = {
    "exponential, to step 64": (
        "exponential",
        lambda t, lr, g: lr * g ** np.minimum(t, 64),
    ),
    "exponential, to step 100": (
        "exponential",
        lambda t, lr, g: lr * g ** np.minimum(t, 100),
    ),
    "exponential, above a floor": (
        "exponential",
        lambda t, lr, g: np.maximum(lr * g**t, 1e-8),
    ),
    "step, ten drops at most": (
        "step",
        lambda t, lr, g, s: lr * g ** np.minimum(t // s, 10),
    ),
    "scale_lr, ratio rounded": (
        "scale_lr",
        lambda lr, base, batch: lr * max(round(batch / base), 1),
    ),
    "scale_lr, ratio rounded down": (
        "scale_lr",
        lambda lr, base, batch: lr * (batch // base),
    ),
}


@pytest.mark.parametrize("title", WRONG)
def test_what_is_right_in_a_range_only_is_refused(title: str) -> None:
    """Is a schedule refused that is right for few steps, or for whole ratios?"""
    name, function = WRONG[title]
    for seed in SEEDS:
        assert not examine(name, {name: function}, seed=seed).passed


def test_a_ratio_rounded_to_the_nearest_is_not_rounded_down() -> None:
    """Are the two ways to round a ratio told apart?"""
    for seed in SEEDS:
        for title, named in [
            ("scale_lr, ratio rounded", None),
            ("scale_lr, ratio rounded down", "whole_ratio"),
        ]:
            name, function = WRONG[title]
            verdict = examine(name, {name: function}, seed=seed)
            assert verdict.misconception == named


def test_a_first_answer_that_is_kept_is_no_constant() -> None:
    """Is `fixed` that keeps its first answer told from one that knows no base_lr?"""
    for seed in SEEDS:
        kept: list[float] = []

        def keeping(t, base_lr, kept=kept):
            kept.append(base_lr)
            return np.full(np.shape(t), kept[0])

        verdict = examine("fixed", {"fixed": keeping}, seed=seed)
        assert not verdict.passed
        assert verdict.misconception is None


# Manners ------------------------------------------------------------------------------


def bent(t, base_lr, warmup_steps, after):
    """The growth is a factor on the schedule that follows."""
    growth = np.minimum(1.0, (t + 1) / max(warmup_steps, 1))
    return growth * after(np.maximum(t - warmup_steps, 0))


def stretched(t, base_lr, warmup_steps, after):
    """The schedule that follows is scaled, so that it begins at base_lr."""
    scale = base_lr / after(0)
    follows = scale * after(np.maximum(t - warmup_steps, 0))
    return np.where(t < warmup_steps, warmup(t, base_lr, warmup_steps, after), follows)


def a_step_short(t, base_lr, warmup_steps, after):
    """The last step of the growth is the first rate of `after`."""
    growth = base_lr * (t + 1) / max(warmup_steps, 1)
    follows = after(np.maximum(t - warmup_steps, 0))
    return np.where(t < warmup_steps - 1, growth, follows)


def with_a_threshold(least):
    """A plateau that counts a gain only above ``least`` times the best."""

    def plateau(history, base_lr, factor, patience):
        best, seen = math.inf, []
        for loss in history:
            gained = loss < best * (1 - least) if math.isfinite(best) else True
            best = loss if gained else best
            seen.append(loss if gained else best)
        return right("plateau")(seen, base_lr, factor, patience)

    return plateau


@pytest.mark.parametrize(
    ("name", "function", "title"),
    [
        ("warmup", bent, "`after` may begin at any rate"),
        ("warmup", stretched, "`after` may begin at any rate"),
        ("warmup", a_step_short, "`after` may begin at any rate"),
        ("plateau", with_a_threshold(1e-4), "any loss below the best is a new best"),
    ],
)
def test_the_letter_of_the_notebook_is_asked_about(name, function, title) -> None:
    """Does it cost manners, and only these, to read more into the task?"""
    for seed in SEEDS:
        verdict = examine(name, {name: function}, seed=seed)
        failed = [part.name for part in verdict.parts if part.outcome == "failed"]
        assert verdict.passed, str(verdict)
        assert failed == [title]
