"""The command for the class report."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

from autograder.pipeline.course import Course
from autograder.report.page import Report
from autograder.report.writing import write_report


def report_class(arguments: argparse.Namespace) -> int:
    """Write the class report; print where it is, or what it says."""
    course = Course.here()
    name = "report-anonymous" if arguments.anonymous else "report"
    out = arguments.out or course.graded.parent / name
    report, written = write_report(course, arguments.topics, out, arguments.anonymous)
    if arguments.json:
        print(json.dumps(as_json(report), indent=2))
        return 0
    for path in written[1:]:
        print(f"wrote {path}")
    print(f"\nThe page: {written[0]}")
    return 0


def as_json(report: Report) -> dict[str, Any]:
    """What the report says, as plain values."""
    return {
        "anonymous": report.anonymous,
        "students": len(report.results.students),
        "hand_ins": len(report.results.results),
        "standings": [dataclasses.asdict(each) for each in report.standings],
        "checks": [dataclasses.asdict(each) for each in report.items],
        "mistakes": [dataclasses.asdict(each) for each in report.mistakes],
        "alike": [dataclasses.asdict(each) for each in report.pairs],
    }
