"""The page that a student gets: self-contained, and harmless whatever was handed in.

nbgrader's own page loads scripts from elsewhere and shows mathematics only with them.
This one holds formulas as MathML, which browsers show by themselves, and a policy in
its head forbids it to load or run anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import DataTypeFilter, Highlight2HTML, clean_html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_FORMULA = 2000  # characters
COMMON = 1024  # pieces of pages that are remembered: a class has most in common
OPENED = ("http://", "https://", "mailto:", "#")


class FeedbackExporter(HTMLExporter):  # type: ignore[misc]
    """Turns a judged notebook into its feedback page."""

    @property
    def default_config(self) -> Config:
        """The template of this class, which nbgrader's setting must not replace."""
        own = Config()
        own.FeedbackExporter.template_name = "tuned"
        own.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]
        base: Config = super().default_config
        base.merge(own)
        return base

    def default_filters(self) -> Iterator[tuple[str, Callable[..., Any]]]:
        """The usual ones; what a class has in common is converted once."""
        yield from super().default_filters()
        yield "filter_data_type", DataTypeFilter(parent=self)
        highlight = Highlight2HTML(parent=self)
        colored = lru_cache(COMMON)(lambda source: highlight(source, "ipython3"))
        yield "highlight_code", lambda source, **_: colored(source)
        yield "clean_html", cleaned

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert ``nb``; return the page and what nbconvert notes of it.

        The base class would parse the page once more, to give each picture a text: the
        judge has given it one.
        """
        ready = self._init_resources(resources)
        page: tuple[str, dict[str, Any]] = TemplateExporter.from_notebook_node(
            self, nb, ready, **kw
        )
        return page

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:  # noqa: ARG002
        """Convert Markdown with formulas; the template calls it by this name."""
        return prose(source)


cleaned = lru_cache(COMMON)(clean_html)


@lru_cache(COMMON)
def prose(source: str) -> str:
    """Markdown with formulas as HTML."""
    return str(MarkdownWithMath(renderer=PageRenderer(escape=False)).render(source))


class PageRenderer(IPythonRenderer):  # type: ignore[misc]
    """Markdown to HTML that asks nothing of the network."""

    def inline_math(self, body: str) -> str:
        """Convert a formula in a line."""
        return mathml(body, "inline")

    def block_math(self, body: str) -> str:
        """Convert a formula on lines of its own."""
        return mathml(body, "block")

    def multiline_math(self, text: str) -> str:
        r"""Convert a formula over several lines, in ``$$`` or ``\[`` and ``\]``."""
        inner = text.strip()
        for start, end in (("$$", "$$"), ("\\[", "\\]")):
            if inner.startswith(start) and inner.endswith(end):
                return mathml(inner[2:-2], "block")
        return mathml(inner, "block")

    def latex_environment(self, name: str, body: str) -> str:
        r"""Convert ``\begin{name} … \end{name}``."""
        return mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def heading(self, text: str, level: int, **_: Any) -> str:
        """Leave out the mark that links to the heading itself."""
        return f"<h{level}>{text}</h{level}>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Show a picture that the page holds; name another one."""
        if url.startswith("data:image/"):
            return str(super().image(text, url, title))
        return f"[picture: {text}]"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Link to pages; anything else, a script among them, stays text."""
        if url.lower().startswith(OPENED):
            return str(super().link(text, url, title))
        return text


def mathml(latex: str, display: str) -> str:
    r"""The MathML of a formula, or its source where that cannot be read or is a link.

    >>> mathml("x^2", "inline").startswith("<math")
    True
    >>> mathml(r"\frac", "inline")
    '<code>\\frac</code>'
    """
    if len(latex) <= LONGEST_FORMULA and r"\href" not in latex:
        try:
            # The converter would copy a text's angle brackets into the page.
            safe = latex.strip().replace("<", r"\lt ").replace(">", r"\gt ")
            formula = str(convert(safe, display=display))
            wide = f'<div class="formula">{formula}</div>'
            return wide if display == "block" else formula
        except Exception:  # noqa: S110 - whatever it is, the source can be shown
            pass
    return f"<code>{escape(latex)}</code>"
