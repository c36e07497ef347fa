"""Give each page a description for search engines, and labels that say what is read.

The description is the page's sentence of summary; where it has none, its first
paragraph.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_LONGEST = 300  # characters; search engines cut what is longer


def description(page: nodes.document) -> str:
    """The page in a sentence, as plain text; empty for a page without paragraphs."""
    summaries = [
        node for node in page.findall(nodes.admonition) if "summary" in node["classes"]
    ]
    for home in (*summaries, page):
        for paragraph in home.findall(nodes.paragraph):
            text = " ".join(paragraph.astext().split())
            if len(text) > _LONGEST:
                text = text[:_LONGEST].rsplit(" ", 1)[0] + " …"
            if text:
                return text
    return ""


def add_description(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the description into the head."""
    if doctree is not None and (text := description(doctree)):
        tag = f'<meta name="description" content="{escape(text)}" />'
    else:
        title = escape(f"{context.get('title', pagename)} – {app.config.project}")
        tag = f'<meta name="description" content="{title}" />'
    context["metatags"] = f"{context.get('metatags', '')}{tag}\n"


# Marks that assistive technology misreads, and what stands in their place.
_MENDED = {
    # called as one sees it
    '<summary aria-label="Toggle hidden content">': "<summary>",
    # out of use
    ' role="doc-biblioentry"': "",
    '<div role="list" class="citation-list">': '<div class="citation-list">',
}


def mend_labels(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Mend the labels and roles that the page's parts were given."""
    for wrong, right in _MENDED.items():
        if "body" in context:
            context["body"] = context["body"].replace(wrong, right)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_description)
    app.connect("html-page-context", mend_labels)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
