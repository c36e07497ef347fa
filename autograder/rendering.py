"""How a verdict reads: a few lines, a plain table, or HTML for a notebook."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable
from html import escape

from autograder.published import BOOK
from autograder.verdict import Diagnosis, Outcome, Part, Verdict

MARKS = {Outcome.PASSED: "+", Outcome.FAILED: "x", Outcome.UNTRIED: "-"}
SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.UNTRIED: "–"}
COLORS = {
    Outcome.PASSED: "#1f9d55",
    Outcome.FAILED: "#e02b2b",
    Outcome.UNTRIED: "#808080",
}
# What a dialog of nbgrader shows in a line.
_DIALOG = 80


def book_url(topic: str, anchor: str = "") -> str:
    """The address of a chapter's section in the book.

    ``TUNED_BOOK_URL`` names where the book is published; without it the address is
    the one in :mod:`autograder.published`.

    >>> book_url("pooling", "pooling-overlap").endswith("/pooling.html#pooling-overlap")
    True
    """
    return f"{book_root()}/{topic}.html" + (f"#{anchor}" if anchor else "")


def chapter_of(anchor: str) -> str:
    """The chapter that holds a section: an anchor begins with its name.

    >>> chapter_of("pooling-overlap")
    'pooling'
    """
    return anchor.partition("-")[0]


def book_root() -> str:
    """The address of the folder that holds the book's chapters."""
    base = os.environ.get("TUNED_BOOK_URL") or BOOK
    return f"{base.rstrip('/')}/book"


def message(verdict: Verdict) -> str:
    """What a learner should read first."""
    lines = [f"{verdict.name}: {_state(verdict)}"]
    if verdict.note:
        lines.append(verdict.note)
    failed = _failed(verdict)
    if failed:
        lines += [f"{part.name}: {part.message}" for part in failed[:1]]
        more = len(failed) - 1
        if more:
            lines.append(f"({more} more part{'s' if more > 1 else ''} failed.)")
    if verdict.diagnosis:
        lines += _diagnosed(verdict.diagnosis)
    return "\n".join(lines)


def in_a_line(verdict: Verdict) -> str:
    """The state and what to look at first."""
    failed = _failed(verdict)
    if verdict.diagnosis:
        return f"{verdict.name}: {_state(verdict)}: {verdict.diagnosis.title}"
    first = f": {failed[0].name}" if failed else ""
    return f"{verdict.name}: {_state(verdict)}{first}"


def instead_of_a_trace(verdicts: Iterable[Verdict]) -> list[str]:
    """What a failed check shows where an exception shows its stack.

    In a notebook the verdict stands above it, and a line for each function is enough.
    nbgrader's *Validate* shows this and nothing else: there it is the whole message.
    """
    if os.environ.get("NBGRADER_EXECUTION") != "validate":
        return [f"CheckFailed: {in_a_line(verdict)}" for verdict in verdicts]
    lines: list[str] = []
    for verdict in verdicts:
        for line in message(verdict).splitlines():
            lines += textwrap.wrap(
                line, _DIALOG, break_long_words=False, break_on_hyphens=False
            )
    return lines


def plain(verdict: Verdict) -> str:
    """Every part with its result, for a terminal."""
    lines = [f"{verdict.name}: {_state(verdict)}"]
    if verdict.note:
        lines.append(f"  {verdict.note}")
    for part in verdict.parts:
        lines.append(f"  {MARKS[part.outcome]} {part.name}{_manners(part)}")
        if part.message:
            lines.append(f"      {part.message}")
    if verdict.diagnosis:
        lines += [f"  {line}" for line in _diagnosed(verdict.diagnosis)]
    return "\n".join(lines)


def html(verdict: Verdict) -> str:
    """Every part with its result, its picture, and the diagnosis."""
    outcome = Outcome.PASSED if verdict.passed else Outcome.FAILED
    rows = "".join(_row(part) for part in verdict.parts)
    note = f"<p>{escape(verdict.note)}</p>" if verdict.note else ""
    return (
        '<section class="tuned-verdict" style="border-left:4px solid '
        f"{COLORS[outcome]};padding:.25em 0 .25em .9em;margin:.5em 0;"
        'max-width:48em;overflow-wrap:anywhere">'
        f'<p style="margin:.2em 0"><strong style="{_ink(outcome)}">'
        f"{escape(verdict.name)}: {_state(verdict)}</strong></p>{note}"
        f"{_diagnosed_html(verdict)}"
        f'<ul style="list-style:none;padding:0;margin:.4em 0">{rows}</ul></section>'
    )


def _ink(outcome: Outcome) -> str:
    """A color for text, as CSS: darker on light themes and lighter on dark ones."""
    color = COLORS[outcome]
    # A page tells its theme in many ways, but its text always stands out.
    return f"color:{color};color:color-mix(in srgb,{color} 70%,currentColor)"


def _state(verdict: Verdict) -> str:
    if verdict.passed and verdict.score == 1:
        return "right"
    if verdict.passed:
        return f"right, with something to tidy up ({verdict.score:.0%})"
    return f"not right yet ({verdict.score:.0%})"


def _failed(verdict: Verdict) -> list[Part]:
    failed = [part for part in verdict.parts if part.outcome is Outcome.FAILED]
    return sorted(failed, key=lambda part: not part.core)


def _manners(part: Part) -> str:
    return "" if part.core else " (manners)"


def _diagnosed(diagnosis: Diagnosis) -> list[str]:
    lines = [f"This behaves exactly like a known mistake: {diagnosis.title}."]
    if diagnosis.also:
        lines.append(f"(On these inputs it cannot be told from: {_listed(diagnosis)}.)")
    lines.append(f"Hint: {diagnosis.hint}")
    lines.append(f"Read: {book_url(chapter_of(diagnosis.see), diagnosis.see)}")
    return lines


def _listed(diagnosis: Diagnosis) -> str:
    return "; ".join(diagnosis.also)


def _diagnosed_html(verdict: Verdict) -> str:
    diagnosis = verdict.diagnosis
    if diagnosis is None:
        return ""
    also = (
        f" <small>(On these inputs it cannot be told from: "
        f"{escape(_listed(diagnosis))}.)</small>"
        if diagnosis.also
        else ""
    )
    url = escape(book_url(chapter_of(diagnosis.see), diagnosis.see), quote=True)
    return (
        '<p style="margin:.4em 0">This behaves exactly like a known mistake: '
        f"<strong>{escape(diagnosis.title)}</strong>.{also}<br>"
        f"<em>Hint:</em> {escape(diagnosis.hint)} "
        f'<a href="{url}">Read about it in the book</a>.</p>'
    )


def _row(part: Part) -> str:
    said = (
        f'<br><span style="font-size:.92em">{escape(part.message)}</span>'
        if part.message
        else ""
    )
    picture = (
        f'<div style="margin:.3em 0;overflow-x:auto">{part.picture.svg()}</div>'
        if part.picture is not None
        else ""
    )
    word = {"passed": "passed", "failed": "failed", "untried": "not tried"}
    return (
        '<li style="margin:.25em 0;padding-left:1.4em">'
        '<span style="display:inline-block;width:1.1em;margin-left:-1.4em;'
        f'{_ink(part.outcome)}" role="img" aria-label="{word[part.outcome]}">'
        f"{SIGNS[part.outcome]}</span> "
        f"{escape(part.name)}{_manners(part)}{said}{picture}</li>"
    )
