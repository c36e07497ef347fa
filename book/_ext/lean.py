"""Keep every page from asking anyone but its own server for anything.

Jupyter Book always loads the extensions sphinx-thebe and sphinx-comments, and both
add scripts that point at a public CDN. The book uses neither.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_UNUSED = ("sphinx-thebe.js", "thebe", "THEBE_JS_URL")


def _is_unused(script: Any) -> bool:
    text = f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', '')}"
    return any(word in text for word in _UNUSED)


def drop_unused_scripts(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Take the scripts of extensions that the book does not use off the page."""
    context["script_files"] = [
        script for script in context["script_files"] if not _is_unused(script)
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, after the extensions whose scripts are dropped."""
    app.connect("html-page-context", drop_unused_scripts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
