"""Do workers grade what one process grades, whatever happens to them?

The workers are processes of a real Dask cluster on this machine.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import recording, scheduling
from autograder.grading.scheduling import (
    AHEAD,
    Done,
    SchedulerError,
    Task,
    graded_by_workers,
    graded_here,
)
from autograder.pipeline import judging
from autograder.pipeline.gradebook import Row, grade_class
from tests.grading import WRONG, address_of, hand_in_all, rows_in, small_course
from tests.grading.stubs import KILLS, KILLS_ONCE, echo, grade_or_die, quick
from tests.judge import RIGHT
from tests.pipeline import TOPIC, assignment, hand_in
from tests.sandbox import needs_sandbox

pytestmark = needs_sandbox


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster that somebody else has started."""
    from distributed import LocalCluster

    quiet = {"dashboard_address": "127.0.0.1:0"}
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", memory_limit=0, **quiet
    ) as running:
        yield running.scheduler_address


def test_workers_come_to_the_same_gradebook(tmp_path: Path, cluster: str) -> None:
    """In the sandbox, for real: same rows, same gradebook as in one process?"""
    found = []
    for name, where in (("one", {}), ("many", {"scheduler": cluster})):
        course = small_course(tmp_path / name)
        hand_in_all(course, ["ada"])
        hand_in(course, "cyd", assignment(course, WRONG))
        hand_in(course, "dan", b"no notebook")
        rows = sorted(grade_class(course, [TOPIC], **where), key=str)
        found.append((rows, rows_in(address_of(course))))
        pages = sorted(path.read_text() for path in course.feedback.rglob("*.html"))
        found[-1] += (pages,)
    assert found[0] == found[1]
    assert len(found[0][0]) == 3


def test_a_worker_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is who kills workers told, who did so once graded, and nobody else harmed?"""
    course = small_course(tmp_path / "course")
    hand_in_all(course, [f"calm-{number}" for number in range(4)])
    always = f'{RIGHT}\n"{KILLS}"'
    hand_in(course, "killer", assignment(course, always))
    once = f'{RIGHT}\n"{KILLS_ONCE}{tmp_path / "died"}"'
    hand_in(course, "unlucky", assignment(course, once))
    monkeypatch.setattr(scheduling, "grade_submission", grade_or_die)
    monkeypatch.setattr(scheduling, "LOST", 1)  # each death takes seconds
    rows = {row.student: row for row in grade_class(course, [TOPIC], workers=2)}
    assert len(rows) == 6
    killer = rows.pop("killer")
    assert (killer.status, killer.reason) == ("failed", "worker lost")
    assert "2 times in a row" in killer.note
    assert "--workers 1" in killer.next_step
    assert {row.score for row in rows.values()} == {100}
    assert {row.status for row in rows.values()} == {"graded"}


def test_what_waits_does_not_grow_with_the_class(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 tiny tasks: how many are on their way at once, also inside Dask?"""
    monkeypatch.setattr(scheduling, "grade_submission", echo)
    asked, most, clients = [], [0], []
    original = scheduling._client

    def seen(*arguments: Any) -> Any:
        clients.append(original(*arguments))
        return clients[-1]

    monkeypatch.setattr(scheduling, "_client", seen)

    def tasks() -> Iterator[Task]:
        for number in range(200):
            asked.append(number)
            yield Task(b"r", str(number).encode(), number)

    done = []
    for each in graded_by_workers(tasks(), scheduler=cluster):
        assert each.outcome == b"r" + str(each.task.about).encode()
        done.append(each.task.about)
        most.append(len(asked) - len(done))
        assert len(clients[0].futures) <= AHEAD * 2 + 2
    assert sorted(done) == list(range(200))
    assert max(most) <= AHEAD * 2


@pytest.mark.parametrize("where", ["here", "workers"])
def test_submissions_are_read_one_at_a_time(
    where: str, cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is no submission in memory before its turn, nor after its batch?"""
    course = small_course(tmp_path / "course")
    hand_in_all(course, [f"student-{number:02}" for number in range(12)])
    monkeypatch.setattr(judging, "grade", quick)
    monkeypatch.setattr(scheduling, "grade_submission", grade_or_die)
    monkeypatch.setattr(recording, "BATCH", 2)
    original, read = recording.read_folder, []

    def counted(*arguments: Any) -> Any:
        read.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(recording, "read_folder", counted)
    ahead = 0 if where == "here" else AHEAD * 2
    options = {} if where == "here" else {"scheduler": cluster}
    for number, _ in enumerate(grade_class(course, [TOPIC], **options)):
        assert len(read) <= number + 1 + ahead + 2
    assert len(read) == 12


def test_rows_pass_by() -> None:
    """Is what needs no work handed on at once, in either way, without a cluster?"""
    row = Row(TOPIC, "ada", 1, 2, "graded", "graded", "all right")
    assert list(graded_here([row])) == [row]
    assert list(graded_by_workers([row], scheduler="tcp://nowhere:1")) == [row]


def test_an_error_is_told_and_goes_no_further(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does a worker's error come back with its task, as one of this process does?"""
    tasks = [Task(b"no parcel", b"", "mine")]
    for done in (
        list(graded_here(tasks)),
        list(graded_by_workers(tasks, scheduler=cluster)),
    ):
        (each,) = done
        assert isinstance(each, Done)
        assert each.task.about == "mine"
        assert "zip" in str(each.error)


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is it said how to start a cluster?"""
    monkeypatch.setattr(scheduling, "ANSWER_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(SchedulerError, match="dask scheduler"):
            list(graded_by_workers([Task(b"", b"")], scheduler=address))


SCHEDULER = """
import asyncio, sys
from distributed import Scheduler, Worker

async def serve():
    options = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    async with Scheduler(host="127.0.0.1", port=0, **options) as scheduler:
        async with Worker(scheduler.address, nthreads=1, dashboard=False):
            print(scheduler.address, flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(serve())
"""


def test_the_cluster_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after two results: is what came recorded, and the rest graded later?"""
    course = small_course(tmp_path / "course")
    hand_in_all(course, [f"student-{number}" for number in range(6)])
    monkeypatch.setattr(judging, "grade", quick)
    monkeypatch.setattr(scheduling, "grade_submission", grade_or_die)
    monkeypatch.setattr(recording, "SECONDS", 1e9)
    with subprocess.Popen(
        [sys.executable, "-c", SCHEDULER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        address = running.stdout.readline().strip()
        arrived = []
        original = recording.outcome_from

        def counted(parcel: bytes) -> Any:
            arrived.append(parcel)
            if len(arrived) == 2:
                running.kill()
                running.wait()
            return original(parcel)

        monkeypatch.setattr(recording, "outcome_from", counted)
        rows = []
        with pytest.raises(SchedulerError, match="run the same command again"):
            rows.extend(grade_class(course, [TOPIC], scheduler=address))
    graded = {student for student, *_ in rows_in(address_of(course))}
    assert len(graded) == len(arrived) < 6
    monkeypatch.setattr(recording, "outcome_from", original)
    rows = list(grade_class(course, [TOPIC]))
    assert {row.score for row in rows} == {100}
    assert len(rows) == 6
