"""The decisions of the seven steps, on numbers small enough to follow by hand."""

from __future__ import annotations

import importlib.util
import math
import random
from pathlib import Path

import pytest
from project import recipe

NAN, INF = math.nan, math.inf
SPACE = {"rate": ("log", 0.01, 1.0), "weight_decay": ("log", 1e-6, 1e-2)}


def at(rate: float, decay: float = 1e-4) -> recipe.Config:
    """A point of the space."""
    return {"rate": rate, "weight_decay": decay}


@pytest.mark.parametrize(
    ("losses", "sane"),
    [
        ([2.30, 2.31, 2.29], True),
        ([math.log(10) * 1.0999] * 2, True),
        ([math.log(10) * 0.9001], True),
        ([math.log(10) * 1.11] * 3, False),
        ([math.log(10) * 0.89] * 3, False),
        ([2.6, 2.0], True),  # their mean counts, not each of them
        ([2.3, NAN, 2.3], False),
        ([2.3, INF], False),
        ([INF, -INF], False),
        ([-2.3, -2.3], False),
        ([0.0], False),
    ],
)
def test_initial_loss(losses: list[float], sane: bool) -> None:
    """Is a first loss sane if, and only if, it is finite and within 10 % of ln C?"""
    assert recipe.initial_loss_is_sane(losses, 10) is sane


def test_initial_loss_depends_on_the_number_of_classes() -> None:
    """Is the same loss sane for ten classes and insane for two?"""
    assert recipe.initial_loss_is_sane([2.3], 10)
    assert not recipe.initial_loss_is_sane([2.3], 2)
    assert recipe.initial_loss_is_sane([0.69], 2)


@pytest.mark.parametrize(
    ("accuracies", "epochs"),
    [
        ([0.5, 0.9, 1.0], 3),
        ([1.0], 1),
        ([1.0, 1.0], 1),
        ([0.9, 1.0, 0.99, 1.0, 1.0], 4),  # it did not stay the first time
        ([1.0, 1.0, 0.99], None),
        ([0.1, 0.2], None),
        ([0.999999], None),
        ([NAN, NAN], None),
        ([], None),
    ],
)
def test_epochs_to_overfit(accuracies: list[float], epochs: int | None) -> None:
    """Is it the first epoch from which on every image is known to the end?"""
    assert recipe.epochs_to_overfit(accuracies) == epochs


def test_starting_rate_is_the_largest_that_works() -> None:
    """Is it the largest of those that clear the line, in whatever order they come?"""
    falls = [2.3] * 90 + [1.0] * 10
    flat = [2.3] * 100
    assert recipe.starting_rate([0.3, 0.01, 0.1], [flat, falls, falls]) == 0.1
    assert recipe.starting_rate([0.01, 0.3, 0.1], [flat, falls, falls]) == 0.3


def test_starting_rate_looks_at_the_last_tenth() -> None:
    """Does the mean of the last ten count, and not the last, the least or the rest?"""
    dips = [2.0] * 50 + [0.1] * 40 + [2.0] * 10
    lucky = [2.0] * 99 + [0.1]
    barely = [2.0] * 90 + [1.79] * 10
    not_quite = [2.0] * 90 + [1.81] * 10
    with pytest.raises(ValueError, match="lowers the loss"):
        recipe.starting_rate([0.1, 0.2, 0.3], [dips, lucky, not_quite])
    assert recipe.starting_rate([0.1, 0.2], [barely, dips]) == 0.1


@pytest.mark.parametrize("end", [NAN, INF, -INF])
def test_starting_rate_is_never_one_that_diverged(end: float) -> None:
    """Is a rate refused whose loss ends in something that is no number?"""
    falls = [2.3] * 10 + [0.1] * 10
    broken = [2.3, 0.1, end]
    assert recipe.starting_rate([0.1, 9.0], [falls, broken]) == 0.1
    with pytest.raises(ValueError, match="lowers the loss"):
        recipe.starting_rate([9.0], [[end]])


