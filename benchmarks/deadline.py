"""A deadline night, simulated: how long a submission waits, by number of workers.

    python -m benchmarks.deadline [--students N] [--workers N ...] [--seconds S ...]

*Arrivals.* The pressure to hand in is inversely proportional to the time that is left
(Alfi, Parisi & Pietronero, "Conference registration: how people react to a deadline",
Nature Physics 3, 746, 2007): of those who have ``days`` for an assignment, the share
that comes ``x`` before the deadline has density 1/(x + c). The constant c, in minutes,
stands for the last moment that people dare to aim at; the smaller, the steeper.

*Service.* The seconds that a worker takes are drawn from those measured here, on the
official solutions of some topics, one after the other; ``--seconds`` gives others.

*Queue.* First come, first served, by workers that are there all the time. The last
column is the other way to do it: nothing is graded before the deadline, then all is.
"""

from __future__ import annotations

import argparse
import heapq
import platform
import time
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from tabulate import tabulate

from autograder.grading.released import read_release
from autograder.grading.submission import Submission
from autograder.grading.task import grade_submission
from autograder.grading.writer import Writer
from benchmarks.scratch import scratch_course

DAY, HOUR, MINUTE = 86400.0, 3600.0, 60.0
TOPICS = ("gradients", "pooling", "dropout")


@dataclass(frozen=True)
class Night:
    """What a simulated deadline was like; times in seconds."""

    waited: np.ndarray  # (N,), from handing in until a worker takes it
    longest: int  # submissions that waited at once
    empty: float  # when the last is graded, counted from the deadline


def arrivals(
    students: int, days: float, minutes: float, rng: np.random.Generator
) -> np.ndarray:
    """Seconds before the deadline, negative and ascending, of ``students``.

    >>> when = arrivals(1000, 14, 15, np.random.default_rng(0))
    >>> bool((np.diff(when) >= 0).all() and when[0] >= -14 * DAY and when[-1] <= 0)
    True
    """
    c, whole = minutes * MINUTE, days * DAY
    # F(x) = log(1 + x/c) / log(1 + whole/c), inverted
    left = c * np.expm1(rng.uniform(size=students) * np.log1p(whole / c))
    return np.sort(-left)


def simulate(when: np.ndarray, seconds: np.ndarray, workers: int) -> Night:
    """Let ``workers`` serve arrivals ``when`` (N,), which take ``seconds`` (N,).

    >>> night = simulate(np.array([-2.0, -2.0, -2.0]), np.array([4.0, 4.0, 4.0]), 1)
    >>> night.waited.tolist(), night.longest, night.empty
    ([0.0, 4.0, 8.0], 2, 10.0)
    """
    free = [float(when[0])] * workers
    begins = np.empty_like(when)
    for number, (arrived, takes) in enumerate(zip(when, seconds, strict=True)):
        begins[number] = max(arrived, heapq.heappop(free))
        heapq.heappush(free, begins[number] + takes)
    # After each arrival: who has come by then, and has not begun. They begin in order.
    come = np.searchsorted(when, when, side="right")
    waiting = come - np.searchsorted(begins, when, side="right")
    longest = int(waiting.max(initial=0))
    return Night(begins - when, longest, float(max(free)))


def measured(topics: list[str], rounds: int) -> np.ndarray:
    """Seconds of grading the solution of each topic on this machine, several times."""
    spent = []
    with scratch_course(topics) as course:
        nbgrader = course.nbgrader()
        where = nbgrader.coursedir
        with closing(Writer(where.db_url, where.course_id, nbgrader.config)) as writer:
            for topic in topics:
                with writer.reading() as gradebook:
                    parcel = read_release(nbgrader, gradebook, topic).parcel
                solved = course.source / topic / f"{topic}.ipynb"
                sent = Submission(topic, "ada", solved.read_bytes()).to_bytes({})
                for number in range(rounds + 1):
                    start = time.perf_counter()
                    grade_submission(parcel, sent)
                    if number:  # the first pays for imports
                        spent.append(time.perf_counter() - start)
    return np.array(spent)


def main() -> None:
    """Measure, simulate, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64]
    )
    parser.add_argument("--days", type=float, default=14.0)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seconds", type=float, nargs="+", help="instead of measuring")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    service = (
        np.array(arguments.seconds)
        if arguments.seconds
        else measured(list(TOPICS), arguments.rounds)
    )
    when = arrivals(arguments.students, arguments.days, arguments.minutes, rng)
    seconds = rng.choice(service, size=len(when))
    print(f"Python {platform.python_version()}, {platform.machine()}")
    print(
        f"service: {service.mean():.2f} s ± {service.std():.2f} (n = {len(service)}); "
        f"in the last day {(when > -DAY).mean():.0%}, in the last hour "
        f"{(when > -HOUR).mean():.0%}, in the last minute {(when > -MINUTE).sum()}"
    )
    rows = []
    for workers in arguments.workers:
        night = simulate(when, seconds, workers)
        rows.append(
            (
                workers,
                night.longest,
                *(shown(np.quantile(night.waited, q)) for q in (0.5, 0.95, 1.0)),
                shown(night.empty),
                shown(seconds.sum() / workers),
            )
        )
    print(
        tabulate(
            rows,
            headers=(
                *("workers", "longest queue", "median wait", "95 %", "longest"),
                *("last graded after", "all after the deadline"),
            ),
            colalign=("right",) * 7,
        )
    )


def shown(seconds: float) -> str:
    """A time as people say it.

    >>> shown(-3), shown(4.21), shown(150), shown(9000)
    ('0 s', '4.2 s', '2.5 min', '2.5 h')
    """
    if seconds < MINUTE:
        return f"{seconds:.1f} s" if seconds > 0 else "0 s"
    return (
        f"{seconds / MINUTE:.1f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"
    )


if __name__ == "__main__":
    main()
