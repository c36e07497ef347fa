"""The directive ``claims``: a topic's claims, with verdicts, from ``claims.yml``.

Usage, with a topic as the argument::

    ```{claims} dropout
    ```

Evidence and statements are MyST. ``{glue:text}`key` `` in them means the key that
the topic's own chapter glued, wherever the table is rendered.
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
    """The claims in the file ``path``, in its order."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) or []


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
    return (
        f"| `{claim['id']}` | {_cell(claim['statement'])} "
        f"[Source {sources}]{{.claim-sources}} "
        f"| [{verdict}]{{.verdict .verdict-{verdict}}} "
        f"| {_cell(evidence)} [Evidence](#{claim['link']}) |"
    )


class Claims(SphinxDirective):
    """Render the claims of one topic as a table."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Parse the table of the topic's claims into this page."""
        path = Path(self.env.srcdir) / "book" / "claims.yml"
        self.env.note_dependency(str(path))
        topic = self.arguments[0]
        claims = [claim for claim in load(path) if claim["topic"] == topic]
        if not claims:
            raise self.error(f"claims.yml has no claim of the topic {topic!r}")
        lines = [
            "| Claim | What it says | Verdict | What we found |",
            "|---|---|---|---|",
        ]
        lines += [markdown(claim, self.env.docname) for claim in claims]
        container = nodes.container(classes=["claims"])
        self.state.nested_parse(
            StringList(lines, source=str(path)), self.content_offset, container
        )
        return [container]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("claims", Claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
