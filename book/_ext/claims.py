"""The directive ``claims``: a topic's claims, with verdicts, from ``claims/``.

Usage, with a topic as the argument::

    ```{claims} dropout
    ```

and, on the page that has all of them, an overview with a link to each::

    ```{claims-overview}
    ```

Evidence and statements are MyST. ``{glue:text}`key` `` in them means the key that
the topic's own chapter glued, wherever the table is rendered. A verdict that rests on
the literature, since no honest experiment fits this book, is marked as cited.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ALL = "book/claims"  # the page with the claims of every topic
VERDICTS = {
    "confirmed": "Trust it, within what was tested.",
    "depends": "Ask on what: the table says so.",
    "refuted": "Do not follow it.",
    "definition": "Nothing to test; know what it means.",
    "opinion": "Decide for yourself; the chapter says why.",
}
_GLUE = re.compile(r"\{glue:text\}`([^`:]+)(?::([^`]+))?`")


def load(path: Path) -> list[dict[str, Any]]:
    """The claims in the file ``path``, which is named for its topic, in its order."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return [{"topic": path.stem, **entry} for entry in entries]


def _cell(text: str) -> str:
    """Text that fits one cell of a Markdown table."""
    return " ".join(text.split()).replace("|", r"\|")


def markdown(claim: dict[str, Any], docname: str) -> str:
    """One claim as a row of a MyST table on the page ``docname``."""
    home = f"book/{claim['topic']}"
    evidence = " ".join(claim["evidence"].split())
    if docname != home:
        evidence = _GLUE.sub(
            lambda m: f"{{glue:text}}`{claim['topic']}.md::{m[1]}:{m[2] or 's'}`",
            evidence,
        )
    sources = ", ".join(claim["sources"])
    verdict = claim["verdict"]
    cited = " [cited]{.claim-cited}" if claim.get("cited") else ""
    name = f"`{claim['id']}`"
    if docname == ALL:
        name = f"[{name}]{{#claim-{claim['id']}}}"
    return (
        f"| {name} | {_cell(claim['statement'])} "
        f"[Source {sources}]{{.claim-sources}} "
        f"| [{verdict}]{{.verdict .verdict-{verdict}}}{cited} "
        f"| {_cell(evidence)} [Evidence](#{claim['link']}) |"
    )


class Claims(SphinxDirective):
    """Render the claims of one topic as a table."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Parse the table of the topic's claims into this page."""
        topic = self.arguments[0]
        path = Path(self.env.srcdir) / "book" / "claims" / f"{topic}.yml"
        if not path.is_file():
            raise self.error(f"there is no book/claims/{topic}.yml")
        self.env.note_dependency(str(path))
        lines = [
            "| Claim | What it says | Verdict | What we found |",
            "|---|---|---|---|",
        ]
        lines += [markdown(claim, self.env.docname) for claim in load(path)]
        container = nodes.container(classes=["claims"])
        self.state.nested_parse(
            StringList(lines, source=str(path)), self.content_offset, container
        )
        return [container]


class Overview(SphinxDirective):
    """Render the verdicts with the names of their claims, as links to the tables."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """Parse the table of verdicts into this page."""
        folder = Path(self.env.srcdir) / "book" / "claims"
        claims: list[dict[str, Any]] = []
        for path in sorted(folder.glob("*.yml")):
            self.env.note_dependency(str(path))
            claims += load(path)
        lines = ["| Verdict | What to make of it | Claims |", "|---|---|---|"]
        for verdict, advice in VERDICTS.items():
            found = [claim for claim in claims if claim["verdict"] == verdict]
            names = [each["id"] for each in found]
            links = ", ".join(f"[`{name}`](#claim-{name})" for name in names)
            badge = f"[{verdict}]{{.verdict .verdict-{verdict}}}"
            lines.append(f"| {badge} ({len(found)}) | {advice} | {links} |")
        container = nodes.container(classes=["claims-overview"])
        self.state.nested_parse(
            StringList(lines, source=str(folder)), self.content_offset, container
        )
        return [container]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("claims", Claims)
    app.add_directive("claims-overview", Overview)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
