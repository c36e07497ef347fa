"""The sections on scores, on single checks and on time."""

from __future__ import annotations

from html import escape
from itertools import groupby
from statistics import mean, median, pstdev

from autograder.report.charts import histogram
from autograder.report.items import FEWEST, Item
from autograder.report.markup import (
    Cell,
    bar,
    code,
    many,
    paragraph,
    section,
    table,
)
from autograder.report.results import ClassResults
from autograder.report.support import Times, spoken


def scores(results: ClassResults) -> str:
    """How the points are spread in each topic."""
    figures, rows = [], []
    for topic in results.begun:
        here = results.by_topic[topic.name]
        shares = [each.score / topic.possible if topic.possible else 0 for each in here]
        title = escape(f"Scores in {topic.name}")
        figures.append(
            f"<figure>\n<figcaption>{escape(topic.name.capitalize())}: "
            f"{many(len(here), 'hand-in')}</figcaption>\n"
            f"{histogram(shares, title)}\n</figure>"
        )
        rows.append(
            (
                topic.name,
                str(len(here)),
                str(len(results.students) - len(here)),
                str(sum(bool(each.refused) for each in here)),
                *(f"{100 * f(shares):.0f} %" for f in (mean, pstdev, median)),
                str(sum(each.needs_manual_grade for each in here)),
            )
        )
    drawn = "\n".join(figures)
    return section(
        "scores",
        "Scores",
        paragraph(
            "Shares of each topic's points, penalties for being late taken off. What "
            "could not be graded counts as 0 and is counted apart, too."
        ),
        f'<div class="figures">\n{drawn}\n</div>',
        table(
            "Scores by topic",
            (
                *("Topic", "handed in", "missing", "not graded"),
                *("mean", "standard deviation", "median", "to grade by hand"),
            ),
            rows,
            numbers=range(1, 8),
        ),
    )


def checks(items: list[Item]) -> str:
    """How often each check is passed, and whether it separates."""
    return section(
        "checks",
        "Checks",
        paragraph(
            "Of the hand-ins that a judge has looked at: how many pass the check, and "
            "the mean share of its points, parts counted."
        ),
        paragraph(
            "Discrimination is the corrected point-biserial correlation: passing this "
            "check against the points of the topic's other checks. Near 0, a check "
            "says nothing about who is strong; below 0, the strong fail it, and the "
            "check or the question deserves another look. The 95 % interval says how "
            f"sure that is; below {FEWEST} hand-ins nothing is computed, and even 30 "
            "leave about ±0.35."
        ),
        *(
            _topic(topic, list(those))
            for topic, those in groupby(items, lambda each: each.topic)
        ),
    )


def _topic(topic: str, items: list[Item]) -> str:
    """The checks of one topic; without correlations, without their columns."""
    judged = max(item.judged for item in items)
    told = any(item.discrimination for item in items)
    rows: list[tuple[Cell, ...]] = [
        (
            code(item.check.title),
            bar(item.passed / item.judged) if item.judged else "not judged",
            f"{100 * item.share:.0f} %",
            *(_discrimination(item) if told else ()),
        )
        for item in items
    ]
    why = "" if told else ": too few, or too much alike, to tell which checks separate"
    columns = ("Check", "passed", "points")
    title = f"{topic.capitalize()}: {many(judged, 'hand-in')} judged{why}"
    return f"<h3>{escape(title)}</h3>\n" + table(
        f"Checks of {topic}",
        (*columns, "discrimination", "what it tells") if told else columns,
        rows,
        numbers=(2, 3),
    )


def _discrimination(item: Item) -> tuple[str, str]:
    found = item.discrimination
    if found is None:
        return "–", item.why_not
    low, r, high = (
        f"{value:.2f}".replace("-", "−") for value in (found.low, found.r, found.high)
    )
    return f"{r} [{low}, {high}]", found.meaning


def time_spent(times: list[Times]) -> str:
    """What is known of when people worked, and what is not."""
    rows = [
        (
            each.topic,
            f"{each.timed} of {each.handed_in}",
            spoken(each.ahead) if each.ahead is not None else "not known",
            "not known" if each.late is None else str(each.late),
            f"{each.attempts:.1f}" if each.attempts is not None else "not known",
            spoken(each.span) if each.span is not None else "not known",
        )
        for each in times
    ]
    return section(
        "time",
        "Time",
        paragraph(
            "How long anybody worked is not known: nothing here watches a student's "
            "computer. What is known: when something was handed in, where a "
            "timestamp came with it (nbgrader's exchange writes one; a file that was "
            "copied has none); the deadline, where the gradebook has one; and when "
            "each hand-in was graded, since feedback is kept. Many gradings far apart "
            "mean that somebody kept trying, not how many hours that took."
        ),
        table(
            "Time by topic",
            (
                *("Topic", "with a timestamp", "median before the deadline", "late"),
                *("gradings each, mean", "first to last, median"),
            ),
            rows,
            numbers=range(1, 6),
        ),
    )
