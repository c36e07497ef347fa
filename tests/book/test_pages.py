"""Does the built book read well: in a browser, on a phone, without the Internet?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    expect,
)

from autograder import catalog
from autograder.mistakes import mistakes_of
from benchmarks.book_audit import sent
from tests.book.chapters import CHAPTERS, TOPICS, cells, claims, labels, pages, source

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
SENT: dict[str, int] = {}  # bytes, by address: most pages load the same files


class Parsed(HTMLParser):
    """The images, ids, links and scripts of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tests ask about."""
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "img":
            self.images.append(found)
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if tag == "link" and found.get("rel") in {"stylesheet", "preload", "icon"}:
            self.loaded.append(str(found.get("href")))
        if tag in {"script", "img", "iframe"} and found.get("src"):
            self.loaded.append(str(found["src"]))


@pytest.fixture(scope="session")
def parsed(html: Path) -> dict[str, Parsed]:
    """Every page of the table of contents, parsed."""
    return {page: Parsed(html / "book" / f"{page}.html") for page in pages()}


class Visit:
    """A window that opens page after page, and what went wrong with the latest."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.troubles: list[str] = []
        self.responses: list[Response] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        others = re.compile(rf"^(?!{re.escape(site)}/|data:|blob:)")
        page.route(others, self._refuse)  # which also keeps the browser from caching

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page that is left for the next drops what it still asks for.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url}, {request.failure}")

    def weight(self) -> int:
        """The bytes of all that was loaded, as an ordinary host sends them."""
        for response in self.responses:
            if response.url not in SENT:
                SENT[response.url] = sent(response)
        return sum(SENT[response.url] for response in self.responses)

    def _response(self, response: Response) -> None:
        self.responses.append(response)
        if response.status >= 400:
            self.troubles.append(f"{response.status}: {response.url}")

    def _refuse(self, route: Route) -> None:
        self.troubles.append(f"another host: {route.request.url}")
        route.abort()

    def open(self, path: str) -> Page:
        """Load a page of the book anew, and forget the one before."""
        self.page.goto("about:blank")
        self.troubles.clear()
        self.responses.clear()
        self.page.goto(f"{self.site}/{path}", wait_until="load")
        return self.page

    def arrive(self, label: str) -> None:
        """Wait until this place is near the window's top, or the page at its end."""
        self.page.wait_for_function(
            """(label) => {
                const { top } = document.getElementById(label).getBoundingClientRect();
                const all = document.documentElement.scrollHeight;
                const lowest = scrollY + innerHeight > all - 2 ? innerHeight : 200;
                return top > -10 && top < lowest;
            }""",
            arg=label,
        )


@pytest.fixture(scope="module")
def windows(browser: Browser, site: str) -> Iterator[dict[int, Visit]]:
    """A window of a phone and one of a desk, by width; opening one takes a second."""
    contexts = [browser.new_context(viewport=size) for size in (PHONE, DESK)]
    phone, desk = (Visit(context.new_page(), site) for context in contexts)
    yield {PHONE["width"]: phone, DESK["width"]: desk}
    for context in contexts:
        context.close()


@pytest.fixture
def desk(windows: dict[int, Visit]) -> Visit:
    """The window of a desk."""
    return windows[DESK["width"]]


