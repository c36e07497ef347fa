"""Is a search that processes share finished whole when one of them is killed?

The processes are real, so is the PostgreSQL server, and so is SIGKILL. Nothing here
depends on how fast anything is: a worker stops in the middle of a trial by reading a
line that comes when the test sends it, or never.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import optuna
import project
import pytest
from project.search import run_search
from project.storage import StorageError, opened
from psycopg import connect

from tests.postgresql import address, new_database, server

__all__ = ["server"]  # a fixture

SOLUTIONS = Path(project.__file__).parents[1]

SEARCH = {
    "space": {"rate": ("log", 1e-3, 1.0)},
    "trials": 6,
    "sampler": "random",
    "seed": 0,
    "study": "shared",
    "heartbeat": 1,
}

# A worker whose trials take as long as the test wants: it prints the id and settings
# of each, and goes on when a line arrives.
WORKER = f"""
import json, sys
from project.search import run_search

def objective(config, name, watch):
    print(json.dumps([name, config]), flush=True)
    if not sys.stdin.readline():
        raise SystemExit("the test is over")
    epochs = [{{"epoch": 1, "validation_loss": config["rate"]}}]
    return {{"record": "trial", "id": name, "epochs": epochs, "outcome": "finished"}}

records = run_search(**{SEARCH}, storage=sys.argv[1], objective=objective)
print(json.dumps(records), flush=True)
"""


def at_once(config: dict[str, float], name: str, watch: object) -> dict[str, Any]:
    """Train in no time."""
    epochs = [{"epoch": 1, "validation_loss": config["rate"]}]
    return {"record": "trial", "id": name, "epochs": epochs, "outcome": "finished"}


class Worker:
    """A process that works on the shared study, a trial at a time."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOLUTIONS), "OMP_NUM_THREADS": "1"},
        )

    def says(self) -> Any:
        """Wait for its next line."""
        line = self.process.stdout.readline()
        assert line, "the worker ended too early"
        return json.loads(line)

    def goes_on(self, trials: int = 1) -> None:
        """Let it finish the trial that it told of last, and those that come next."""
        self.process.stdin.write("\n" * trials)
        self.process.stdin.flush()

    def killed(self) -> None:
        """End it without a warning."""
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait() == -signal.SIGKILL

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on the server, or a file that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'study.db'}"
    port = request.getfixturevalue("server")
    return new_database(port)


def test_a_killed_worker_loses_no_trial(url: str) -> None:
    """Two share a study, one is killed in the middle of a trial: what is left of it?"""
    with Worker(url) as victim, Worker(url) as survivor:
        told = [victim.says(), survivor.says()]
        assert told[0][0] != told[1][0]
        victim.goes_on()
        told.append(victim.says())
        victim.killed()  # its second trial is begun, and not finished
        survivor.goes_on(6)
        told += [survivor.says() for _ in range(4)]
        records = survivor.says()
        assert survivor.process.wait() == 0
    names = [f"coarse-000{k}" for k in range(6)]
    lost, config = told[2]
    assert [record["id"] for record in records] == names
    assert sorted(name for name, _ in told) == sorted([*names, lost])
    assert told.count([lost, config]) == 2  # once in vain, once more with the same
    _is_whole(url, records, attempts=7)


def test_a_study_goes_on_where_everybody_was_killed(url: str) -> None:
    """The only worker is killed, then another begins: is it as if nothing happened?"""
    with Worker(url) as first:
        told = [first.says()]
        first.goes_on()
        told.append(first.says())
        first.killed()

    def tell(config: dict[str, float], name: str, watch: object) -> dict[str, Any]:
        told.append([name, config])
        return at_once(config, name, watch)

    records = run_search(**SEARCH, storage=url, objective=tell)
    assert told.count(told[1]) == 2
    assert [record["id"] for record in records] == sorted(dict(told))
    _is_whole(url, records, attempts=7)


def test_workers_that_only_compete(url: str) -> None:
    """Three at once, from an empty database on: is each trial trained once?"""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(url)) for _ in range(3)]
        for worker in workers:
            worker.goes_on(6)
        lines = [line for w in workers for line in w.process.stdout.read().splitlines()]
        assert [worker.process.wait() for worker in workers] == [0] * 3
    said = [json.loads(line) for line in lines]
    trained = [line[0] for line in said if isinstance(line[0], str)]
    whole = [line for line in said if not isinstance(line[0], str)]
    assert sorted(trained) == [f"coarse-000{k}" for k in range(6)]
    assert len(whole) == 3
    assert all(records == whole[0] for records in whole)


def test_a_worker_that_died_before_its_first_sign_of_life(url: str) -> None:
    """A trial runs, by the study, of which nobody ever heard: is it made again?"""
    with opened(url) as storage:  # somebody else is there all the time
        study = optuna.create_study(storage=storage, study_name="shared")
        storage.create_new_trial(study._study_id)  # killed right after this
        records = run_search(**SEARCH, storage=url, objective=at_once)
    assert [record["id"] for record in records] == [f"coarse-000{k}" for k in range(6)]
    _is_whole(url, records, attempts=7)


def test_a_wrong_password(server: int) -> None:
    """Is it said that the password is wrong, and not which one it was?"""
    with pytest.raises(StorageError, match="password authentication failed") as caught:
        run_search(
            **SEARCH, storage=address(server, "postgres", "hunter2"), objective=at_once
        )
    assert "hunter2" not in str(caught.value)


def test_a_server_that_goes_away(server: int) -> None:
    """The connection is cut in the middle of a trial: is it made again?"""
    url = address(server, "postgres")

    def cut(config, name, watch):
        with connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        return at_once(config, name, watch)

    records = run_search(**SEARCH, storage=url, objective=cut)
    assert [record["id"] for record in records] == [f"coarse-000{k}" for k in range(6)]
    _is_whole(url, records, attempts=6)


def _is_whole(url: str, records: list[dict[str, Any]], attempts: int) -> None:
    """Does the study hold each record once, and how it came to them?"""
    with opened(url) as storage:
        trials = optuna.load_study(study_name="shared", storage=storage).trials
    done = [
        trial for trial in trials if trial.state == optuna.trial.TrialState.COMPLETE
    ]
    failed = [trial for trial in trials if trial.state == optuna.trial.TrialState.FAIL]
    by_id = sorted(
        (trial.user_attrs["record"] for trial in done), key=lambda r: r["id"]
    )
    assert by_id == records
    assert len(done) + len(failed) == len(trials) == attempts
    for record, trial in zip(records, sorted(done, key=_id), strict=True):
        assert record["epochs"][0]["validation_loss"] == trial.params["rate"]


def _id(trial: optuna.trial.FrozenTrial) -> str:
    return trial.user_attrs["record"]["id"]
