"""Tests of the class report, and the made-up classes that they share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from autograder.mistakes import mistakes_of
from autograder.report.results import (
    Check,
    ClassResults,
    Person,
    Result,
    Slip,
    Topic,
)

DUE = datetime(2030, 1, 31, 12, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HOSTILE = (
    Person("=1+1", "=cmd|'/c calc'!A1", "+SUM(A1)", "-2@example.org", "@A1"),
    Person("comma", "Ada, Countess", 'O"Hara', "a,b@example.org"),
    Person("lines", "two\nlines", "\tTab", "", "7"),
    Person("unicode", "Žofie", "Ünal 李", "ž@example.org"),
    Person("evil", EVIL, EVIL),
    Person("bare"),
)


def topic(name: str = "pooling", checks: int = 4, due: bool = False) -> Topic:
    """A topic whose checks are worth 25 points each."""
    those = tuple(Check(f"check-f{number}", 25.0) for number in range(checks))
    return Topic(name, those, DUE if due else None)


def result(
    of: Topic, student: str, passed: list[bool], answers: dict[str, str] | None = None
) -> Result:
    """A hand-in that passes the checks as given, all or nothing."""
    points = {
        check.name: check.possible * held
        for check, held in zip(of.checks, passed, strict=True)
    }
    held = {check.name: each for check, each in zip(of.checks, passed, strict=True)}
    total = sum(points.values())
    return Result(of.name, student, total, points, held, answers=answers or {})


def many_results(students: int, rng: np.random.Generator) -> ClassResults:
    """A class in which the able pass more; every tenth of them hands in nothing."""
    known = mistakes_of()
    topics = tuple(
        topic(name, 7, due=True)
        for name in ("gradients", "dropout", "pooling", "schedules", "tuning")
    )
    people = tuple(
        Person(f"s{number:05}", f"First{number}", f"Last{number}")
        for number in range(students)
    )
    results = []
    for person in people:
        ability = rng.normal()
        for of in topics:
            if rng.random() < 0.1:
                continue
            held = [bool(ability + rng.normal() > -0.5) for _ in of.checks]
            # Of code points in few kinds, as tokens are.
            letters = rng.integers(256, 300, size=(7, 60))
            code = {f"f{i}": "".join(map(chr, row)) for i, row in enumerate(letters)}
            slips = {known[i] for i in rng.integers(0, len(known), size=7 - sum(held))}
            made = result(of, person.id, held, code)
            later = timedelta(hours=float(rng.normal(-20, 15)))
            results.append(
                Result(
                    **{
                        **vars(made),
                        "slips": tuple(
                            sorted((Slip(m.of, m.name) for m in slips), key=str)
                        ),
                        "handed_in": DUE + later,
                        "gradings": (DUE, DUE + timedelta(days=1)),
                    }
                )
            )
    return ClassResults(topics, people, tuple(results))
