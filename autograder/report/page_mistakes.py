"""The section on what the class misunderstood."""

from __future__ import annotations

from html import escape
from itertools import groupby

from autograder.report.markup import code, many, paragraph, section
from autograder.report.understanding import Misunderstanding

MOST = 6  # of a topic that are told in words
LEVELS = (0.05, 0.1, 0.2, 0.4)  # shares at which a tile's color grows stronger


def mistakes(found: list[Misunderstanding]) -> str:
    """A heat map of the mistakes by topic, then each with its hint and section."""
    if not found:
        return section(
            "mistakes",
            "Mistakes",
            paragraph("No hand-in behaves like a mistake that the catalog knows."),
        )
    topics = [(name, list(those)) for name, those in groupby(found, lambda m: m.topic)]
    tiles = "\n".join(
        f"<dt>{escape(name.capitalize())}</dt>\n<dd><ul>"
        + "".join(_tile(each, index < MOST) for index, each in enumerate(those))
        + "</ul></dd>"
        for name, those in topics
    )
    details = "\n".join(
        f"<h3>{escape(name.capitalize())}</h3>\n<ul class='cards'>\n"
        + "\n".join(_detail(each) for each in those[:MOST])
        + "\n</ul>"
        for name, those in topics
    )
    rest = any(len(those) > MOST for _, those in topics)
    return section(
        "mistakes",
        "Mistakes",
        paragraph(
            "Functions that did exactly what a known mistake does, on the same inputs. "
            "A tile is a mistake; its number is how many students made it, and the "
            "stronger its color, the larger their share of the topic's judged "
            "hand-ins. Wrong answers of other kinds are not here: see the checks."
        ),
        f'<dl class="heat">\n{tiles}\n</dl>',
        details,
        paragraph(f"The first {MOST} of each topic are told; mistakes.csv has all.")
        if rest
        else "",
    )


def _tile(each: Misunderstanding, told: bool) -> str:
    """One mistake as a number; a link where it is ``told`` below."""
    number = len(each.students)
    said = f"{each.slip.function}: {each.title}: {many(number, 'student')}"
    where = f'a href="#{_anchor(each)}"' if told else 'span role="img"'
    return (
        f'<li><{where} class="level{level(each.share)}" title="{escape(said)}" '
        f'aria-label="{escape(said)}">{number}</{where.partition(" ")[0]}></li>'
    )


def level(share: float) -> int:
    """How strong a tile's color is, from 1 to 5.

    >>> level(0.01), level(0.1), level(1)
    (1, 3, 5)
    """
    return 1 + sum(share >= limit for limit in LEVELS)


def _detail(each: Misunderstanding) -> str:
    number = len(each.students)
    hint = f"<br>Hint: {escape(each.hint)}" if each.hint else ""
    return (
        f'<li id="{_anchor(each)}"><strong>{escape(each.title)}</strong> in '
        f"{code(each.slip.function).text}: {number} of {each.judged} "
        f"({100 * each.share:.0f} %){hint}<br>Teach again: "
        f'<a href="{escape(each.url)}">{escape(each.section)}</a></li>'
    )


def _anchor(each: Misunderstanding) -> str:
    return escape(f"mistake-{each.topic}-{each.slip.function}-{each.slip.mistake}")
