"""The seven steps: what they leave in the ledger, and that it is the same after a cut.

One tiny run is made whole; others are cut off where it hurts, resumed and compared.
"""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from project import checkpoint, data, final, recipe, searches, session, steps
from project.__main__ import STEPS, main
from project.config import override, preset
from project.evaluation import evaluate
from project.ledger import cleaned
from project.loop import Run
from project.model import build
from project.train import begun

from autograder.project import audit, contradictions
from autograder.project.ledger import read_run

from .tiny import command, finished, records, timeless

__all__ = ["finished"]


class PowerCutError(BaseException):
    """The end of everything, in the middle of a step."""


@pytest.fixture(autouse=True)
def _no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the figures, which take as long as all steps together."""
    monkeypatch.setattr("project.report.write", lambda folder: folder)


def decisions(folder: Path, step: str) -> list[dict[str, Any]]:
    """The decisions of a step."""
    found = [r for r in records(folder) if r["record"] == "decision"]
    return [r for r in found if r["step"] == step]


def test_every_step_leaves_its_trials_and_its_decision(finished: Path) -> None:
    """Is all there, in the order of the steps, with as many trials as were set?"""
    found = records(finished)
    order = list(dict.fromkeys(r["step"] for r in found if r["record"] == "decision"))
    assert order == [*STEPS, "test"]
    trials = Counter(r["step"] for r in found if r["record"] == "trial")
    rounds = len(decisions(finished, "coarse"))
    assert trials == {"overfit": 1, "coarse": 6 * rounds, "refine": 4, "final": 3}
    assert found[-1]["step"] == "test"
    assert not list((finished / "checkpoints").iterdir())


def test_an_honest_run_passes_the_audit(finished: Path) -> None:
    """Does the grader find every step's evidence, and no contradiction?"""
    run = read_run(finished)
    assert contradictions.find(run) == []
    for _step, verdict in audit.examine(run):
        failed = [part for part in verdict.parts if part.outcome.name != "PASSED"]
        assert not failed
        assert verdict.score == 1


def test_the_first_three_steps_say_what_was_measured(finished: Path) -> None:
    """Do the decisions follow from the numbers beside them?"""
    (first,) = decisions(finished, "initial_loss")
    assert first["expected"] == math.log(10)
    assert len(set(first["losses"])) == 5
    assert first["sane"] is recipe.initial_loss_is_sane(first["losses"], 10) is True
    (sample,) = decisions(finished, "overfit")
    trial = next(r for r in records(finished) if r.get("id") == sample["trial"])
    assert trial["data"]["train"] == sample["sample"] == 20
    assert trial["settings"]["train"]["weight_decay"] == 0
    accuracies = [epoch["train_accuracy"] for epoch in trial["epochs"]]
    assert sample["epochs_needed"] == recipe.epochs_to_overfit(accuracies)
    (rate,) = decisions(finished, "rate")
    assert [len(losses) for losses in rate["losses"]] == [40] * 4
    assert rate["start"] == recipe.starting_rate(rate["rates"], rate["losses"])
    # a fresh network at each rate, on the same batch: the first losses are the same
    assert len({losses[0] for losses in rate["losses"]}) == 1


def test_searches_stay_in_their_space_at_a_constant_rate(finished: Path) -> None:
    """Are all settings drawn from the space, and is no rate changed on the way?"""
    found = {r["id"]: r for r in records(finished) if r["record"] == "trial"}
    for step in ("coarse", "refine"):
        for decision in decisions(finished, step):
            ends = {}
            for name in decision["trials"]:
                trial = found[name]
                train = trial["settings"]["train"]
                assert trial["space"] == decision["space"]
                for key, (_, low, high) in decision["space"].items():
                    assert low <= train[key] <= high
                assert {e["rate"] for e in trial["epochs"]} == {train["rate"]}
                ends[name] = trial["epochs"][-1]["validation_loss"]
            assert decision["best"] == min(ends, key=ends.get)
    draws = [
        tuple(
            found[f"{step}-000{i}"]["settings"]["train"]["rate"] / low for i in (0, 1)
        )
        for step in ("coarse", "refine")
        for low in [decisions(finished, step)[0]["space"]["rate"][1]]
    ]
    assert draws[0] != draws[1]


