"""The class report as one page that holds everything it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from importlib.resources import files

from autograder.project.page import document
from autograder.report import page_mistakes, page_people, page_results
from autograder.report.alike import (
    Honest,
    Pair,
    Shared,
    honest,
    pairs,
    shared_answers,
    usual,
)
from autograder.report.items import Item, items
from autograder.report.markup import many
from autograder.report.results import ClassResults
from autograder.report.support import Standing, Times, standings, times
from autograder.report.understanding import Misunderstanding, misunderstandings

CONTENTS = {
    "scores": "Scores",
    "mistakes": "Mistakes",
    "checks": "Checks",
    "help": "Who needs help",
    "alike": "Answers that look alike",
    "time": "Time",
}


@dataclass(frozen=True)
class Report:
    """What the page and the tables show, computed once."""

    results: ClassResults
    items: list[Item]
    mistakes: list[Misunderstanding]
    standings: list[Standing]
    times: list[Times]
    pairs: list[Pair]
    common: list[Shared]
    honest: Honest
    anonymous: bool = False
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def labels(self) -> dict[str, str]:
        """What each student is called."""
        return {person.id: person.label for person in self.results.students}


def report_on(results: ClassResults, anonymous: bool = False) -> Report:
    """Compute all that is to be shown of ``results``."""
    shared = shared_answers(results)
    return Report(
        results,
        items(results),
        misunderstandings(results),
        standings(results),
        times(results),
        pairs(shared),
        usual(shared),
        honest(),
        anonymous,
    )


def html(report: Report) -> str:
    """The page; without a hand-in it says so and shows nothing else."""
    results = report.results
    handed_in = len(results.results)
    said = (
        f"{many(len(results.students), 'student')}, {many(handed_in, 'hand-in')} to "
        f"{many(len(results.begun), 'topic')}; {report.made:%Y-%m-%d %H:%M} UTC."
    )
    head = f"<header>\n<h1>Class report</h1>\n<p>{said}</p>"
    if not handed_in:
        body = (
            f"{head}\n</header>\n<main>\n<p>Nothing is graded yet: put what students "
            "handed in below <code>classroom/submitted</code> and run "
            "<code>autograder grade</code>.</p>\n</main>"
        )
        return document("Class report", body, "wide", _style())
    contents = "".join(
        f'<li><a href="#{name}">{title}</a></li>' for name, title in CONTENTS.items()
    )
    body = "\n".join(
        [
            head,
            _names_left_out() if report.anonymous else "",
            _glance(report),
            f'<nav aria-label="Contents"><ul>{contents}</ul></nav>\n</header>\n<main>',
            page_results.scores(results),
            page_mistakes.mistakes(report.mistakes),
            page_results.checks(report.items),
            page_people.help_needed(report.standings, report.labels),
            page_people.alike(
                results, report.pairs, report.common, report.honest, report.labels
            ),
            page_results.time_spent(report.times),
            "</main>",
        ]
    )
    return document("Class report", body, "wide", _style())


def _style() -> str:
    return (files("autograder.report") / "page.css").read_text(encoding="utf-8")


def _names_left_out() -> str:
    return (
        '<p class="note">Names are left out. A pseudonym stays the same from report to '
        "report and cannot be turned back without the course's key; but somebody who "
        "knows a student's points can still find that student here.</p>"
    )


def _glance(report: Report) -> str:
    """What to know first."""
    lines = []
    common = [each for each in report.mistakes if len(each.students) > 1]
    if common:
        worst = max(common, key=lambda each: (each.share, len(each.students)))
        lines.append(
            f"Most common mistake: {escape(worst.title)}, in "
            f"<code>{escape(worst.slip.function)}</code>, made by "
            f"{len(worst.students)} of {worst.judged}; teach again: "
            f'<a href="{escape(worst.url)}">{escape(worst.section)}</a>.'
        )
    judged = [each for each in report.items if each.judged]
    if judged:
        hard = min(judged, key=lambda each: (each.passed / each.judged, -each.judged))
        lines.append(
            f"Hardest check: <code>{escape(hard.check.title)}</code> in "
            f"{escape(hard.topic)}, passed by {hard.passed} of {hard.judged}."
        )
    helped = sum(each.needs_help for each in report.standings)
    lines.append(f'<a href="#help">{many(helped, "student")}</a> to look after.')
    return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
