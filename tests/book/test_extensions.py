"""Do the book's own Sphinx extensions do what they promise, also with odd input?"""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

# mathematics --------------------------------------------------------------------------


def test_a_formula_is_seen_and_heard(extensions) -> None:
    """Has a formula a form for the eye and MathML for the ear?"""
    html = extensions["mathematics"].render(r"\frac{1}{p}", display=True)
    assert "katex-display" in html
    assert "<mfrac>" in html
    assert "katex-html" in html


def test_an_unreadable_formula_says_where(extensions) -> None:
    """Is a formula refused with its own text, so that it can be found?"""
    with pytest.raises(ValueError, match=r"Undefined control sequence.*frobnicate"):
        extensions["mathematics"].render(r"x = \frobnicate", display=False)


def test_lines_of_a_formula_are_aligned(extensions) -> None:
    """Do line breaks and blank lines give lines, and one line stay one?"""
    aligned = extensions["mathematics"].aligned
    assert aligned("x = 1") == "x = 1"
    assert aligned("x &= 1 \\\\ y &= 2") == (
        r"\begin{aligned}x &= 1 \\ y &= 2\end{aligned}"
    )
    assert aligned("x\n\ny") == r"\begin{aligned}x \\ y\end{aligned}"


# lean ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".used { color: red }", True),
        (".unused { color: red }", False),
        ("p > .unused + a { color: red }", False),
        ("#used:hover, .unused { color: red }", True),
        ("a:not(.unused) { color: red }", True),
        ('html[data-theme="dark"] p { color: red }', True),
        ("@media print { .unused { color: red } }", False),
        ("@media print { .used { color: red } }", True),
        ("@font-face { font-family: x; src: url(y) }", True),
    ],
)
def test_a_rule_stays_if_something_may_match(extensions, css: str, kept: bool) -> None:
    """Is a rule dropped only where no class or id of it occurs?"""
    lean = extensions["sheets"].lean_css(css, {"used", "p", "a"})
    assert bool(lean.strip()) == kept
    if kept:
        assert "color:" in lean or "font-family:" in lean
    if "#used" in css:
        assert "unused" not in lean


def test_sheets_keep_their_pictures_and_imports(extensions, tmp_path: Path) -> None:
    """Do addresses in a sheet still lead where they led, and imports come along?"""
    styles = tmp_path / "_static" / "styles"
    styles.mkdir(parents=True)
    (styles / "a.css").write_text(
        '@import "../b.css"; p { background: url("../x.png") }'
        " a { background: url(data:image/png;base64,AA) }",
        encoding="utf-8",
    )
    (tmp_path / "_static" / "b.css").write_text("b { color: red }", encoding="utf-8")
    css = extensions["sheets"].whole(tmp_path, "_static/styles/a.css")
    assert "b { color: red }" in css
    assert "url(x.png)" in css
    assert "url(data:image/png;base64,AA)" in css


def test_scripts_wait_or_go(extensions) -> None:
    """Are unused scripts dropped, the others put off, inline ones left in order?"""
    page = (
        '<head><script src="a.js"></script><script src="_static/thebe.js"></script>'
        '<script defer src="fontawesome.js"></script><script src="searchindex.js">'
        "</script><script>DOCUMENTATION_OPTIONS.x = 1;</script></head><body></body>"
    )
    lean = extensions["lean"].lean_scripts(page)
    assert '<script defer src="a.js"></script>' in lean
    assert "thebe" not in lean
    assert "fontawesome" not in lean
    assert "searchindex" not in lean
    assert 'addEventListener("DOMContentLoaded", () => { DOC' in lean
    assert extensions["lean"].lean_scripts(lean) == lean, "twice is once"
    searching = page.replace("<body>", '<body><ul id="search-results"></ul>')
    assert "searchindex" in extensions["lean"].lean_scripts(searching)


def test_the_theme_measures_nothing(extensions, tmp_path: Path, caplog) -> None:
    """Is the theme's script calmed once, and another script complained of?"""
    calm = extensions["lean"].calm_theme
    script = tmp_path / "theme.js"
    queried = 'document.querySelectorAll(["pre",".x"].join(", "))'
    script.write_text(f"{queried}.forEach(e=>{{e.tabIndex=0}})", encoding="utf-8")
    for _ in range(2):
        calm(script)
        assert script.read_text(encoding="utf-8") == "[].forEach(e=>{e.tabIndex=0})"
    assert not caplog.records
    script.write_text("other()", encoding="utf-8")
    calm(script)
    assert "another script" in caplog.text


def test_one_sheet_stands_for_all(extensions) -> None:
    """Are all links to sheets replaced by one, in the first one's place?"""
    page = (
        '<link href="a.css?v=1" rel="stylesheet" /><title>t</title>'
        '<link rel="stylesheet" type="text/css" href="../b.css" />'
    )
    sheets = extensions["sheets"]
    assert sheets.sheets(page) == ["a.css", "../b.css"]
    once = sheets.one_sheet(page, "book.css")
    assert once == '\n<link rel="stylesheet" href="book.css"><title>t</title>'
    assert sheets.one_sheet(once, "book.css") == once
    assert sheets.one_sheet("<p>", "book.css") == "<p>"


# figures ------------------------------------------------------------------------------


def test_a_drawing_gets_a_palette_and_a_photograph_does_not(extensions) -> None:
    """Is a picture made smaller only if nobody would see it?"""
    with_palette = extensions["figures"].with_palette
    drawing = Image.new("RGBA", (60, 40), "#FBFAF7")
    drawing.paste("#0072B2", (10, 10, 30, 30))
    small = with_palette(drawing)
    assert small is not None
    assert small.mode == "P"
    assert np.array_equal(
        np.asarray(small.convert("RGB")), np.asarray(drawing)[..., :3]
    )
    assert with_palette(small) is None
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    assert with_palette(Image.fromarray(noise)) is None
    drawing.putalpha(100)
    assert with_palette(drawing) is None


def test_pages_know_the_sizes_of_their_pictures(extensions, tmp_path: Path) -> None:
    """Is a picture's size written into its tag, once, and an unknown one left alone?"""
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    with_sizes = extensions["figures"].with_sizes
    once = with_sizes('<img alt="x" src="../_images/a.png" />', tmp_path)
    assert once == '<img width="60" height="40" alt="x" src="../_images/a.png" />'
    assert with_sizes(once, tmp_path) == once
    missing = '<img src="../_images/b.png" />'
    assert with_sizes(missing, tmp_path) == missing


# names --------------------------------------------------------------------------------


def test_only_a_long_name_in_a_table_may_break(extensions) -> None:
    """Do the examples hold, and do sentences and short names stay as they are?"""
    names = extensions["names"]
    assert doctest.testmod(names) == (0, 2)
    sentence = '<p><span class="pre">torch.optim.swa_utils.SWALR</span></p>'
    assert names.breakable(sentence) == sentence
    number = '<td>0.123456789012345678901 <span class="pre">1.5</span></td>'
    assert names.breakable(number) == number
