"""Is every forgery of an honest ledger noticed, and named; and no honest one?"""

from __future__ import annotations

import copy
import math
from pathlib import Path

import numpy as np
import pytest

from autograder.project import contradictions
from autograder.project.contradictions import SHOWN, find
from autograder.project.metrics import is_share, lowest_loss
from autograder.project.scoring import grade_run
from tests.audit import (
    Forge,
    Honest,
    Record,
    decision,
    moved,
    named,
    run_of,
    trials,
)


def ends_before_it_begins(records: list[Record]) -> None:
    """A trial's times exchanged."""
    trial = trials(records, "coarse")[3]
    trial["started"], trial["ended"] = trial["ended"], trial["started"]


def decided_yesterday(records: list[Record]) -> None:
    """A decision before its trials."""
    one = decision(records, "refine")
    one["time"] = moved(one["time"], -3600)


def ended_before_the_line_above(records: list[Record]) -> None:
    """A trial put behind a decision that came after it."""
    trial = trials(records, "overfit")[0]
    records.remove(trial)
    records.insert(records.index(decision(records, "coarse")) + 1, trial)


def one_decision_too_early(records: list[Record]) -> None:
    """A decision before the one above it."""
    one = decision(records, "curves")
    one["time"] = moved(decision(records, "rate")["time"], -60)


def begun_before_its_reason(records: list[Record]) -> None:
    """A refinement that began before the coarse search was decided."""
    trial = trials(records, "refine")[0]
    trial["started"] = moved(trial["started"], -600)


def fits_at_once(records: list[Record]) -> None:
    """Three final fits in the time of one."""
    first, *others = trials(records, "final")
    for trial in others:
        trial["started"] = first["started"]


def more_work_than_time(records: list[Record]) -> None:
    """Seconds that did not pass."""
    trials(records, "coarse")[0]["seconds"] += 50


def epochs_longer_than_the_trial(records: list[Record]) -> None:
    """Epochs whose seconds do not fit into the trial's."""
    for epoch in trials(records, "final")[1]["epochs"]:
        epoch["seconds"] *= 3


def faster_epochs(records: list[Record]) -> None:
    """Epochs made short afterwards, to look faster than they were."""
    trial = trials(records, "final")[0]
    trial["started"] = moved(trial["started"], -4)  # within what clocks may differ
    trial["seconds"] += 4000
    trial["ended"] = moved(trial["ended"], 4000)


def a_million_images_a_second(records: list[Record]) -> None:
    """A speed that no machine has."""
    for trial in trials(records, "final"):
        trial["seconds"] = 1e-4
        for epoch in trial["epochs"]:
            epoch["seconds"] = 1e-6


def images_never_seen(records: list[Record]) -> None:
    """More images than the epochs have."""
    trials(records, "refine")[2]["images"] *= 2


def steps_of_another_batch(records: list[Record]) -> None:
    """Steps that do not fit the batch."""
    for epoch in trials(records, "final")[0]["epochs"]:
        epoch["steps"] += 5


def another_batch(records: list[Record]) -> None:
    """A batch that was neither set nor halved."""
    trials(records, "coarse")[1]["batch_size_used"] = 50


def another_rate_used(records: list[Record]) -> None:
    """A rate that was not set."""
    trials(records, "coarse")[1]["rate_used"] *= 2


def rate_of_no_schedule(records: list[Record]) -> None:
    """The rate stays where a cosine would have brought it down."""
    trial = trials(records, "final")[2]
    for epoch in trial["epochs"]:
        epoch["rate"] = trial["rate_used"]


def warmer_refinement(records: list[Record]) -> None:
    """A rate that decays though the schedule is fixed."""
    trials(records, "refine")[0]["epochs"][-1]["rate"] /= 2


def loss_too_good(records: list[Record]) -> None:
    """A training loss below (1 - accuracy) ln 2."""
    epoch = trials(records, "coarse")[0]["epochs"][0]
    epoch["train_loss"] = 0.5 * (1 - epoch["train_accuracy"]) * math.log(2)


def validation_loss_too_good(records: list[Record]) -> None:
    """The same, in validation."""
    epoch = trials(records, "final")[0]["epochs"][2]
    epoch["validation_loss"] = 0.01


