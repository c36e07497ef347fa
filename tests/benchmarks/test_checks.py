"""Does the benchmark of the checks measure all of them?"""

from __future__ import annotations

import pytest

from autograder import catalog
from benchmarks.checks import measured
from tests.sandbox import needs_sandbox

pytestmark = needs_sandbox


@pytest.mark.parametrize("topic", ["dropout", "project"])
def test_every_check_is_timed_both_ways(topic: str) -> None:
    """Does each check of a topic get its seconds, here and through the sandbox?"""
    here, there = measured(topic, rounds=1)
    names = {name for name, of in catalog().items() if of == topic}
    assert here.keys() == there.keys() == names
    assert all(seconds > 0 for seconds in [*here.values(), *there.values()])
