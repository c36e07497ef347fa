"""Does a search draw, prune, retry and count as it should, with one worker?"""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
import sqlalchemy
from project.search import Plan, grid, run_search
from project.storage import StorageError, opened, quiet
from project.train import Pruned

SPACE = {"rate": ("log", 1e-3, 1.0), "weight_decay": ("linear", 0.0, 0.1)}


def bowl(config: dict[str, float]) -> float:
    """A loss with its minimum, 0, at rate 0.1 and weight decay 0.05."""
    return (math.log10(config["rate"]) + 1) ** 2 + (config["weight_decay"] - 0.05) ** 2


def record(name: str, losses: list[float], outcome: str = "finished") -> dict[str, Any]:
    """As much of a ledger's record as a search looks at."""
    epochs = [
        {"epoch": epoch, "validation_loss": loss}
        for epoch, loss in enumerate(losses, 1)
    ]
    return {"record": "trial", "id": name, "epochs": epochs, "outcome": outcome}


class Bench:
    """An objective that notes what it was called with, and may be stopped."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.configs: dict[str, dict[str, float]] = {}
        self.calls = 0
        self.stop_at = stop_at

    def __call__(self, config, name, watch):
        """Train at once: two epochs, the loss is the bowl's."""
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        self.calls += 1
        self.configs[name] = config
        losses: list[float] = []
        for epoch in (1, 2):
            losses.append(bowl(config) + 1 / epoch)
            try:
                watch(SimpleNamespace(epoch=epoch, validation_loss=losses[-1]))
            except Pruned:
                return record(name, losses, "pruned")
        return record(name, losses)


