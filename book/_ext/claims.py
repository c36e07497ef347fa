"""The directive ``claims``: a topic's claims, with verdicts, from ``claims/``.

Usage, with a topic as the argument::

    ```{claims} dropout
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

VERDICTS = ("confirmed", "refuted", "depends", "definition", "opinion")
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
    return (
        f"| `{claim['id']}` | {_cell(claim['statement'])} "
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


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("claims", Claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
