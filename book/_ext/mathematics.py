"""Set the mathematics while the book is built, so that a page needs no script for it.

KaTeX turns each formula into HTML and, for screen readers, MathML. It is a script, and
runs in QuickJS here. A formula that it cannot read is a warning, and so breaks the
build.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

_KATEX = Path(__file__).with_name("katex") / "katex.min.js"
_CALL = """
function set(tex, display) {
  return katex.renderToString(tex, {displayMode: display, strict: "ignore"});
}
"""
_MARKS = re.compile(r"[.,;:!?)’”]+")
_log = logging.getLogger(__name__)


@cache
def _engine() -> quickjs.Function:
    return quickjs.Function("set", _KATEX.read_text(encoding="utf-8") + _CALL)


@cache
def render(tex: str, display: bool) -> str:
    """The HTML of a formula.

    Raises:
        ValueError: KaTeX cannot read it; the message says where.

    """
    try:
        return str(_engine()(tex, display))
    except quickjs.JSException as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"{reason} (in {tex!r})") from error


def aligned(tex: str) -> str:
    r"""A display formula with its line breaks: blank lines and ``\\`` break it."""
    parts = [part.strip() for part in tex.split("\n\n") if part.strip()]
    text = r" \\ ".join(parts)
    return rf"\begin{{aligned}}{text}\end{{aligned}}" if r"\\" in text else text


def _rendered(node: nodes.math | nodes.math_block, tex: str, display: bool) -> str:
    try:
        return render(tex, display)
    except ValueError as error:
        _log.warning("mathematics: %s", error, location=node)
        return ""


class Marks(SphinxPostTransform):
    """Give each formula in a sentence the punctuation that stands behind it."""

    default_priority = 900

    def run(self, **_: object) -> None:
        """Move the marks from the texts to the formulas."""
        for node in list(self.document.findall(nodes.math)):
            behind = node.parent.index(node) + 1  # equal texts are many: by place
            text = node.parent[behind] if behind < len(node.parent) else None
            if isinstance(text, nodes.Text) and (mark := _MARKS.match(text)):
                node["mark"] = mark[0]
                node.parent[behind] = nodes.Text(text[mark.end() :])


def visit_inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a sentence; a short one keeps its mark on the same line."""
    html = _rendered(node, node.astext(), display=False)
    start = writer.starttag(node, "span", "", CLASS="math notranslate")
    formula = f"{start}{html}</span>{node.get('mark', '')}"
    if "mark" in node and html.count('class="base"') == 1:
        formula = f'<span class="unbroken">{formula}</span>'
    writer.body.append(formula)
    raise nodes.SkipNode


def visit_display(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate"))
    if node["number"]:
        number = get_node_equation_number(writer, node)
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    tex = node.astext() if node["nowrap"] else aligned(node.astext())
    writer.body.append(_rendered(node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer(
        "katex",
        inline_renderers=(visit_inline, None),
        block_renderers=(visit_display, None),
    )
    app.add_post_transform(Marks)
    app.add_css_file("katex/katex.min.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