def test_coarse_space() -> None:
    """Does the coarse search span a decade and a half of rates, on log scales?"""
    space = recipe.coarse_space(0.1)
    assert list(space) == ["rate", "weight_decay"]
    assert space["rate"] == ("log", pytest.approx(0.01), pytest.approx(0.3))
    assert space["weight_decay"] == ("log", 1e-6, 1e-2)


def test_next_space_narrows() -> None:
    """Does it take the smallest ranges that hold the best three?"""
    trials = [
        (at(0.9, 1e-5), 3.0),
        (at(0.1, 1e-3), 1.0),
        (at(0.05, 2e-4), 1.2),
        (at(0.2, 5e-5), 1.1),
        (at(0.02, 1e-4), NAN),
        (at(0.5, 3e-3), INF),
    ]
    narrowed = {"rate": ("log", 0.05, 0.2), "weight_decay": ("log", 5e-5, 1e-3)}
    before = [(dict(config), loss) for config, loss in trials]
    for seed in range(10):
        random.Random(seed).shuffle(trials)
        assert recipe.next_space(SPACE, trials, 3) == (narrowed, False)
    assert sorted(map(repr, trials)) == sorted(map(repr, before))  # left as it was


def test_next_space_with_few_finite_losses() -> None:
    """Does it keep what there is if fewer trials than `keep` survived?"""
    one = [(at(0.1, 1e-4), 1.0), (at(0.2, 1e-3), NAN), (at(0.3, 1e-3), INF)]
    point = {"rate": ("log", 0.1, 0.1), "weight_decay": ("log", 1e-4, 1e-4)}
    assert recipe.next_space(SPACE, one, 3) == (point, False)
    with pytest.raises(ValueError, match="diverged"):
        recipe.next_space(SPACE, one[1:], 3)
    with pytest.raises(ValueError, match="diverged"):
        recipe.next_space(SPACE, [], 3)


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        (at(0.99), {"rate": ("log", 0.01, 10.0)}),
        (at(0.8), {"rate": ("log", 0.01, 10.0)}),  # 4.8 % of two decades
        (at(0.0101), {"rate": ("log", 0.001, 1.0)}),
        (at(0.1, 1.4e-6), {"weight_decay": ("log", 1e-7, 1e-2)}),  # 3.7 % of four
        (at(0.1, 0.9e-2), {"weight_decay": ("log", 1e-6, 1e-1)}),
        (
            at(1.0, 1e-6),
            {"rate": ("log", 0.01, 10.0), "weight_decay": ("log", 1e-7, 1e-2)},
        ),
    ],
)
def test_next_space_extends(best: recipe.Config, expected: recipe.Space) -> None:
    """Is the range extended by a decade where the best lies on its edge, only there?"""
    trials = [(best, 1.0), (at(0.1), 1.1), (at(0.2), NAN)]
    space, extended = recipe.next_space(SPACE, trials, 3)
    assert extended
    for name, (scale, low, high) in (SPACE | expected).items():
        assert space[name] == (scale, pytest.approx(low), pytest.approx(high))


def test_next_space_asks_only_the_best() -> None:
    """Is a second best, or a diverged one, on the edge no reason to extend?"""
    trials = [(at(0.1), 1.0), (at(1.0), 1.01), (at(0.01), NAN)]
    space, extended = recipe.next_space(SPACE, trials, 2)
    assert not extended
    assert space["rate"] == ("log", 0.1, 1.0)
    _, extended = recipe.next_space(SPACE, [(at(0.79), 1.0)], 1)  # 5.1 % of two decades
    assert not extended


def test_choose_takes_the_last_epoch() -> None:
    """Is the choice made at the end of the curves, among those that held?"""
    trials = [
        (at(0.1), [2.0, 0.1, 1.0]),  # the best epoch of all, but not at the end
        (at(0.2), [2.0, 1.5, 0.9]),
        (at(0.3), [2.0, NAN, 0.1]),
        (at(0.4), [2.0, 0.2, INF]),
        (at(0.5), []),
    ]
    assert recipe.choose(trials) == at(0.2)
    with pytest.raises(ValueError, match="diverged"):
        recipe.choose(trials[2:])
    with pytest.raises(ValueError, match="diverged"):
        recipe.choose([])


