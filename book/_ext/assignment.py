"""The directive ``assignment``: what an assignment asks, from its checks and mistakes.

Usage, with a topic as the argument::

    ```{assignment} dropout
    ```

It makes a table of the functions, and of a run where one is asked for, with their
points and the questions of their checks, and folds the known mistakes, with links to
the sections that explain them, below it.
Nothing is typed twice: points come from ``solutions/``, questions and mistakes from
the package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from autograder.checks import all_checks
from autograder.exam import Check
from autograder.judge.grading import functions_checked, run_checked
from autograder.mistakes import mistakes_of
from autograder.pipeline.release import source_notebook

RUN = "each step of the recipe for its evidence; the accuracy, measured again"


def points(path: Path) -> dict[str, int]:
    """The points of each checked function, or run, in the source of an assignment."""
    found: dict[str, int] = {}
    for cell in source_notebook(path).cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("grade") and not metadata.get("solution"):
            folder = run_checked(cell.source)
            (name, *_) = [folder] if folder else functions_checked(cell.source)
            found[name] = metadata["points"]
    return found


def table(worth: dict[str, int]) -> list[str]:
    """The functions, their points and what their checks ask, as a MyST table."""
    lines = ["| Function | Points | The check asks |", "|---|--:|---|"]
    for name, each in worth.items():
        asked = _questions(all_checks()[name]) if name in all_checks() else RUN
        lines.append(f"| `{name}` | {each:g} | {asked} |")
    return lines


def _questions(check: Check) -> str:
    core = "; ".join(each.title for each in check.aspects if each.core)
    manners = "; ".join(each.title for each in check.aspects if not each.core)
    asked = core + (f". *Manners:* {manners}" if manners else "")
    return asked.replace("|", r"\|")


def mistakes(name: str) -> list[str]:
    """The known mistakes in a function, folded, each with its section."""
    known = mistakes_of(name)
    # A fence of backticks could have none in its title.
    lines = [f"~~~{{dropdown}} {len(known)} known mistakes in `{name}`"]
    lines += [f"- {each.title} ([more](#{each.see}))" for each in known]
    return [*lines, "~~~", ""]


class Assignment(SphinxDirective):
    """Render what an assignment asks."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Parse the generated text into this page."""
        topic = self.arguments[0]
        root = Path(self.env.srcdir)
        path = root / "solutions" / f"{topic}.py"
        if not path.is_file():
            raise self.error(f"there is no assignment {topic!r}")
        for pattern in (f"checks/{topic}*.py", f"mistakes/{topic}*.py"):
            for source in (root / "autograder").glob(pattern):
                self.env.note_dependency(str(source))
        self.env.note_dependency(str(path))
        worth = points(path)
        lines = [*table(worth), ""]
        for name in worth:
            lines += mistakes(name) if name in all_checks() else []
        container = nodes.container(classes=["assignment"])
        self.state.nested_parse(
            StringList(lines, source=str(path)), self.content_offset, container
        )
        return [container]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("assignment", Assignment)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
