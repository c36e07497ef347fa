"""Does each step's evidence earn its points, and its absence lose them?"""

from __future__ import annotations

import copy
import json
import math
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.oracles import tuning_histories as histories
from autograder.project import audit, laws
from autograder.project.curves import readings
from autograder.project.decisions import Search
from autograder.project.ledger import Run
from autograder.project.rates import DECAYS, rate_at
from autograder.project.records import STEPS, Epoch, Range, Trial
from autograder.project.scoring import grade_run
from autograder.project.searching import EDGE, edges, uniform
from autograder.verdict import Outcome
from tests.audit import (
    Forge,
    Honest,
    Record,
    decision,
    next_space,
    run_of,
    trials,
    write_ledger,
)


def lost(run: Run) -> dict[str, list[str]]:
    """By step, the parts that failed."""
    found = {
        step.name: [p.name for p in verdict.parts if p.outcome is Outcome.FAILED]
        for step, verdict in audit.examine(run)
    }
    return {step: names for step, names in found.items() if names}


def test_an_honest_run_has_full_marks(tmp_path: Path) -> None:
    """Are the points of the process 80, of 100 in all, whatever the sampler?"""
    assert sum(step.possible for step in (*audit.STEPS, audit.RESULT)) == 100
    for sampler in ("random", "grid", "tpe"):
        folder = Honest(sampler=sampler).write(tmp_path / sampler)
        report = grade_run(folder)
        assert report.points == report.possible == 80
        assert report.passed
    assert tuple(step.name for step in audit.STEPS) == STEPS


def test_a_run_that_stopped_early_has_points_for_what_it_has(tmp_path: Path) -> None:
    """Does each missing step cost its own points, and say which command to run?"""
    honest = Honest()
    folder = honest.write(tmp_path / "run")
    before = 0.0
    ends = [n for n, r in enumerate(honest.records, 1) if r["record"] == "decision"]
    for end in ends[:-1]:
        write_ledger(folder, honest.records[:end])
        report = grade_run(folder)
        assert report.points > before
        before = report.points
        for step in report.steps[:-1]:
            if not step.points:
                said = step.verdict.parts[0].message
                assert f"python -m project {step.name}" in said


Case = tuple[Forge, str, str]


def _sane(records: list[Record]) -> None:
    decision(records, "initial_loss")["sane"] = False


def _bad_start(records: list[Record]) -> None:
    one = decision(records, "initial_loss")
    one["losses"] = [3.1] * 5


def _nan_start(records: list[Record]) -> None:
    decision(records, "initial_loss")["losses"][2] = None


def _one_start(records: list[Record]) -> None:
    one = decision(records, "initial_loss")
    one["losses"] = one["losses"][:1]


def _tiny_sample(records: list[Record]) -> None:
    trials(records, "overfit")[0]["data"]["train"] = 10


def _augmented(records: list[Record]) -> None:
    trials(records, "overfit")[0]["settings"]["train"]["flip"] = True


def _decayed(records: list[Record]) -> None:
    trials(records, "overfit")[0]["settings"]["train"]["weight_decay"] = 0.1


def _forgotten(records: list[Record]) -> None:
    trials(records, "overfit")[0]["epochs"][-1]["train_accuracy"] = 0.99


def _few_rates(records: list[Record]) -> None:
    one = decision(records, "rate")
    one["rates"], one["losses"] = one["rates"][2:], one["losses"][2:]


def _few_iterations(records: list[Record]) -> None:
    one = decision(records, "rate")
    one["losses"] = [[losses[0], losses[-1]] for losses in one["losses"]]


def _timid(records: list[Record]) -> None:
    decision(records, "rate")["start"] = 0.01


def _bold(records: list[Record]) -> None:
    decision(records, "rate")["start"] = 1.0


def _narrow_space(records: list[Record]) -> None:
    for one in [r for r in records if r["step"] == "coarse" and "best" in r]:
        one["space"]["weight_decay"] = ["log", 1e-4, 2e-4]


def _long_coarse(records: list[Record]) -> None:
    for trial in trials(records, "coarse"):
        trial["settings"]["train"]["epochs"] = 8


