"""Does every check refuse every mutant of its reference solution?

Each reference solution is changed systematically (:mod:`benchmarks.mutation`) and
each mutant examined with several seeds. One that a check refuses, or takes points
from, is killed; one that behaves as the solution does is listed with its reason in
``equivalent.yml``; any other has survived, and says what a check does not see.

    python -m benchmarks.mutants [--seeds N] [--every N] [TOPIC ...]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import yaml
from tabulate import tabulate

from autograder.calling import LocalCallee
from autograder.checks import all_checks
from autograder.exam import Exam
from autograder.verdict import Outcome
from benchmarks.mutation import Mutant, mutants
from benchmarks.solutions import namespace, sources, topics

EQUIVALENT = Path(__file__).with_name("equivalent.yml")
SEEDS = 2
CALL_SECONDS = 3.0
MEMORY = 8 * 2**30  # bytes: a mutant may ask for any

REFUSED, MARKED_DOWN, SURVIVED = "refused", "marked down", "survived"
EQUAL = "equivalent"


def fate(topic: str, mutant: Mutant, seeds: Iterable[int]) -> str:
    """What becomes of a mutant: killed only if every seed kills it."""
    check = all_checks()[mutant.function]
    signatures = {name: each.signature for name, each in all_checks().items()}
    try:
        functions = namespace(topic, {mutant.function: mutant.source})
    except Exception:
        return REFUSED
    needed = [check.name] + ([check.forward] if check.forward else [])
    fates = set()
    for seed in seeds:
        callees = {
            name: LocalCallee(functions[name], CALL_SECONDS)
            for name in needed
            if callable(functions.get(name))
        }
        if len(callees) < len(needed):
            return REFUSED
        parts = Exam(check, callees, signatures, seed).run()
        failed = [part for part in parts if part.outcome is not Outcome.PASSED]
        if not failed:
            return SURVIVED
        fates.add(REFUSED if any(part.core for part in failed) else MARKED_DOWN)
    return MARKED_DOWN if MARKED_DOWN in fates else REFUSED


def equivalents(topic: str) -> dict[tuple[str, str, str], str]:
    """The reasons of the mutants that behave as the solution does."""
    listed = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or {}
    return {
        (function, entry["was"], entry["now"]): entry["reason"]
        for function, entries in listed.get(topic, {}).items()
        for entry in entries
    }


@contextmanager
def processes(number: int | None = None) -> Iterator[Executor]:
    """Lend processes that judge mutants, by default one a core, bounded in memory."""
    with ProcessPoolExecutor(
        number or os.cpu_count(),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_bounded,
    ) as pool:
        yield pool


def judged(
    topic: str, pool: Executor, every: int = 1, seeds: int = SEEDS
) -> Iterator[tuple[Mutant, str]]:
    """Each mutant of ``topic`` (or each ``every``-th) with its fate."""
    jobs = [
        (topic, mutant, range(seeds))
        for function, source in sources(topic).items()
        for mutant in mutants(function, source)
    ][::every]
    known = equivalents(topic)
    fates = pool.map(fate, *zip(*jobs, strict=True), chunksize=8)
    for (_, mutant, _), end in zip(jobs, fates, strict=True):
        listed = (mutant.function, mutant.was, mutant.now) in known
        yield mutant, EQUAL if end == SURVIVED and listed else end


def stale(topic: str) -> list[tuple[str, str, str]]:
    """Entries of ``equivalent.yml`` that no mutant answers to."""
    made = {
        (mutant.function, mutant.was, mutant.now)
        for function, source in sources(topic).items()
        for mutant in mutants(function, source)
    }
    return [entry for entry in equivalents(topic) if entry not in made]


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main() -> int:
    """Print what became of the mutants of each topic; 1 if any survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--every", type=int, default=1, help="only each N-th mutant")
    arguments = parser.parse_args()
    rows, trouble = [], False
    with processes() as pool:
        for topic in arguments.topics or topics():
            counts: Counter[str] = Counter()
            for mutant, end in judged(topic, pool, arguments.every, arguments.seeds):
                counts[end] += 1
                if end == SURVIVED:
                    print(f"{topic}: {mutant.function}\n  was {mutant.was}")
                    print(f"  now {mutant.now}", flush=True)
            for entry in stale(topic):
                trouble = True
                print(f"{topic}: no mutant answers to the listed {entry}")
            ends = (REFUSED, MARKED_DOWN, EQUAL, SURVIVED)
            rows.append([topic, counts.total(), *(counts[end] for end in ends)])
            print(f"{topic}: {dict(counts)}", flush=True)
            trouble = trouble or counts[SURVIVED] > 0
    headers = ["topic", "mutants", "killed: refused", "killed: marked down", EQUAL]
    print(tabulate(rows, headers=[*headers, SURVIVED]))
    return int(trouble)


if __name__ == "__main__":
    sys.exit(main())
