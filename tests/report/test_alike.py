"""Does a copy show, whatever it is dressed in, and is chance given its due?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.report.alike import (
    FEW,
    SHORTEST,
    SIMILAR,
    honest,
    pairs,
    shared_answers,
    usual,
)
from autograder.report.answers import LONGEST, OWN, TOKENS, Released, answers, encode
from autograder.report.results import ClassResults, Person
from tests.report import result, topic

GIVEN = '''
def pool(x, size):  # (N, D) -> (N, D // size)
    """Take the largest of each window."""
    # Your code goes here.
    raise NotImplementedError
'''
ANSWER = '''
def pool(x, size):  # (N, D) -> (N, D // size)
    """Take the largest of each window."""
    rows, width = x.shape
    out = np.empty((rows, width // size), dtype=x.dtype)
    for i in range(rows):
        for j in range(width // size):
            out[i, j] = np.max(x[i, j * size:(j + 1) * size])
    return out
'''
RENAMED = """
def pool(data, w: int) -> "Array":
    # I wrote this myself!
    n, d = data.shape
    result: object = np.empty((n, d // w),
        dtype=data.dtype)

    for a in range(n):
        for b in range( d//w ):
            result[a, b] = np.max(data[a, (b * w):((b + 1) * w)])
    return result
"""
OTHERWISE = """
def pool(x, size):
    return x.reshape(len(x), -1, size).max(axis=2) + 0 * x[:, :1] - np.zeros((1, 1))
"""


def notebook(*cells: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A notebook of code cells with nbgrader's metadata."""
    made = [
        new_code_cell(source, metadata={"nbgrader": about} if about else {})
        for source, about in cells
    ]
    return dict(new_notebook(cells=made))


SOLUTION = {"solution": True, "grade_id": "pool"}
LOCKED = {"solution": False, "grade_id": "given", "locked": True}
RELEASED = Released(notebook(("import numpy as np", {}), (GIVEN, SOLUTION)))


def answer(source: str) -> str:
    """What is a student's own of a cell with ``source``."""
    found, unread = answers(notebook((source, SOLUTION)), RELEASED)
    assert not unread
    return found.get("pool", "")


def class_of(*sources: str) -> ClassResults:
    """Students s0, s1, ... with these answers."""
    of = topic()
    people = tuple(Person(f"s{number}") for number in range(len(sources)))
    made = tuple(
        result(of, person.id, [True] * 4, {"pool": answer(source)})
        for person, source in zip(people, sources, strict=True)
    )
    return ClassResults((of,), people, made)


def test_a_copy_under_other_names_is_found() -> None:
    """Do new names, comments, annotations and layout hide nothing at all?"""
    (pair,) = pairs(shared_answers(class_of(ANSWER, RENAMED, OTHERWISE)))
    assert pair.students == ("s0", "s1")
    (shared,) = pair.shared
    assert shared.similarity >= SIMILAR
    assert shared.tokens == pair.tokens >= SHORTEST


def test_another_way_is_not_alike() -> None:
    """Is an answer that computes the same in another way left alone?"""
    assert shared_answers(class_of(ANSWER, OTHERWISE)) == []


def test_what_was_released_is_nobody_s_own() -> None:
    """Are the given stub, its docstring and given cells subtracted?"""
    assert answer(GIVEN) == ""
    found, _ = answers(
        notebook(("import numpy as np", {}), (GIVEN, SOLUTION)), RELEASED
    )
    assert found == {}
    # A helper in a cell that was added is a student's own; a locked cell is not.
    cells = (("def helper(a):\n    return a + 1", {}), ("x = 1", LOCKED))
    found, _ = answers(notebook(*cells), RELEASED)
    assert list(found) == [OWN]


def test_short_answers_are_not_compared() -> None:
    """Is an answer with few right forms left out?"""
    short = "def pool(x, size):\n    return np.max(x)"
    assert 0 < len(answer(short)) < SHORTEST
    assert shared_answers(class_of(short, short)) == []


def test_an_answer_that_many_share_makes_no_pairs() -> None:
    """Is the usual form of an answer told apart from a pair, with its number?"""
    shared = shared_answers(class_of(*[ANSWER] * (FEW + 1)))
    assert pairs(shared) == []
    (common,) = usual(shared)
    assert common.students == tuple(f"s{number}" for number in range(FEW + 1))
    few = shared_answers(class_of(*[ANSWER] * FEW))
    assert usual(few) == []
    assert len(pairs(few)) == FEW * (FEW - 1) // 2


@pytest.mark.parametrize(
    "source",
    [
        "def pool(:",
        "\0",
        "(" * 5000,
        "x = " + "-" * 50_000 + "1",
        "x" * (LONGEST + 1),
        "x = [" + "1," * TOKENS + "]",
        "a" + ".b" * 20_000,
    ],
)
def test_what_cannot_be_compared_is_counted(source: str) -> None:
    """Is code that is no Python, or endless, counted instead of stopping the report?"""
    assert answers(notebook((source, SOLUTION)), RELEASED) == ({}, 1)


def test_magics_and_odd_strings_are_read_over() -> None:
    """Are notebook commands skipped, and bad escapes no warning?"""
    found, unread = answers(
        notebook(("%matplotlib inline\n!ls\nx = '\\d'", {})), RELEASED
    )
    assert (list(found), unread) == ([OWN], 0)


def test_names_that_the_code_gives_do_not_matter_and_others_do() -> None:
    """Are functions, classes and arguments one name, and NumPy's functions not?"""
    import ast

    def coded(source: str) -> str | None:
        return encode(ast.parse(source).body)

    one = coded(
        'class A:\n    """T."""\n    def f(self, a: int = 1):\n        return a'
    )
    two = coded("class B:\n    def g(this, b=1):\n        return b")
    assert one == two
    assert coded('def f():\n    """Only a docstring."""') == coded("def g():\n    pass")
    assert coded("x: int") == coded("pass")
    assert coded("y = np.max(y)") != coded("y = np.min(y)")


def test_honest_pairs_are_seldom_alike() -> None:
    """Of the catalog's right variants, are at most one pair in thirty as alike?"""
    found = honest()
    assert found.pairs > 100
    assert found.alike / found.pairs < 1 / 30


def test_links_between_answers_make_one_group() -> None:
    """Are a, b and c together if a is like b and b like c, over several blocks?"""
    rng = np.random.default_rng(1)
    base = list(rng.integers(256, 5000, size=200))
    codes = []
    for step in range(3):
        changed = base.copy()
        changed[: 12 * step] = range(6000, 6000 + 12 * step)
        codes.append("".join(map(chr, changed)))
    noise = ["".join(map(chr, rng.integers(256, 5000, size=200))) for _ in range(300)]
    of = topic()
    people = tuple(Person(f"s{number:03}") for number in range(303))
    order = [codes[0], *noise, *codes[1:]]
    made = tuple(
        result(of, person.id, [True] * 4, {"f": code})
        for person, code in zip(people, order, strict=True)
    )
    (shared,) = shared_answers(ClassResults((of,), people, made))
    assert shared.students == ("s000", "s301", "s302")
    assert SIMILAR <= shared.similarity < 1