def _linear_scale(records: list[Record]) -> None:
    for trial in trials(records, "coarse"):
        trial["space"]["rate"][0] = "linear"


def _no_space(records: list[Record]) -> None:
    for trial in trials(records, "coarse"):
        trial["space"] = None


def _no_decay_at_all(records: list[Record]) -> None:
    trials(records, "coarse")[0]["settings"]["train"]["weight_decay"] = 0


def _wider_refinement(records: list[Record]) -> None:
    one = decision(records, "refine")
    one["space"]["rate"] = ["log", 1e-3, 10.0]


def _short_refinement(records: list[Record]) -> None:
    for trial in trials(records, "refine"):
        trial["settings"]["train"]["epochs"] = 1


def _decaying_refinement(records: list[Record]) -> None:
    for trial in trials(records, "refine"):
        trial["settings"]["train"]["schedule"] = "cosine"


def _decaying_by_hand(records: list[Record]) -> None:
    for trial in trials(records, "refine"):
        for epoch in trial["epochs"][5:]:
            epoch["rate"] /= 2


def _misread(records: list[Record]) -> None:
    found = decision(records, "curves")["readings"]
    found["refine-0001"] = "bad_init"


def _unread(records: list[Record]) -> None:
    del decision(records, "curves")["readings"]["refine-0001"]


def _two_seeds(records: list[Record]) -> None:
    for trial in trials(records, "final"):
        trial["seed"] = 7


def _second_choice(records: list[Record]) -> None:
    one = decision(records, "final")
    other = max(
        trials(records, "refine"), key=lambda t: t["epochs"][-1]["validation_loss"]
    )
    for key in one["chosen"]:
        one["chosen"][key] = other["settings"]["train"][key]


def _no_schedule(records: list[Record]) -> None:
    for trial in trials(records, "final"):
        for epoch in trial["epochs"]:
            epoch["rate"] = trial["rate_used"]


def _never_tested(records: list[Record]) -> None:
    records.pop()


def _tested_first(records: list[Record]) -> None:
    records.insert(0, records.pop())


def _tested_often(records: list[Record]) -> None:
    records.append(copy.deepcopy(records[-1]))


CASES: list[Case] = [
    (_sane, "initial_loss", "judged as the losses say"),
    (_bad_start, "initial_loss", "within 10 %"),
    (_nan_start, "initial_loss", "every loss finite"),
    (_one_start, "initial_loss", "several networks"),
    (_tiny_sample, "overfit", "a small sample"),
    (_augmented, "overfit", "no augmentation"),
    (_decayed, "overfit", "no decay"),
    (_forgotten, "overfit", "up to the end"),
    (_few_rates, "rate", "4 rates or more"),
    (_few_iterations, "rate", "20 or more"),
    (_timid, "rate", "largest rate"),
    (_bold, "rate", "largest rate"),
    (_narrow_space, "coarse", "over a decade"),
    (_long_coarse, "coarse", "of 1 to 5 epochs"),
    (_linear_scale, "coarse", "in the logarithm"),
    (_no_space, "coarse", "in the logarithm"),
    (_no_decay_at_all, "coarse", "in the logarithm"),
    (_wider_refinement, "refine", "around the coarse winner"),
    (_short_refinement, "refine", "of 10 epochs or more"),
    (_decaying_refinement, "refine", "the rate is constant"),
    (_decaying_by_hand, "refine", "the rate is constant"),
    (_misread, "curves", "and not bad_init"),
    (_unread, "curves", "every trial"),
    (_two_seeds, "final", "seeds or more"),
    (_second_choice, "final", "best validation loss"),
    (_no_schedule, "final", "falls by a schedule"),
    (_never_tested, "final", "opened once, and last"),
    (_tested_first, "final", "opened once, and last"),
    (_tested_often, "final", "opened once, and last"),
]


@pytest.mark.parametrize(("spoil", "step", "name"), CASES)
def test_missing_evidence_costs_its_part(
    spoil: Forge, step: str, name: str, tmp_path: Path
) -> None:
    """Does the part fail that asks for it, and only its step lose points?"""
    failed = lost(run_of(tmp_path / "run", spoil))
    assert any(name in part for part in failed[step])
    # A trial that is unread or a coarse length that changes is one step's affair.
    assert set(failed) <= {step, "refine" if step == "coarse" else step}