def test_the_saved_model_is_worth_what_it_claims(finished: Path) -> None:
    """Does the file give the claimed accuracy, and is it the best seed's?"""
    about = json.loads((finished / "model.json").read_text())
    shape = ("name", "width", "channels", "size", "classes")
    model = build(**{key: about[key] for key in shape})
    tensors = safetensors.torch.load_file(finished / "model.safetensors")
    model.load_state_dict(tensors)
    test = data.load("digits", "test")
    _, accuracy = evaluate(model, test.images, test.labels, 100)
    assert accuracy == about["claimed_test_accuracy"]
    assert about["parameters"] == sum(p.numel() for p in model.parameters())
    (opened,) = decisions(finished, "test")
    losses = {
        r["seed"]: r["epochs"][-1]["validation_loss"]
        for r in records(finished)
        if r["record"] == "trial" and r["step"] == "final"
    }
    assert about["seed"] == min(losses, key=losses.get)
    assert accuracy in opened["accuracies"]
    assert opened["images"] == len(test.labels)
    assert opened["sd"] == pytest.approx(
        torch.tensor(opened["accuracies"], dtype=torch.float64).std().item()
    )


def test_the_test_set_is_opened_once(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does a second `final` refuse, with --resume too, and leave all as it is?"""
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    before = records(folder)
    assert main(command("final", folder, "--resume")) == 1
    assert "the test set has been opened" in capsys.readouterr().err
    assert records(folder) == before
    assert main(command("all", folder, "--resume")) == 0  # nothing is left to do
    assert records(folder) == before


def cut_after(count: int, function: Callable, where: Callable[..., bool]) -> Callable:
    """Wrap a function: after so many calls to which `where` applies, the power goes."""
    left = count

    def cut(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        if where(*arguments, **options):
            if left == 0:
                raise PowerCutError
            left -= 1
        return function(*arguments, **options)

    return cut


def test_whatever_is_cut_off_is_resumed_to_the_same_ledger(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the ledger the same if the power goes at each of seven awkward moments?

    And if the first steps are called one by one, which is all the same?
    """
    run = tmp_path / "run"
    original = data.load
    tests_opened = []

    def load(source: str, part: str, *rest: Any) -> data.Dataset:
        if part == "test":
            tests_opened.append(records(run)[-1]["step"])
        return original(source, part, *rest)

    monkeypatch.setattr(data, "load", load)

    def of(step: str) -> Callable[..., bool]:
        return lambda _session, name, **_: name == step

    def recorded(step: str) -> Callable[..., bool]:
        return lambda _session, trial: cleaned(trial)["step"] == step

    cuts = [
        # between the record of a trial and the end of its checkpoint
        (checkpoint, "remove", 3, lambda path: path.name.startswith("coarse")),
        # all trials of a round are there, its decision is not
        (session.Session, "decide", 0, of("coarse")),
        # a trial of a search is in the study, not in the ledger
        (session.Session, "record", 2, recorded("refine")),
        # the weights of a final fit are stored, the record is not
        (session.Session, "record", 2, recorded("final")),
        # the test part is about to be opened, has been opened, and all is measured
        (data, "load", 0, lambda _source, part: part == "test"),
        (final, "spread", 0, lambda values: len(decisions(run, "final")) == 1),
        (session.Session, "decide", 0, of("test")),
    ]
    for step in STEPS[:3]:
        assert main(command(step, run, "--resume")) == 0
    for place, name, count, where in cuts:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, cut_after(count, getattr(place, name), where))
            with pytest.raises(PowerCutError):
                main(command("all", run, "--resume"))
        assert not decisions(run, "test")
    assert main(command("all", run, "--resume")) == 0
    assert timeless(records(run)) == timeless(records(finished))
    assert set(tests_opened) == {"final"}  # after the last decision, and never before
    for name in ("model.json", "model.safetensors", "config.toml"):
        assert (run / name).read_bytes() == (finished / name).read_bytes()
    assert not list((run / "checkpoints").iterdir())


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        ("coarse", "rate"),
        ("refine", "coarse"),
        ("curves", "refine"),
        ("final", "refine"),
    ],
)
def test_a_step_says_what_it_needs(
    step: str, missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is the step that comes first named, and nothing written?"""
    assert main(command(step, tmp_path / "run")) == 1
    assert f"run `{missing}` first" in capsys.readouterr().err
    assert records(tmp_path / "run") == []


# What the recipe may say, without training anything


class Played(session.Session):
    """A session whose trials are made up: the loss is a function of the config."""

    def __init__(self, folder: Path, loss: Callable[[float, float], float]) -> None:
        folder.mkdir()
        # a grid has points on its edges: 3 × 3, the middle decay is 1e-4
        changes = ["recipe.sampler=grid", "recipe.coarse_trials=9"]
        super().__init__(folder, override(preset("digits"), changes))
        self.loss = loss

    def train(self, settings: Any, fold: Any, **about: Any) -> dict:  # type: ignore[override]
        """Return a record without any training."""
        chosen = settings.train
        loss = self.loss(chosen.rate, chosen.weight_decay)
        epochs = [{"epoch": 1, "validation_loss": loss}]
        config = {"rate": chosen.rate, "weight_decay": chosen.weight_decay}
        return {
            "record": "trial",
            "id": about["id"],
            "step": about["step"],
            "settings": {"train": config},
            "epochs": epochs,
            "outcome": "finished" if math.isfinite(loss) else "diverged",
        }


def valley(rate: float, decay: float) -> float:
    """The best rate is 5, the best decay 1e-4."""
    return math.log10(rate / 5) ** 2 + 0.1 * math.log10(decay / 1e-4) ** 2


def test_a_range_is_extended_until_the_best_is_inside(tmp_path: Path) -> None:
    """Are further rounds made further out, and do their trials count on?"""
    run = Played(tmp_path / "run", valley)
    run.decide("rate", start=0.01)  # far too small: 0.001 to 0.03
    searches.coarse(run)
    rounds = run.ledger.decisions("coarse")
    assert [one["next"]["extended"] for one in rounds] == [True, True, True]
    highs = [one["space"]["rate"][2] for one in rounds]
    assert highs == pytest.approx([0.03, 0.3, 3.0])
    assert len({name for one in rounds for name in one["trials"]}) == 3 * 9
    assert rounds[1]["trials"][0] == "coarse-0009"
    assert run.is_done("coarse")  # by max_extensions
    # The refinement looks around the best, although it is on an edge.
    searches.refine(run)
    (refined,) = run.ledger.decisions("refine")
    best = run.ledger.trial(rounds[-1]["best"])["settings"]["train"]
    for key, (_, low, high) in refined["space"].items():
        assert low <= best[key] <= high
    assert refined["space"]["rate"][2] == pytest.approx(3.0)  # and no further out


def test_an_interrupted_extension_goes_on(tmp_path: Path) -> None:
    """Is the next round searched where the last decision says, in a new session?"""
    run = Played(tmp_path / "run", valley)
    run.decide("rate", start=0.01)
    with pytest.MonkeyPatch.context() as patch:
        decide = session.Session.decide
        where = lambda *_, **__: True  # noqa: E731
        patch.setattr(session.Session, "decide", cut_after(1, decide, where))
        with pytest.raises(PowerCutError):
            searches.coarse(run)
    assert not run.is_done("coarse")
    with pytest.raises(session.StepError, match="not over"):
        searches.refine(run)
    searches.coarse(run)
    assert len(run.ledger.decisions("coarse")) == 3


def test_a_search_in_which_all_is_lost_says_so(tmp_path: Path) -> None:
    """Is there an error, and no decision, if every trial diverges?"""
    run = Played(tmp_path / "run", lambda rate, decay: math.nan)
    run.decide("rate", start=0.1)
    with pytest.raises(session.StepError, match=r"next_space: all 9 trials diverged"):
        searches.coarse(run)
    assert run.ledger.decisions("coarse") == []
    assert len(run.ledger.trials("coarse")) == 9


def test_diverged_and_pruned_trials_are_not_chosen(tmp_path: Path) -> None:
    """Does the final step choose among those that finished?"""
    run = Played(tmp_path / "run", valley)
    lost = {"epochs": [], "settings": {"train": {"rate": 9.0, "weight_decay": 0.1}}}
    sound = {"rate": 0.1, "weight_decay": 1e-4}
    for i, (outcome, losses) in enumerate(
        [("pruned", [0.1]), ("diverged", [0.1, None]), ("diverged", [])]
    ):
        epochs = [{"validation_loss": loss} for loss in losses]
        about = {"record": "trial", "id": f"refine-000{i}", "step": "refine"}
        run.ledger.append({**lost, **about, "outcome": outcome, "epochs": epochs})
    with pytest.raises(session.StepError, match="choose: all 2 trials diverged"):
        steps.decided(recipe.choose, final._refined(run))
    about = {"record": "trial", "id": "refine-0003", "step": "refine"}
    run.ledger.append(
        {
            **about,
            "outcome": "finished",
            "epochs": [{"validation_loss": 2.0}],
            "settings": {"train": sound},
        }
    )
    assert recipe.choose(final._refined(run)) == sound


def test_a_trial_without_epochs_reads_as_diverged() -> None:
    """Is what was lost before its first epoch read without an error?"""
    history = steps.history({"epochs": []}, 10)
    assert recipe.read_curves(history) == "diverged"


def test_batch_normalization_does_not_spoil_the_first_loss() -> None:
    """Is an untrained residual network's loss ln C, though it has no statistics yet?"""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (64, 3, 16, 16), generator=generator).to(torch.uint8)
    labels = torch.arange(64) % 10
    small = data.Fold(images, labels, images, labels, tuple("0123456789"), "noise", "")
    changes = ["model.width=16", "device=cpu"]
    settings = override(preset("cifar10"), changes)
    where = torch.device("cpu")
    losses = []
    for seed in range(5):
        trial = begun(settings, small, where, id="", step="initial_loss", seed=seed)
        losses.append(steps.untrained_loss(Run(settings, small, where, trial)))
    assert recipe.initial_loss_is_sane(losses, 10), losses


def test_an_insane_loss_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does `all` stop at a first loss that is not ln C, the finding being written?"""
    monkeypatch.setattr(steps, "untrained_loss", lambda run: 23.0)
    assert main(command("all", tmp_path / "run")) == 1
    assert "not sane" in capsys.readouterr().err
    (only,) = records(tmp_path / "run")
    assert only["sane"] is False


def test_a_sample_that_is_not_learned_stops_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does `overfit` say how far it came, the finding being written?"""
    hopeless = ["--set=recipe.sample_epochs=1", "--set=train.rate=1e-9"]
    assert main(command("overfit", tmp_path / "run", *hopeless)) == 1
    assert "not known by heart" in capsys.readouterr().err
    (decision,) = decisions(tmp_path / "run", "overfit")
    assert decision["epochs_needed"] is None
    assert decision["reached"] is False


def test_rates_at_which_the_loss_explodes_are_no_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does a search of hopeless rates say so?"""
    rates = ["--set=recipe.range_rates=1e-9,1e30", "--set=recipe.range_iterations=10"]
    assert main(command("rate", tmp_path / "run", *rates)) == 1
    assert "starting_rate: none of the rates" in capsys.readouterr().err
    assert records(tmp_path / "run") == []
