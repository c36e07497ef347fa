"""Offer the assignments as one ZIP file, with the grader that their cells import.

Usage, with the words that link to the file::

    {handout}`ZIP file of all assignments`

It is the file that ``autograder bundle`` makes: a lone notebook could not be run, for
its checks need the grader, and the project's guide the package beside it. Making it
takes seconds, so it is kept until something that goes into it changes.
"""

from __future__ import annotations

import hashlib
import posixpath
import shutil
from pathlib import Path

from docutils import nodes
from fresh import fingerprint_of
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

from autograder.pipeline.bundle import NAME, bundle
from autograder.pipeline.course import Course
from autograder.rendering import book_root

FILE = f"{NAME}.zip"
_FOLDERS = ("autograder", "solutions")
_FILES = (
    *("LICENSE", "README.md", "nbgrader_config.py"),
    *("pyproject.toml", "requirements.txt"),
)


class handout(nodes.inline):  # noqa: N801 - docutils' nodes have small letters
    """A link to the ZIP file."""


class Handout(SphinxRole):
    """Make the link."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Take the role's text for the words of the link."""
        return [handout(self.rawtext, self.text)], []


def visit_html(translator: HTML5Translator, _node: handout) -> None:
    """Open the link, relative to the page."""
    address = posixpath.join(translator.builder.dlpath, FILE)
    translator.body.append(
        f'<a class="reference download internal" download href="{address}">'
    )


def depart_html(translator: HTML5Translator, _node: handout) -> None:
    """Close the link."""
    translator.body.append("</a>")


def state(root: Path) -> str:
    """A digest of what the ZIP file is made from."""
    digest = hashlib.sha256(book_root().encode())
    digest.update(fingerprint_of(*(root / name for name in _FOLDERS)).encode())
    for name in _FILES:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()[:16]


def make(app: Sphinx, failure: Exception | None) -> None:
    """Put the ZIP file where the links lead, made again if need be."""
    if failure is not None or app.builder.format != "html":
        return
    root, downloads = Path(app.srcdir), Path(app.outdir) / "_downloads"
    kept = Path(app.outdir).parent / ".handouts"
    folder = kept / state(root)
    if not (folder / FILE).is_file():
        shutil.rmtree(kept, ignore_errors=True)
        bundle(Course(root), folder)
    downloads.mkdir(exist_ok=True)
    shutil.copyfile(folder / FILE, downloads / FILE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_node(handout, html=(visit_html, depart_html))
    app.add_role("handout", Handout())
    app.connect("build-finished", make)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
