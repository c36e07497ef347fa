"""Offer each executed page as a notebook, with all that its cells import and read."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import jupytext
from docutils import nodes
from sphinx.application import Sphinx

_HELPERS = ("lab.py", "replicas.py", "tuned.mplstyle")
_EPOCH = (2020, 1, 1, 0, 0, 0)  # the same sources give the same bytes
_README = """\
{page}.ipynb is the chapter {page} of Tuned, without outputs.

It needs Python 3.11 or newer with the packages in requirements.txt:

    python -m pip install -r requirements.txt jupyterlab
    jupyter lab {page}.ipynb

The other files are what its cells import and read. Boxes, folded answers and numbers
that a cell computes look as they should on the book's own page; a notebook shows
their sources.
"""
_PACKAGES = frozenset(
    ("matplotlib", "myst-nb", "numpy", "optuna", "scikit-learn", "scipy", "torch")
)
_RECORDED = re.compile(r'"(runs/[\w/-]+)"')


def is_executed(source: Path) -> bool:
    """Whether the page has a kernel."""
    return "\nkernelspec:" in source.read_text(encoding="utf-8")[:500]


def requirements(root: Path) -> str:
    """The lines of the course's requirements that a chapter needs."""
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(x for x in lines if x.split("==")[0] in _PACKAGES) + "\n"


def records(book: Path, page: str) -> list[str]:
    """The files below ``runs`` whose folders the page names, relative to ``book``."""
    named = _RECORDED.findall((book / f"{page}.md").read_text(encoding="utf-8"))
    found = [path for folder in named for path in (book / folder).iterdir()]
    return sorted({path.relative_to(book).as_posix() for path in found})


def bundle(root: Path, page: str, target: Path) -> None:
    """Write the ZIP file of a page."""
    book = root / "book"
    beside = (*_HELPERS, *records(book, page))
    notebook = jupytext.read(book / f"{page}.md", fmt="md:myst")
    for i, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{i}"
    files = {
        f"{page}.ipynb": jupytext.writes(notebook, fmt="ipynb"),
        "README.txt": _README.format(page=page),
        "requirements.txt": requirements(root),
        **{name: (book / name).read_text(encoding="utf-8") for name in beside},
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as file:
        for name, text in files.items():
            info = zipfile.ZipInfo(f"{page}/{name}", _EPOCH)
            file.writestr(info, text, zipfile.ZIP_DEFLATED)


def offer(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the ZIP file beside the page, and a link to it at the page's foot."""
    root = Path(app.srcdir)
    source = root / f"{pagename}.md"
    if doctree is None or not source.is_file() or not is_executed(source):
        return
    page = Path(pagename).name
    bundle(root, page, Path(app.outdir) / "_downloads" / "notebooks" / f"{page}.zip")
    address = context["pathto"](f"_downloads/notebooks/{page}.zip", 1)
    context["body"] += (
        f'<p class="as-notebook"><a href="{address}" download>'
        "Download this page as a notebook</a>, with all that its cells import and read."
        "</p>"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