def loss_too_bad(records: list[Record]) -> None:
    """All right, and yet a loss above ln C."""
    epoch = trials(records, "final")[0]["epochs"][-2]
    epoch["validation_accuracy"], epoch["validation_loss"] = 1.0, 2.4


def rounder_accuracy(records: list[Record]) -> None:
    """An accuracy that no number of images has."""
    trials(records, "final")[0]["epochs"][-2]["validation_accuracy"] = 0.97


def rounder_training_accuracy(records: list[Record]) -> None:
    """The same, in training."""
    epoch = trials(records, "final")[0]["epochs"][-2]
    epoch["train_accuracy"] = 0.9771


def trial_copied(records: list[Record]) -> None:
    """One trial's figures under other settings."""
    coarse = trials(records, "coarse")
    coarse[4]["epochs"] = copy.deepcopy(coarse[0]["epochs"])
    for epoch in coarse[4]["epochs"]:
        epoch["rate"] = coarse[4]["rate_used"]


def seeds_copied(records: list[Record]) -> None:
    """One fit's figures under another seed."""
    final = trials(records, "final")
    final[1]["epochs"] = copy.deepcopy(final[0]["epochs"])


def epoch_copied(records: list[Record]) -> None:
    """An epoch's figures twice, to have run longer."""
    epochs = trials(records, "refine")[1]["epochs"]
    for key in set(epochs[3]) - {"epoch", "rate", "seconds"}:
        epochs[4][key] = epochs[3][key]


def value_from_nowhere(records: list[Record]) -> None:
    """A choice that no trial was."""
    decision(records, "final")["chosen"]["rate"] *= 1.37


def start_from_nowhere(records: list[Record]) -> None:
    """A starting rate that was not tried."""
    decision(records, "rate")["start"] = 0.2


def trial_from_nowhere(records: list[Record]) -> None:
    """A trial that the ledger does not have."""
    decision(records, "coarse")["trials"].append("coarse-0999")


def second_best(records: list[Record]) -> None:
    """A best trial that is not the best."""
    one = decision(records, "coarse")
    one["best"] = next(name for name in one["trials"] if name != one["best"])


def better_mean(records: list[Record]) -> None:
    """A test mean that the accuracies do not have."""
    decision(records, "test")["mean"] += 0.01


def smaller_spread(records: list[Record]) -> None:
    """A standard deviation that the accuracies do not have."""
    decision(records, "test")["sd"] /= 2


def better_validation_mean(records: list[Record]) -> None:
    """A validation mean that the fits do not have."""
    decision(records, "final")["validation"]["mean"] += 0.01


def rounder_test(records: list[Record]) -> None:
    """A test accuracy that no number of images has."""
    one = decision(records, "test")
    one["accuracies"][0] = 0.9876543
    one["mean"], one["sd"] = (
        np.mean(one["accuracies"]),
        np.std(one["accuracies"], ddof=1),
    )


def best_of_many_fits(records: list[Record]) -> None:
    """More test accuracies than fits."""
    one = decision(records, "test")
    one["accuracies"] *= 2
    one["sd"] = float(np.std(one["accuracies"], ddof=1))


def opened_twice(records: list[Record]) -> None:
    """The test set opened again."""
    again = copy.deepcopy(decision(records, "test"))
    again["time"] = moved(again["time"], 60)
    records.append(again)


def trained_after_the_test(records: list[Record]) -> None:
    """A final fit after the test set was opened."""
    trial = trials(records, "final")[-1]
    records.remove(trial)
    for key in ("started", "ended"):
        trial[key] = moved(trial[key], 100)
    records.append(trial)


def other_images(records: list[Record]) -> None:
    """A fingerprint that changes in the middle."""
    trials(records, "refine")[0]["data"]["fingerprint"] = "0" * 64


def all_other_images(records: list[Record]) -> None:
    """The fingerprint of other data, throughout: of the test images, say."""
    for record in records:
        if record["record"] == "trial":
            record["data"]["fingerprint"] = "0" * 64


def more_training_images(records: list[Record]) -> None:
    """A fit that trains on the validation images too."""
    trials(records, "final")[0]["data"]["train"] += 100


def other_source(records: list[Record]) -> None:
    """A trial that was set to other data than the run."""
    trials(records, "final")[0]["settings"]["data"] = "cifar10"


