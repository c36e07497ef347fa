"""Who grades: this process, processes of this machine, or a Dask cluster.

All of them take tasks from an iterator no faster than they work, so that a class of
any size is never in memory at once.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.grading.task import grade_submission
from autograder.pipeline.course import CourseError

if TYPE_CHECKING:
    from distributed import Client

AHEAD = 2  # tasks handed out for each one that runs, so that no worker waits
LOOK_SECONDS = 5.0  # how often the workers are counted
ANSWER_SECONDS = 10  # in which a cluster must answer
LOST = 2  # how often a task is tried again whose worker died


class SchedulerError(CourseError):
    """The cluster cannot be reached, or no longer."""


class WorkerLostError(RuntimeError):
    """Each worker that took this submission died."""


@dataclass(frozen=True)
class Task:
    """One submission to grade; ``about`` is the caller's and stays here."""

    release: bytes
    submission: bytes
    about: Any = None


@dataclass(frozen=True)
class Done:
    """A task with its outcome as bytes, or with what kept it from being graded."""

    task: Task
    outcome: bytes = b""
    error: Exception | None = None


def graded_here(items: Iterable[Task | Any]) -> Iterator[Done | Any]:
    """Grade one task after the other in this process; what is no task passes by."""
    for item in items:
        if not isinstance(item, Task):
            yield item
            continue
        try:
            done = Done(item, grade_submission(item.release, item.submission))
        except Exception as error:
            done = Done(item, error=error)
        yield done


def graded_by_workers(
    items: Iterable[Task | Any], workers: int = 0, scheduler: str = ""
) -> Iterator[Done | Any]:
    """Grade tasks on ``workers`` processes, or on the cluster at ``scheduler``.

    What is no task passes by. Workers are started when the first task comes. Raises
    :class:`SchedulerError`.
    """
    with ExitStack() as stack:
        cluster: Cluster | None = None
        for item in items:
            if not isinstance(item, Task):
                yield item
                continue
            if cluster is None:
                client = _client(stack, workers, scheduler)
                cluster = Cluster(client)
            cluster.submit(item)
            while cluster.is_busy():
                yield cluster.next()
        while cluster is not None and cluster.tasks:
            yield cluster.next()


class Cluster:
    """Tasks on their way through a Dask cluster; raises :class:`SchedulerError`."""

    def __init__(self, client: Client) -> None:
        from distributed import as_completed

        self.client = client
        self.tasks: dict[Any, Task] = {}
        self.running = as_completed([], loop=client.loop)
        self.threads = 1
        self.looked = -LOOK_SECONDS

    def submit(self, task: Task) -> None:
        """Hand out one more."""
        with _told_if_gone():
            future = self.client.submit(
                grade_submission, task.release, task.submission, pure=False
            )
        self.tasks[future.key] = task
        self.running.add(future)

    def is_busy(self) -> bool:
        """Whether every worker has enough to do; workers may come and go."""
        if time.monotonic() - self.looked > LOOK_SECONDS:
            with _told_if_gone():
                self.threads = max(1, sum(self.client.nthreads().values()))
            self.looked = time.monotonic()
        return len(self.tasks) >= AHEAD * self.threads

    def next(self) -> Done:
        """Wait for the next that is done."""
        from distributed import KilledWorker

        with _told_if_gone():
            future = next(self.running)
            task = self.tasks.pop(future.key)
            error = future.exception()
        if error is None:
            with _told_if_gone():
                return Done(task, future.result())
        if isinstance(error, KilledWorker):
            said = f"the process that graded it died, {1 + LOST} times in a row"
            error = WorkerLostError(said)
        return Done(task, error=error)


@contextmanager
def _told_if_gone() -> Iterator[None]:
    """Say what to do where the cluster does not answer any more."""
    try:
        yield
    except (OSError, CancelledError) as error:
        raise SchedulerError(
            f"the cluster no longer answers ({type(error).__name__}): run the same "
            "command again; what is graded stays graded"
        ) from None


def _client(stack: ExitStack, workers: int, scheduler: str) -> Client:
    """A client of the cluster at ``scheduler``, or of one of this machine's own."""
    import dask
    from distributed import Client, LocalCluster

    settings = {
        "distributed.comm.timeouts.connect": f"{ANSWER_SECONDS}s",
        # Nobody looks at the pages that the scheduler and the workers could serve.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.scheduler.allowed-failures": LOST,
        # A worker has one task and no queue: who dies takes no other's task along.
        "distributed.scheduler.worker-saturation": 1.0,
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.admin.large-graph-warning-threshold": "100MiB",
    }
    stack.enter_context(dask.config.set(settings))
    if scheduler:
        try:
            client = Client(scheduler, timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise SchedulerError(
                f"no Dask scheduler answers at {scheduler} ({error}): start one with "
                "`dask scheduler`, workers with `dask worker ADDRESS --nthreads 1`"
            ) from None
        return stack.enter_context(client)
    # Otherwise Dask leaves one of its own among the temporary files.
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tuned-"))
    stack.enter_context(dask.config.set({"temporary-directory": folder}))
    cluster = stack.enter_context(
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,  # the sandbox has limits of its own
            silence_logs=logging.CRITICAL,  # what matters is said in a row
        )
    )
    return stack.enter_context(Client(cluster, set_as_default=False))
