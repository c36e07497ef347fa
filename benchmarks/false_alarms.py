"""Both errors of the checks of random kernels, counted.

False alarms: each random kernel's check examines right implementations (the solution
and the right variants, in turn) with many seeds of the grader's; none may fail.
Power: each defect of exactly the smallest size that a check declares
(``tests/checks/<topic>_defects.py``) is examined with many seeds; all must be refused.

A right one that fails once in 10 000 seeds shows a false alarm near 1e-4; none in
10 000 bounds it by 3e-4 (95 %). That it is at most 1e-9 is a matter of proof: each
band states it (:mod:`autograder.statistics`).

    python -m benchmarks.false_alarms [--seeds N] [--defect-seeds N] [NAME ...]
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import pkgutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any

from tabulate import tabulate

import tests.checks
from autograder.calling import LocalCallee
from autograder.checks import all_checks
from autograder.exam import Aspect, Exam
from autograder.mistakes import variants_of
from autograder.verdict import Outcome
from benchmarks.solutions import namespace
from tests.checks.defects import Defect

SEEDS = 10_000
DEFECT_SEEDS = 1_000
CHUNK = 100
SELDOM = 10  # rounds, in one of which a slow variant takes its turn
RANDOM = {"rng", "dropout_param"}  # parameters that make a kernel random


def random_kernels() -> list[str]:
    """The functions whose checks judge chance, by name."""
    checks = all_checks()
    return sorted(
        name
        for name, check in checks.items()
        if RANDOM & set(check.signature.parameters)
        or (check.forward and RANDOM & set(checks[check.forward].signature.parameters))
    )


@cache
def defects(name: str) -> list[Defect]:
    """The declared smallest defects of the function ``name``."""
    modules = [
        importlib.import_module(f"tests.checks.{module.name}")
        for module in pkgutil.iter_modules(tests.checks.__path__)
        if module.name.endswith("_defects")
    ]
    return [each for module in modules for each in module.DEFECTS if each.of == name]


@cache
def right_ones(name: str) -> list[tuple[str, dict[str, Any]]]:
    """The right implementations of ``name``, each with its forward partner."""
    check = all_checks()[name]
    return [
        ("the solution", namespace(check.topic)),
        *(
            (each.name, {name: each.function, check.forward or "": each.partner})
            for each in variants_of(name)
        ),
    ]


def whose_turn(name: str, seed: int) -> tuple[str, dict[str, Any]]:
    """The right implementation that ``seed`` is for: all in turn, the slow seldom."""
    everyone = right_ones(name)
    rounds, place = divmod(seed, len(everyone))
    if rounds % SELDOM and place in _slow(name):
        place = 0
    return everyone[place]


@cache
def _slow(name: str) -> set[int]:
    """The places of right implementations that take long beside the solution."""
    seconds = []
    for _, functions in right_ones(name):
        start = time.process_time()
        _failed(name, functions, 0, core_only=True)
        seconds.append(time.process_time() - start)
    return {place for place, each in enumerate(seconds) if each > 2 * seconds[0]}


def failing(name: str, first: int, last: int, core_only: bool = False) -> list[str]:
    """The right implementations that fail under the seeds from ``first`` on."""
    found = []
    for seed in range(first, last):
        whose, functions = whose_turn(name, seed)
        failed = _failed(name, functions, seed, core_only=core_only)
        if failed:
            found.append(f"{name}: {whose} fails {failed} with seed {seed}")
    return found


def overlooked(name: str, place: int, first: int, last: int) -> list[str]:
    """The seeds from ``first`` on that do not refuse a declared defect."""
    defect = defects(name)[place]
    check = all_checks()[name]
    functions = {name: defect.function, check.forward or "": defect.partner}
    # One part that fails refuses it; the part that found it last is asked first.
    parts = [each for each in enumerate(check.aspects) if each[1].core]
    found = []
    for seed in range(first, last):
        exam = _exam(name, functions, seed)
        finder = next((part for part in parts if _finds(exam, *part)), None)
        if finder is None:
            title = f"{defect.title} ({defect.size})"
            found.append(f"{name}: {title} passes with seed {seed}")
        else:
            parts.sort(key=lambda part: part is not finder)
    return found


def _finds(exam: Exam, number: int, aspect: Aspect) -> bool:
    """Whether a part of a check fails, asked as :meth:`Exam.run` asks it."""
    try:
        exam.ask(aspect, number)
    except Exception:
        return True
    return False


def _failed(
    name: str, functions: dict[str, Any], seed: int, *, core_only: bool
) -> list[str]:
    """The titles of the core parts that fail, and of the manners of a right one.

    A right variant may lack manners, always: what fails by chance is another matter.
    """
    parts = _exam(name, functions, seed).run(core_only=core_only)
    steady = _lacking(name, functions) if not core_only else frozenset()
    return [
        part.name
        for part in parts
        if part.outcome is not Outcome.PASSED and part.name not in steady
    ]


def _exam(name: str, functions: dict[str, Any], seed: int) -> Exam:
    check = all_checks()[name]
    needed = [name] + ([check.forward] if check.forward else [])
    callees = {each: LocalCallee(functions[each]) for each in needed}
    signatures = {each: known.signature for each, known in all_checks().items()}
    return Exam(check, callees, signatures, seed)


_KNOWN: dict[tuple[str, int], frozenset[str]] = {}


def _lacking(name: str, functions: dict[str, Any]) -> frozenset[str]:
    """The manners that an implementation lacks whatever the seed."""
    key = (name, id(functions[name]))
    if key not in _KNOWN:
        _KNOWN[key] = frozenset()
        manners = {each.title for each in all_checks()[name].aspects if not each.core}
        lacks = [
            set(_failed(name, functions, seed, core_only=False)) & manners
            for seed in (-1 % 2**32, -2 % 2**32)
        ]
        _KNOWN[key] = frozenset(set.intersection(*lacks))
    return _KNOWN[key]


def _chunks(seeds: int) -> Iterator[tuple[int, int]]:
    for first in range(0, seeds, CHUNK):
        yield first, min(first + CHUNK, seeds)


def main() -> int:
    """Print the counts by function; 1 if any right one failed or a defect passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--defect-seeds", type=int, default=DEFECT_SEEDS)
    arguments = parser.parse_args()
    rows, trouble = [], []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as pool:
        for name in arguments.names or random_kernels():
            start = time.monotonic()
            alarms = [
                pool.submit(failing, name, *chunk) for chunk in _chunks(arguments.seeds)
            ]
            passes = [
                pool.submit(overlooked, name, place, *chunk)
                for place in range(len(defects(name)))
                for chunk in _chunks(arguments.defect_seeds)
            ]
            failed = [line for job in alarms for line in job.result()]
            passed = [line for job in passes for line in job.result()]
            trouble += failed + passed
            tried = len(defects(name)) * arguments.defect_seeds
            rows.append(
                [
                    name,
                    f"{len(failed)} of {arguments.seeds}",
                    f"{tried - len(passed)} of {tried}",
                    len(defects(name)),
                    f"{time.monotonic() - start:.0f} s",
                ]
            )
            print(*rows[-1], sep=", ", flush=True)
    headers = ["function", "false alarms", "defects refused", "defects", "time"]
    print(tabulate(rows, headers=headers))
    print("\n".join(trouble[:50]) or "No right one failed; no defect passed.")
    return int(bool(trouble))


if __name__ == "__main__":
    sys.exit(main())