def _round(records: list[Record], place: int = -1) -> tuple[Record, list[Record], int]:
    coarse = [r for r in records if r["step"] == "coarse"]
    one = [r for r in coarse if r["record"] == "decision"][place]
    mine = [r for r in coarse if r.get("id") in one["trials"]]
    return one, mine, records.index(one)


def test_an_optimum_on_the_edge_must_be_followed(tmp_path: Path) -> None:
    """Are a range that is not extended, extended elsewhere or for nothing, told?"""
    wanted = "the best lies off the edge of the range, or the range was extended"
    # A good rate above all that is searched at first: the range is extended.
    seed = next(
        seed
        for seed in range(50)
        if _round(Honest(seed, good=3.0).records, 0)[0]["next"]["extended"]
    )
    options: dict[str, Any] = {"good": 3.0, "seed": seed}
    assert lost(run_of(tmp_path / "honest", **options)) == {}

    def stayed(records: list[Record]) -> None:
        one, _, place = _round(records, 0)
        one["next"] = {"space": one["space"], "extended": False}
        del records[place + 1 :]

    def left(records: list[Record]) -> None:
        _, _, place = _round(records, 0)
        del records[place + 1 :]

    def elsewhere(records: list[Record]) -> None:
        one, _, _ = _round(records, 0)
        _, low, high = one["space"]["rate"]
        one["next"]["space"] = {**one["space"], "rate": ["log", low / 10, high]}

    for forge in (stayed, left, elsewhere):
        failed = lost(run_of(tmp_path / forge.__name__, forge, **options))
        assert wanted in failed["coarse"]

    def for_nothing(records: list[Record]) -> None:
        one, _, _ = _round(records)
        one["next"]["extended"] = True

    def astray(records: list[Record]) -> None:
        one, _, _ = _round(records)
        one["next"]["space"]["rate"] = ["log", 5.0, 50.0]

    for forge in (for_nothing, astray):
        failed = lost(run_of(tmp_path / forge.__name__, forge))
        assert wanted in failed["coarse"]


def _none_finished(records: list[Record]) -> None:
    for trial in trials(records, "coarse"):
        trial["outcome"] = "pruned"


def _best_from_nowhere(records: list[Record]) -> None:
    decision(records, "coarse")["best"] = "coarse-0999"


def _searched_in_vain(records: list[Record]) -> None:
    again = copy.deepcopy(decision(records, "coarse"))
    records.insert(records.index(decision(records, "coarse")) + 1, again)


def _half_a_space(records: list[Record]) -> None:
    for one in [r for r in records if r["step"] == "coarse" and "best" in r]:
        del one["space"]["weight_decay"]
        one["next"] = {"space": dict(one["space"]), "extended": True}


def _another_setting(records: list[Record]) -> None:
    one = decision(records, "coarse")
    best = next(r for r in records if r.get("id") == one["best"])
    rate = best["settings"]["train"]["rate"]
    one["space"] = {"rate": ["log", rate / 100, rate]}
    one["next"] = {"space": {"weight_decay": ["log", 1e-6, 1e-2]}, "extended": True}


def _lower_end(records: list[Record]) -> None:
    one = decision(records, "coarse")
    best = next(r for r in records if r.get("id") == one["best"])
    rate = best["settings"]["train"]["rate"]
    one["space"]["rate"] = ["log", rate, rate * 100]
    one["next"] = {"space": one["space"], "extended": True}


@pytest.mark.parametrize(
    "spoil",
    [
        _none_finished,
        _best_from_nowhere,
        _searched_in_vain,
        _half_a_space,
        _another_setting,
        _lower_end,
    ],
)
def test_searches_that_make_no_sense_lose_points(spoil: Forge, tmp_path: Path) -> None:
    """Is a search of which something is missing told, and never a crash?"""
    folder = Honest().write(tmp_path / "run")
    run = run_of(folder, spoil)
    assert "coarse" in lost(run)
    grade_run(folder)


