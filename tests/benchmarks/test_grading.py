"""Does the benchmark of grading count right, and compare what belongs together?"""

from __future__ import annotations

import types

import pytest

from autograder.grading.rows import Row
from benchmarks import grading, parts
from benchmarks.parts import Stopwatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A clock that goes when it is told to."""
    made = types.SimpleNamespace(now=0.0)
    monkeypatch.setattr(
        parts, "time", types.SimpleNamespace(perf_counter=lambda: made.now)
    )
    return made


def test_a_second_counts_once(clock: types.SimpleNamespace) -> None:
    """Does time go to the innermost part only, and none to nothing?"""
    watch = Stopwatch()
    clock.now += 1
    with watch.measuring("outer"):
        clock.now += 2
        with watch.measuring("inner"):
            clock.now += 4
        clock.now += 8
    clock.now += 16
    with watch.measuring("inner"):
        clock.now += 32
    assert watch.seconds == {"outer": 10, "inner": 36}


def test_functions_are_watched_for_a_while(clock: types.SimpleNamespace) -> None:
    """Are calls counted by part, also one that fails, and is all as before then?"""

    class Worker:
        def work(self, seconds: float) -> float:
            clock.now += seconds
            return 1 / seconds

    kept = Worker.work
    watch = Stopwatch()
    with watch.around((lambda _, seconds: f"{seconds} s", Worker, "work")):
        assert Worker().work(2) == 0.5
        with pytest.raises(ZeroDivisionError):
            Worker().work(0)
    assert Worker.work is kept
    Worker().work(4)
    assert watch.seconds == {"2 s": 2, "0 s": 0}


def test_ratios_are_taken_within_a_round() -> None:
    """On a machine that is slower in one round, is the ratio that of each round?"""
    table = grading.table_of_rates({"stock": [1.0, 0.5, 2.0], "ours": [5.0, 2.0, 12.0]})
    assert table.splitlines()[-1].split() == [
        *("ours", "5.00", "2.00", "12.00"),
        *("5.00", "4.00", "6.00"),
    ]


def test_only_what_was_watched_is_divided_into_parts() -> None:
    """Are workers, whose time nobody here sees, left out of the parts?"""
    watched, workers = Stopwatch(), Stopwatch()
    watched.seconds |= {grading.KERNEL: 1.0, grading.PAGE: 0.5}
    workers.seconds |= {grading.REST: 60.0}
    table = grading.table_of_parts({"one": watched, "two": workers}, graded=10)
    assert [line.split()[-1] for line in table.splitlines()[2:]] == ["100", "50"]
    assert "two" not in table


def test_a_submission_that_is_not_graded_ends_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is no rate printed of a class that was refused?"""
    row = Row("pooling", "ada", 0.0, 10.0, "failed", "sandbox", "no sandbox")
    monkeypatch.setattr(grading, "grade_class", lambda *_, **__: iter([row]))
    with pytest.raises(RuntimeError, match="no sandbox"):
        grading.grade_by_ours(None, ["pooling"], Stopwatch(), workers=2)
