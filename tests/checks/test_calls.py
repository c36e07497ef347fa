"""Do the checks keep to few calls, each of which goes through the sandbox?"""

from __future__ import annotations

import pytest

from autograder import catalog, examine
from autograder.exam import Exam
from benchmarks.solutions import namespace


@pytest.mark.parametrize(("name", "topic"), catalog().items())
def test_a_check_takes_few_calls(
    name: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does a check of the solution take at most 90 calls? Its time: a benchmark."""
    calls: list[str] = []
    original = Exam._call

    def counted(self, *args, **kwargs):
        calls.append(name)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Exam, "_call", counted)
    assert examine(name, namespace(topic), seed=0).passed
    assert 0 < len(calls) <= 90
