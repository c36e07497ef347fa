"""Is what a verdict shows well-formed, escaped and readable?"""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from IPython.lib.pretty import pretty

from autograder.examining import examine
from autograder.pictures import Band, HeatMaps
from autograder.rendering import book_url, html, message, plain
from autograder.verdict import CheckFailed, Diagnosis, Outcome, Part, Verdict

EVIL = "<script>alert(1)</script> & \"quotes\" 'and' more"
VOID = {"br", "img", "hr", "rect", "path"}


class Balance(HTMLParser):
    """Fails on a tag that is not closed, or closed without being open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Remember it."""
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost one."""
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        """It closes itself."""
        self.seen.add(tag)


def tags(text: str) -> set[str]:
    """The tags of well-formed HTML."""
    balance = Balance()
    balance.feed(text)
    balance.close()
    assert balance.open == []
    return balance.seen


PICTURES = {
    "wrong": HeatMaps(np.eye(3), np.ones((3, 3))),
    "large": HeatMaps(np.zeros((40, 50)), np.ones((40, 50))),
    "not a number": HeatMaps(np.full((2, 2), np.nan), np.ones((2, 2))),
    "infinite": HeatMaps(np.full((2, 2), np.inf), -np.ones((2, 2))),
    "zero": HeatMaps(np.ones((1, 1)), np.zeros((1, 1))),
    "band": Band("share kept", 0.5, 0.69, 0.71),
    "band outside": Band("share kept", 1.7, 0.0, 0.0),
    "band with a long name": Band("the share of the units that were kept", 0.1, 0.2, 1),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_well_formed(name: str) -> None:
    """Is the SVG XML, with a title, within its box, and does it ask for nothing?"""
    text = PICTURES[name].svg()
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg"
    title = root.find(f"{space}title")
    assert title is not None
    assert title.text
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for rect in root.iter(f"{space}rect"):
        x, y, w, h = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width + 1
        assert 0 <= y <= y + h <= height + 1
    assert text.count("http") == 1  # the name of its language
    assert "nan" not in text
    assert "script" not in text


def test_a_name_in_a_picture_is_escaped() -> None:
    """Is the SVG well-formed whatever its title says?"""
    for name in ("a<b & c", "a < b & c, with a name that does not fit below"):
        ElementTree.fromstring(Band(name, 0.5, 0.2, 0.3).svg())


SEE = "pooling-overlap"
DIAGNOSIS = Diagnosis("name", f"title {EVIL}", f"hint {EVIL}", SEE, (EVIL,))
PARTS = (
    Part("values", Outcome.PASSED),
    Part(
        "gradients",
        Outcome.FAILED,
        f"raised ValueError: {EVIL}",
        picture=PICTURES["wrong"],
    ),
    Part(f"part {EVIL}", Outcome.UNTRIED),
    Part("dtype", Outcome.FAILED, "dtype float32", core=False),
)
VERDICT = Verdict("receptive_field", "pooling", PARTS, DIAGNOSIS, f"note {EVIL}", 3)


def test_the_page_is_well_formed_and_escaped() -> None:
    """Does HTML in an exception, a title, a hint or a note stay text?"""
    text = html(VERDICT)
    assert "script" not in tags(text)
    assert text.count("&lt;script&gt;") == 6
    assert "<svg" in text
    assert VERDICT._repr_html_() == text


def test_an_exception_s_text_is_escaped_from_end_to_end() -> None:
    """Is the text of a student's exception in the page, and never as markup?"""

    def fail(layers: Any) -> None:
        raise ValueError("<script>alert(1)</script>")

    verdict = examine("receptive_field", {"receptive_field": fail}, seed=1)
    assert "<script>" in verdict.message
    assert "script" not in tags(html(verdict))
    assert "&lt;script&gt;" in html(verdict)


def test_the_message_leads_with_what_matters() -> None:
    """Do state, note, first failure, diagnosis and hint come in this order?"""
    lines = message(VERDICT).splitlines()
    assert lines[0].startswith("receptive_field: not right yet")
    assert lines[1].startswith("note")
    assert lines[2].startswith("gradients: raised ValueError")
    assert "(1 more part failed.)" in lines[3]
    text = "\n".join(lines)
    assert "known mistake: title" in text
    assert "cannot be told from" in text
    assert "Hint: hint" in text
    assert "pooling.html#pooling-overlap" in text


def test_the_plain_table_has_a_line_for_every_part() -> None:
    """Does a terminal show each part with its result?"""
    text = plain(VERDICT)
    for line in ("+ values", "x gradients", "- part", "x dtype (manners)", "note"):
        assert f"  {line}" in text
    assert str(VERDICT) == text


@pytest.mark.parametrize(
    ("parts", "state", "score"),
    [
        ((Part("a", Outcome.PASSED),), "right", 1.0),
        ((Part("a", Outcome.FAILED),), "not right yet", 0.0),
        (
            (Part("a", Outcome.PASSED), Part("b", Outcome.FAILED, core=False)),
            "tidy up",
            0.9,
        ),
        (
            (Part("a", Outcome.PASSED, weight=3), Part("b", Outcome.FAILED)),
            "not right yet",
            0.75,
        ),
        ((Part("b", Outcome.PASSED, core=False),), "not right yet", 0.0),
        ((), "not right yet", 0.0),
    ],
)
def test_the_score_is_the_core_s_and_a_tenth_of_it_manners(
    parts: tuple[Part, ...], state: str, score: float
) -> None:
    """Do manners never decide, and never weigh more than a tenth?"""
    verdict = Verdict("receptive_field", "pooling", parts)
    assert verdict.score == score
    assert state in message(verdict)
    assert verdict.passed == (state in {"right", "tidy up"})


def test_the_verdict_as_json() -> None:
    """Is everything but the pictures there, as plain values?"""
    import json

    found = json.loads(json.dumps(VERDICT.as_json()))
    assert found["misconception"] == "name"
    assert found["seed"] == 3
    assert [part["outcome"] for part in found["parts"]] == [
        *("passed", "failed", "untried", "failed")
    ]
    assert replace(VERDICT, diagnosis=None).misconception is None


def test_the_book_s_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does it follow the setting, with or without a slash at its end?"""
    for base in ("https://example.org/tuned", "https://example.org/tuned/"):
        monkeypatch.setenv("TUNED_BOOK_URL", base)
        assert book_url("pooling") == "https://example.org/tuned/book/pooling.html"
    assert book_url("pooling", "a").endswith("#a")


def test_the_exception_shows_the_message_alone() -> None:
    """In a notebook, is a failed check a message and no trace through the grader?"""
    failed = CheckFailed(VERDICT, VERDICT)
    assert str(failed).count("not right yet") == 2
    lines = failed._render_traceback_()
    assert lines[0].startswith("CheckFailed: receptive_field")
    assert not any("File " in line or ", line " in line for line in lines)


def test_validate_shows_the_whole_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing but the exception shows, is it the message, in short lines?"""
    long = replace(DIAGNOSIS, hint="word " * 60)
    failed = CheckFailed(replace(VERDICT, diagnosis=long), VERDICT)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    lines = failed._render_traceback_()
    assert "receptive_field: not right yet (30%)" in lines
    assert " ".join(lines).split() == str(failed).split()
    assert max(map(len, lines)) <= 80


def test_without_a_browser_a_notebook_shows_the_table() -> None:
    """Does IPython's text say the same as print, and not how the verdict is built?"""
    assert pretty(VERDICT) == plain(VERDICT)