def story(**changes: list[float]) -> dict:
    """A healthy history of eight epochs, with changes."""
    healthy = {
        "train_loss": [2.0, 1.0, 0.5, 0.4, 0.3, 0.2, 0.2, 0.2],
        "val_loss": [2.0, 1.1, 0.6, 0.5, 0.4, 0.3, 0.3, 0.3],
        "train_acc": [0.5, 0.8, 0.9, 0.95, 0.96, 0.96, 0.96, 0.96],
        "val_acc": [0.5, 0.8, 0.9, 0.93, 0.93, 0.93, 0.93, 0.93],
        "num_classes": 10,
    }
    return healthy | changes


STORIES = {
    "healthy": story(),
    "diverged": story(val_loss=[2.0] * 7 + [NAN]),
    "lr_too_small": story(train_loss=[2.3] * 8),
    "bad_init": story(train_loss=[2.3, 2.3, 2.3, 1.0, 0.5, 0.3, 0.2, 0.2]),
    "overfitting": story(val_acc=[0.5] * 8),
    "keep_training": story(val_acc=[0.5, 0.6, 0.7, 0.8, 0.84, 0.86, 0.88, 0.93]),
    "underfitting": story(train_acc=[0.3] * 8, val_acc=[0.3] * 8),
    "plateau_decay_now": story(train_acc=[0.7] * 8, val_acc=[0.7] * 8),
}


@pytest.mark.parametrize("word", STORIES)
def test_read_curves(word: str) -> None:
    """Does each of eight stories get its own word?"""
    assert recipe.read_curves(STORIES[word]) == word


def test_read_curves_of_a_run_that_broke_off() -> None:
    """Does a history of one epoch without a number read as diverged?"""
    lost = {"train_loss": [NAN], "val_loss": [NAN], "train_acc": [0], "val_acc": [0]}
    assert recipe.read_curves({**lost, "num_classes": 10}) == "diverged"


def test_read_curves_agrees_with_diagnose() -> None:
    """Does it give the word of the tuning assignment's `diagnose`, on 2000 histories?

    Some are drawn near the thresholds, where a `>` for a `>=` shows.
    """
    path = Path(__file__).parents[2] / "solutions" / "tuning.py"
    source = path.read_text(encoding="utf-8")
    body = source[source.index("def diagnose(") :].split("\n# %%", 1)[0]
    names: dict = {"np": pytest.importorskip("numpy")}
    exec(compile(body, str(path), "exec"), names)
    rng = random.Random(0)
    words = set()
    for _ in range(2000):
        epochs = rng.choice([1, 2, 3, 5, 8, 10, 13])
        chance = math.log(10)
        levels = [0.1, 0.5, 0.89 * chance, 0.9 * chance, 0.91 * chance, 2 * chance, 5.0]
        start = rng.choice(levels)
        end = rng.choice(levels)
        losses = [start + (end - start) * t / epochs for t in range(1, epochs + 1)]
        if rng.random() < 0.1:
            losses[rng.randrange(epochs)] = rng.choice([NAN, INF])
        accuracy = rng.choice([0.3, 0.49, 0.5, 0.75, 0.9, 0.95])
        gap = rng.choice([0.0, 0.0, 0.1, 0.15, 0.16])
        rise = rng.choice([0.0, 0.0, 0.03, 0.04])
        history = {
            "train_loss": losses,
            "val_loss": [loss + gap for loss in losses],
            "train_acc": [accuracy] * epochs,
            "val_acc": [accuracy - gap - rise] * (epochs - 1) + [accuracy - gap],
            "num_classes": 10,
        }
        word = recipe.read_curves(history)
        words.add(word)
        assert word == names["diagnose"](history), history
    assert words == set(STORIES)


def test_the_recipe_needs_nothing_but_python() -> None:
    """Can the decisions be read, and run, without any library?"""
    source = Path(recipe.__file__).read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.startswith(("imp", "from"))]
    assert imports == ["from __future__ import annotations", "import math"]
    assert importlib.util.find_spec("project.recipe") is not None
