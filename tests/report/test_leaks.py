"""Does a page that students or teachers get give away the checks or their inputs?"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograder
from autograder import examine
from autograder.report.page import html as report_page
from autograder.report.page import report_on
from autograder.report.reading import read_class
from tests.report.conftest import STUDENTS, TOPIC, Graded
from tests.sandbox import needs_sandbox

SOURCES = Path(autograder.__file__).parent
TRIVIAL = 30  # characters; shorter lines of code are anybody's
DIGITS = 5  # significant ones; a number with fewer is anybody's


def secret_lines() -> set[str]:
    """The lines of the checks, and of what they compare with."""
    lines = {
        line.strip()
        for room in ("checks", "oracles")
        for path in (SOURCES / room).glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    return {line for line in lines if len(line) >= TRIVIAL}


def text_of(page: str) -> str:
    """What a reader sees of a page, and what stands in its attributes."""
    return html.unescape(re.sub(r"(?s)<style.*?</style>|</?(span|wbr)[^>]*>", "", page))


def pages(graded: Graded) -> dict[str, str]:
    """Every feedback page and the class report."""
    made = {name: graded.page(name).read_text(encoding="utf-8") for name in STUDENTS}
    report = report_page(report_on(read_class(graded.course, [TOPIC])))
    return made | {"the report": report}


@needs_sandbox
def test_no_line_of_the_checks_is_on_a_page(graded: Graded) -> None:
    """Is what the checks do nowhere, spread over tags or not?"""
    secret = secret_lines()
    assert len(secret) > 1000
    for who, page in pages(graded).items():
        shown = {line.strip() for line in text_of(page).splitlines()}
        # What a student handed in is the student's own, whatever it looks like.
        own = graded.course.submitted / who / TOPIC / f"{TOPIC}.ipynb"
        theirs = json.loads(own.read_bytes() or b"{}") if own.exists() else {}
        sources = "\n".join("".join(c["source"]) for c in theirs.get("cells", []))
        assert not {line for line in secret & shown if line not in sources}, who


def recorded(function: Callable[..., Any], seen: list[Any]) -> Callable[..., Any]:
    """``function``, with what it is called with written to ``seen``."""

    def called(*arguments: Any, **named: Any) -> Any:
        seen.extend(arrays_in((arguments, named)))
        return function(*arguments, **named)

    return called


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """The arrays of floats in arguments, however deep."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield value.ravel().copy()
    elif isinstance(value, dict):
        for each in value.values():
            yield from arrays_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from arrays_in(each)


def numbers_in(page: str) -> list[tuple[float, float]]:
    """The numbers that a page tells with many digits, each with half a last digit."""
    found = []
    for whole, _, decimals, exponent in re.findall(
        r"(?<![\w.])(-?\d+)(\.(\d+))(e-?\d+)?", text_of(page)
    ):
        if len((whole + decimals).lstrip("-0")) >= DIGITS:
            value = float(f"{whole}.{decimals}{exponent}")
            half = 0.5 * 10.0 ** (int(exponent[1:] or 0) - len(decimals))
            found.append((value, half * 1.001))
    return found


def shown_together(array: np.ndarray, numbers: list[tuple[float, float]]) -> bool:
    """Whether two neighbors of ``array`` stand one after the other on a page."""
    for (one, near), (two, nearby) in itertools.pairwise(numbers):
        firsts = np.abs(array[:-1] - one) <= near
        if np.any(firsts & (np.abs(array[1:] - two) <= nearby)):
            return True
    return False


def test_an_input_that_is_shown_would_be_found() -> None:
    """Does this test's own reading of a page find two entries of an array?"""
    array = np.array([0.123456789, -2.34567891, 3.5])
    numbers = numbers_in("<p>got [0.123457, -2.34568, 3.5]</p>")
    assert shown_together(array, numbers)
    assert shown_together(array, numbers_in("0.123456789 -2.34567891e0"))
    assert not shown_together(array, numbers_in("0.123457 and 3.14159"))


@needs_sandbox
@pytest.mark.parametrize("student", ["keep_or_drop", "mask_forgotten_backward"])
def test_no_hidden_input_is_on_a_page(graded: Graded, student: str) -> None:
    """Replayed with the judge's seeds, are no two neighbors of an input shown?

    A message names the one number at which an answer is wrong; no more.
    """
    path = graded.course.graded / student / TOPIC / f"{TOPIC}.ipynb"
    notebook = json.loads(path.read_bytes())
    verdicts = [
        verdict
        for check in notebook["metadata"]["tuned"]["checks"]
        for verdict in check["verdicts"]
    ]
    solved: dict[str, Any] = {"np": np}
    source = json.loads(
        (graded.course.graded / "perfect" / TOPIC / f"{TOPIC}.ipynb").read_bytes()
    )
    for cell in source["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            exec("".join(cell["source"]), solved)
    numbers = {who: numbers_in(page) for who, page in pages(graded).items()}
    assert numbers[student]
    assert numbers["the report"] == []
    hidden: list[np.ndarray] = []
    for verdict in verdicts:
        functions = {
            name: recorded(function, hidden)
            for name, function in solved.items()
            if callable(function) and name != "np"
        }
        assert examine(verdict["name"], functions, seed=verdict["seed"]).passed
        assert str(verdict["seed"]) not in text_of(pages(graded)[student])
    assert sum(map(len, hidden)) > 1000
    for array in hidden:
        assert not shown_together(array, numbers[student])
