"""How long each check takes: in this process, and through sandbox and judge.

The reference solutions are examined, round after round, with another seed in each;
both ways take turns in one run. A check may take 0.5 s (median, in this process),
an assignment 4 s in this process and 6 s through the sandbox.

    python -m benchmarks.checks [--rounds N] [TOPIC ...]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from contextlib import closing
from typing import Any

from tabulate import tabulate

from autograder import catalog, examine
from autograder.judge.kernel import Kernel
from autograder.judge.remote import RemoteCallee
from autograder.judge.session import Session
from autograder.pipeline.beside import private_copy
from autograder.pipeline.course import Course
from autograder.pipeline.judging import JudgeSubmission
from benchmarks.solutions import modules, namespace, sources, topics

A_CHECK, IN_PROCESS, SANDBOXED = 0.5, 4.0, 6.0  # seconds allowed
IMPORTS = "import numpy as np\n"


def seconds(name: str, functions: dict[str, Any], seed: int) -> float:
    """Seconds to examine ``name``; a right solution must pass meanwhile."""
    start = time.perf_counter()
    verdict = examine(name, functions, seed=seed)
    spent = time.perf_counter() - start
    if not verdict.passed:
        raise RuntimeError(f"the solution fails: {verdict.in_a_line()}")
    return spent


def _cells(topic: str) -> list[str]:
    """The cells after which all functions of ``topic`` are defined."""
    if modules(topic):
        return [f"from {topic}.checked import *"]
    return [IMPORTS, *sources(topic).values()]


def measured(topic: str, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds of each check of ``topic``, in this process and sandboxed."""
    names = [name for name, of in catalog().items() if of == topic]
    here = namespace(topic)
    course = Course.here()
    limits = JudgeSubmission(config=course.config()).limits(topic)
    with (
        private_copy(course.solutions, topic) as beside,
        closing(Session(limits, lambda: Kernel(limits, beside=beside))) as session,
    ):
        for source in _cells(topic):
            session.run_cell(source)
        there = {name: RemoteCallee(session, name) for name in catalog()}
        spent: tuple[dict[str, list[float]], ...] = ({}, {})
        for seed in range(rounds):
            for name in names:
                session.forget = True
                for functions, seen in zip((here, there), spent, strict=True):
                    seen.setdefault(name, []).append(seconds(name, functions, seed))
    local, remote = (
        {name: statistics.median(each) for name, each in seen.items()} for seen in spent
    )
    return local, remote


def main() -> int:
    """Print each check's seconds and its share; 1 if one takes too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    rows, trouble = [], []
    for topic in arguments.topics or topics():
        local, remote = measured(topic, arguments.rounds)
        whole = sum(local.values())
        rows += [
            [topic, name, spent, f"{spent / whole:.0%}", remote[name]]
            for name, spent in local.items()
        ]
        rows.append([topic, "all checks", whole, "100%", sum(remote.values())])
        trouble += [
            f"{name} takes {spent:.2f} s, allowed are {A_CHECK} s"
            for name, spent in local.items()
            if spent > A_CHECK
        ]
        for what, spent, allowed in (
            ("in this process", whole, IN_PROCESS),
            ("through the sandbox", sum(remote.values()), SANDBOXED),
        ):
            if spent > allowed:
                trouble.append(f"{topic} takes {spent:.1f} s {what} ({allowed} s)")
    headers = ["topic", "check", "here / s", "share", "sandboxed / s"]
    print(tabulate(rows, headers=headers, floatfmt=".3f"))
    print("\n".join(trouble) or "Every check and every assignment keeps its time.")
    return int(bool(trouble))


if __name__ == "__main__":
    sys.exit(main())
