"""The files of a report: the page, and tables of plain text beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.pipeline.course import Course, CourseError
from autograder.report.exports import (
    Value,
    canvas,
    moodle,
    write_nbgrader,
    write_table,
)
from autograder.report.naming import key_in, without_names
from autograder.report.page import Report, html, report_on
from autograder.report.reading import graded_topics, read_class
from autograder.report.results import ClassResults

PAGE = "index.html"
# These hold names, whatever the page does.
EXPORTS = ("nbgrader.csv", "canvas.csv", "moodle.csv")
KEY = "pseudonyms.key"


def write_report(
    course: Course, topics: list[str], out: Path, anonymous: bool = False
) -> tuple[Report, list[Path]]:
    """Write the report on ``topics`` (none: all that are graded) into ``out``.

    Returns what it says and the files. With ``anonymous`` there are pseudonyms instead
    of names, and no exports for other systems, which are of no use without names.
    Raises :class:`CourseError` for an unknown topic, a key that is none, and a folder
    that holds a report with names where one without them is to be written.
    """
    if anonymous and any((out / name).exists() for name in EXPORTS):
        raise CourseError(
            f"{out} holds a report with names: name another folder with --out, so "
            "that nobody is given those files by mistake"
        )
    results = read_class(course, topics or graded_topics(course))
    if anonymous:
        results = without_names(results, _key(course))
    report = report_on(results, anonymous)
    out.mkdir(parents=True, exist_ok=True)
    tables = {
        "students.csv": _students(report),
        "checks.csv": _checks(report),
        "mistakes.csv": _mistakes(report),
        "alike.csv": _alike(report),
    }
    (out / PAGE).write_text(html(report), encoding="utf-8")
    for name, rows in tables.items():
        write_table(out / name, rows)
    written = [PAGE, *tables]
    if not anonymous:
        written += _export(out, results)
    return report, [out / name for name in written]


def _key(course: Course) -> bytes:
    try:
        return key_in(course.graded.parent / KEY)
    except ValueError as error:
        raise CourseError(str(error)) from None


def _export(out: Path, results: ClassResults) -> Sequence[str]:
    nbgrader, to_canvas, to_moodle = EXPORTS
    write_nbgrader(out / nbgrader, results)
    write_table(out / to_canvas, canvas(results))
    write_table(out / to_moodle, moodle(results))
    return EXPORTS


def _students(report: Report) -> list[Sequence[Value]]:
    return [
        ("student", "share", "needs_help", "missing", "not_graded", "same_again"),
        *(
            (
                report.labels[each.student],
                round(each.share, 4),
                "yes" if each.needs_help else "no",
                " ".join(each.missing),
                " ".join(each.refused),
                " ".join(sorted(each.again)),
            )
            for each in report.standings
        ),
    ]


def _checks(report: Report) -> list[Sequence[Value]]:
    rows: list[Sequence[Value]] = [
        (
            *("topic", "check", "judged", "passed", "mean_share"),
            *("discrimination", "low", "high", "note"),
        )
    ]
    for each in report.items:
        found = each.discrimination
        told: Sequence[Value] = ("", "", "", each.why_not)
        if found:
            numbers = (round(value, 4) for value in (found.r, found.low, found.high))
            told = (*numbers, found.meaning)
        share = round(each.share, 4)
        counts = (each.judged, each.passed)
        rows.append((each.topic, each.check.title, *counts, share, *told))
    return rows


def _mistakes(report: Report) -> list[Sequence[Value]]:
    counts = ("students", "judged")
    rows: list[Sequence[Value]] = [
        ("topic", "function", "mistake", *counts, "title", "hint", "read")
    ]
    for each in report.mistakes:
        what = (each.topic, each.slip.function, each.slip.mistake)
        numbers = (len(each.students), each.judged)
        rows.append((*what, *numbers, each.title, each.hint, each.url))
    return rows


def _alike(report: Report) -> list[Sequence[Value]]:
    numbers = ("similarity", "tokens", "students_alike")
    rows: list[Sequence[Value]] = [("student", "other", "topic", "answer", *numbers)]
    for pair in report.pairs:
        one, other = (report.labels[student] for student in pair.students)
        for each in pair.shared:
            alike = (round(each.similarity, 4), each.tokens, len(each.students))
            rows.append((one, other, each.topic, each.place, *alike))
    return rows
