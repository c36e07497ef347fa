"""Is the page that a student's prose ends up in harmless, and readable?"""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.pipeline.feedback import FeedbackExporter, mathml
from autograder.pipeline.restoration import inert

ABOUT = {"notebook": "mini", "score": 1.0, "max_score": 2.0, "late_penalty": 0.0}


def page(markdown: str) -> str:
    """The part of a page that is made of ``markdown``."""
    made = new_notebook(cells=[new_markdown_cell(markdown)])
    html, _ = FeedbackExporter().from_notebook_node(made, {"nbgrader": ABOUT})
    return str(html.partition("<main")[2])


EVIL = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( \tjavascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x]\n\n[x]: javascript:alert(1)",
    "<javascript:alert(1)>",
    '[x](https://a/"onmouseover="alert(1))',
    "[x](https://a 'y\" onmouseover=\"alert(1)')",
    '![x](data:image/png;base64,a"onerror="alert(1))',
    "![x](https://elsewhere.example/pixel.png)",
    "![x](javascript:alert(1))",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\text{<script>alert(1)</script>}$",
    r"$x < script>alert(1)$",
    "$$\n<img src=x onerror=alert(1)>\n$$",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "# <script>alert(1)</script>",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "\\begin{x}<script>alert(1)</script>\\end{x}",
]


@pytest.mark.parametrize("markdown", EVIL)
def test_prose_runs_nothing_and_fetches_nothing(markdown: str) -> None:
    """Is there no element, no handler, no address that a browser would act on?"""
    text = page(inert(markdown))
    tags = re.findall(r"<[a-zA-Z][^>]*>", text)
    for tag in tags:
        assert not re.match(
            r"<(script|iframe|object|embed|form|link|base)\b", tag, re.I
        )
        outside_quotes = re.sub(r"\"[^\"]*\"|'[^']*'", "", tag)
        assert not re.search(r"\son\w+\s*=", outside_quotes, re.I), tag
        for address in re.findall(r"(?:href|src)\s*=\s*[\"']?([^\"'\s>]*)", tag, re.I):
            assert address.startswith(
                ("#", "http://", "https://", "mailto:", "data:image/")
            )
        if tag.lower().startswith("<img"):
            assert "http" not in tag


def test_the_page_forbids_itself_the_network() -> None:
    """Does a policy in its head allow no script and no request?"""
    made = new_notebook(cells=[])
    html, _ = FeedbackExporter().from_notebook_node(made, {"nbgrader": ABOUT})
    policy = re.search(r"<meta[^>]*Content-Security-Policy[^>]*>", html)
    assert policy is not None
    assert "default-src 'none'" in policy[0].replace("&#39;", "'")
    assert "script-src" not in policy[0]


@pytest.mark.parametrize(
    ("markdown", "shows"),
    [
        ("a $x^2$ b", "<math"),
        ("$$\n\\frac{a}{b}\n$$", "<mfrac"),
        ("\\begin{aligned} a &= b \\end{aligned}", "<math"),
        ("# Title", "<h1>Title</h1>"),
        ("[book](https://example.org)", 'href="https://example.org"'),
        ("![p](data:image/png;base64,aaaa)", "<img"),
        ("![p](https://example.org/a.png)", "[picture: p]"),
        ("1 < 2 and **bold**", "<strong>bold</strong>"),
    ],
)
def test_honest_prose_is_shown(markdown: str, shows: str) -> None:
    """Do formulas, titles, links and pictures look as they should?"""
    assert shows in page(markdown)


def test_a_formula_that_cannot_be_read_is_shown_as_it_is() -> None:
    """Is it the source, escaped, also where it is far too long?"""
    assert mathml("x" * 5000, "inline").startswith("<code>xxx")
    assert mathml(r"\frac", "inline") == r"<code>\frac</code>"
    assert mathml(r"\href{<a>}{x}", "inline") == r"<code>\href{&lt;a&gt;}{x}</code>"
    assert mathml("x", "block").startswith('<div class="formula"><math')
