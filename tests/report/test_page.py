"""Is the class report readable by everybody, harmless, and true for any class?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from autograder.report.charts import histogram
from autograder.report.page import CONTENTS, html, report_on
from autograder.report.results import ClassResults, Person
from tests.report import HOSTILE, many_results, result, topic

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with all its sections: mistakes, pairs, usual answers, hostile names."""
    of = topic("pooling", 3)
    code = "".join(map(chr, range(300, 360)))
    common = "".join(map(chr, range(400, 480)))
    made = tuple(
        result(
            of,
            person.id,
            [True, number % 2 == 0, number % 3 == 0],
            {"f0": common} | ({"f1": code} if number < 2 else {}),
        )
        for number, person in enumerate(HOSTILE)
    )
    synthetic = many_results(40, np.random.default_rng(0))
    results = ClassResults(
        (of, *synthetic.topics[:2]),
        (*HOSTILE, *synthetic.students),
        (*made, *synthetic.by_topic["gradients"], *synthetic.by_topic["dropout"]),
    )
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(html(report_on(results)), encoding="utf-8")
    return path


@pytest.fixture(
    params=[(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["desk-light", "desk-dark", "phone-light", "phone-dark"],
)
def shown(
    everything: Path, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The page in a window, by day and by night."""
    window, scheme = request.param
    # Without the page's own policy, which would keep axe out as well.
    context = browser.new_context(viewport=window, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(everything.as_uri())
    yield page
    context.close()


def test_everybody_can_read_it(shown: Page) -> None:
    """Does axe find nothing against WCAG 2.2 AA, and does nothing stick out?"""
    shown.add_script_tag(content=AXE)
    found = shown.evaluate(
        "async rules => (await axe.run({runOnly: rules})).violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))",
        RULES,
    )
    assert found == []
    wide = "() => document.documentElement.scrollWidth <= innerWidth"
    assert shown.evaluate(wide)


def test_it_asks_nothing_of_the_network_and_runs_nothing(
    everything: Path, browser: Browser
) -> None:
    """Do hostile names stay text, and does the page load nothing but itself?"""
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(everything.as_uri())
    page.wait_for_load_state("networkidle")
    assert asked == [everything.as_uri()]
    assert page.locator("script, img, iframe, link, form").count() == 0
    assert page.locator("text=<script>alert(1)").count() > 0
    context.close()


def test_every_link_within_leads_somewhere(everything: Path) -> None:
    """Is there an element for each fragment, and is each id there once?"""
    text = everything.read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    assert set(CONTENTS) <= set(ids)
    for url in re.findall(r'href="(http[^"]+)"', text):
        assert re.search(r"/book/[a-z]+\.html#[a-z0-9-]+$", url), url


def test_every_section_says_its_thing(everything: Path) -> None:
    """Are pairs a question, chance explained, unknown time called unknown?"""
    text = re.sub(r"<[^>]+>", " ", everything.read_text(encoding="utf-8"))
    for words in (
        "A question to ask, never a verdict",
        "How often does chance do that?",
        "Answers that many share",
        "How long anybody worked is not known",
        "Hardest check",
        "Most common mistake",
        "Teach again",
        "too few, or too much alike",
        "students.csv has all of them",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    "results",
    [
        ClassResults((), (), ()),
        ClassResults((topic(),), (), ()),
        ClassResults((topic(),), (Person("ada"),), ()),
    ],
    ids=["nothing", "nobody", "nothing handed in"],
)
def test_before_anything_is_graded_it_says_what_to_do(results: ClassResults) -> None:
    """Is an empty class a page with one sentence?"""
    text = html(report_on(results))
    assert "Nothing is graded yet" in text
    assert "autograder grade" in text


@pytest.mark.parametrize("held", [[True] * 4, [False] * 4])
def test_one_student_is_a_class(held: list[bool]) -> None:
    """Is a page of one hand-in complete, and without a correlation?"""
    of = topic()
    results = ClassResults((of,), (Person("ada"),), (result(of, "ada", held),))
    text = html(report_on(results))
    assert "1 student, 1 hand-in to 1 topic" in text
    assert "No two hand-ins look alike" in text
    assert "No hand-in behaves like a mistake" in text
    assert "[" not in re.sub(r"(?s)<style.*?</style>", "", text)
    assert ("0 students</a> to look after" in text) == held[0]


def test_a_topic_worth_nothing_divides_by_nothing() -> None:
    """Is a topic whose checks bear no points still shown?"""
    of = topic("empty", 0)
    results = ClassResults((of,), (Person("ada"),), (result(of, "ada", []),))
    assert "Empty: 1 hand-in" in html(report_on(results))


def test_a_thousand_students_fit() -> None:
    """Is the page of 1 000 students below 2 MB, with no list that grows with them?"""
    results = many_results(1000, np.random.default_rng(7))
    assert len(results.results) > 4000
    text = html(report_on(results))
    assert len(text.encode()) < 2_000_000
    assert len(set(re.findall(r"s\d{5}", text))) < 100


def test_a_histogram_tells_its_numbers() -> None:
    """Does its text say the numbers, and does nothing divide by zero?"""
    drawn = histogram([0, 0.3, 1, 1, 1.1], "Scores")
    assert "0 to 10 percent: 1; 30 to 40 percent: 1; 90 to 100 percent: 3" in drawn
    assert drawn.count("<rect") == 3
    assert "no hand-ins" in histogram([], "Scores")
