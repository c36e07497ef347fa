"""Do the checks of the final project pass what is right, and refuse the rest?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.mistakes import Mistake, mistakes_of, variants_of
from autograder.oracles.project import (
    DECAYS,
    rates_of_a_run,
    smoothed_cross_entropy,
    whole_norm,
)
from autograder.verdict import Outcome
from benchmarks.solutions import namespace
from tests.checks.project_solutions import STRANGERS, TOPIC, Function, right

EVERYONE = [
    (name, function)
    for name in TOPIC
    for function in [*STRANGERS[name], *(each.function for each in variants_of(name))]
]


def test_every_decision_and_every_part_of_the_engine_is_asked_about() -> None:
    """Are these the functions that a student of the project writes?"""
    assert set(TOPIC) == {
        "gradient_norm",
        "network_update_ratio",
        "learning_rate",
        "is_decayed",
        "smoothed_loss",
        "initial_loss_is_sane",
        "epochs_to_overfit",
        "starting_rate",
        "coarse_space",
        "next_space",
        "read_curves",
        "choose",
    }


# Right solutions ----------------------------------------------------------------------


@pytest.mark.parametrize("name", TOPIC)
def test_the_solution_earns_everything(name: str) -> None:
    """Is the package's own function worth every point, whatever the seed?"""
    functions = namespace("project")
    for seed in range(5):
        assert examine(name, functions, seed=seed).score == 1


@pytest.mark.parametrize(
    ("name", "function"), EVERYONE, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_right_solution_by_someone_else_passes(name: str, function: Function) -> None:
    """Does a right solution pass, however it is written?"""
    for seed in range(2):
        verdict = examine(name, {name: function}, seed=seed)
        assert verdict.passed, str(verdict)
        assert verdict.score >= 0.9


@pytest.mark.parametrize("name", [name for name in TOPIC if name != "read_curves"])
def test_no_seed_refuses_what_is_right(name: str) -> None:
    """Does the first variant have all points with many seeds?"""
    for seed in range(1000, 1025):
        verdict = examine(name, {name: right(name)}, seed=seed)
        assert verdict.score == 1, str(verdict)


# The oracles --------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.75])
@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_the_smoothed_loss_is_that_of_torch(smoothing: float, shift: float) -> None:
    """Does the definition agree with PyTorch's label_smoothing, at any level?"""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-2, 2, (6, 5)) + shift, rng.integers(0, 5, 6)
    loss = torch.nn.functional.cross_entropy(
        torch.tensor(x), torch.tensor(y), label_smoothing=smoothing
    )
    right = smoothed_cross_entropy(x, y, smoothing)
    assert right == pytest.approx(loss.item(), rel=1e-9)


def test_the_whole_norm_is_that_of_torch() -> None:
    """Does the definition agree with the norm by which PyTorch clips?"""
    rng = np.random.default_rng(1)
    arrays = [rng.standard_normal(shape) for shape in ((3, 4), (5,), (2, 1, 3))]
    total = torch.nn.utils.get_total_norm([torch.tensor(a) for a in arrays])
    assert whole_norm(arrays) == pytest.approx(total.item(), rel=1e-12)


@pytest.mark.parametrize("decay", sorted(DECAYS))
def test_a_run_is_that_of_torchs_schedulers(decay: str) -> None:
    """Does the schedule agree with LinearLR followed by a LambdaLR?"""
    warm, steps = 4, 15
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    schedulers = torch.optim.lr_scheduler
    rise = schedulers.LinearLR(optimizer, 1 / warm, total_iters=warm - 1)
    left = steps - warm
    fall = schedulers.LambdaLR(optimizer, lambda i: DECAYS[decay](i / left))
    both = schedulers.SequentialLR(optimizer, [rise, fall], [warm])
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        both.step()
    assert rates_of_a_run(steps, 0.3, warm, decay) == pytest.approx(found, rel=1e-9)


def test_the_decays_are_the_projects_own() -> None:
    """Has the package a decay of each name, with the same factors?"""
    own = namespace("project")["learning_rate"].__globals__["DECAYS"]
    for name, decay in DECAYS.items():
        for share in np.linspace(0, 0.99, 12):
            assert own[name](share) == pytest.approx(decay(share), abs=1e-12)


# Functions that do nothing, and functions that break ----------------------------------