@pytest.fixture(scope="module", autouse=True)
def _hasty() -> Iterator[None]:
    """No waiting for the disk: a test survives no power cut."""

    def hurry(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", hurry)
    yield
    sqlalchemy.event.remove(sqlalchemy.Engine, "connect", hurry)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with Optuna's tables and nothing in them."""
    path = tmp_path_factory.mktemp("empty") / "study.db"
    with opened(f"sqlite:///{path}"):
        return path


@pytest.fixture
def urls(empty: Path, tmp_path: Path) -> Iterator[str]:
    """As many files for studies as one needs."""
    return (f"sqlite:///{shutil.copy(empty, tmp_path / f'{k}.db')}" for k in count())


@pytest.fixture
def url(urls: Iterator[str]) -> str:
    """A file for studies."""
    return next(urls)


def draws(sampler: str, trials: int, seed: int) -> list[dict[str, float]]:
    """What a search draws, without its storage."""
    plan = Plan(SPACE, trials, sampler, seed, pruning=False, step="coarse", first=0)
    drawn = []
    with quiet():
        study = optuna.create_study()
        for slot in range(trials):
            trial = study.ask()
            drawn.append(plan.draw(study, trial, slot))
            study.tell(trial, bowl(drawn[-1]))
    return drawn


def search(url: str, objective: Any, trials: int = 6, **changed: Any) -> list[dict]:
    """Run a search with everything usual that is not changed."""
    usual = {"sampler": "random", "seed": 0, "storage": url, "study": "coarse"}
    return run_search(SPACE, trials, objective=objective, **{**usual, **changed})


# Drawing


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_as_many_trials_as_asked(url: str, sampler: str) -> None:
    """Are there exactly so many, in the space, named and ordered by slot?"""
    bench = Bench()
    records = search(url, bench, sampler=sampler, first=4)
    assert [r["id"] for r in records] == [f"coarse-{k:04d}" for k in range(4, 10)]
    assert bench.calls == 6
    for config in bench.configs.values():
        assert 1e-3 <= config["rate"] <= 1
        assert 0 <= config["weight_decay"] <= 0.1
    assert len({config["rate"] for config in bench.configs.values()}) > 1
    assert records[0]["space"] == {
        "rate": ["log", 1e-3, 1.0],
        "weight_decay": ["linear", 0.0, 0.1],
    }


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_stopped_anywhere_it_draws_the_same(urls: Iterator[str], sampler: str) -> None:
    """Stopped in each of its trials and gone on with: the same configs, by id?"""
    whole, pieces, url = Bench(), {}, next(urls)
    search(next(urls), whole, 5, sampler=sampler)
    for _ in range(4):
        piece = Bench(stop_at=1)
        with pytest.raises(KeyboardInterrupt):
            search(url, piece, 5, sampler=sampler)
        assert not pieces.keys() & piece.configs.keys()
        pieces |= piece.configs
    last = Bench()
    assert len(search(url, last, 5, sampler=sampler)) == 5
    assert pieces | last.configs == whole.configs


def test_seeds_differ(urls: Iterator[str]) -> None:
    """Does another seed draw other settings, and a further round, too?"""
    drawn = []
    for changed in ({}, {"seed": 1}, {"first": 3}):
        bench = Bench()
        search(next(urls), bench, 3, **changed)
        drawn += [config["rate"] for config in bench.configs.values()]
    assert len(set(drawn)) == 9


def test_random_rates_are_log_uniform() -> None:
    """Are the logarithms of the rates spread evenly?

    Of 200 uniform logarithms, the number in a third of the range is binomial: outside
    45 … 89 with probability 1e-3. Of uniform rates 20 would lie in the lower two.
    """
    drawn = [config["rate"] for config in draws("random", 200, seed=0)]
    thirds = Counter(math.floor(math.log10(rate)) for rate in drawn)
    assert set(thirds) == {-3, -2, -1}
    assert all(45 <= size <= 89 for size in thirds.values())


def test_grid_is_even_on_its_scales() -> None:
    """Is a grid geometric on a log axis, even on a linear one, with its corners?"""
    points = grid(SPACE, 6, seed=0)
    rates = sorted({point["rate"] for point in points})
    assert rates == pytest.approx([1e-3, 10**-1.5, 1])
    assert sorted({point["weight_decay"] for point in points}) == [0, 0.1]
    assert len({tuple(point.values()) for point in points}) == 6


def test_a_grid_that_does_not_fit(url: str) -> None:
    """Seven trials are no rectangle: are they seven different points of one?"""
    bench = Bench()
    search(url, bench, 7, sampler="grid")
    assert len({tuple(config.values()) for config in bench.configs.values()}) == 7


@pytest.mark.parametrize("seed", range(3))
def test_tpe_learns_from_its_trials(seed: int) -> None:
    """Do TPE's later trials lie nearer to the optimum than random ones?

    The mean of 32 random losses is 1.0 with a standard deviation of 0.17: 0.6 is 2.4 of
    them below. Of 12 seeds, TPE's mean came out between 0.3 and 0.5.
    """
    late = draws("tpe", 48, seed)[16:]
    assert sum(map(bowl, late)) / len(late) < 0.6


def test_a_range_of_one_value(url: str) -> None:
    """Does a range that has shrunk to a point still make a space?"""
    space = {"rate": ("log", 0.1, 0.1)}
    bench = Bench()

    def objective(config, name, watch):
        return bench({**config, "weight_decay": 0.0}, name, watch)

    run_search(
        space, 2, sampler="grid", seed=0, storage=url, study="a", objective=objective
    )
    assert {config["rate"] for config in bench.configs.values()} == {0.1}


# Counting


def test_a_finished_search_trains_nothing(url: str) -> None:
    """Asked again for the same: the same records, without a trial?"""
    before, again = search(url, Bench()), Bench()
    assert search(url, again) == before
    assert again.calls == 0


def test_each_record_is_noted_once(url: str) -> None:
    """Is a record handed over as soon as it is there, and once?"""
    noted: list[str] = []
    bench = Bench(stop_at=3)
    with pytest.raises(KeyboardInterrupt):
        search(url, bench, note=lambda r: noted.append(r["id"]))
    assert noted == ["coarse-0000", "coarse-0001", "coarse-0002"]
    noted.clear()
    search(url, Bench(), note=lambda r: noted.append(r["id"]))
    assert noted == [f"coarse-000{k}" for k in range(6)]


def test_an_error_of_the_objective_loses_nothing(url: str) -> None:
    """A trial whose code raises: does the error arrive, and the trial come again?"""

    def broken(config, name, watch):
        raise ZeroDivisionError(name)

    with pytest.raises(ZeroDivisionError, match="coarse-0000"):
        search(url, broken)
    assert len(search(url, Bench())) == 6


def test_what_was_given_away_does_not_count(url: str, capsys) -> None:
    """A worker thought dead comes back with a result: is the trial counted once?"""
    bench = Bench()

    def slow(config, name, watch):
        if not bench.calls:
            with opened(url) as storage:
                optuna.load_study(study_name="coarse", storage=storage).tell(
                    0, state=optuna.trial.TrialState.FAIL
                )
        return bench(config, name, watch)

    records = search(url, slow)
    assert [r["id"] for r in records] == [f"coarse-000{k}" for k in range(6)]
    assert bench.calls == 7
    assert "coarse-0000: no sign of life" in capsys.readouterr().err


def test_a_trial_too_many_is_left_out(url: str) -> None:
    """Two workers began the last slot at once: is one of the two left out?"""
    bench = Bench()

    def crowded(config, name, watch):
        if name == "coarse-0005":
            with opened(url) as storage:
                other = optuna.load_study(study_name="coarse", storage=storage)
                other.add_trial(
                    optuna.create_trial(state=optuna.trial.TrialState.WAITING)
                )
        return bench(config, name, watch)

    assert len(search(url, crowded)) == 6
    assert bench.calls == 6


def test_a_trial_queued_twice_runs_once(url: str) -> None:
    """Two workers queued a dead one's trial at once: does it run once?"""
    with pytest.raises(KeyboardInterrupt):
        search(url, Bench(stop_at=2))
    with opened(url) as storage:
        study = optuna.load_study(study_name="coarse", storage=storage)
        for _ in range(2):
            study.add_trial(
                optuna.create_trial(
                    state=optuna.trial.TrialState.WAITING, user_attrs={"slot": 2}
                )
            )
    bench = Bench()
    assert len(search(url, bench)) == 6
    assert bench.calls == 4


def test_several_at_once(url: str) -> None:
    """Are trials handed out in groups, the last one smaller?"""
    bench, sizes = Bench(), []

    def together(configs, names):
        sizes.append(len(names))
        return [
            bench(config, name, lambda epoch: None)
            for config, name in zip(configs, names, strict=True)
        ]

    records = search(url, bench, 7, together=together, at_once=3)
    assert sizes == [3, 3, 1]
    assert [r["id"] for r in records] == [f"coarse-000{k}" for k in range(7)]


# Outcomes


@pytest.mark.parametrize("outcome", ["diverged", "out of memory"])
@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_trial_without_a_loss_counts(url: str, outcome: str, sampler: str) -> None:
    """Does a search get along with trials that diverge, all the first ones?"""
    bench = Bench()

    def fragile(config, name, watch):
        made = bench(config, name, watch)
        if config["rate"] > 0.05:
            return record(name, [math.nan][: bench.calls % 2], outcome)
        return made

    records = search(url, fragile, 12, sampler=sampler)
    assert {r["outcome"] for r in records} == {"finished", outcome}
    lost = next(r for r in records if r["outcome"] == outcome and r["epochs"])
    assert lost["epochs"][0]["validation_loss"] is None


def test_pruning_stops_the_worse_half(url: str) -> None:
    """Are trials above the median stopped early, and counted?"""
    records = search(url, Bench(), 16, pruning=True)
    pruned = [r for r in records if r["outcome"] == "pruned"]
    assert len(records) == 16
    assert 2 <= len(pruned) <= 11
    assert all(len(r["epochs"]) < 2 or r["outcome"] == "pruned" for r in pruned)


def test_without_pruning_nothing_is_pruned(url: str) -> None:
    """And when it is off?"""
    assert {r["outcome"] for r in search(url, Bench(), 16)} == {"finished"}


def test_a_pruned_search_goes_on(urls: Iterator[str]) -> None:
    """Stopped between two epochs: does the pruner decide as if nothing had happened?"""
    here = next(urls)
    whole = search(next(urls), Bench(), 12, pruning=True)
    bench = Bench()

    def stopped(config, name, watch):
        def once(epoch):
            watch(epoch)
            if name == "coarse-0004":
                raise KeyboardInterrupt

        return bench(config, name, once)

    with pytest.raises(KeyboardInterrupt):
        search(here, stopped, 12, pruning=True)
    assert search(here, Bench(), 12, pruning=True) == whole


# What is refused


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, "empty"),
        ({"rate": ("cubic", 1, 2)}, "rate: the scale 'cubic'"),
        ({"rate": ("log", 0, 2)}, "cannot begin at 0"),
        ({"rate": ("log", 3, 2)}, "from 3 to 2 is no range"),
        ({"rate": ("linear", 0, math.inf)}, "no range"),
        ({"rate": ("linear", math.nan, 1)}, "no range"),
    ],
)
def test_a_space_that_is_none(url: str, space: Any, said: str) -> None:
    """Is a space that makes no sense refused by name, before anything is made?"""
    with pytest.raises(ValueError, match=said):
        run_search(
            space,
            2,
            sampler="random",
            seed=0,
            storage=url,
            study="a",
            objective=Bench(),
        )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sampler": "best"}, "sampler 'best'"),
        ({"trials": 0}, "0 trials"),
        ({"at_once": 2}, "cannot be pruned"),
        ({"at_once": 2, "together": print, "pruning": True}, "cannot be pruned"),
    ],
)
def test_arguments_that_make_no_sense(url: str, changed: Any, said: str) -> None:
    """Are other arguments checked, too?"""
    with pytest.raises(ValueError, match=said):
        search(url, Bench(), **changed)


