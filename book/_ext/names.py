"""Let a long dotted name in a table break behind a dot, so that a phone can show it.

Elsewhere, and at other places, the style sheet keeps a word of code whole.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_LONG = 20  # characters; a shorter name fits a narrow column
_CELL = re.compile(r"<td\b.*?</td>", re.DOTALL)
_WORD = re.compile(r'<span class="pre">([^<]*)</span>')
_DOT = re.compile(r"(?<=\w)\.(?=\w)")


def breakable(html: str) -> str:
    """The page, with places to break in the long names of its tables.

    >>> breakable('<td><span class="pre">torch.optim.swa_utils.SWALR</span></td>')
    '<td><span class="pre">torch.<wbr>optim.<wbr>swa_utils.<wbr>SWALR</span></td>'
    >>> breakable('<td><span class="pre">recipe.py</span></td>')
    '<td><span class="pre">recipe.py</span></td>'
    """

    def word(found: re.Match[str]) -> str:
        if len(found[1]) <= _LONG:
            return found[0]
        return f'<span class="pre">{_DOT.sub(".<wbr>", found[1])}</span>'

    return _CELL.sub(lambda cell: _WORD.sub(word, cell[0]), html)


def mark(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Mark the places on a page."""
    if doctree is not None:
        context["body"] = breakable(context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