LAZY: list[tuple[str, Function]] = [
    ("gradient_norm", lambda _: 1.0),
    ("gradient_norm", len),
    ("network_update_ratio", lambda *_: 1e-3),
    ("network_update_ratio", lambda *_: 0.0),
    ("learning_rate", lambda *_: 0.1),
    ("learning_rate", lambda step, steps, peak, warmup, decay: peak),
    ("is_decayed", lambda *_: True),
    ("is_decayed", lambda *_: False),
    ("smoothed_loss", lambda *_: 0.0),
    ("smoothed_loss", lambda logits, labels, smoothing: math.log(logits.shape[1])),
    ("initial_loss_is_sane", lambda *_: True),
    ("initial_loss_is_sane", lambda *_: False),
    ("epochs_to_overfit", lambda _: None),
    ("epochs_to_overfit", lambda _: 1),
    ("epochs_to_overfit", len),
    ("starting_rate", lambda rates, _: rates[0]),
    ("starting_rate", lambda rates, _: max(rates)),
    ("starting_rate", lambda rates, _: sorted(rates)[len(rates) // 2]),
    ("coarse_space", lambda _: {}),
    ("next_space", lambda space, *_: (space, False)),
    ("next_space", lambda space, *_: (space, True)),
    ("next_space", lambda *_: ({}, False)),
    ("read_curves", lambda _: "healthy"),
    ("choose", lambda trials: trials[0][0]),
    ("choose", lambda trials: trials[-1][0]),
]


@pytest.mark.parametrize(("name", "function"), LAZY)
def test_doing_nothing_earns_little(name: str, function: Function) -> None:
    """Does a function that ignores the question stay near 0 points?"""
    for seed in range(3):
        verdict = examine(name, {name: function}, seed=seed)
        assert not verdict.passed
        assert verdict.score <= 0.17, str(verdict)


@pytest.mark.parametrize("name", TOPIC)
def test_what_is_not_written_yet_is_said_so(name: str) -> None:
    """Does a stub get no points, no name, and a plain word?"""

    def stub(*_: Any) -> Any:
        raise NotImplementedError

    verdict = examine(name, {name: stub}, seed=0)
    assert verdict.score == 0
    assert verdict.misconception is None
    assert "not written yet" in verdict.message


@pytest.mark.parametrize(
    ("name", "function", "said"),
    [
        ("next_space", lambda space, *_: space, "returned dict; expected a tuple"),
        ("next_space", lambda space, *_: (list(space), True), "a dictionary of ranges"),
        ("next_space", lambda s, *_: (dict.fromkeys(s, 3), True), "is not ('log', low"),
        ("next_space", lambda s, *_: ({**s, "more": 1}, True), "'more'"),
        ("coarse_space", lambda r: {"rate": (r, 3 * r)}, "expected ['rate', 'weight_d"),
        ("choose", lambda _: {"rate": 3.0}, "expected {'rate'"),
        ("epochs_to_overfit", lambda _: 2.5, "a whole number, or None"),
        ("initial_loss_is_sane", lambda *_: "yes", "expected True or False"),
        ("is_decayed", lambda *_: None, "expected True or False"),
        ("read_curves", lambda _: "good", "which is none of healthy"),
        ("gradient_norm", lambda gradients: gradients[0], "the norm has shape (3, 4)"),
    ],
)
def test_a_refusal_says_what_came_back(
    name: str, function: Function, said: str
) -> None:
    """Does the message name what was returned, or what was expected?"""
    verdict = examine(name, {name: function}, seed=0)
    assert not verdict.passed
    assert any(said in part.message for part in verdict.parts), str(verdict)


def test_a_wrong_starting_rate_shows_its_curves() -> None:
    """Does the verdict draw the losses at the right rate and at the one returned?"""
    verdict = examine("starting_rate", {"starting_rate": lambda r, _: r[0]}, seed=0)
    picture = verdict.parts[0].picture
    assert picture is not None
    assert picture.svg().count("<polyline") == 2


# Reading curves is diagnose -----------------------------------------------------------


@pytest.mark.parametrize("each", mistakes_of("starting_rate"), ids=lambda m: m.name)
def test_no_seed_gives_a_wrong_starting_rate_points(each: Mistake) -> None:
    """Is the answer to a question never a wrong function's by coincidence?"""
    functions = {"starting_rate": each.function}
    scores = {examine("starting_rate", functions, seed=s).score for s in range(8)}
    assert len(scores) == 1


def test_reading_curves_is_asked_what_diagnose_is_asked() -> None:
    """Are the questions the same, and all that is known of wrong answers?"""
    function = right("diagnose")
    one = examine("diagnose", {"diagnose": function}, seed=3)
    other = examine("read_curves", {"read_curves": function}, seed=3)
    assert one.parts == other.parts
    assert other.score == 1
    names = {each.name for each in mistakes_of("diagnose")}
    assert {each.name for each in mistakes_of("read_curves")} == names
    wrong = examine("read_curves", {"read_curves": lambda _: "x"}, seed=3)
    assert wrong.parts[0].outcome is Outcome.FAILED
    assert wrong.parts[0].message.startswith("read_curves(history of")
