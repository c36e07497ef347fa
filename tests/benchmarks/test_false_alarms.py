"""Do right random kernels pass by every seed, and declared defects by none?"""

from __future__ import annotations

import pytest

from autograder.checks import all_checks
from benchmarks.false_alarms import (
    defects,
    failing,
    overlooked,
    random_kernels,
    right_ones,
)

DEFECT_SEEDS = 1  # `make alarms` tries 1 000


@pytest.mark.parametrize("name", random_kernels())
def test_right_random_kernels_pass_in_turn(name: str) -> None:
    """Does each right implementation pass, under the seed that is its turn?

    `tests/checks/` tries many seeds of each, `make alarms` 10 000.
    """
    assert len(right_ones(name)) >= 3
    assert failing(name, 0, len(right_ones(name))) == []


@pytest.mark.parametrize("name", random_kernels())
def test_a_declared_defect_is_refused(name: str) -> None:
    """Is a defect of exactly the smallest declared size refused?"""
    if all_checks()[name].forward is None:
        assert defects(name), "a random kernel declares what its check detects"
    for place in range(len(defects(name))):
        assert overlooked(name, place, 0, DEFECT_SEEDS) == []


def test_a_wrong_kernel_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would a right one that fails be reported, with its seed?"""
    wrong = {"dropout_forward": lambda x, param: (x, None)}
    monkeypatch.setattr(
        "benchmarks.false_alarms.right_ones", lambda name: [("nobody", wrong)]
    )
    first, second = failing("dropout_forward", 5, 7)
    assert "nobody" in first
    assert first.endswith("seed 5")
    assert second.endswith("seed 6")