def larger_sample(records: list[Record]) -> None:
    """A sample that the trial did not have."""
    decision(records, "overfit")["sample"] = 500


def never_reached(records: list[Record]) -> None:
    """The sample was not known by heart, and the decision says it was."""
    for epoch in trials(records, "overfit")[0]["epochs"]:
        epoch["train_accuracy"] = min(epoch["train_accuracy"], 0.98)


def another_network(records: list[Record]) -> None:
    """A number of parameters that the network does not have."""
    trials(records, "final")[0]["parameters"] //= 2


def another_width(records: list[Record]) -> None:
    """A final network that is not the one of the search."""
    settings = trials(records, "final")[0]["settings"]
    settings["model"] = {"name": "small", "width": 64}


def bad_trial_deleted(records: list[Record]) -> None:
    """A trial removed from file and decision."""
    one = decision(records, "coarse")
    name = next(name for name in one["trials"][1:-1] if name != one["best"])
    records[:] = [record for record in records if record.get("id") != name]
    one["trials"].remove(name)


def trial_twice(records: list[Record]) -> None:
    """Two trials under one name."""
    first, second, *_ = trials(records, "coarse")
    second["id"] = first["id"]


def wrong_name(records: list[Record]) -> None:
    """A trial under the name of another step."""
    trials(records, "final")[0]["id"] = "coarse-0500"


def epoch_cut_out(records: list[Record]) -> None:
    """A bad epoch removed."""
    del trials(records, "refine")[0]["epochs"][4]


def shorter_run(records: list[Record]) -> None:
    """The epochs after the best one removed."""
    trial = trials(records, "refine")[0]
    del trial["epochs"][7:]
    trial["images"] = 7 * trial["data"]["train"]


def divergence_hidden(records: list[Record]) -> None:
    """A run that diverged, called finished."""
    trial = trials(records, "coarse")[2]
    trial["epochs"][-1]["validation_loss"] = None


def drawn_elsewhere(records: list[Record]) -> None:
    """A trial from outside the space that was searched."""
    trial = trials(records, "coarse")[-1]
    trial["settings"]["train"]["rate"] = trial["rate_used"] = 50.0


def space_redrawn(records: list[Record]) -> None:
    """A space moved in the decision, not in the trials."""
    decision(records, "coarse")["space"]["rate"] = ["log", 1e-4, 10.0]


def fitted_otherwise(records: list[Record]) -> None:
    """A final fit with other settings than were chosen."""
    trial = trials(records, "final")[1]
    trial["settings"]["train"]["weight_decay"] *= 3


def library_exchanged(records: list[Record]) -> None:
    """Another library in the middle."""
    trials(records, "refine")[3]["versions"]["torch"] = "1.0.0"


def chance_of_another_task(records: list[Record]) -> None:
    """An expected loss that is not ln C."""
    decision(records, "initial_loss")["expected"] = 1.5


FORGERIES: dict[Forge, str] = {
    ends_before_it_begins: "time runs backwards",
    decided_yesterday: "time runs backwards",
    ended_before_the_line_above: "time runs backwards",
    one_decision_too_early: "time runs backwards",
    begun_before_its_reason: "begun too early",
    fits_at_once: "runs overlap",
    more_work_than_time: "seconds do not add up",
    epochs_longer_than_the_trial: "seconds do not add up",
    faster_epochs: "seconds do not add up",
    a_million_images_a_second: "impossible speed",
    images_never_seen: "images do not fit",
    steps_of_another_batch: "steps do not fit",
    another_batch: "batch does not fit",
    another_rate_used: "rate does not fit",
    rate_of_no_schedule: "rate is not the schedule's",
    warmer_refinement: "rate is not the schedule's",
    loss_too_good: "loss and accuracy exclude each other",
    validation_loss_too_good: "loss and accuracy exclude each other",
    loss_too_bad: "loss and accuracy exclude each other",
    rounder_accuracy: "no share of the images",
    rounder_training_accuracy: "no share of the images",
    trial_copied: "a trial copied",
    seeds_copied: "seeds that change nothing",
    epoch_copied: "an epoch copied",
    value_from_nowhere: "a value that no trial has",
    start_from_nowhere: "a value that no trial has",
    trial_from_nowhere: "a trial that is not there",
    second_best: "the best is not the best",
    better_mean: "mean is not the mean",
    better_validation_mean: "mean is not the mean",
    smaller_spread: "sd is not the sd",
    rounder_test: "no share of the images",
    best_of_many_fits: "accuracies do not count",
    opened_twice: "test set opened twice",
    trained_after_the_test: "training after the test",
    other_images: "other data",
    more_training_images: "other data",
    other_source: "other data",
    larger_sample: "other data",
    never_reached: "not what the trial says",
    another_network: "other parameters",
    another_width: "other model",
    bad_trial_deleted: "a trial is missing",
    trial_twice: "a trial twice",
    wrong_name: "a wrong number",
    epoch_cut_out: "epochs do not count",
    shorter_run: "epochs do not count",
    divergence_hidden: "not its outcome",
    drawn_elsewhere: "outside of the space",
    space_redrawn: "another space",
    fitted_otherwise: "not what was chosen",
    library_exchanged: "versions change",
    chance_of_another_task: "not ln C",
}


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forgery_is_noticed_and_named(forge: Forge, tmp_path: Path) -> None:
    """Does the name say what was forged, in a run that was honest before?"""
    assert named(run_of(tmp_path / "run")) == set()
    assert FORGERIES[forge] in named(run_of(tmp_path / "run", forge))


