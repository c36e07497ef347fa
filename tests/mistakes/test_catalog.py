"""Is every known mistake refused and named, and every right variant passed?"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from autograder import catalog, examine
from autograder.checks import all_checks
from autograder.mistakes import Mistake, Variant, mistakes_of, variants_of
from autograder.rendering import chapter_of

BOOK = Path(__file__).parents[2] / "book"


def seed_of(name: str) -> int:
    """Another seed for each, always the same; `make diagnosis` tries several."""
    return zlib.crc32(name.encode())


def namespace_of(entry: Mistake | Variant) -> dict[str, object]:
    """The entry's function under its contractual name, with its forward partner."""
    namespace: dict[str, object] = {entry.of: entry.function}
    forward = all_checks()[entry.of].forward
    if forward is not None:
        namespace[forward] = entry.partner
    return namespace


@pytest.mark.parametrize("entry", mistakes_of(), ids=lambda m: f"{m.of}-{m.name}")
def test_a_mistake_is_refused_and_named_as_itself(entry: Mistake) -> None:
    """Is this mistake refused, and diagnosed as itself and nothing else?"""
    verdict = examine(entry.of, namespace_of(entry), seed=seed_of(entry.name))
    assert not verdict.passed
    assert verdict.score < 1
    assert verdict.misconception == entry.name, str(verdict)
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.also == ()
    assert entry.title in verdict.message


@pytest.mark.parametrize("entry", variants_of(), ids=lambda v: f"{v.of}-{v.name}")
def test_a_right_variant_passes_undiagnosed(entry: Variant) -> None:
    """Does this right implementation pass every core part, undiagnosed?"""
    verdict = examine(entry.of, namespace_of(entry), seed=seed_of(entry.name))
    assert verdict.passed, str(verdict)
    assert verdict.misconception is None
    assert verdict.score >= 0.9


@pytest.mark.parametrize("name", catalog())
def test_every_function_has_enough_mistakes_and_variants(name: str) -> None:
    """Are there at least three mistakes and two right variants of the function?

    Five and more where that many can be imagined; of a one-line formula there are few.
    """
    assert len(mistakes_of(name)) >= 3
    assert len(variants_of(name)) >= 2


@pytest.mark.parametrize("entry", mistakes_of(), ids=lambda m: f"{m.of}-{m.name}")
def test_a_mistake_points_into_the_book(entry: Mistake) -> None:
    """Does the section that explains the mistake exist, in the chapter it names?"""
    chapter = BOOK / f"{chapter_of(entry.see)}.md"
    anchors = re.findall(r"^\(([\w-]+)\)=$", chapter.read_text(), re.MULTILINE)
    assert entry.see in anchors
