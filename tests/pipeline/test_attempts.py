"""Does a student see every attempt, whatever becomes of the files between?"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback

from autograder.pipeline.attempts import INDEX, Attempt, attempts, keep_attempt
from autograder.pipeline.course import Course

TOPIC, STUDENT = "mini", "ada"
PAGE = "<html><body>\n<header>\n<h1>{0}</h1>\n</header>\n<main>{0}</main></html>\n"
WHEN = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course in which nothing is graded yet."""
    return Course(tmp_path)


def page(course: Course) -> Path:
    """Where the newest feedback lies."""
    return course.feedback / STUDENT / TOPIC / f"{TOPIC}.html"


def feed_back(course: Course, said: str, points: float = 1.0) -> list[Attempt]:
    """Write a page as nbgrader does, which empties the folder first, and keep it."""
    folder = page(course).parent
    if folder.exists():
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    page(course).write_text(PAGE.format(said), encoding="utf-8")
    return keep_attempt(course, TOPIC, STUDENT, (points, 10.0), WHEN)


def kept_in(course: Course) -> Path:
    """Where the pages are kept."""
    return course.feedback.parent / "attempts" / STUDENT / TOPIC


def test_the_newest_page_links_to_the_earlier_ones(course: Course) -> None:
    """Are number, date, points, change and a page that opens in the table?"""
    feed_back(course, "first", 3)
    assert page(course).read_text("utf-8") == PAGE.format("first")  # nothing to show
    feed_back(course, "second", 7.5)
    feed_back(course, "third", 6)
    text = page(course).read_text("utf-8")
    table = text[text.index("<table") : text.index("</table>")]
    assert re.findall(r'href="([^"]+)"', table) == [
        "attempts/1.html",
        "attempts/2.html",
    ]
    for link, said in (("attempts/1.html", "first"), ("attempts/2.html", "second")):
        earlier = (page(course).parent / link).read_text("utf-8")
        assert earlier == PAGE.format(said)
    for words in ("Attempt 3 (this page)", "2030-01-02 03:04:05 UTC", "7.5 of 10"):
        assert words in table
    assert re.findall(r"<td>([+−][\d.]+)</td>", table) == ["+4.5", "−1.5"]
    assert text.index("</table>") < text.index("</header>")


def test_the_same_page_twice_is_one_attempt(course: Course) -> None:
    """Is a page that was kept already, with its table, not kept again?"""
    feed_back(course, "first")
    feed_back(course, "second")
    before = page(course).read_text("utf-8")
    again = keep_attempt(course, TOPIC, STUDENT, (1.0, 10.0))
    assert [each.number for each in again] == [1, 2]
    assert page(course).read_text("utf-8") == before
    assert len(feed_back(course, "second")) == 2
    assert page(course).read_text("utf-8") == before


def test_points_come_back_as_they_were(course: Course) -> None:
    """Is what is read what was kept?"""
    assert attempts(course, TOPIC, STUDENT) == []
    kept = feed_back(course, "first", 2.25)
    assert attempts(course, TOPIC, STUDENT) == kept
    assert (kept[0].points, kept[0].possible) == (2.25, 10.0)
    assert kept[0].graded == "2030-01-02T03:04:05+00:00"


def test_without_a_page_nothing_is_kept(course: Course) -> None:
    """Is a grading that wrote no page no attempt, and no error?"""
    assert keep_attempt(course, TOPIC, STUDENT, (1.0, 10.0)) == []
    assert not kept_in(course).exists()


@pytest.mark.parametrize("spoiled", [b"", b"{", b"[1]", b'[{"number": 1}]', b"\xff"])
def test_a_spoiled_list_is_made_again_of_the_pages(
    course: Course, spoiled: bytes
) -> None:
    """Are no page and no link lost, and unknown points called unknown?"""
    feed_back(course, "first")
    feed_back(course, "second")
    (kept_in(course) / INDEX).write_bytes(spoiled)
    assert [each.points for each in attempts(course, TOPIC, STUDENT)] == [None, None]
    assert len(feed_back(course, "third")) == 3
    text = page(course).read_text("utf-8")
    assert text.count("not known") == 2
    assert (page(course).parent / "attempts" / "2.html").exists()
    assert len(json.loads((kept_in(course) / INDEX).read_bytes())) == 3


def test_a_lost_page_is_left_out_of_the_links_only(course: Course) -> None:
    """If somebody deleted a kept page, does grading go on?"""
    feed_back(course, "first")
    (kept_in(course) / "1.html").unlink()
    assert len(feed_back(course, "second")) == 2
    assert not (page(course).parent / "attempts").exists()


def test_stopped_between_page_and_list_nothing_is_lost(course: Course) -> None:
    """Is a page without its line in the list given its number again?"""
    feed_back(course, "first")
    (kept_in(course) / "2.html").write_text("half", encoding="utf-8")
    assert [each.number for each in feed_back(course, "second")] == [1, 2]
    assert "second" in (kept_in(course) / "2.html").read_text("utf-8")


def test_where_files_cannot_be_linked_they_are_copied(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does a file system without hard links show the pages as well?"""

    def refused(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refused)
    feed_back(course, "first")
    feed_back(course, "second")
    shown = page(course).parent / "attempts" / "1.html"
    assert shown.read_text("utf-8") == PAGE.format("first")


def test_marks_in_a_student_s_text_move_nothing(course: Course) -> None:
    """Is a page that holds the table's own marks below its head left as it is?"""
    evil = "<!-- attempts -->x<!-- /attempts --></header>"
    feed_back(course, "first")
    feed_back(course, "second")
    text = page(course).read_text("utf-8").replace("<main>", f"<main>{evil}")
    page(course).write_text(text, encoding="utf-8")
    keep_attempt(course, TOPIC, STUDENT, (1.0, 10.0))
    text = page(course).read_text("utf-8")
    assert evil in text
    assert text.count("Your attempts") == 1


def test_nbgrader_releases_the_newest_page_alone(course: Course) -> None:
    """Does nbgrader's exchange, which takes every page it finds, find just one?"""
    feed_back(course, "first")
    feed_back(course, "second")
    assert list(page(course).parent.glob("*.html")) == [page(course)]
    assert "*.html" in _source(ExchangeReleaseFeedback)


def _source(thing: type) -> str:
    import inspect

    return inspect.getsource(thing)