@pytest.mark.parametrize("changed", [{"seed": 1}, {"trials": 7}, {"pruning": True}])
def test_a_study_of_another_search(url: str, changed: dict[str, Any]) -> None:
    """Is a study that was begun with other settings left alone?"""
    search(url, Bench())
    with pytest.raises(StorageError, match=f"another {next(iter(changed))}: "):
        search(url, Bench(), **changed)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "not of the form"),
        ("", "not of the form"),
        ("mysql://u:topsecret@host/name", "no storage of the kind mysql"),
        ("postgresql://u:topsecret@host:port/name", "not of the form"),
        ("postgresql://u:topsecret@127.0.0.1:1", "names no database"),
        (
            "postgresql://u:topsecret@127.0.0.1:1/name",
            "name of PostgreSQL at 127.0.0.1:1",
        ),
        ("postgresql://u:top%7Bsecret@127.0.0.1:1/name", "127.0.0.1:1"),
        ("postgresql://u@127.0.0.1:1/name?password=topsecret", "127.0.0.1:1"),
        ("postgresql://u:top/secret@127.0.0.1:1/name", "127.0.0.1:1"),
        ("postgresql://u:top@secret@127.0.0.1:1/name", "127.0.0.1:1"),
        ("sqlite://", "names no database"),
        ("sqlite:///:memory:", "names no database"),
        ("sqlite:////nowhere/at/all/study.db", "No such file or directory"),
    ],
)
def test_a_storage_that_cannot_be(address: str, said: str) -> None:
    """Is the trouble said in one line, without the password?"""
    with pytest.raises(StorageError, match=said) as caught:
        search(address, Bench())
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """Is a file of something else refused, and left as it was?"""
    path = tmp_path / "study.db"
    path.write_text("my notes, a whole page of them" * 40)
    with pytest.raises(StorageError, match=r"study\.db: .*not a database"):
        search(f"sqlite:///{path}", Bench())
    assert path.read_text().startswith("my notes")
