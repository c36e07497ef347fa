"""Answers that are alike beyond what was released: a question, never a verdict.

Similarity is RapidFuzz's normalized indel similarity of two answers' tokens: twice the
length of what they have in common in the same order, over the sum of their lengths.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from autograder.mistakes import variants_of
from autograder.report.answers import encode
from autograder.report.results import ClassResults

# Of the pairs of right variants in the catalog of mistakes, about one in seventy is as
# similar (see `honest`); at 0.8 it would be one in thirty-six.
SIMILAR = 0.9
SHORTEST = 30  # tokens; a line or two has too few right forms to ask about
FEW = 5  # so many students share an answer that is not simply the usual one
_ROWS = 256  # answers that are compared with all others at once


@dataclass(frozen=True)
class Shared:
    """An answer that several students have in nearly the same form.

    ``tokens`` is the length of the shortest, ``similarity`` that of the least similar
    two that were found alike, in [0, 1].
    """

    topic: str
    place: str
    students: tuple[str, ...]
    tokens: int
    similarity: float


@dataclass(frozen=True)
class Pair:
    """Two students, and the answers in which they are alike and few others are."""

    students: tuple[str, str]
    shared: tuple[Shared, ...]

    @property
    def tokens(self) -> int:
        """How much code coincides."""
        return sum(each.tokens for each in self.shared)


@dataclass(frozen=True)
class Honest:
    """How often answers that nobody copied are as alike: ``alike`` of ``pairs``."""

    pairs: int
    alike: int


def shared_answers(results: ClassResults) -> list[Shared]:
    """The answers that at least two students have in common, longest first."""
    by_place: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for result in results.results:
        for place, code in result.answers.items():
            if len(code) >= SHORTEST:
                by_place[result.topic, place].append((result.student, code))
    found = [
        each
        for (topic, place), handed_in in by_place.items()
        for each in _groups(topic, place, handed_in)
    ]
    return sorted(found, key=lambda each: (-each.tokens, each.topic, each.place))


def _groups(topic: str, place: str, handed_in: list[tuple[str, str]]) -> list[Shared]:
    """The students of each set of answers that are linked by similarity."""
    authors: dict[str, list[str]] = defaultdict(list)
    for student, code in handed_in:
        authors[code].append(student)
    codes = list(authors)
    leader = list(range(len(codes)))
    lowest = [1.0] * len(codes)

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for start in range(0, len(codes), _ROWS):
        rows = codes[start : start + _ROWS]
        similarity = cdist(
            rows,
            codes[start:],
            scorer=Indel.normalized_similarity,
            score_cutoff=SIMILAR,
            dtype=np.float32,
        )
        for row, column in np.argwhere(similarity >= SIMILAR):
            one, other = find(start + int(row)), find(start + int(column))
            low = min(lowest[one], lowest[other], float(similarity[row, column]))
            leader[other] = one
            lowest[one] = low
    members: dict[int, list[int]] = defaultdict(list)
    for index in range(len(codes)):
        members[find(index)].append(index)
    return [
        Shared(topic, place, students, min(len(codes[i]) for i in group), lowest[one])
        for one, group in members.items()
        if len(students := tuple(sorted(s for i in group for s in authors[codes[i]])))
        > 1
    ]


def pairs(shared: list[Shared]) -> list[Pair]:
    """Two students each with what they, and at most a few others, have alike."""
    found: dict[tuple[str, str], list[Shared]] = defaultdict(list)
    for each in shared:
        if len(each.students) <= FEW:
            for two in combinations(each.students, 2):
                found[two].append(each)
    made = [Pair(two, tuple(together)) for two, together in found.items()]
    return sorted(made, key=lambda pair: (-pair.tokens, pair.students))


def usual(shared: list[Shared]) -> list[Shared]:
    """The answers that more than a few students have: a common form, or one source."""
    return sorted(
        (each for each in shared if len(each.students) > FEW),
        key=lambda each: (-len(each.students), each.topic, each.place),
    )


def honest() -> Honest:
    """Compare the right variants of each function in the catalog of mistakes.

    They were written to differ from one another; students who read the same chapter
    coincide more often, so this is a lower bound.
    """
    codes: dict[str, list[str]] = defaultdict(list)
    for variant in variants_of():
        tree = ast.parse(textwrap.dedent(inspect.getsource(variant.function))).body[0]
        code = encode(tree.body) if isinstance(tree, ast.FunctionDef) else None
        if code and len(code) >= SHORTEST:
            codes[variant.of].append(code)
    compared = [
        Indel.normalized_similarity(one, other) >= SIMILAR
        for those in codes.values()
        for one, other in combinations(those, 2)
    ]
    return Honest(len(compared), sum(compared))