@pytest.fixture(
    scope="module",
    params=[(name, size["width"]) for name in pages() for size in (PHONE, DESK)],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def landed(
    request: pytest.FixtureRequest, windows: dict[int, Visit]
) -> tuple[str, Visit]:
    """Each page, on a phone and on a desk, opened once, at a late section."""
    name, width = request.param
    windows[width].open(f"book/{name}.html#{late(name)}")
    return name, windows[width]


@pytest.fixture(scope="module")
def visited(landed: tuple[str, Visit]) -> tuple[str, Visit]:
    """The same page, scrolled to its end."""
    name, visit = landed
    # Pictures further down are loaded when they come near.
    visit.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    visit.page.wait_for_function("[...document.images].every((each) => each.complete)")
    return name, visit


def late(name: str) -> str:
    """The last address in a page's source, or where the text begins."""
    return ["main-content", *labels(source(name))][-1]


def test_an_address_in_a_page_leads_to_its_place(landed: tuple[str, Visit]) -> None:
    """Does whoever comes from elsewhere to a late section end there?"""
    name, visit = landed
    visit.arrive(late(name))


def test_a_page_never_scrolls_sideways(visited: tuple[str, Visit]) -> None:
    """Does the page fit the width of the window?"""
    _, visit = visited
    width, window = visit.page.evaluate(
        "[document.documentElement.scrollWidth, window.innerWidth]"
    )
    assert width <= window


def test_mathematics_is_set(visited: tuple[str, Visit]) -> None:
    """Is every formula typeset, with MathML for those who listen, and none in red?"""
    name, visit = visited
    page = visit.page
    written = page.locator(".bd-article .math").count()
    assert page.locator(".bd-article .math .katex-html").count() >= written
    assert page.locator(".bd-article .math math").count() >= written
    assert page.locator(".katex-error").count() == 0
    text = page.locator(".bd-article").inner_text()
    assert not re.search(r"\\\(|\\\[|\$\$", text)
    if name in CHAPTERS:
        assert written > 20


def test_no_markup_shows(visited: tuple[str, Visit]) -> None:
    """Has every directive and role become what it stands for?"""
    _, visit = visited
    text = visit.page.evaluate(
        """() => {
          const article = document.querySelector(".bd-article").cloneNode(true);
          article.querySelectorAll("pre, code, .math").forEach(e => e.remove());
          return article.textContent;
        }"""
    )
    assert not re.search(r"\{[a-z:]+\}|```|~~~|:::|\]\(", text)


def test_a_mark_behind_a_formula_is_written_once(html: Path) -> None:
    """Does the punctuation that stays with a formula leave the text behind it?"""
    kept = 0
    for page in pages():
        text = (html / "book" / f"{page}.html").read_text(encoding="utf-8")
        kept += text.count('<span class="unbroken">')
        assert re.findall(r"</span>([.,;:!?])(?:</span>)?\1", text) == [], page
    assert kept > 100


def test_a_number_reads_as_people_write_it(visited: tuple[str, Visit]) -> None:
    """Is a computed number 4 × 10⁻¹⁶ instead of 4e-16, −0.5 instead of -0.5?"""
    name, visit = visited
    glued = visit.page.locator(".pasted-text").all_text_contents()
    assert glued or name not in CHAPTERS
    in_tables = visit.page.locator(".cell_output td").all_text_contents()
    unlike = re.compile(r"\de[-+]?\d|(^|[\s(])-\d|−0\.?0*$")
    assert [text for text in [*glued, *in_tables] if unlike.search(text.strip())] == []


def test_code_in_a_table_is_whole(visited: tuple[str, Visit]) -> None:
    """Does a name in a table break behind a dot at most, on a phone as on a desk?"""
    _, visit = visited
    broken = visit.page.evaluate(
        """() => {
          const lines = (word) => {
            const range = document.createRange();
            range.selectNodeContents(word);
            return new Set([...range.getClientRects()].map(r => Math.round(r.top)));
          };
          return [...document.querySelectorAll(".bd-article td .pre")]
            .flatMap((pre) => [...pre.childNodes])
            .filter((piece) => piece.nodeType === Node.TEXT_NODE)
            .filter((piece) => lines(piece).size > 1)
            .map((piece) => piece.data);
        }"""
    )
    assert broken == []


def test_known_mistakes_are_folded(html: Path) -> None:
    """Does the assignments' page fold the known mistakes in each function?"""
    page = (html / "book" / "assignments.html").read_text(encoding="utf-8")
    functions = [name for name in catalog() if mistakes_of(name)]
    assert page.count("<details") >= len(functions) > 0
    for name in functions:
        assert re.search(rf"known mistakes in\s*<code[^>]*>(<span[^>]*>)?{name}<", page)


def test_a_page_is_light(visited: tuple[str, Visit]) -> None:
    """Is a page, with all that it loads, below 1.5 MB?"""
    _, visit = visited
    assert visit.weight() < 1_500_000


# Asked after the others: by now a page has asked for all that it wants.
def test_a_page_loads_from_its_own_host_only(visited: tuple[str, Visit]) -> None:
    """Is nothing asked of another host, nothing missing, and nothing complained of?"""
    _, visit = visited
    assert visit.troubles == []


def test_the_guard_sees_what_it_should(desk: Visit, site: str) -> None:
    """Would another host, a missing file or a complaint be noticed?"""
    page = desk.open("book/grader.html")
    assert desk.troubles == []
    for url, event in (
        ("https://192.0.2.1/script.js", "requestfailed"),
        (f"{site}/missing.js", "response"),
    ):
        with page.expect_event(event):
            page.evaluate("url => fetch(url).catch(() => null)", url)
        assert any(url in trouble for trouble in desk.troubles), url
    with page.expect_console_message(lambda said: said.text == "a complaint"):
        page.evaluate("console.error('a complaint')")
    assert any("a complaint" in trouble for trouble in desk.troubles)


def test_the_switch_to_dark_keeps_figures_on_their_panel(desk: Visit) -> None:
    """Does a figure, drawn in dark ink, stay on a light ground in the dark?"""
    desk.page.emulate_media(color_scheme="dark")
    try:
        page = desk.open("book/dropout.html")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        ground = page.locator(".cell_output img").first.evaluate(
            "e => getComputedStyle(e).backgroundColor"
        )
    finally:
        desk.page.emulate_media(color_scheme="null")
    assert min(int(part) for part in re.findall(r"\d+", ground)[:3]) > 240


def test_search_finds_a_word_offline(desk: Visit) -> None:
    """Does the search, with no host but ours, lead to the chapter on a word?"""
    page = desk.open("search.html?q=dropconnect")
    # The results are added one by one.
    page.locator("#search-results li a[href*='book/dropout.html']").first.wait_for()
    assert desk.troubles == []


@pytest.mark.parametrize("width", [PHONE["width"], DESK["width"]])
@pytest.mark.parametrize("topic", CHAPTERS)
def test_a_jump_in_a_chapter_leads_to_its_place(
    windows: dict[int, Visit], topic: str, width: int
) -> None:
    """Does a jump from the beginning of a chapter to a late section end there?"""
    visit = windows[width]
    page = visit.open(f"book/{topic}.html")
    page.evaluate("label => { location.hash = label; }", late(topic))
    visit.arrive(late(topic))
    assert visit.troubles == []


def test_answers_unfold_without_a_script(browser: Browser, site: str) -> None:
    """Is a folded answer plain HTML that opens where JavaScript is off?"""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/book/dropout.html")
    answer = page.locator("details.sd-dropdown").first
    body = answer.locator(".sd-summary-content")
    assert not body.is_visible()
    answer.locator("summary").click()
    expect(body).to_be_visible()
    context.close()


@pytest.mark.parametrize("name", pages())
def test_figures_have_alternative_text(parsed: dict[str, Parsed], name: str) -> None:
    """Does every picture say in words what it shows?"""
    for image in parsed[name].images:
        alt = (image.get("alt") or "").strip()
        assert alt, image
        assert not re.search(r"\.(png|svg|jpe?g)$", alt), image
        if "_images/" in (image.get("src") or ""):
            assert len(alt.split()) >= 12, image


@pytest.mark.parametrize("name", pages())
def test_nothing_waits_for_a_script(html: Path, name: str) -> None:
    """Does the text appear before any script has come, and one style sheet only?"""
    text = (html / "book" / f"{name}.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script\b[^>]*\bsrc=[^>]*>", text)
    assert scripts
    waits = re.compile(r'\b(defer|async)\b|type="module"')
    assert [tag for tag in scripts if not waits.search(tag)] == []
    assert len(re.findall(r'rel="stylesheet"', text)) == 1
    assert not re.search(r"fontawesome\.js|searchindex|thebe|mathjax/", text)


def test_each_page_is_described_in_its_own_words(html: Path) -> None:
    """Does each page tell a search engine what is on it?"""
    found = {}
    for name in pages():
        text = (html / "book" / f"{name}.html").read_text(encoding="utf-8")
        (found[name],) = re.findall(r'<meta name="description" content="([^"]+)"', text)
    assert len(set(found.values())) == len(found)
    assert all(15 <= len(text) <= 400 for text in found.values())


@pytest.mark.parametrize("topic", CHAPTERS)
def test_each_figure_of_the_source_is_on_the_page(
    parsed: dict[str, Parsed], topic: str
) -> None:
    """Does each cell that promises a figure deliver exactly one?"""
    promised = sum("name: fig-" in cell.head for cell in cells(source(topic)))
    images = [i for i in parsed[topic].images if "_images/" in str(i.get("src"))]
    assert len(images) == promised >= 3


@pytest.mark.parametrize("topic", TOPICS)
def test_labels_are_addresses(parsed: dict[str, Parsed], topic: str) -> None:
    """Does each label of a chapter, to which feedback may link, exist as an id?"""
    assert set(labels(source(topic))) <= set(parsed[topic].ids)


def test_claims_lead_to_their_evidence(parsed: dict[str, Parsed]) -> None:
    """Does the table of all claims link to the section that holds each verdict?"""
    for claim in claims():
        address = f"{claim['topic']}.html#{claim['link']}"
        assert address in parsed["claims"].links, address
        assert claim["link"] in parsed[claim["topic"]].ids


@pytest.mark.parametrize("name", pages())
def test_nothing_is_named_on_another_host(parsed: dict[str, Parsed], name: str) -> None:
    """Does the page's own HTML load nothing from elsewhere, not even on demand?"""
    assert [url for url in parsed[name].loaded if urlsplit(url).netloc] == []


def test_the_book_publishes_no_solution(html: Path) -> None:
    """Is nothing of solutions/ or of the tests among the published files?"""
    published = [str(path.relative_to(html)) for path in html.rglob("*")]
    assert not [
        p for p in published if p.startswith(("solutions", "tests", "_sources"))
    ]
