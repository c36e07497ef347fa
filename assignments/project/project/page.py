"""What a page of the report is made of: figures, tables, and what was decided."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

from . import figures
from .files import replace_file


class Page:
    """Makes the figures: PNG files in a folder, and the HTML that shows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def figure(
        self,
        name: str,
        alt: str,
        caption: str,
        draw: Callable[..., None],
        height: float,
        *data: object,
    ) -> str:
        """Draw for light and for dark; the file in the folder is the light one."""
        light = figures.png(draw, height, figures.LIGHT, *data)
        dark = figures.png(draw, height, figures.DARK, *data)
        replace_file(self.folder / f"{name}.png", light)
        return (
            "<figure><picture>"
            f'<source media="(prefers-color-scheme: dark)" srcset="{_uri(dark)}">'
            f'<img src="{_uri(light)}" alt="{escape(alt)}" '
            f'width="{figures.WIDTH * 100:.0f}" height="{height * 100:.0f}">'
            f"</picture><figcaption>{escape(caption)}</figcaption></figure>\n"
        )


def table(
    caption: str,
    head: Iterable[str],
    rows: Iterable[Iterable[object]],
    kind: str = "numbers",
) -> str:
    """An HTML table; the first cell of a row is its name, all others numbers or words.

    It can be moved sideways, with the keyboard too, where the page is too narrow.
    """
    body = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>\n"
        for first, *rest in rows
    )
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table class="{kind}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>\n{body}</tbody></table></div>\n"
    )


def decided(text: str) -> str:
    """What a step decided, set apart."""
    return f'<p class="decided"><strong>Decided:</strong> {escape(text)}</p>\n'


def missing(step: str) -> str:
    """What stands in place of a step that is not done yet."""
    return f'<p class="missing">Not done yet: <code>python -m project {step}</code></p>'


def _uri(image: bytes) -> str:
    return f"data:image/png;base64,{b64encode(image).decode()}"
