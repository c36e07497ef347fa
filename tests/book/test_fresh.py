"""Is a page made again when something that it stands on has changed?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from tests.book.chapters import BOOK, ROOT


def test_the_executed_helpers_take_part_in_the_fingerprint() -> None:
    """Does a change of a helper, of the style or of a library execute pages again?"""
    text = (BOOK / "_ext" / "fresh.py").read_text(encoding="utf-8")
    used = {
        path.suffix for path in BOOK.iterdir() if path.suffix in {".py", ".mplstyle"}
    }
    assert used == {".py", ".mplstyle"}
    assert all(f'"*{suffix}"' in text for suffix in used)
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for library in ("matplotlib", "numpy", "scikit-learn", "torch"):
        assert f'"{library}"' in text
        assert re.search(rf"^{library}==", requirements, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["a.py", "deeper/b.css", "deeper/down/c"])
def test_a_changed_file_makes_another_fingerprint(
    extensions, tmp_path: Path, name: str
) -> None:
    """Does any file of a folder count, but for what Python compiled from it?"""
    fingerprint = extensions["fresh"].fingerprint_of
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("red", encoding="utf-8")
    before = fingerprint(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"compiled")
    assert fingerprint(tmp_path) == before
    path.write_text("blue", encoding="utf-8")
    assert fingerprint(tmp_path) != before


def test_a_changed_extension_makes_every_page_be_read_again(
    extensions, tmp_path: Path
) -> None:
    """In a build after an edit in _ext are all pages read anew, and otherwise none?"""
    (tmp_path / "book" / "_ext").mkdir(parents=True)
    extension = tmp_path / "book" / "_ext" / "some.py"
    (tmp_path / "index.rst").write_text("Title\n=====\n", encoding="utf-8")
    read: list[str] = []
    for text, pages_read in (("1", ["index"]), ("1", []), ("2", ["index"])):
        extension.write_text(f"first = {text}\n", encoding="utf-8")
        read.clear()
        with docutils_namespace():
            app = Sphinx(
                str(tmp_path),
                None,
                str(tmp_path / "out" / "html"),
                str(tmp_path / "out" / "trees"),
                "html",
                {"extensions": ["fresh"], "html_theme": "basic"},
                status=None,
            )
            app.connect("source-read", lambda _app, name, _text: read.append(name))
            app.build()
        assert read == pages_read, text
