"""Are solutions changed in every way that matters, and the changes refused?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor

import pytest

from benchmarks.mutants import (
    EQUAL,
    MARKED_DOWN,
    REFUSED,
    SURVIVED,
    equivalents,
    fate,
    judged,
    processes,
    stale,
)
from benchmarks.mutation import Mutant, mutants
from benchmarks.solutions import namespace, sources, topics

SAMPLE = 4  # mutants of each topic that a test run tries; `make mutants` tries all

KERNEL = '''
def centered(x, p):
    """Words that are not code."""
    ### BEGIN SOLUTION
    if p <= 0:
        raise ValueError("p must be positive")
    total = x.sum(axis=1, keepdims=True)
    total += 2
    return x - total / p
    ### END SOLUTION
'''


def changes(source: str) -> set[str]:
    """What the mutants of ``source`` say instead."""
    return {mutant.now for mutant in mutants("centered", source)}


@pytest.mark.parametrize(
    "now",
    [
        "if p < 0:",
        "if p >= 0:",
        "if p <= 1:",
        "if not (p <= 0):",
        "pass",
        "total = x.sum(axis=0, keepdims=True)",
        "total = x.sum(axis=2, keepdims=True)",
        "total = x.sum(axis=1, keepdims=False)",
        "total = x.sum(axis=1, )",
        "total = x.mean(axis=1, keepdims=True)",
        "total = None",
        "total = 2",
        "total -= 2",
        "total += 1",
        "return x + total / p",
        "return x - total * p",
    ],
)
def test_operators_constants_axes_keywords_and_lines_are_changed(now: str) -> None:
    """Is this change of the kernel among its mutants?"""
    assert now in changes(KERNEL)


def test_only_the_solution_is_changed_and_no_words_are() -> None:
    """Are docstrings, messages and what lies outside the marks left alone?"""
    for mutant in mutants("centered", KERNEL):
        assert "Words that are not code." in mutant.source
        assert "def centered(x, p):" in mutant.source
        assert '"p must be positive"' in mutant.source or mutant.now == "pass"
    assert "raise ValueError(None)" not in changes(KERNEL)


def test_mutants_differ_from_the_solution_and_from_each_other() -> None:
    """Is no change made twice, and none that changes nothing?"""
    made = [mutant.source for mutant in mutants("centered", KERNEL)]
    assert len(made) == len(set(made))
    assert KERNEL not in made


def test_a_mutant_that_behaves_alike_survives() -> None:
    """Would a check that sees nothing be noticed, and a crash be refused?"""
    source = sources("pooling")["receptive_field"]
    alike = Mutant("receptive_field", f"{source}\nUNUSED = 1\n", "", "")
    assert fate("pooling", alike, range(2)) == SURVIVED
    for broken in ("this is no Python", "receptive_field = 3", "1 / 0"):
        assert fate("pooling", Mutant("receptive_field", broken, "", ""), [0]) == (
            REFUSED
        )


def test_a_mutant_without_manners_is_marked_down() -> None:
    """Is one that passes, but changes its argument, told from one that is refused?"""
    source = sources("dropout")["dropout_forward"]
    rude = Mutant(
        "dropout_forward", source.replace("astype(x.dtype)", "copy()"), "", ""
    )
    assert rude.source != source
    assert fate("dropout", rude, range(2)) == MARKED_DOWN


@pytest.fixture(scope="module")
def a_process() -> Iterator[Executor]:
    """One process that judges the mutants of all topics."""
    with processes(1) as pool:
        yield pool


@pytest.mark.parametrize("topic", topics())
def test_no_mutant_of_a_sample_survives(topic: str, a_process: Executor) -> None:
    """Is every n-th mutant of the topic refused, marked down, or listed?"""
    whole = sum(len(mutants(name, text)) for name, text in sources(topic).items())
    ends = list(judged(topic, a_process, every=max(1, whole // SAMPLE), seeds=1))
    assert len(ends) >= SAMPLE
    assert [mutant for mutant, end in ends if end == SURVIVED] == []
    assert {end for _, end in ends} <= {REFUSED, MARKED_DOWN, EQUAL}


@pytest.mark.parametrize("topic", topics())
def test_every_equivalent_exists_and_has_a_reason(topic: str) -> None:
    """Does each listed mutant still exist, and say why it is right?"""
    assert stale(topic) == []
    assert all(len(reason.split()) >= 3 for reason in equivalents(topic).values())


@pytest.mark.parametrize("topic", topics())
def test_the_solutions_are_all_there(topic: str) -> None:
    """Is there a source for every function that the topic's checks examine?"""
    functions = namespace(topic)
    assert all(callable(functions[name]) for name in sources(topic))
