"""The commands for the final project: one run graded, several side by side."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from autograder.cli.main import FAILED
from autograder.pipeline.runs import images_for
from autograder.project import leaderboard, page
from autograder.project.images import Labeled, test_images
from autograder.project.ledger import read_run
from autograder.project.scoring import report_on


def grade_project(arguments: argparse.Namespace) -> int:
    """Grade one run; print the table, and write the page if one is asked for."""
    run = read_run(arguments.run)
    data = test_images(arguments.data) if arguments.data else images_for(run)
    report = report_on(run, data, arguments.code)
    if arguments.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        print(page.plain(report))
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(page.html(report), encoding="utf-8")
        if not arguments.json:
            print(f"\nThe page: {arguments.out}")
    return 0 if report.passed else FAILED


def write_leaderboard(arguments: argparse.Namespace) -> int:
    """Measure each run and write the page; 1 where a run gets no figures."""
    data = _data(arguments)
    target = arguments.target or leaderboard.target_of(data.name)
    entries = [
        leaderboard.entry(run, data, arguments.code, target) for run in arguments.runs
    ]
    folder = arguments.out or Path("leaderboard")
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "index.html"
    made.write_text(leaderboard.html(entries, data.name, target), encoding="utf-8")
    for one in entries:
        said = one.why or f"{one.accuracy:.4f} on {one.images} images"
        print(f"{one.name}: {said}")
    print(f"\nThe page: {made}")
    return FAILED if any(one.why for one in entries) else 0


def _data(arguments: argparse.Namespace) -> Labeled:
    """The images to measure on; the digits are at hand, others must be named."""
    return test_images(arguments.data or "digits")
