"""The directive ``playground``: an interactive figure, with a picture in its place.

Usage, with the name of a playground as the argument::

    ```{playground} optimizer-race
    ```

The page shows a picture until the module of ``book/_static/playgrounds/`` puts the
interactive figure in its place, and for good where scripts do not run. The picture is
drawn in each build (see ``playground_pictures.py``), so it cannot go stale. Style and
module are loaded by pages that have a playground, and by no others. Each can be linked
to by the label ``playground-<name>``.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import playground_pictures
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

FOLDER = "playgrounds"


class Description(NamedTuple):
    """What a page says of a playground, and what makes it."""

    title: str
    caption: str  # what to do with it
    alt: str  # what the picture shows
    module: str


PLAYGROUNDS = {
    "optimizer-race": Description(
        "Playground: the optimizer race",
        "Choose who runs through the valley x²/20 + y², at which rate and from where. "
        "Raise SGD’s rate slowly past 1, and watch y.".replace(" + ", "\xa0+\xa0"),
        "Contour lines of a long narrow valley with the paths of three optimizers: SGD "
        "jumps from side to side while it creeps toward the minimum, momentum swings "
        "past it in a curve, Adam comes in smoothly; below, their losses by step.",
        "race.js",
    ),
    "depth-explorer": Description(
        "Playground: the depth–initialization explorer",
        "Build a deep network, choose how its weights begin, and see what is left of "
        "the signal on its way up and of the gradient on its way down.",
        "Standard deviations of activations and gradients in ten tanh layers with "
        "Xavier's weights: both fall slowly, activations toward the last layer, "
        "gradients toward the first; below, histograms of the activations of layers "
        "1, 4, 7 and 10, each narrower than the one before.",
        "depth.js",
    ),
    "schedule-composer": Description(
        "Playground: the schedule composer",
        "Put a warm-up before any schedule. The curve, the formula and the lines of "
        "PyTorch follow what you choose.",
        "A learning rate over one hundred steps: it grows in ten equal shares to "
        "0.1, then falls along half a cosine nearly to zero.",
        "composer.js",
    ),
}


class playground(nodes.General, nodes.Element):  # noqa: N801, docutils' way
    """A playground in the document; ``name`` says which."""


class Playground(SphinxDirective):
    """Place a playground."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Make the node, and a label to link to."""
        name = self.arguments[0]
        if name not in PLAYGROUNDS:
            known = ", ".join(PLAYGROUNDS)
            raise self.error(f"there is no playground {name!r}, only {known}")
        label = f"playground-{name}"
        domain = self.env.get_domain("std")
        domain.note_hyperlink_target(  # type: ignore[attr-defined]
            label, self.env.docname, label, PLAYGROUNDS[name].title
        )
        return [playground(name=name, ids=[label])]


def visit_html(translator: HTML5Translator, node: playground) -> None:
    """Write the figure with its picture."""
    name = node["name"]
    described = PLAYGROUNDS[name]
    root = translator.builder.get_relative_uri(  # type: ignore[attr-defined]
        translator.builder.current_docname, "index"
    ).rpartition("/")[0]
    picture = f"{root}/_static/{FOLDER}/{name}.svg".lstrip("/")
    translator.body.append(
        f'<figure class="playground" id="{node["ids"][0]}" data-playground="{name}">\n'
        f'<figcaption><span class="playground-title">{escape(described.title)}</span>\n'
        f"{escape(described.caption)}</figcaption>\n"
        '<div class="playground-fallback">\n'
        f'<img src="{picture}" alt="{escape(described.alt)}">\n'
        "<p>This is a picture of it: the playground itself needs JavaScript, and a "
        "page that comes from a server.</p>\n"
        "</div>\n</figure>\n"
    )
    raise nodes.SkipNode


def skip(*_: Any) -> None:
    """Leave the playground out where there is no page to play in."""
    raise nodes.SkipNode


def names_on(doctree: nodes.document | None) -> list[str]:
    """The playgrounds of a page, each once."""
    found = doctree.findall(playground) if doctree is not None else ()
    return list(dict.fromkeys(node["name"] for node in found))


def load(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Add the style and the modules to a page that has a playground."""
    names = names_on(doctree)
    if names:
        app.add_css_file(f"{FOLDER}/playground.css")
    for name in names:
        app.add_js_file(f"{FOLDER}/{PLAYGROUNDS[name].module}", type="module")


def draw(app: Sphinx, failure: Exception | None) -> None:
    """Draw the pictures beside the modules, if there are pages to show them."""
    if failure is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static" / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        style = Path(app.srcdir) / "book" / "tuned.mplstyle"
        for name in PLAYGROUNDS:
            playground_pictures.save(name, folder / f"{name}.svg", style)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (skip, None))
    app.add_node(playground, html=(visit_html, None), **others)
    app.add_directive("playground", Playground)
    app.connect("html-page-context", load)
    app.connect("build-finished", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
