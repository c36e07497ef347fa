"""Small pieces of HTML; what is given as text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Html:
    """Text that is HTML already, and so is not escaped again."""

    text: str


Cell = str | Html


def text(cell: Cell) -> str:
    """``cell`` as HTML.

    >>> text("a < b"), text(Html("<b>a</b>"))
    ('a &lt; b', '<b>a</b>')
    """
    return cell.text if isinstance(cell, Html) else escape(cell)


def table(
    label: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    numbers: Sequence[int] = (),
) -> str:
    """A table that scrolls by itself where it is too wide.

    The first cell of a row heads it; ``numbers`` are the columns set flush right.
    """

    def kind(index: int) -> str:
        return ' class="number"' if index in numbers else ""

    head = "".join(
        f'<th scope="col"{kind(index)}>{escape(column)}</th>'
        for index, column in enumerate(columns)
    )
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{text(cell)}</th>'
            if index == 0
            else f"<td{kind(index)}>{text(cell)}</td>"
            for index, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="table" role="region" aria-label="{escape(label)}" tabindex="0">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n"
        "</table>\n</div>"
    )


def section(name: str, title: str, *parts: str) -> str:
    """A section that the contents at the top lead to."""
    inner = "\n".join(part for part in parts if part)
    return f'<section id="{name}">\n<h2>{escape(title)}</h2>\n{inner}\n</section>'


def paragraph(words: str) -> str:
    """Words that explain what stands below them."""
    return f"<p>{escape(words)}</p>"


def bar(share: float) -> Html:
    """A share in [0, 1] as a bar and as a number.

    >>> bar(0.5).text
    '<span class="bar" style="--share:50%"></span> 50 %'
    """
    return Html(
        f'<span class="bar" style="--share:{share:.0%}"></span> {100 * share:.0f} %'
    )


def code(name: str) -> Html:
    """A name from the code, which may be broken behind an underscore."""
    return Html(f"<code>{escape(name).replace('_', '_<wbr>')}</code>")


def many(number: int, thing: str, things: str = "") -> str:
    """A number of things.

    >>> many(1, "check"), many(2, "check"), many(0, "person", "people")
    ('1 check', '2 checks', '0 people')
    """
    return f"{number} {thing if number == 1 else things or thing + 's'}"
