"""Load with each page only what it uses, from its own host, and never before its text.

Jupyter Book and its theme load the scripts of extensions that this book does not use,
two of them from a public CDN, an icon font for ten icons, and the search index on every
page; most of it before the text. After a build, each page's head is put in order:
scripts that nothing on the page needs are dropped, the others wait for the text, all
style sheets become one without the rules that no page uses, the icon font keeps the
icons that occur, and the theme's script no longer lays out the page to measure it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sheets import ICONS, lean_css, lean_icons, names_in, one_sheet, sheets, whole
from sphinx.application import Sphinx
from sphinx.util import logging

_SHEET = "_static/book.css"

_log = logging.getLogger(__name__)

# A script's name, and what on a page would use it; None: nothing in this book.
_SCRIPTS: dict[str, str | None] = {
    "fontawesome.js": None,  # draws icons that the icon font draws too
    "sphinx-thebe": None,
    "thebe": None,
    "THEBE_JS_URL": None,
    "togglebutton": None,
    "toggleHint": None,
    "toggleOpenOnPrint": None,
    "kernelName": None,
    "design-tabs.js": "sd-tab-set",
    "searchtools.js": 'id="search-results"',
    "language_data.js": 'id="search-results"',
    "searchindex.js": 'id="search-results"',
    "sphinx_highlight.js": 'id="search-results"',
    "clipboard.min.js": "highlight",
    "copybutton.js": "highlight",
}
# The theme lays out the whole page to find boxes that scroll; scrollers.js waits.
_THEME_SCRIPT = "_static/scripts/pydata-sphinx-theme.js"
_MEASURES = re.compile(r'document\.querySelectorAll\(\["pre",[^\]]*\]\.join\(", "\)\)')
_SCRIPT = re.compile(r"\s*<script\b([^>]*)>(.*?)</script>", re.DOTALL)
_PRELOAD = re.compile(r'\s*<link rel="preload" as="script"[^>]*/?>')  # they can wait


def lean_scripts(page: str) -> str:
    """The page without scripts that it does not use; the others after its text."""
    body = page[page.find("<body") :]

    def keep(found: re.Match[str]) -> str:
        attributes, code = found.groups()
        for name, used_by in _SCRIPTS.items():
            if name in attributes + code and (used_by is None or used_by not in body):
                return ""
        if "src=" in attributes and not re.search(
            r"\b(defer|async|module)\b", found[0]
        ):
            return found[0].replace("<script", "<script defer", 1)
        if code.startswith("DOCUMENTATION_OPTIONS."):  # defined by a deferred script
            ready = f'addEventListener("DOMContentLoaded", () => {{ {code} }});'
            return f"<script>{ready}</script>"
        return found[0]

    return _SCRIPT.sub(keep, _PRELOAD.sub("", page))


def calm_theme(path: Path) -> None:
    """Let the theme's script measure nothing; warn if it is not the script we know."""
    text = path.read_text(encoding="utf-8")
    calm, times = _MEASURES.subn("[]", text)
    if times == 1:
        path.write_text(calm, encoding="utf-8")
    elif "[].forEach(e=>{e.tabIndex" not in text:
        _log.warning("lean: %s is another script than expected", path.name)


def remembered(path: Path) -> list[str]:
    """The sheets that an earlier build put together, which their first line names."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("/* ").removesuffix(" */\n").split()


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Put every written page in order."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir).resolve()
    calm_theme(out / _THEME_SCRIPT)
    pages = {
        path: lean_scripts(path.read_text(encoding="utf-8"))
        for path in out.rglob("*.html")
        if "_static" not in path.parts
    }
    named = remembered(out / _SHEET)
    for path, text in pages.items():
        for address in sheets(text):
            sheet = str((path.parent / address).resolve().relative_to(out))
            if sheet not in {*named, _SHEET}:
                named.append(sheet)
    css = "".join(whole(out, sheet) for sheet in named)
    scripts = [
        p for p in (out / "_static").rglob("*.js") if "fontawesome" not in p.name
    ]
    texts = [*pages.values(), *(p.read_text(encoding="utf-8") for p in scripts)]
    css = lean_css(css, names_in("".join(texts)))
    lean_icons(out / "_static" / ICONS, css)
    text = f"/* {' '.join(named)} */\n{css}"
    (out / _SHEET).write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    for path, page in pages.items():
        up = "../" * (len(path.relative_to(out).parts) - 1)
        path.write_text(one_sheet(page, f"{up}{_SHEET}?v={digest}"), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    # The theme writes the colors of code at the same event: after it.
    app.connect("build-finished", tidy, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
