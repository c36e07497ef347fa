"""The report: is all of it there, on one page that needs nothing else?"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from project import report, wording
from project.__main__ import STEPS
from project.ledger import Ledger

from .tiny import finished, records

__all__ = ["finished"]


@pytest.fixture(scope="module")
def run(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with its report."""
    folder = tmp_path_factory.mktemp("reported") / "run"
    shutil.copytree(finished, folder)
    assert report.write(folder) == folder / "report.html"
    return folder


@pytest.fixture
def page(browser: Browser, run: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The report in a browser, on a telephone unless said otherwise."""
    width, scheme = getattr(request, "param", (390, "light"))
    opened = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on(
        "request",
        lambda asked: (
            asked.url.startswith(("file:", "data:")) or complaints.append(asked.url)
        ),
    )
    opened.goto((run / "report.html").as_uri())
    yield opened
    opened.close()
    assert complaints == []  # nothing asked of anyone, nothing refused


def test_a_figure_for_every_step(run: Path) -> None:
    """Does curves/ have a picture of each step, as the guide shows them?"""
    names = {path.stem for path in (run / "curves").glob("*.png")}
    assert names == {*STEPS, "monitors"}
    for path in (run / "curves").iterdir():
        with Image.open(path) as image:
            image.verify()


def test_the_page_needs_nothing_else(run: Path) -> None:
    """Do all addresses in it lie in it?"""
    text = (run / "report.html").read_text(encoding="utf-8")
    addresses = re.findall(r'(?:src|srcset|href)="([^"]{0,40})', text)
    assert addresses
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert not re.search(r"<script|@import|url\(|https?://", text)
    assert str(run) not in text


@pytest.mark.parametrize(
    "page",
    [(w, scheme) for w in (390, 1440) for scheme in ("light", "dark")],
    indirect=True,
)
def test_the_page_is_readable(page: Page) -> None:
    """Is it no wider than the screen, are its images there, does the text stand out?"""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    images = page.evaluate(
        "[...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt])"
    )
    assert len(images) == 8
    assert all(there and len(alt) > 30 for there, alt in images)
    colors = page.evaluate(
        """[...document.querySelectorAll('h1, h2, p, td, th, dt, dd, figcaption')].map(
            e => [getComputedStyle(e).color, getComputedStyle(document.body)
                .backgroundColor, parseFloat(getComputedStyle(e).fontSize)])"""
    )
    for ink, paper, size in colors:
        assert contrast(ink, paper) >= 4.5, (ink, paper)
        assert size >= 14


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors, as WCAG defines it."""

    def luminance(color: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
        linear = [
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_images_follow_the_color_scheme(browser: Browser, run: Path) -> None:
    """Are there other pictures for the dark?"""
    shown = []
    for scheme in ("light", "dark"):
        opened = browser.new_page(color_scheme=scheme)
        opened.goto((run / "report.html").as_uri())
        shown.append(opened.evaluate("[...document.images].map(i => i.currentSrc)"))
        opened.close()
    assert not set(shown[0]) & set(shown[1])


def test_headings_tables_and_landmarks(page: Page) -> None:
    """Can the page be moved through by its headings, and every table be named?"""
    headings = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName)"
    )
    assert headings == ["H1"] + ["H2"] * 8
    assert page.evaluate("document.querySelectorAll('main').length") == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    tables = page.evaluate(
        """[...document.querySelectorAll('table')].map(t => [t.caption?.innerText,
            [...t.querySelectorAll('th')].every(h => h.scope)])"""
    )
    assert len(tables) == 6
    assert all(caption and scoped for caption, scoped in tables)


def test_the_page_says_what_the_ledger_says(page: Page, run: Path) -> None:
    """Are result, decisions and machine those of the ledger?"""
    text = " ".join(page.inner_text("main").split())
    found = records(run)
    test = found[-1]
    assert wording.spread(test, 3).replace("\u00a0", " ") in text
    assert f"{100 * test['mean']:.2f} ± {100 * test['sd']:.2f}" in text
    assert "(n = 3)" in text
    trial = next(r for r in found if r["record"] == "trial")
    assert trial["device"] in text
    assert all(version in text for version in trial["versions"].values())
    for record in found:
        if record["record"] == "trial" and record["step"] in ("coarse", "refine"):
            assert record["id"] in text
        for word in record.get("readings", {}).values():
            assert word.replace("_", " ") in text
    assert text.count("Decided:") == 7


@pytest.fixture
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the drawing, which takes long and is not asked about."""
    monkeypatch.setattr("project.figures.png", lambda *_: b"")


@pytest.mark.usefixtures("_no_figures")
def test_a_run_half_way(finished: Path, tmp_path: Path) -> None:
    """Can the report be written after every record, and does it say what is missing?"""
    lines = (finished / "ledger.jsonl").read_text().splitlines(keepends=True)
    steps = [json.loads(line)["step"] for line in lines]
    ends = {steps.index(step) for step in ("overfit", "coarse", "curves")}
    for end in (0, *ends, len(lines) - 1):
        folder = tmp_path / str(end)
        folder.mkdir()
        (folder / "ledger.jsonl").write_text("".join(lines[:end]))
        text = report.write(folder).read_text(encoding="utf-8")
        assert "not finished" in text
        missing = re.findall(r"python -m project (\w+)", text)
        decided = {
            json.loads(line)["step"]
            for line in lines[:end]
            if json.loads(line)["record"] == "decision"
        }
        assert missing == [step for step in STEPS if step not in decided]


def test_lost_trials_and_hostile_names(finished: Path, tmp_path: Path) -> None:
    """Is a report of diverged, pruned and strangely named things still a page?"""
    changed = []
    for record in records(finished):
        if record.get("id") in ("coarse-0001", "refine-0001"):
            record["outcome"] = "diverged"
            record["epochs"] = [
                {**epoch, "validation_loss": None, "train_loss": None}
                for epoch in record["epochs"]
            ]
        if record.get("id") == "coarse-0002":
            record["outcome"], record["epochs"] = "out of memory", []
        if record["record"] == "trial":
            record["data"]["name"] = "<script>alert(1)</script>"
            record["device"] = 'cpu: "x" & <b>'
        if record["step"] == "rate" and "losses" in record:
            record["losses"][-1] = [2.3, None]
        changed.append(record)
    write(tmp_path, changed)
    text = report.write(tmp_path).read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text
    assert "out of memory" in text
    assert "no number" in text


def write(folder: Path, listed: list[dict[str, Any]]) -> None:
    """Make a ledger of records."""
    ledger = Ledger(folder / "ledger.jsonl")
    for record in listed:
        ledger.append(record)


@pytest.mark.usefixtures("_no_figures")
def test_a_search_that_was_extended_says_so(finished: Path, tmp_path: Path) -> None:
    """Are the rounds told one by one, and is a last edge a warning?"""
    listed = []
    for record in records(finished):
        if record["step"] == "coarse" and record["record"] == "decision":
            record["next"]["extended"] = True
            listed.append(record)
        listed.append(record)
    write(tmp_path, listed)
    text = report.write(tmp_path).read_text(encoding="utf-8")
    assert "Round 1: " in text
    assert "Round 2: " in text
    assert "on an edge still" in text


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (wording.duration(0.04), "0.0 s"),
        (wording.duration(59.94), "59.9 s"),
        (wording.duration(59.96), "1 min 0 s"),
        (wording.duration(119.7), "2 min 0 s"),
        (wording.duration(3599.9), "1 h 0 min"),
        (wording.duration(7320), "2 h 2 min"),
        (wording.amount(2.4e-5), "2.4e-5"),
        (wording.amount(0.0046), "0.0046"),
        (wording.short(math.nan), "no number"),
        (wording.percent(1, 0), "no number"),
        (wording.percent(1.8, 2.0), "90 %"),
        (wording.spread({"mean": 0.5, "sd": None}, 1), "50.00 % (n = 1)"),
        (wording.counted(["b", "a_b", "b"]), "2 b, 1 a b"),
    ],
)
def test_numbers_in_words(said: str, wanted: str) -> None:
    """Are numbers rounded as people write them, also where units change?"""
    assert said == wanted
