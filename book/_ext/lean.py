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

import pydata_sphinx_theme
import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.util import logging

_SHEET = "_static/book.css"
_ICONS = "vendor/fontawesome/webfonts/fa-solid-900.woff2"

_log = logging.getLogger(__name__)
_THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"

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
_STYLE = re.compile(r'\s*<link\b[^>]*rel="stylesheet"[^>]*/?>')
_HREF = re.compile(r'href="([^"?]+)')


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


def sheets(page: str) -> list[str]:
    """The addresses of the page's style sheets, in their order."""
    found = [_HREF.search(link[0]) for link in _STYLE.finditer(page)]
    return [match[1] for match in found if match is not None]


def one_sheet(page: str, address: str) -> str:
    """The page with one style sheet in the place of all."""
    links = list(_STYLE.finditer(page))
    if not links:
        return page
    first = links[0].start()
    page = _STYLE.sub("", page)
    return page[:first] + f'\n<link rel="stylesheet" href="{address}">' + page[first:]


def names_in(text: str) -> set[str]:
    """Every word that could be a class, an id or an attribute's value."""
    return set(re.findall(r"[A-Za-z_][\w-]*", text))


def lean_css(css: str, used: set[str]) -> str:
    """The style sheet without rules for classes and ids that do not occur."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_rule(rule, used) for rule in rules)


def _rule(rule: tinycss2.ast.Node, used: set[str]) -> str:
    if rule.type == "qualified-rule":
        selectors = _split(tinycss2.serialize(rule.prelude))
        kept = [s for s in selectors if _can_match(s, used)]
        if not kept:
            return ""
        return f"{','.join(kept)}{{{tinycss2.serialize(rule.content)}}}"
    if rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
        inner = lean_css(tinycss2.serialize(rule.content or []), used)
        head = tinycss2.serialize(rule.prelude)
        return f"@{rule.at_keyword}{head}{{{inner}}}" if inner else ""
    return str(rule.serialize())


def _split(selectors: str) -> list[str]:
    """The selectors of a list, split at its commas outside brackets."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(selectors):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append(selectors[start:i].strip())
            start = i + 1
    return [*parts, selectors[start:].strip()]


def _can_match(selector: str, used: set[str]) -> bool:
    outside = re.sub(
        r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)", "", selector
    )
    outside = re.sub(r"\[[^\]]*\]", "", outside)
    names = re.findall(r"[.#]((?:\\.|[\w-])+)", outside)
    return all(name.replace("\\", "") in used for name in names)


def whole(out: Path, sheet: str) -> str:
    """The text of a sheet with the sheets that it imports."""
    css = (out / sheet).read_text(encoding="utf-8")

    def included(found: re.Match[str]) -> str:
        other = (out / sheet).parent / found[1]
        return whole(out, str(other.resolve().relative_to(out)))

    return re.sub(r'@import "([^"]+)";', included, rebased(css, sheet))


def rebased(css: str, sheet: str) -> str:
    """The text of ``sheet`` with its addresses relative to the one sheet's folder."""
    folder = Path(sheet).parent

    def move(found: re.Match[str]) -> str:
        address = found[1].strip("\"'")
        if re.match(r"(data:|https?:|#|/)", address):
            return found[0]
        parts: list[str] = []
        for part in (folder / address).parts:
            if part == ".." and parts:
                parts.pop()
            else:
                parts.append(part)
        return f"url({'/'.join(parts).removeprefix('_static/')})"

    return re.sub(r"url\(([^)]*)\)", move, css)


def lean_icons(path: Path, css: str) -> None:
    """Write to ``path`` the theme's icon font with the icons that ``css`` names."""
    wanted = {ord(char) for char in css if "\ue000" <= char <= "\uf8ff"}  # private use
    font = TTFont(_THEME / _ICONS)
    subsetter = subset.Subsetter(subset.Options(layout_features=[]))
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(path)


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
    lean_icons(out / "_static" / _ICONS, css)
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
