"""Are the page and the leaderboard readable, harmless, and true to what was found?"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from autograder.cli import main
from autograder.project import leaderboard, page
from autograder.project.images import digits
from autograder.project.leaderboard import Entry
from autograder.project.ledger import read_run
from autograder.project.measuring import Measured
from autograder.project.scoring import Report, grade_run
from tests.audit import Honest, Record, decision, trials, write_ledger

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Measurements that come out as one says, without a sandbox."""

    def come_out(
        accuracy: float = 0.97, claim: float = 0.97, moved: float = 0.8
    ) -> None:
        found = Measured(359, 10, accuracy, claim, 359, 359, accuracy, accuracy, moved)
        monkeypatch.setattr("autograder.project.scoring.read_model", lambda _: None)
        monkeypatch.setattr(
            "autograder.project.scoring.disagreements", lambda *_: iter(())
        )
        monkeypatch.setattr("autograder.project.scoring._measured", lambda *_: found)

    come_out()
    return come_out


def spoiled(folder: Path) -> Path:
    """A run with contradictions, texts of an attacker's, and steps that are missing."""
    honest = Honest()
    final = trials(honest.records, "final")
    for trial in final:
        trial["device"] = EVIL
    final[0]["parameters"] += 1
    final[1]["versions"]["torch"] = EVIL
    decision(honest.records, "coarse")["trials"].append(EVIL)
    decision(honest.records, "curves")["readings"]["refine-0001"] = "bad_init"
    return honest.write(folder)


def harmless(text: str) -> None:
    """Assert that a browser would run and fetch nothing."""
    assert "<script" not in text
    assert "<img" not in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert not re.search(r"<[^>]*\son\w+=", text)
    assert not re.search(r"<(link|iframe|object|embed|form|base)\b", text)


def test_what_a_ledger_says_is_only_text(
    tmp_path: Path, measured: Callable[..., None]
) -> None:
    """Does nothing of a ledger become an element, or steer a terminal?"""
    folder = spoiled(tmp_path / "<run>")
    report = grade_run(folder, digits("test"))
    assert {one.name for one in report.contradictions} >= {
        "a trial that is not there",
        "other parameters",
        "versions change",
    }
    harmless(page.html(report))
    assert "&lt;run&gt;" in page.html(report)
    text = page.plain(report)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "3 contradictions" in text or "contradictions:" in text
    entry = Entry("<run>", accuracy=0.9, images=9, parameters=1, hardware=EVIL)
    harmless(leaderboard.html([entry, Entry(EVIL, why=EVIL)], EVIL, 0.9))


def test_the_page_says_what_the_report_says(
    tmp_path: Path, measured: Callable[..., None]
) -> None:
    """Are points, steps, held points, questions and what was measured on it?"""
    folder = Honest().write(tmp_path / "run")
    report = grade_run(folder, digits("test"))
    text = page.html(report)
    assert report.points == 100
    assert "Project run: 100 of 100 points" in text
    assert "contradiction" not in text
    for step in report.steps:
        assert f'id="{step.name}"' in text
    assert "complete" in page.plain(report)
    measured(moved=0.11)
    report = grade_run(folder, digits("test"))
    assert "A question to the author" in page.html(report)
    assert "A question to the author" in page.plain(report)
    assert report.points == 100  # a question is no verdict
    measured(claim=1.0, accuracy=0.9)
    report = grade_run(folder, digits("test"))
    assert report.points == 80
    assert "claimed 1.0000 on 359 images, measured 0.9000 on 359" in page.html(report)
    report = grade_run(spoiled(tmp_path / "spoiled"))
    assert "Held back: see above" in page.html(report)
    assert "not measured" in page.html(report)


def _looks(browser: Browser, text: str, wide: int, scheme: Any) -> None:
    """Assert that a page shows without errors and fits its window."""
    opened = browser.new_page(
        viewport={"width": wide, "height": 900}, color_scheme=scheme
    )
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.set_content(text)
    size = opened.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert size[0] <= size[1]
    assert complaints == []
    dark = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(255, 255, 255)") == (scheme == "light")
    opened.close()


