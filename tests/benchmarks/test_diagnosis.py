"""Is the confusion table true: who is named, who is not, and does a name hold?"""

from __future__ import annotations

import pytest

from autograder.mistakes import Mistake, mistakes_of
from benchmarks import diagnosis
from benchmarks.diagnosis import ITSELF, PASSED, UNNAMED, combined, naming, wronged
from benchmarks.solutions import topics


@pytest.mark.parametrize("topic", topics())
def test_no_right_function_is_failed_or_named(topic: str) -> None:
    """Do the solutions and the right variants pass, unnamed?"""
    assert wronged(topic, seeds=1) == []


def test_a_mistake_is_named_as_itself() -> None:
    """Does the table count a mistake that is named as itself?"""
    found = naming(0, seeds=2)
    assert found.counts == {ITSELF: 2}
    assert found.others == {}


def test_one_that_cannot_be_named_is_counted_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Does the table tell a mistake that is not named, and one that passes?"""
    right = namespace_of_pooling()["receptive_field"]
    wrong = Mistake("receptive_field", lambda layers: -7, "t", "h", "s")
    passing = Mistake("receptive_field", right, "t", "h", "s")
    monkeypatch.setattr(diagnosis, "mistakes_of", lambda: [wrong, passing])
    assert naming(0, seeds=1).counts == {UNNAMED: 1}
    assert naming(1, seeds=1).counts == {PASSED: 1}


def namespace_of_pooling() -> dict[str, object]:
    """The solutions of one topic."""
    return diagnosis.namespace("pooling")


@pytest.mark.parametrize("place", range(0, len(mistakes_of()), 61))
def test_no_name_is_guessed_for_combined_errors(place: int) -> None:
    """Does a name given to a mistake with one more error hold under other seeds?"""
    results = combined(place, every=30)
    assert [each for each in results if not each[1]] == []
