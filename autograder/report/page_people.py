"""The sections on who needs help and on who should be asked something."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from autograder.rendering import book_url, chapter_of
from autograder.report.alike import (
    FEW,
    SHORTEST,
    SIMILAR,
    Honest,
    Pair,
    Shared,
)
from autograder.report.markup import bar, code, many, paragraph, section
from autograder.report.results import ClassResults
from autograder.report.support import LOW, Standing
from autograder.report.understanding import section_title

MOST = 20  # of a kind on the page; the tables of plain text have all
_NAMES = 12  # names in a list


def help_needed(standings: list[Standing], labels: dict[str, str]) -> str:
    """Those to look after, the lowest share first."""
    those = [each for each in standings if each.needs_help]
    cards = "\n".join(_card(each, labels) for each in those[:MOST])
    return section(
        "help",
        "Who needs help",
        paragraph(
            f"{many(len(those), 'student')} of {len(standings)}: less than "
            f"{100 * LOW:.0f} % of the points of the topics begun, a hand-in that is "
            "missing or could not be graded, or several mistakes that one section of "
            "the book explains." + _rest(len(those), "students.csv")
        ),
        f'<ul class="cards">\n{cards}\n</ul>' if cards else "",
    )


def _card(each: Standing, labels: dict[str, str]) -> str:
    facts = [
        f"{title}: {escape(listed(those, most=3))}"
        for title, those in (("Missing", each.missing), ("Not graded", each.refused))
        if those
    ]
    if each.again:
        facts.append(f"Same thing again: {_again(each.again)}")
    lines = "".join(f"<br>{fact}" for fact in facts)
    return (
        f"<li><strong>{escape(labels[each.student])}</strong> "
        f"{bar(each.share).text}{lines}</li>"
    )


def alike(
    results: ClassResults,
    found: list[Pair],
    common: list[Shared],
    honest: Honest,
    labels: dict[str, str],
) -> str:
    """Answers that coincide, as a question, with how often chance does that."""
    asked = "\n".join(_pair(pair, labels) for pair in found[:MOST])
    answered = {
        (each.topic, each.place): sum(
            len(result.answers.get(each.place, "")) >= SHORTEST
            for result in results.by_topic[each.topic]
        )
        for each in common
    }
    usual = "\n".join(
        f"<li><strong>{code(each.place).text}</strong> ({escape(each.topic)}, "
        f"{each.tokens} tokens): {len(each.students)} of "
        f"{answered[each.topic, each.place]}<br>"
        f"{escape(listed([labels[student] for student in each.students]))}</li>"
        for each in common[:MOST]
    )
    unread = sum(result.unread for result in results.results)
    return section(
        "alike",
        "Answers that look alike",
        paragraph(
            "A question to ask, never a verdict. Short answers have few right forms, "
            "people who learn together write alike, and a page that everybody reads "
            "is one source for all. Talk to both before you think anything."
        ),
        paragraph(
            "Compared are the tokens of each answer, without what was released, "
            "comments, annotations, layout and the names that the code itself gives, "
            f"so a new name hides nothing. Alike means at least {100 * SIMILAR:.0f} % "
            f"in common; answers below {SHORTEST} tokens are left out. Listed are "
            f"answers that at most {FEW} students share."
        ),
        paragraph(
            f"How often does chance do that? Of {many(honest.pairs, 'pair')} of right "
            "implementations of one function in the grader's own catalog, each "
            f"written to differ, {honest.alike} are as alike. Students who "
            "read the same chapter are likely to differ less, so one answer alike says "
            "little, and in a class in which many answers are alike less still."
        ),
        paragraph(
            f"{many(unread, 'piece')} of code could not be compared, being no Python "
            "or far too long."
        )
        if unread
        else "",
        f'<ul class="cards">\n{asked}\n</ul>'
        if asked
        else paragraph("No two hand-ins look alike in this way."),
        paragraph(_rest(len(found), "alike.csv")) if len(found) > MOST else "",
        "<h3>Answers that many share</h3>\n"
        + paragraph("The usual form of an answer, or one source that many have read.")
        + f'<ul class="cards">\n{usual}\n</ul>'
        if usual
        else "",
    )


def _pair(pair: Pair, labels: dict[str, str]) -> str:
    one, other = (escape(labels[student]) for student in pair.students)
    where = "".join(
        f"<li>{code(each.place).text} ({escape(each.topic)}): "
        f"{100 * each.similarity:.0f} % of {each.tokens} tokens"
        + (f", {len(each.students)} students" if len(each.students) > 2 else "")
        + "</li>"
        for each in pair.shared
    )
    return (
        f"<li><strong>{one}</strong> and <strong>{other}</strong><ul>{where}</ul></li>"
    )


def listed(names: Sequence[str], most: int = _NAMES) -> str:
    """The first ``most`` names in a row.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], most=2)
    ('a, b', 'a, b and 2 more')
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _again(sections: dict[str, int]) -> str:
    links = (
        f'<a href="{escape(book_url(chapter_of(see), see))}">'
        f"{escape(section_title(see))}</a> ({count} mistakes)"
        for see, count in sorted(sections.items())
    )
    return ", ".join(links)


def _rest(number: int, where: str) -> str:
    return (
        f" The first {MOST} are shown; {where} has all of them."
        if number > MOST
        else ""
    )