def test_a_best_trial_just_on_the_line_may_be_either() -> None:
    """Is rounding at 5 % of the range nobody's fault?"""
    space = {"rate": Range("log", 1e-2, 1.0)}
    best: Any = _Drawn(_Settings({"rate": 10 ** (-2 + 2 * EDGE)}), space)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for extended in (True, False):
        wider = {"rate": Range("log", 1e-3, 1.0)} if extended else space
        one = Search(1, "coarse", at, space, ("a",), "a", wider, extended)
        run: Any = SimpleNamespace(
            by_id={"a": best}, settings=SimpleNamespace(max_extensions=0)
        )
        assert edges(run, [one]).outcome is Outcome.PASSED


def test_a_range_of_one_point_is_an_edge() -> None:
    """Does a search that kept a single trial extend, as the guide's rule has it?"""
    point = {"rate": ["log", 0.1, 0.1], "weight_decay": ["log", 1e-4, 1e-4]}
    trial = {
        "epochs": [{"validation_loss": 1.0}],
        "settings": {"train": {"rate": 0.1, "weight_decay": 1e-4}},
    }
    assert next_space(point, [trial], 3)[1]
    space = {"rate": Range("log", 0.1, 0.1)}
    drawn: Any = _Drawn(_Settings({"rate": 0.1}), space)
    part = uniform([drawn], "random")
    assert part.outcome is Outcome.PASSED
    assert "single points" in part.message


def _drawn(law: str, n: int, rng: np.random.Generator) -> list[Trial]:
    """Trials whose settings follow a law on the course's ranges."""
    space = {"rate": Range("log", 0.003, 3.0), "weight_decay": Range("log", 1e-6, 1e-2)}
    made = []
    for _ in range(n):
        values = {}
        for name, range_ in space.items():
            place = {"log": rng.random(), "half": rng.random() / 2}.get(law, 0.0)
            values[name] = range_.low * (range_.high / range_.low) ** place
            if law == "linear":
                values[name] = rng.uniform(range_.low, range_.high)
        settings = _Settings(values)
        made.append(_Drawn(settings, space))
    return made  # type: ignore[return-value]


class _Settings:
    def __init__(self, values: dict[str, float]) -> None:
        self.values = values

    def value(self, name: str) -> float:
        """The value of a setting."""
        return self.values[name]


class _Drawn:
    def __init__(self, settings: _Settings, space: dict[str, Range]) -> None:
        self.settings, self.space = settings, space


def test_the_law_of_the_draws_has_its_errors() -> None:
    """Are right draws never refused, and linear ones from some 20 trials on?"""
    rng = np.random.default_rng(0)
    for n in (1, 6, 12, 40, 200):
        for _ in range(60):
            part = uniform(_drawn("log", n, rng), "random")
            assert part.outcome is Outcome.PASSED
    refused = [
        uniform(_drawn("linear", n, rng), "random").outcome is Outcome.FAILED
        for n in [12] * 100 + [20] * 100
    ]
    # Twelve trials tell it more often than not, twenty nearly always.
    assert np.mean(refused[:100]) > 0.5
    assert np.mean(refused[100:]) > 0.95
    # What is not linear is left to the distance: 24 draws say little, 200 enough.
    assert uniform(_drawn("half", 12, rng), "random").outcome is Outcome.PASSED
    assert "too few" in uniform(_drawn("half", 12, rng), "random").message
    assert uniform(_drawn("half", 100, rng), "random").outcome is Outcome.FAILED
    # A mean of 1 for the ratio of densities is what Markov's inequality needs.
    ratios = [
        math.exp(laws.evidence_of_linear([(float(x), Range("log", 0.5, 2.0))]))
        for x in 0.5 * 4 ** rng.random(40_000)
    ]
    assert np.mean(ratios) == pytest.approx(1, abs=0.02)


def test_a_grid_must_be_even(tmp_path: Path) -> None:
    """Is a grid with a place moved told from a grid?"""

    def uneven(records: list[Record]) -> None:
        coarse = trials(records, "coarse")
        rate = coarse[1]["settings"]["train"]["rate"]
        for trial in coarse:
            train = trial["settings"]["train"]
            if train["rate"] == rate:
                train["rate"] *= 1.5

    failed = lost(run_of(tmp_path / "run", uneven, sampler="grid"))
    assert "drawn uniformly in the logarithm" in failed["coarse"]


