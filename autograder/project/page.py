"""The report as a page that holds everything it shows, and as a table of plain text.

Whatever stands in a ledger is text here: it is escaped, and the page's policy lets it
load and run nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape
from importlib.resources import files

from tabulate import tabulate

from autograder.project.scoring import Report, StepResult
from autograder.rendering import MARKS, SIGNS, book_url
from autograder.verdict import Outcome, Part

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
WORDS = {"passed": "passed", "failed": "failed", "untried": "not tried"}


def document(title: str, body: str, kind: str = "", style: str = "") -> str:
    """A page with the grader's look; ``body`` is HTML already, ``style`` more CSS."""
    css = (files("autograder.project") / "page.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css}{style}</style>\n</head>\n"
        f'<body class="{kind}">\n{body}\n</body>\n</html>\n'
    )


def html(report: Report) -> str:
    """The page of one run."""
    title = f"Project {report.name}: {report.points:g} of {report.possible:g} points"
    rows = "".join(_row(step) for step in report.steps)
    body = [
        f"<header>\n<h1>{escape(title)}</h1>",
        _contradictions(report),
        *(f'<p class="note">{escape(note)}</p>' for note in report.notes),
        '<div class="table" role="region" aria-label="Points of each step" '
        'tabindex="0">\n<table>\n<thead><tr><th scope="col">Step</th>'
        '<th scope="col" class="number">points</th>'
        '<th scope="col" class="number">of</th><th scope="col">verdict</th></tr>'
        f"</thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n</header>\n<main>",
        *(_section(step) for step in report.steps),
        "</main>",
        f'<footer><p>What each step looks for: <a href="{escape(book_url("project"))}">'
        "the chapter on the project</a>.</p></footer>",
    ]
    return document(title, "\n".join(body))


def _contradictions(report: Report) -> str:
    if not report.contradictions:
        return ""
    items = "\n".join(
        f"<li><strong>{escape(one.name)}</strong>"
        + (f" (line {one.line})" if one.line else "")
        + f": {escape(one.message)}</li>"
        for one in report.contradictions
    )
    n = len(report.contradictions)
    return (
        f'<section class="said">\n<h2>{_counted(n)} in this run</h2>\n'
        "<p>These statements exclude each other. The points of the steps concerned are "
        "held back until a person has asked how it came about: a file that was edited, "
        "an engine that was changed, or a fault of this grader.</p>\n"
        f"<ul>\n{items}\n</ul>\n</section>"
    )


def _counted(n: int) -> str:
    return "1 contradiction" if n == 1 else f"{n} contradictions"


def _row(step: StepResult) -> str:
    kind, word = _verdict(step)
    return (
        f'<tr><td><a href="#{step.name}">{escape(step.title)}</a></td>'
        f'<td class="number">{step.points:g}</td>'
        f'<td class="number">{step.possible:g}</td>'
        f'<td class="{kind}">{word}</td></tr>\n'
    )


def _verdict(step: StepResult) -> tuple[str, str]:
    if not step.tried:
        return "", "not measured"
    if step.held:
        return "wrong", "held back"
    if step.verdict.passed:
        return "right", "complete"
    return "wrong", "not complete"


def _section(step: StepResult) -> str:
    parts = "\n".join(_part(one) for one in step.verdict.parts)
    held = "<p class='said'>Held back: see above.</p>\n" if step.held else ""
    return (
        f'<section class="step" id="{step.name}">\n<h2><span>{escape(step.title)}'
        f"</span> <span>{step.points:g} of {step.possible:g}</span></h2>\n{held}"
        f"<ul>\n{parts}\n</ul>\n</section>"
    )


def _part(one: Part) -> str:
    kind = {Outcome.PASSED: "right", Outcome.FAILED: "wrong"}.get(one.outcome, "")
    said = f"<small>{escape(one.message)}</small>" if one.message else ""
    return (
        f'<li><span class="sign {kind}" role="img" '
        f'aria-label="{WORDS[one.outcome]}">{SIGNS[one.outcome]}</span>'
        f"{escape(one.name)}{said}</li>"
    )


def plain(report: Report) -> str:
    """The report for a terminal: a table, then what to look at."""
    rows: list[tuple[str, str, str, str]] = []
    for step in report.steps:
        lost = [one for one in step.verdict.parts if one.outcome is not Outcome.PASSED]
        said = "; ".join(
            f"{MARKS[one.outcome]} {one.name}: {one.message}" for one in lost
        )
        if step.held:
            said = "held back: see the contradictions" + (f"; {said}" if said else "")
        rows.append(
            (step.title, f"{step.points:g}", f"{step.possible:g}", said or "complete")
        )
    rows.append(("total", f"{report.points:g}", f"{report.possible:g}", ""))
    table = tabulate(
        rows,
        headers=("step", "points", "of", "what to look at"),
        tablefmt="simple",
        colalign=("left", "right", "right", "left"),
        maxcolwidths=[None, None, None, 64],
    )
    return "\n".join([table, *_below(report)])


def _below(report: Report) -> Iterable[str]:
    if report.contradictions:
        yield f"\n{_counted(len(report.contradictions))}:"
        for one in report.contradictions:
            yield textwrap.fill(
                _printable(str(one)), 88, initial_indent="- ", subsequent_indent="  "
            )
    for note in report.notes:
        yield "\n" + textwrap.fill(_printable(note), 88)


def _printable(text: str) -> str:
    """``text`` without what would steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)
