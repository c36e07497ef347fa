"""Can everybody read the book: by keyboard, by ear, in the dark, and on paper?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.book.chapters import pages

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Sections are laid out when they come near the window: here, all at once.
CONTRAST = "color-contrast"
WHOLE = "section { content-visibility: visible !important; }"
# Thousands of signs of code and of formulas look alike, and axe looks long at each.
# Three texts of every look are marked, to have their contrast measured. The rest of
# code becomes plain text, the rest of formulas goes, and what they were in keeps its
# size. Nobody sees the second writing of a formula; of that a few stay.
PREPARE = """() => {
  const grounds = new Map([[null, ""]]);
  const ground = (element) => {
    if (!grounds.has(element)) {
      const {backgroundColor, opacity} = getComputedStyle(element);
      const own = opacity === "1" && /, 0\\)$/.test(backgroundColor)
        ? "" : ` ${backgroundColor} ${opacity}`;
      grounds.set(element, ground(element.parentElement) + own);
    }
    return grounds.get(element);
  };
  const count = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()
        || element.closest(".katex-mathml")) continue;
    const {color, fontSize, fontWeight} = getComputedStyle(element);
    const within = element.closest("pre, .katex-html")?.tagName;
    const look = [within, color, fontSize, fontWeight, ground(element)].join();
    count.set(look, (count.get(look) ?? 0) + 1);
    if (count.get(look) <= 3) element.dataset.look = "";
  }
  const rest = (block) => [...block.querySelectorAll("span")]
    .filter((sign) => !sign.closest("[data-look]")
      && !sign.querySelector("[data-look]"));
  for (const code of document.querySelectorAll("pre")) {
    for (const sign of rest(code)) sign.replaceWith(...sign.childNodes);
    code.normalize();
  }
  const formulas = [...document.querySelectorAll(".katex-html")];
  const sizes = formulas.map((formula) => formula.getBoundingClientRect());
  formulas.forEach((formula, place) => {
    for (const side of ["width", "height"])
      formula.style[side] = `${sizes[place][side]}px`;
    formula.style.display = "inline-block";
    for (const sign of rest(formula)) sign.remove();
  });
  const listened = [...document.querySelectorAll(".katex-mathml")];
  for (const writing of listened.slice(10)) writing.remove();
}"""
# A playground draws in the frame after it was built or given another width.
DRAWN = """() => [...document.querySelectorAll("[data-playground]")]
  .every((figure) => figure.querySelector(".pg-chart"))"""
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def opened(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator:
    """Opens a page of the book as a whole, with given settings of the browser."""
    contexts = []

    def open_page(name: str, **settings: object) -> Page:
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.goto(f"{site}/{name}.html", wait_until="load")
        page.add_style_tag(content=WHOLE)
        page.wait_for_function(DRAWN)
        return page

    yield open_page
    for context in contexts:
        context.close()


def violations(page: Page, only: tuple[str, ...] = RULES) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice, in words.

    All but the contrast of colors, for which there is :func:`illegible`.
    """
    # axe takes a table's header that is a formula for an empty one
    off = {rule: {"enabled": False} for rule in ("empty-table-header", CONTRAST)}
    return _found(page, "document", {"runOnly": list(only), "rules": off})


def illegible(page: Page) -> list[str]:
    """What axe-core finds against the contrast of colors."""
    marked = "{include: [['[data-look]'], ['a, input, select, button']]}"
    return _found(page, marked, {"runOnly": [CONTRAST, "link-in-text-block"]})


def _found(page: Page, where: str, options: dict[str, object]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(PREPARE)
        page.evaluate(AXE)
    found = page.evaluate(
        f"options => axe.run({where}, options)",
        {**options, "resultTypes": ["violations"]},
    )
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def test_axe_sees_what_it_should(opened) -> None:
    """Would a picture without words be found, and pale text, code and formulas?"""
    assert violations(page := opened("book/grader", viewport=DESK)) == []
    assert illegible(page) == []
    page = opened("book/grader", viewport=DESK)
    page.evaluate(
        """() => {
          const article = document.querySelector(".bd-article");
          article.append(new Image());
          const pale = document.createElement("p");
          pale.innerHTML = "pale, and <a href='.'>a link</a>";
          pale.style.cssText = "color: #aaa; background: #fff";
          pale.firstElementChild.style.color = "#b8b8b8";
          pale.firstElementChild.style.textDecoration = "none";
          article.append(pale);
          for (const block of ["pre", "span class=katex-html"]) {
            const signs = document.createElement("p");
            signs.style.background = "#fff";
            signs.innerHTML = `<${block}><span style="color: #000">dark</span>
              <span style="color: #000">dark</span>
              <b><span style="color: #aaa">pale ${block}</span></b></${block}>`;
            article.append(signs);
          }
        }"""
    )
    assert any(line.startswith("image-alt") for line in violations(page))
    found = illegible(page)
    assert any(line.startswith("link-in-text-block") for line in found)
    pale = [line for line in found if line.startswith("color-contrast")]
    for text in ("pale, and", "a link", "pale pre", "pale span class=katex-html"):
        assert any(text in line for line in pale)
    assert len(pale) == 4


@pytest.mark.parametrize("name", [*(f"book/{page}" for page in pages()), "search"])
def test_axe_finds_nothing(opened, name: str) -> None:
    """Does a page keep WCAG 2.2 AA, and has each column of a table a name?"""
    page = opened(name, viewport=DESK)
    assert violations(page) == []
    assert (
        page.locator("th:not(:has(:not(p)))")
        .filter(has_not_text=re.compile(r"\S"))
        .count()
        == 0
    )
    assert illegible(page) == []


@pytest.mark.parametrize("name", [f"book/{page}" for page in pages()])
def test_colors_keep_their_contrast_in_the_dark(opened, name: str) -> None:
    """Is everything legible, by WCAG 2.2 AA, in dark colors, too?"""
    page = opened(name, viewport=DESK, color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert illegible(page) == []


@pytest.mark.parametrize("name", [f"book/{page}" for page in pages()])
def test_a_phone_reaches_everything(opened, name: str) -> None:
    """Can what scrolls be reached, and what is tapped be hit, on a narrow screen?"""
    page = opened(name, viewport=PHONE, has_touch=True, is_mobile=True)
    assert violations(page, ("scrollable-region-focusable", "target-size")) == []


@pytest.mark.parametrize("name", [f"book/{page}" for page in pages()])
def test_a_page_prints_clean(opened, name: str) -> None:
    """On paper: nothing of the screen's furniture, and nothing cut off at the right?"""
    page = opened(name, viewport={"width": 720, "height": 1000})
    page.emulate_media(media="print")
    for furniture in (".bd-sidebar-primary", ".bd-header-article", ".as-notebook"):
        for element in page.locator(furniture).all():
            assert not element.is_visible(), furniture
    cut = page.evaluate(
        """() => [...document.querySelectorAll(
             ".bd-article :is(p, pre, table, img, h1, h2, h3)")]
           .filter(e => e.checkVisibility() && !e.closest(".katex"))
           .filter(e => e.getBoundingClientRect().right > innerWidth + 1
                     || e.scrollWidth > e.clientWidth + 1 && e.matches("pre"))
           .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert cut == []


def test_the_keyboard_reaches_the_text_first(opened) -> None:
    """Is the first stop of the Tab key a link past the navigation?"""
    page = opened("book/dropout", viewport=DESK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main-content$"))


def test_the_cheat_sheet_is_one_page(opened) -> None:
    """Does the sheet to print beside the screen fit one page of A4?"""
    page = opened("book/cheatsheet", viewport=DESK)
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
