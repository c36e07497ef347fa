"""One style sheet for all pages, without rules and icons that none of them uses.

Sheets are put together with the sheets that they import; a rule stays if every class
and id that it names occurs somewhere in the pages or their scripts.
"""

from __future__ import annotations

import re
from pathlib import Path

import pydata_sphinx_theme
import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont

ICONS = "vendor/fontawesome/webfonts/fa-solid-900.woff2"

_THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
_STYLE = re.compile(r'\s*<link\b[^>]*rel="stylesheet"[^>]*/?>')
_HREF = re.compile(r'href="([^"?]+)')


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
    font = TTFont(_THEME / ICONS)
    subsetter = subset.Subsetter(subset.Options(layout_features=[]))
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(path)