def test_data_that_are_not_the_digits_are_named(tmp_path: Path) -> None:
    """Is a fingerprint that is the same everywhere, and wrong, noticed?"""
    folder = Honest().write(tmp_path / "run")
    assert grade_run(folder).passed
    run_of(folder, all_other_images)
    assert [one.name for one in grade_run(folder).contradictions] == ["other data"]
    run_of(folder, total=1500)
    assert [one.name for one in grade_run(folder).contradictions] == ["other data"]


OPTIONS = [
    {
        "sampler": ("random", "grid", "tpe")[seed % 3],
        "schedule": ("cosine", "linear")[seed % 2],
        "smoothing": (0.0, 0.1)[seed // 2 % 2],
        "batch": (32, 64, 256, 4096)[seed % 4],
        "seeds": (1, 3, 5)[seed // 3 % 3],
        "classes": (2, 10, 100)[seed // 5 % 3],
        "diverging": (math.inf, 0.15)[seed // 7 % 2],
        "good": (0.12, 0.012, 1.0)[seed // 9 % 3],
    }
    for seed in range(60)
]


@pytest.mark.parametrize("block", range(3))
def test_an_honest_run_is_never_accused(block: int, tmp_path: Path) -> None:
    """Is nothing named in runs of every kind: samplers, batches, classes, seeds?"""
    for seed in range(20 * block, 20 * block + 20):
        run = run_of(tmp_path / str(seed), seed=seed, **OPTIONS[seed])
        assert find(run) == [], OPTIONS[seed]


def test_what_clocks_and_workers_do_is_no_forgery(tmp_path: Path) -> None:
    """Are clocks that differ by seconds, and trials side by side, honest?"""

    def workers(records: list[Record]) -> None:
        coarse = trials(records, "coarse")
        for one, other in zip(coarse[::2], coarse[1::2], strict=False):
            other["started"] = one["started"]
            other["device"] = "cuda: another machine"
            other["versions"]["torch"] = "2.14.0"
        place = records.index(coarse[0])
        records[place], records[place + 1] = records[place + 1], records[place]
        for trial in coarse[1::2]:
            trial["ended"] = moved(trial["ended"], 2)

    assert named(run_of(tmp_path / "run", workers)) == set()


def test_memory_that_was_short_is_no_forgery(tmp_path: Path) -> None:
    """Is a halved batch with its rate scaled honest, for each optimizer?"""
    for optimizer, share in (("sgd", 0.5), ("adamw", math.sqrt(0.5))):

        def halved(
            records: list[Record], kind: str = optimizer, factor: float = share
        ) -> None:
            for trial in trials(records, "final"):
                trial["settings"]["train"]["optimizer"] = kind
                trial["batch_size_used"] = 32
                trial["rate_used"] *= factor
                for epoch in trial["epochs"]:
                    epoch["steps"] = math.ceil(trial["data"]["train"] / 32)
                n = len(trial["epochs"]) * trial["epochs"][0]["steps"]
                for epoch in trial["epochs"]:
                    at = epoch["epoch"] * epoch["steps"] - 1
                    epoch["rate"] = _cosine(at, n, trial["rate_used"])

        assert named(run_of(tmp_path / optimizer, halved)) == set()


def _cosine(step: int, steps: int, peak: float) -> float:
    warm = round(0.1 * steps)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2


def test_trials_that_ended_early_are_no_forgery(tmp_path: Path) -> None:
    """Are pruned and lost trials, and a run that is not finished, honest?"""

    def early(records: list[Record]) -> None:
        best = {decision(records, step)["best"] for step in ("coarse", "refine")}
        pruned, lost = [t for t in trials(records, "refine") if t["id"] not in best][:2]
        pruned["outcome"], lost["outcome"] = "pruned", "out of memory"
        del pruned["epochs"][4:]
        pruned["images"] = 4 * pruned["data"]["train"]
        # Lost before there was a network.
        lost["epochs"], lost["images"], lost["parameters"] = [], 0, 0

    assert named(run_of(tmp_path / "early", early)) == set()

    for end in range(2, 40, 3):

        def half(records: list[Record], end: int = end) -> None:
            del records[end:]

        assert named(run_of(tmp_path / f"half-{end}", half)) == set()


def test_a_decay_too_small_to_matter_may_change_nothing(tmp_path: Path) -> None:
    """Are equal figures honest where single precision cannot tell the settings?"""

    def twins(records: list[Record]) -> None:
        first, second, *_ = trials(records, "coarse")
        best = decision(records, "coarse")["best"]
        if best in (first["id"], second["id"]):
            decision(records, "coarse")["best"] = first["id"]
        for key in ("rate", "weight_decay"):
            for trial in (first, second):
                trial["settings"]["train"][key] = {"rate": 0.1}.get(key, 2e-6)
                trial["rate_used"] = 0.1
        second["settings"]["train"]["weight_decay"] = 2e-4
        for trial in (first, second):
            for epoch in trial["epochs"]:
                epoch["rate"] = 0.1
        second["epochs"] = copy.deepcopy(first["epochs"])

    assert "a trial copied" not in named(run_of(tmp_path / "run", twins))


def test_a_name_is_not_repeated_without_end(tmp_path: Path) -> None:
    """Are a thousand forgeries of a kind told by a few?"""

    def everywhere(records: list[Record]) -> None:
        for record in records:
            if record["record"] == "trial":
                record["images"] += 1

    found = find(run_of(tmp_path / "run", everywhere))
    assert len([one for one in found if one.name == "images do not fit"]) == SHOWN
    assert str(found[0]).startswith("images do not fit (line ")


def test_the_bound_between_loss_and_accuracy_is_sharp() -> None:
    """Is a network at the bound not refused, for any number of classes?"""
    for smoothing in (0.0, 0.1, 0.5):
        for classes in (2, 3, 10):
            # Wrong with p = 1/2 for its own class; right with all the mass.
            tie = np.full(classes, 1e-300)
            tie[:2] = 0.5
            sure = np.full(classes, 1e-300)
            sure[0] = 1.0
            target = np.full(classes, smoothing / classes)
            target[0] += 1 - smoothing
            costs = [-(target * np.log(p)).sum() for p in (tie, sure)]
            loss = 0.3 * costs[0] + 0.7 * costs[1]
            assert loss >= lowest_loss(0.7, smoothing) - 1e-12
    assert lowest_loss(0.7) == pytest.approx(0.3 * math.log(2))


def test_every_share_of_single_precision_is_one() -> None:
    """Is k / n never refused, as float32 or float64, and most others are?"""
    rng = np.random.default_rng(0)
    for n in (7, 288, 1150, 5000, 50_000):
        for k in rng.integers(0, n + 1, 200):
            assert is_share(float(np.float32(k) / np.float32(n)), n)
            assert is_share(k / n, n)
    made_up = rng.random(2000)
    assert np.mean([is_share(float(a), 288) for a in made_up]) < 0.01


def test_every_look_is_used() -> None:
    """Does each name in the tests come from the looks, and each look have a name?"""
    modules = (contradictions.times, contradictions.counts)
    modules += (contradictions.metrics, contradictions.quotes)
    assert sum(len(module.LOOKS) for module in modules) == 26
    assert len(FORGERIES) >= 12