def contrast(browser: Browser, text: str, scheme: Any) -> list[str]:
    """The rules of accessibility that a page breaks."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme)
    opened = context.new_page()
    opened.set_content(text)
    found = Axe().run(opened).response["violations"]
    context.close()
    return [f"{one['id']}: {one['nodes'][0]['html'][:80]}" for one in found]


BOARD = [
    Entry(
        "a run with quite a long name",
        accuracy=0.981,
        images=359,
        seeds=3,
        mean=0.979,
        half=0.01,
        seconds=2.5,
        seconds_half=0.3,
        reached=3,
        energy=720.0,
        parameters=123_456,
        hardware="cuda: a large one",
    ),
    Entry("slow", accuracy=0.95, images=359, seeds=3, mean=0.95, half=0.02, reached=1),
    Entry("other", why="claims 1.0000, measured 0.9000 on 359 images"),
]


def test_the_pages_fit_every_window(
    browser: Browser, tmp_path: Path, measured: Callable[..., None]
) -> None:
    """Do they fit phone and desk, light and dark, and break no rule of access?"""
    folder = spoiled(tmp_path / "spoiled")
    with (folder / "ledger.jsonl").open("a") as file:
        file.write("torn")
    texts = [
        page.html(grade_run(folder, digits("test"))),
        leaderboard.html(BOARD, "digits", 0.95),
    ]
    for text in texts:
        for scheme in ("light", "dark"):
            for wide in (390, 1440):
                _looks(browser, text, wide, scheme)
            assert contrast(browser, text, scheme) == []


# The leaderboard --------------------------------------------------------------------


def _entry(folder: Path, change: Callable[[list[Record]], None] | None = None) -> Entry:
    honest = Honest()
    if change:
        change(honest.records)
    honest.write(folder)
    return leaderboard.entry(folder, digits("test"), None, 0.9)


def test_only_measured_runs_have_figures(
    tmp_path: Path, measured: Callable[..., None]
) -> None:
    """Is a run without measurement, with a false claim or contradicted only named?"""
    entry = _entry(tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert not entry.why
    assert entry.accuracy == 0.97
    assert entry.seeds == entry.reached == 3
    assert entry.parameters == run.trials[0].parameters
    assert entry.hardware == "cpu: a laptop"
    assert math.isnan(entry.energy)
    test = decision(Honest().records, "test")
    assert entry.mean == pytest.approx(test["mean"])
    assert entry.half == pytest.approx(4.303 * test["sd"] / math.sqrt(3))
    text = leaderboard.html([entry], "digits", 0.9)
    assert "0.9700 (0.947 to 0.983)" in text
    assert "not told" in text

    def spoil(records: list[Record]) -> None:
        records[5]["images"] += 1

    assert "contradicts itself" in _entry(tmp_path / "spoiled", spoil).why
    assert "no final fit" in _entry(tmp_path / "half", lambda r: r.pop()).why
    measured(claim=1.0, accuracy=0.9)
    assert "claims 1.0000, measured 0.9000" in _entry(tmp_path / "boast").why
    measured(moved=0.11)
    assert "look images up" in _entry(tmp_path / "table").why
    (tmp_path / "run" / "ledger.jsonl").write_text("x\n")
    why = leaderboard.entry(tmp_path / "run", digits("test"), None, 0.9).why
    assert why.startswith("ledger.jsonl, line 1: not JSON")
    board = leaderboard.html([Entry("x", why=why)], "digits", 0.9)
    assert "No run could be measured" in board


def test_a_model_that_gave_no_labels_is_listed_so(tmp_path: Path) -> None:
    """Is a run without its model listed with the reason?"""
    entry = _entry(tmp_path / "run")
    assert entry.why.startswith("not measured: model.json is missing")


def test_time_and_energy_come_from_the_final_fits(
    tmp_path: Path, measured: Callable[..., None]
) -> None:
    """Are seconds counted to the first epoch at the target, and energy where told?"""

    def energetic(records: list[Record]) -> None:
        for trial in trials(records, "final"):
            trial["energy"] = 3600.0

    entry = _entry(tmp_path / "run", energetic)
    assert entry.energy == 3600
    assert "1 Wh" in leaderboard.html([entry], "digits", 0.9)
    run = read_run(tmp_path / "run")
    first = run.of("final")[0]
    seconds = leaderboard.seconds_to(first, 0.9)
    assert seconds is not None
    place = next(e.epoch for e in first.epochs if e.validation_accuracy >= 0.9)
    assert seconds == pytest.approx(sum(e.seconds for e in first.epochs[:place]))
    assert leaderboard.seconds_to(first, 1.01) is None
    late = leaderboard.entry(tmp_path / "run", digits("test"), None, 1.01)
    assert "reached by 0 of 3" in leaderboard.html([late], "digits", 1.01)
    assert leaderboard.target_of("digits") == 0.95
    assert leaderboard.target_of("others") == 0.9


def test_the_command_writes_the_board(
    tmp_path: Path,
    measured: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Are the page, a line a run and the exit code what they should be?"""
    monkeypatch.chdir(tmp_path)
    one = Honest(1).write(tmp_path / "one")
    other = Honest(2).write(tmp_path / "other")
    assert main(["leaderboard", str(one), str(other)]) == 0
    said = capsys.readouterr().out
    assert "one: 0.9700 on 359 images" in said
    assert (tmp_path / "leaderboard" / "index.html").is_file()
    write_ledger(other, [])
    board = tmp_path / "site" / "board"
    argv = ["leaderboard", str(one), str(other), "--out", str(board), "--target", "0.8"]
    assert main(argv) == 1
    assert "other: ledger.jsonl holds no record" in capsys.readouterr().out
    assert "seconds to 0.8" in (board / "index.html").read_text(encoding="utf-8")


def test_data_without_a_line_to_reach_give_all_points(
    tmp_path: Path, measured: Callable[..., None]
) -> None:
    """Is the accuracy of a network on unknown data nobody's loss?"""
    folder = Honest().write(tmp_path / "run")
    data = digits("test")
    own: Any = type(data)("flowers", data.images, data.labels, 10)
    measured(claim=0.4, accuracy=0.4, moved=0.3)
    report: Report = grade_run(folder, own)
    assert report.points == 100
    assert grade_run(folder, data).points == 90