def test_points_of_a_contradicted_step_are_held_back(tmp_path: Path) -> None:
    """Does a contradiction hold back its step's points, and no other's?"""
    honest = Honest()
    trials(honest.records, "refine")[0]["images"] += 1
    report = grade_run(honest.write(tmp_path / "run"))
    assert not report.passed
    held = {step.name: step.points for step in report.steps if step.held}
    assert held == {"refine": 0}
    assert report.points == 65
    assert json.loads(json.dumps(report.as_json()))["contradictions"][0]["line"]


# Oracles ------------------------------------------------------------------------------


def _trial_of(history: dict[str, Any]) -> Trial:
    """A trial with the curves of a history."""
    keys = ("train_loss", "train_acc", "val_loss", "val_acc")
    epochs = tuple(
        Epoch(place, 1, 0.1, *values, 1.0, 1.0, 1.0)
        for place, values in enumerate(
            zip(*(history[key] for key in keys), strict=True), 1
        )
    )
    made = object.__new__(Trial)
    object.__setattr__(made, "epochs", epochs)
    return made


@pytest.mark.parametrize(
    ("draw", "word"),
    [
        (histories.healthy, "healthy"),
        (histories.plateau, "plateau_decay_now"),
        (histories.underfitting, "underfitting"),
        (histories.bad_init, "bad_init"),
        (histories.keep_training, "keep_training"),
        (histories.lr_too_small, "lr_too_small"),
        (histories.overfitting, "overfitting"),
        *((histories.diverged(k), "diverged") for k in ("nan", "inf", "exploded")),
    ],
)
def test_curves_are_read_as_the_tuning_assignment_reads_them(
    draw: histories.Draw, word: str
) -> None:
    """Does the oracle name each unmistakable kind, and nothing else?"""
    rng = np.random.default_rng(0)
    for _ in range(20):
        history = draw(rng)
        assert readings(_trial_of(history), history["num_classes"]) == {word}


def test_a_curve_on_a_line_may_be_read_either_way() -> None:
    """Is rounding nobody's fault?"""
    flat = {"train_loss": [0.5] * 4, "val_loss": [0.5] * 4, "val_acc": [0.8] * 4}
    both = readings(_trial_of({**flat, "train_acc": [0.95] * 4}), 10)
    assert both == {"overfitting", "plateau_decay_now"}
    nothing: dict[str, Any] = {key: [] for key in (*flat, "train_acc")}
    assert readings(_trial_of(nothing), 10) == {"diverged"}


def test_the_schedules_are_those_of_the_guide() -> None:
    """Are ends, middles and joints of all decays what their names say?"""
    ends = {name: rate_at(999, 1000, 1.0, 0.0, name) for name in DECAYS}
    wanted = {"fixed": 1, "step": 0.01, "exponential": 0.001, "inverse": 0.01}
    wanted |= {"multistep": 0.01, "polynomial": 0, "sigmoid": 0.002, "cosine": 0}
    wanted |= {"linear": 0, "inverse_sqrt": 0.1}
    assert ends == pytest.approx(wanted, rel=0.02, abs=2e-3)
    assert rate_at(0, 10, 1.0, 0.0, "triangular") is None
    for name in DECAYS:
        assert rate_at(4, 50, 0.3, 0.1, name) == pytest.approx(0.3)
        assert rate_at(0, 50, 0.3, 0.1, name) == pytest.approx(0.06)


def test_the_interval_is_students() -> None:
    """Are the quantiles those of SciPy, for every number of seeds?"""
    stats = pytest.importorskip("scipy.stats")
    for freedom in (*range(1, 40), 100, 1000):
        due = stats.t.ppf(0.975, freedom)
        assert laws.quantile(freedom) == pytest.approx(due, abs=6e-4)
    assert math.isnan(laws.interval([0.5]))
    assert math.isnan(laws.deviation([]))
