"""Is every known mistake named as itself, and nothing else named?

Three questions, each with several seeds:

- every mistake of ``autograder/mistakes/``: whose name does the verdict give?
- every right variant and every reference solution: is none of them named?
- errors that combine: each mistake is changed once more (:mod:`benchmarks.mutation`).
  A name is right only if the function goes on behaving like its bearer under seeds
  that did not choose the name.

    python -m benchmarks.diagnosis [--seeds N] [--every N] [TOPIC ...]
"""

from __future__ import annotations

import argparse
import inspect
import multiprocessing
import os
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from tabulate import tabulate

from autograder import catalog, examine
from autograder.checks import all_checks
from autograder.mistakes import Mistake, Variant, mistakes_of, variants_of
from benchmarks.mutation import Mutant, mutants
from benchmarks.solutions import namespace, topics

SEEDS = 5
EVERY = 25
CONFIRMING = 3  # seeds that a name must hold under, besides the one that chose it

ITSELF, ALIKE, UNNAMED, OTHERWISE, PASSED = (
    "itself",
    "itself and alike",
    "unnamed",
    "another",
    "passed",
)
COLUMNS = (ITSELF, ALIKE, UNNAMED, OTHERWISE, PASSED)


@dataclass(frozen=True)
class Naming:
    """How often a known mistake was named in which way, over all seeds."""

    of: str
    name: str
    counts: Counter[str]
    others: Counter[str]


def functions_with(entry: Mistake | Variant, function: Any = None) -> dict[str, Any]:
    """The namespace to examine: ``function`` (the entry's own) and its partner."""
    given = {entry.of: function or entry.function}
    forward = all_checks()[entry.of].forward
    return {**given, forward: entry.partner} if forward else given


def naming(place: int, seeds: int = SEEDS) -> Naming:
    """Whose name the ``place``-th known mistake gets, by seed."""
    mistake = mistakes_of()[place]
    counts: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for seed in range(seeds):
        verdict = examine(mistake.of, functions_with(mistake), seed=seed)
        also = verdict.diagnosis.also if verdict.diagnosis else ()
        if verdict.passed:
            counts[PASSED] += 1
        elif verdict.misconception is None:
            counts[UNNAMED] += 1
        elif verdict.misconception == mistake.name or mistake.title in also:
            counts[ALIKE if also else ITSELF] += 1
        else:
            counts[OTHERWISE] += 1
            others[verdict.misconception] += 1
    return Naming(mistake.of, mistake.name, counts, others)


def right_ones(topic: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each function that is right: its name, whose it is, and how to examine it."""
    solved = namespace(topic)
    for name, of in catalog().items():
        if of == topic:
            yield name, "the solution", solved
            for variant in variants_of(name):
                yield name, variant.name, functions_with(variant)


def wronged(topic: str, seeds: int = SEEDS) -> list[str]:
    """The right functions of ``topic`` that were failed or named, with the seed."""
    found = []
    for name, whose, functions in right_ones(topic):
        for seed in range(seeds):
            verdict = examine(name, functions, seed=seed)
            if not verdict.passed or verdict.misconception:
                found.append(f"{name} ({whose}), seed {seed}: {verdict.in_a_line()}")
    return found


def combined(place: int, every: int = EVERY) -> list[tuple[str, bool, str]]:
    """What the ``place``-th mistake with one more error each is called.

    One entry a change: the verdict's name for it (or "unnamed", "passed"), whether
    that holds under other seeds, and the change.
    """
    mistake = mistakes_of()[place]
    results = []
    for mutant in mutants(mistake.name, _own_source(mistake))[place % every :: every]:
        function = _made(mutant, mistake)
        if function is None:
            continue
        functions = functions_with(mistake, function)
        verdict = examine(mistake.of, functions, seed=0)
        called = verdict.misconception or (PASSED if verdict.passed else UNNAMED)
        holds = verdict.misconception is None or all(
            examine(mistake.of, functions, seed=seed).misconception == called
            for seed in range(1, 1 + CONFIRMING)
        )
        results.append((called, holds, f"{mutant.was!r} -> {mutant.now!r}"))
    return results


def _own_source(mistake: Mistake) -> str:
    """The mistake's source without its decorator."""
    lines = textwrap.dedent(inspect.getsource(mistake.function)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("def "))
    return "\n".join(lines[start:]) + "\n"


def _made(mutant: Mutant, mistake: Mistake) -> Callable[..., Any] | None:
    scope = dict(inspect.getmodule(mistake.function).__dict__)  # type: ignore[union-attr]
    try:
        exec(compile(mutant.source, f"<{mutant.function}>", "exec"), scope)
    except Exception:
        return None
    made: Callable[..., Any] = scope[mutant.function]
    return made


def confusion(
    topic: str, pool: Executor, seeds: int = SEEDS, every: int = EVERY
) -> tuple[list[list[Any]], list[str]]:
    """The rows of the table for ``topic``, and everything that is not as it must be."""
    places = [
        place
        for place, mistake in enumerate(mistakes_of())
        if all_checks()[mistake.of].topic == topic
    ]
    rights = pool.submit(wronged, topic, seeds)
    names = pool.map(naming, places, [seeds] * len(places))
    changed = pool.map(combined, places, [every] * len(places)) if every else []
    trouble: list[str] = []
    sums: dict[str, Counter[str]] = {}
    for found in names:
        sums.setdefault(found.of, Counter()).update(found.counts)
        if found.counts.keys() - {ITSELF, ALIKE}:
            trouble.append(f"{found.of}: {found.name} is {dict(found.counts)}")
            trouble += [f"    named {other}" for other in found.others]
    tried: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for place, results in zip(places, changed, strict=False):
        mistake = mistakes_of()[place]
        for called, holds, change in results:
            tried[mistake.of] += 1
            named[mistake.of] += called not in {UNNAMED, PASSED}
            if not holds:
                trouble.append(
                    f"{mistake.of}: {mistake.name} with {change} is called {called}, "
                    "which other seeds do not confirm"
                )
    rows = [
        [topic, of, *(counts[each] for each in COLUMNS), tried[of], named[of]]
        for of, counts in sums.items()
    ]
    return rows, trouble + rights.result()


def main() -> int:
    """Print who was named how; 1 if anybody was named wrongly or not at all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--every", type=int, default=EVERY, help="0: no combinations")
    arguments = parser.parse_args()
    rows, trouble = [], []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as pool:
        for topic in arguments.topics or topics():
            found = confusion(topic, pool, arguments.seeds, arguments.every)
            rows += found[0]
            trouble += found[1]
            print(f"{topic}: {len(found[1])} troubles", flush=True)
    headers = ["topic", "function", *COLUMNS, "combined", "of them named"]
    print(tabulate(rows, headers=headers))
    print("\n".join(trouble) or "Every mistake was named as itself; nothing else was.")
    return int(bool(trouble))


if __name__ == "__main__":
    sys.exit(main())
