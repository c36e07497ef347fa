"""What the tests of the book share: its sources, its pages, and its prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
HTML = ROOT / "_build" / "html"

TOPICS = tuple(sorted(path.stem for path in (ROOT / "solutions").glob("*.py")))
CHAPTERS = (*TOPICS, "debugging")


def pages() -> list[str]:
    """Every page of the table of contents, without its suffix, as ``dropout``."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"]]
    for part in toc["parts"]:
        files += [chapter["file"] for chapter in part["chapters"]]
    return [file.removeprefix("book/") for file in files]


def source(page: str) -> str:
    """The MyST text of a page."""
    return (BOOK / f"{page}.md").read_text(encoding="utf-8")


def claims() -> list[dict[str, Any]]:
    """The entries of ``claims/<topic>.yml``, each with its topic."""
    return [
        {"topic": path.stem, **entry}
        for path in sorted((BOOK / "claims").glob("*.yml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def labels(text: str) -> list[str]:
    """The MyST targets ``(name)=`` of a page."""
    return re.findall(r"^\(([a-z0-9-]+)\)=$", text, flags=re.MULTILINE)


def glued(text: str) -> set[str]:
    """The keys that a page or an entry shows with ``{glue:text}``."""
    return set(re.findall(r"\{glue:text\}`([^`:]+)", text))


class Cell(NamedTuple):
    """An executed cell: what its head says and its code."""

    head: str
    code: str


def cells(text: str) -> list[Cell]:
    """The executed cells of a page."""
    found = []
    pattern = r"^```\{code-cell\}[^\n]*\n(.*?)^```$"
    for body in re.findall(pattern, text, flags=re.MULTILINE | re.DOTALL):
        head = re.match(r"(---\n.*?\n---\n|(?::[^\n]*\n)*)", body, flags=re.DOTALL)
        start = head.end() if head else 0
        found.append(Cell(body[:start], body[start:]))
    return found


# What is not prose: it is taken out before digits are looked for.
_NOT_PROSE = (
    r"\$\$.*?\$\$",  # display mathematics
    r"\$[^$]*\$",  # inline mathematics
    r"(`+).+?\1",  # code and roles
    r"\]\([^)]*\)",  # the address of a link
    r"<https?://[^>]*>",
)
_TYPED = re.compile(r"<!-- typed: \S.*?-->")
_COUNTED = (
    "accuracies|batches|epochs|images|iterations|networks|replicas|runs|samples|seeds"
    "|settings|splits|steps|times|trials"
)
_NUMBER = re.compile(
    r"(?<![\w.])\d+(?:\.\d+|\s?%|\s×"
    rf"|\s(?:random |test |training )?(?:{_COUNTED})\b)"
)


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Lines of prose with their numbers: no front matter, no fence that is code.

    Directives whose content is prose (boxes, folded answers) are kept.
    """
    fences: list[tuple[str, bool]] = []
    in_front_matter = in_math = False
    for number, line in enumerate(text.splitlines(), 1):
        if line == "---" and (number == 1 or in_front_matter):
            in_front_matter = not in_front_matter
            continue
        if in_front_matter:
            continue
        if fence := re.match(r"\s*(`{3,}|:{3,})\s*(\{?)([\w-]*)", line):
            marks, brace, name = fence.groups()
            if not brace and not name and fences and marks == fences[-1][0]:
                fences.pop()
            else:
                inner = bool(brace) and name not in {"code-cell", "math", "claims"}
                fences.append((marks, inner))
            continue
        if line.strip() == "$$":
            in_math = not in_math
            continue
        if not in_math and all(is_prose for _, is_prose in fences):
            yield number, line


def typed_numbers(text: str) -> list[str]:
    """Decimals and percentages in prose that are neither computed nor excused."""
    found = []
    for number, line in prose(text):
        if _TYPED.search(line):
            continue
        rest = line
        for pattern in _NOT_PROSE:
            rest = re.sub(pattern, " ", rest)
        found += [f"line {number}: {m[0]!r}" for m in _NUMBER.finditer(rest)]
    return found
