"""Does the audit of the book measure what a reader's browser would load?"""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks import book_audit


def test_text_is_sent_compressed_and_the_rest_as_it_is(tmp_path: Path) -> None:
    """Does the host behave as ordinary hosts do, and know what it lacks?"""
    (tmp_path / "page.html").write_text("<p>text</p>" * 100, encoding="utf-8")
    (tmp_path / "figure.png").write_bytes(b"\x89PNG")
    with book_audit.hosted(tmp_path) as site:
        with urllib.request.urlopen(f"{site}/page.html?v=1") as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            body = answer.read()
            assert gzip.decompress(body).decode() == "<p>text</p>" * 100
            assert len(body) < 200
        with urllib.request.urlopen(f"{site}/figure.png") as answer:
            assert answer.headers["Content-Encoding"] is None
            assert answer.read() == b"\x89PNG"
        with pytest.raises(urllib.error.HTTPError, match="404") as caught:
            urllib.request.urlopen(f"{site}/missing.html")
        caught.value.close()


def test_an_unknown_page_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Is a mistyped page named, and a missing book explained, before anything runs?"""
    monkeypatch.setattr(book_audit, "HTML", tmp_path)
    with pytest.raises(SystemExit, match="2"):
        book_audit.main(["dropout"])
    assert "make book" in capsys.readouterr().err
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.html").write_text("<p>", encoding="utf-8")
    with pytest.raises(SystemExit, match="2"):
        book_audit.main(["droppout"])
    assert "no such page: droppout" in capsys.readouterr().err


def test_pages_are_weighed_with_their_figures(browser: Browser, tmp_path: Path) -> None:
    """Is a figure far below the fold weighed, too?"""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.html").write_text(
        "<!doctype html><link rel=icon href='data:,'><div style='height: 90000px'>"
        "</div><img loading=lazy src='../figure.svg' alt=''>",
        encoding="utf-8",
    )
    figure = "<svg xmlns='http://www.w3.org/2000/svg'></svg>" + " " * 5000
    (tmp_path / "figure.svg").write_text(figure, encoding="utf-8")
    with book_audit.hosted(tmp_path) as site:
        weighed = book_audit.weights(browser, site, ["page"])
    ((sent, unpacked, requests),) = weighed.values()
    assert requests == 2
    assert unpacked > 5000 > sent > 0
