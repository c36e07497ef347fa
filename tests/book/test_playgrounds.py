"""Can all use the playgrounds: by mouse, keyboard, finger and ear, or unscripted?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, BrowserContext, Locator, Request, expect
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from tests.book.chapters import BOOK, pages
from tests.book.test_playground_numbers import (
    KINDS,
    MODULES,
    extension,
    rates_in_torch,
    reference,
)

playground = extension("playground")

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
HOMES = {
    "optimizer-race": "optimizers",
    "depth-explorer": "initialization",
    "schedule-composer": "schedules",
}


class Visit:
    """A playground on its page, and what went wrong there."""

    def __init__(self, window: Window, name: str) -> None:
        self.page, self.troubles = window.page, window.troubles
        self.page.goto("about:blank")
        self.troubles.clear()
        self.page.goto(f"{window.site}/book/{HOMES[name]}.html", wait_until="load")
        self.figure = self.page.locator(f"[data-playground={name}]")

    def ready(self) -> Locator:
        """The figure, once it has drawn, where the browser lays its text out."""
        self.figure.locator(".pg-chart").first.wait_for()
        self.figure.scroll_into_view_if_needed()
        return self.figure


class Window:
    """A window of its own, and what goes wrong in it."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.site = site
        self.troubles: list[str] = []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.troubles.append(said.text)
                if said.type in {"error", "warning"}
                else None
            ),
        )
        self.page.on("request", self._guard)

    def _guard(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", "data:", "blob:", "about:")):
            self.troubles.append(f"another host: {request.url}")


Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def visit(browser: Browser, site: str) -> Iterator[Open]:
    """Load a playground's page anew, in the window of this name with these settings.

    What it showed before is gone. Opening a window takes longer than loading a page.
    """
    contexts: list[BrowserContext] = []
    windows: dict[str, Window] = {}

    def make(name: str, window: str = "", **settings: Any) -> Visit:
        settings = {**DESK, **settings}
        key = f"{window} {settings}"
        if key not in windows:
            contexts.append(browser.new_context(**settings))
            windows[key] = Window(contexts[-1], site)
        return Visit(windows[key], name)

    yield make
    for context in contexts:
        context.close()


def settled(figure: Locator) -> str:
    """The markup of the figure, once two frames have passed."""
    figure.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() =>"
        " requestAnimationFrame(() => requestAnimationFrame(done))))"
    )
    return figure.inner_html()


def spoken(figure: Locator) -> str:
    """The markup of the figure, once a screen reader has been told its summary."""
    settled(figure)
    summary = figure.locator(".pg-summary").text_content()
    status = figure.locator("[role=status]").first.element_handle()
    figure.page.wait_for_function(
        "([status, summary]) => status.textContent == summary", arg=[status, summary]
    )
    return figure.inner_html()


def board(figure: Locator) -> dict[str, list[str]]:
    """The table of the race: loss and sign changes, by optimizer."""
    settled(figure)
    found = {}
    for row in figure.locator(".pg-board tbody tr").all():
        name, *cells = [cell.strip() for cell in row.inner_text().split("\t")]
        found[name] = cells
    return found


def decimal(text: str) -> float:
    """A number as the page writes it."""
    return float(text.replace("−", "-"))


# All three


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", HOMES)
def test_a_playground_starts(
    visit: Open, name: str, window: dict[str, Any], scheme: str
) -> None:
    """Does it replace its picture, fit the window, and stay with its own host?"""
    here = visit(name, **window, color_scheme=scheme)
    figure = here.ready()
    html = settled(figure)
    assert "NaN" not in html
    assert "Infinity" not in html
    assert "undefined" not in html
    assert figure.locator(".playground-fallback").count() == 0
    assert here.troubles == []
    width, inner = here.page.evaluate(
        "[document.documentElement.scrollWidth, window.innerWidth]"
    )
    assert width <= inner
    box = figure.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert box[0] <= box[1]
    for chart in figure.locator("svg.pg-chart").all():
        assert chart.get_attribute("role") == "img"
        assert len(str(chart.get_attribute("aria-label")).split()) >= 4


@pytest.mark.parametrize("name", HOMES)
def test_the_picture_is_there_without_scripts(visit: Open, name: str) -> None:
    """Where nothing runs, is there a picture with words for it?"""
    figure = visit(name, java_script_enabled=False).figure
    picture = figure.locator("img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] > 150
    assert len(str(picture.get_attribute("alt")).split()) >= 12
    assert "needs JavaScript" in figure.inner_text()
    assert figure.locator("input, button").count() == 0


@pytest.mark.parametrize("name", HOMES)
def test_every_control_has_a_name_and_a_target(visit: Open, name: str) -> None:
    """Can every control be named by ear, and hit by mouse and by finger?"""
    for window, least in ((DESK, 24), (PHONE, 44)):
        figure = visit(name, **window).ready()
        for fold in figure.locator("summary").all():
            fold.click()
        found = figure.evaluate(
            # A tick's target is its whole label.
            """figure => [...figure.querySelectorAll("input, select, button, summary")]
              .filter((control) => control.getClientRects().length
                && getComputedStyle(control).visibility == "visible")
              .map((control) => {
                const hit = control.closest(".pg-tick") ?? control;
                const { width, height } = hit.getBoundingClientRect();
                const label = control.labels?.[0]?.textContent;
                const named = control.ariaLabel || label || control.textContent;
                return [named.trim(), width, height];
              })"""
        )
        assert found
        for named, width, height in found:
            assert named
            assert min(width, height) >= least, named


@pytest.mark.parametrize("name", HOMES)
def test_the_keyboard_goes_through_and_out_again(visit: Open, name: str) -> None:
    """Does the tabulator visit every control in its order, visibly, and then leave?"""
    here = visit(name)
    figure = here.ready()
    first = figure.locator("button, input, select").first
    first.focus()
    here.page.keyboard.press("Shift+Tab")
    visited = []
    for _ in range(60):
        here.page.keyboard.press("Tab")
        outline = here.page.evaluate(
            "() => { const e = document.activeElement;"
            " if (!e.closest('.playground')) return null;"
            " const s = getComputedStyle(e);"
            " return s.outlineStyle + ' ' + s.outlineWidth; }"
        )
        if outline is None:
            break
        visited.append(outline)
    else:
        pytest.fail("the tabulator never leaves")
    assert set(visited) == {"solid 3px"}
    reachable = figure.locator("button, input, select, summary, .pg-lines").all()
    assert len(visited) == sum(each.is_visible() for each in reachable)


@pytest.mark.parametrize("name", HOMES)
def test_colors_stand_out_in_light_and_dark(visit: Open, name: str) -> None:
    """Have curves a contrast of 3 to their ground, and words one of 4.5?"""
    contrast = """figure => {
      const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
      const light = (text) => rgb(text).map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      const ratio = (a, b) => {
        const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
      };
      const ground = getComputedStyle(figure).backgroundColor;
      const probe = figure.appendChild(document.createElement("i"));
      const color = (value) => {
        probe.style.color = value;
        return getComputedStyle(probe).color;
      };
      const named = (...names) =>
        names.map((name) => ratio(ground, color(`var(--pg-${name})`)));
      return [ground, named(1, 2, 3, 4, 5, 6, "edge"), named("ink", "soft", "wrong")];
    }"""
    grounds = []
    for scheme in ("light", "dark"):
        figure = visit(name, color_scheme=scheme).ready()
        ground, curves, words = figure.evaluate(contrast)
        grounds.append(ground)
        assert min(curves) >= 3, (scheme, curves)
        assert min(words) >= 4.5, (scheme, words)
    assert grounds[0] != grounds[1]


@pytest.mark.parametrize("name", HOMES)
def test_it_begins_the_same_way_each_time(visit: Open, name: str) -> None:
    """Do two visits, and a start over, give the same picture?"""
    drawn = spoken(visit(name).ready())
    figure = visit(name).ready()
    assert spoken(figure) == drawn
    figure.locator("input[type=number]").first.fill("5")
    figure.locator("input[type=number]").first.blur()
    assert spoken(figure) != drawn
    figure.get_by_role("button", name="Start over").click()
    numbered = re.compile(r"pg-\d+")
    assert numbered.sub("", spoken(figure)) == numbered.sub("", drawn)
    expect(figure.get_by_role("button", name="Start over")).to_be_focused()


@pytest.mark.parametrize("name", HOMES)
def test_what_is_heard_comes_once_things_stand_still(visit: Open, name: str) -> None:
    """Is the summary announced politely, and not once for every move of a slider?"""
    here = visit(name, window=f"with a clock for {name}")
    figure = here.ready()
    status = figure.locator("[role=status]").first
    seen = figure.locator(".pg-summary")
    expect(status).to_have_text(str(seen.text_content()))
    status.evaluate(
        "e => { window.heard = 0; new MutationObserver(() => window.heard++)"
        ".observe(e, { childList: true }); }"
    )
    slider = figure.locator("input[type=range]").nth(1)
    slider.focus()
    told = [str(seen.text_content())]
    # A clock that the test moves: ten draws, each well within the pause.
    here.page.clock.install(time=0)
    here.page.clock.pause_at(1000)
    for _ in range(10):
        here.page.keyboard.press("ArrowRight")
        here.page.clock.run_for(50)
        told.append(str(seen.text_content()))
    assert len(set(told)) > 1, "the moves are seen at once"
    assert here.page.evaluate("window.heard") == 0
    here.page.clock.run_for(1000)
    assert here.page.evaluate("window.heard") == 1
    expect(status).to_have_text(told[-1])


# The optimizer race


def rate_of(figure: Locator, name: str) -> Locator:
    """Where an optimizer's rate is typed."""
    return figure.get_by_role("spinbutton", name=f"Rate of {name}", exact=True)


def test_the_race_shows_what_python_computes(visit: Open) -> None:
    """Do losses and sign changes agree with PyTorch's optimizers?"""
    figure = visit("optimizer-race").ready()
    found = board(figure)
    assert set(found) == set(reference.RACERS)
    for name, (rule, settings) in reference.RACERS.items():
        points = reference.walk(rule, settings)
        loss = reference.valley(torch.tensor(points))[-1].item()
        shown, changes = found[name]
        assert decimal(shown) == pytest.approx(loss, rel=5e-3)
        signs = np.sign(points[:, 1])
        assert int(changes) == np.count_nonzero(signs[1:] != signs[:-1])


def test_a_typed_rate_and_momentum_are_used(visit: Open) -> None:
    """Does what one types change the race as PyTorch says?"""
    figure = visit("optimizer-race").ready()
    rate_of(figure, "Momentum").fill("0.05")
    figure.get_by_label("Momentum α", exact=True).fill("0.5")
    figure.get_by_label("Start x").fill("4")
    figure.get_by_label("Start y").fill("-3")
    figure.get_by_label("Steps", exact=True).fill("25")
    settings = {"lr": 0.05, "momentum": 0.5}
    points = reference.walk(torch.optim.SGD, settings, (4.0, -3.0), 25)
    loss = reference.valley(torch.tensor(points))[-1].item()
    assert decimal(board(figure)["Momentum"][0]) == pytest.approx(loss, rel=5e-3)


def test_divergence_is_said_and_not_drawn(visit: Open) -> None:
    """Past its limit, is SGD said to diverge, at the step where it does?"""
    here = visit("optimizer-race")
    figure = here.ready()
    rate_of(figure, "SGD").fill("1.3")
    points = reference.walk(torch.optim.SGD, {"lr": 1.3})
    losses = reference.valley(torch.tensor(points)).numpy()
    step = int(np.flatnonzero(losses > 1e6)[0])
    assert board(figure)["SGD"][0] == f"diverged at step {step}"
    expect(figure.locator(".pg-summary")).to_contain_text("Diverged: SGD.")
    assert "NaN" not in settled(figure)
    rate_of(figure, "SGD").fill("1.01")
    assert "above its start" in board(figure)["SGD"][0]
    assert here.troubles == []


@pytest.mark.parametrize(
    ("label", "keys"),
    [
        ("Steps", "0"),
        ("Steps", ""),
        ("Steps", "2.5"),
        ("Start x", "e"),
        ("Rate of SGD", "-1"),
        ("Rate of Adam", "1e9"),
        ("Momentum α", "1"),
    ],
)
def test_a_bad_entry_is_explained_and_changes_nothing(
    visit: Open, label: str, keys: str
) -> None:
    """Is nonsense answered in words, with the picture as it was?"""
    here = visit("optimizer-race")
    figure = here.ready()
    charts = figure.locator(".pg-stage")
    settled(figure)
    before = charts.inner_html()
    field = figure.get_by_role("spinbutton", name=label, exact=True)
    good = field.input_value()
    field.press("Control+a")
    field.press("Delete")
    field.press_sequentially(keys)
    settled(figure)
    says = figure.get_by_role("alert").filter(has_text="please enter")
    expect(says).to_have_count(1)
    assert says.inner_text().startswith(f"{label}: please enter ")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.get_attribute("aria-describedby") == says.get_attribute("id")
    if keys not in {"2.5", "1e9"}:  # whose first figures are good numbers
        assert charts.inner_html() == before
    assert "NaN" not in figure.inner_html()
    field.fill(good)
    expect(says).to_have_count(0)
    settled(figure)
    assert charts.inner_html() == before
    assert here.troubles == []


def test_no_optimizer_at_all_is_no_accident(visit: Open) -> None:
    """With every box unticked, is there a hint instead of a broken picture?"""
    here = visit("optimizer-race")
    figure = here.ready()
    for box in figure.get_by_role("checkbox").all():
        box.set_checked(False)
    assert board(figure) == {}
    expect(figure.locator(".pg-summary")).to_contain_text("tick at least one")
    assert "NaN" not in figure.inner_html()
    for box in figure.get_by_role("checkbox").all():
        box.set_checked(True)
    assert len(board(figure)) == 6
    assert here.troubles == []


def test_the_start_moves_by_arrow_keys(visit: Open) -> None:
    """With the focus on the start point, do arrows move it, and does it keep focus?"""
    here = visit("optimizer-race")
    figure = here.ready()
    handle = figure.get_by_role("button", name=re.compile("Start point"))
    handle.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        here.page.keyboard.press(key)
        settled(figure)
    expect(figure.get_by_label("Start x")).to_have_value("-7.8")
    expect(figure.get_by_label("Start y")).to_have_value("1.9")
    expect(handle).to_be_focused()
    assert "x −7.8, y 1.9" in str(handle.get_attribute("aria-label"))
    for _ in range(30):
        here.page.keyboard.press("Shift+ArrowUp")
    expect(figure.get_by_label("Start y")).to_have_value("3.5")


def test_the_start_is_dragged(visit: Open) -> None:
    """Does the start follow the mouse, also while the picture is drawn anew?"""
    here = visit("optimizer-race")
    figure = here.ready()
    handle = figure.get_by_role("button", name=re.compile("Start point"))
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    here.page.mouse.move(x, y)
    here.page.mouse.down()
    here.page.mouse.move(x + 60, y + 10, steps=5)
    settled(figure)
    here.page.mouse.move(x + 120, y + 20, steps=5)
    here.page.mouse.up()
    settled(figure)
    moved = float(figure.get_by_label("Start x").input_value())
    assert -5 < moved < 0
    after = handle.bounding_box()
    assert after is not None
    assert abs(after["x"] - box["x"] - 120) < 3
    assert abs(after["y"] - box["y"] - 20) < 3


def test_a_tap_calls_the_start(visit: Open) -> None:
    """On a phone, does a tap on the plane put the start there?"""
    here = visit("optimizer-race", **PHONE)
    figure = here.ready()
    chart = figure.locator("svg.pg-chart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    chart.tap(position={"x": box["width"] * 0.8, "y": box["height"] * 0.7})
    settled(figure)
    assert float(figure.get_by_label("Start x").input_value()) > 0
    assert float(figure.get_by_label("Start y").input_value()) < 0
    figure.get_by_role("checkbox", name="AdaGrad").tap()
    assert "AdaGrad" in board(figure)


def test_the_race_is_played_step_by_step(visit: Open) -> None:
    """Do step, slider and play show the race up to a step?"""
    here = visit("optimizer-race")
    figure = here.ready()
    figure.get_by_role("button", name="Step", exact=True).click()
    expect(figure.locator(".pg-summary")).to_contain_text("After 0 steps")
    figure.get_by_role("button", name="Step", exact=True).click()
    expect(figure.locator(".pg-summary")).to_contain_text("After 1 step from")
    slider = figure.get_by_label("Step shown")
    slider.focus()
    here.page.keyboard.press("ArrowRight")
    expect(figure.locator(".pg-summary")).to_contain_text("After 2 steps")
    assert slider.get_attribute("aria-valuetext") == "2 of 60"
    figure.get_by_role("button", name="Play").click()
    expect(figure.get_by_role("button", name="Pause")).to_be_visible()
    expect(figure.locator(".pg-summary")).to_contain_text("After 60 steps")
    expect(figure.get_by_role("button", name="Play")).to_be_visible()


def test_whoever_wants_no_motion_gets_none(visit: Open) -> None:
    """Where reduced motion is asked for, does play go to the end at once?"""
    figure = visit("optimizer-race", reduced_motion="reduce").ready()
    figure.get_by_role("button", name="Step", exact=True).click()
    expect(figure.locator(".pg-summary")).to_contain_text("After 0 steps")
    figure.get_by_role("button", name="Play").click()
    settled(figure)
    assert "After 60 steps" in figure.locator(".pg-summary").inner_text()
    assert figure.get_by_role("button", name="Play").is_visible()


# The depth explorer


def spreads(figure: Locator) -> list[float]:
    """The four standard deviations of the summary."""
    settled(figure)
    # Not inner_text: what is far from the window has not been laid out.
    text = figure.locator(".pg-summary").text_content() or ""
    return [decimal(each) for each in re.findall(r"([\d.]+(?:e−?\d+)?) in layer", text)]


@pytest.mark.parametrize(
    ("activation", "scheme", "made"),
    [
        ("tanh", "xavier", {"activation": torch.tanh, "std": 0.1}),
        ("relu", "he", {"activation": torch.relu, "std": 0.02**0.5}),
        ("sigmoid", "glorot", {"activation": torch.sigmoid, "std": 0.1}),
        ("identity", "constant", {"activation": lambda z: 1 * z, "std": 0.01}),
    ],
)
def test_the_explorer_shows_what_python_computes(
    visit: Open, activation: str, scheme: str, made: dict[str, Any]
) -> None:
    """Do the standard deviations agree with PyTorch's automatic gradients?"""
    figure = visit("depth-explorer").ready()
    figure.get_by_label("Activation", exact=True).select_option(activation)
    figure.get_by_label("Initialization").select_option(scheme)
    h, dz = reference.network(**made, uniform=scheme == "glorot")
    wanted = [h[0].std(), h[-1].std(), dz[-1].std(), dz[0].std()]
    assert spreads(figure) == pytest.approx(wanted, rel=0.06)  # two digits are shown
    own = figure.get_by_role("spinbutton", name="σ of your own")
    assert own.is_visible() == (scheme == "constant")


@pytest.mark.parametrize("window", [PHONE, DESK], ids=["phone", "desk"])
def test_the_explorer_shows_some_layers(visit: Open, window: dict[str, Any]) -> None:
    """Are there as many histograms as fit, with the first and the last layer?"""
    figure = visit("depth-explorer", **window).ready()
    for layers in (1, 3, 50):
        figure.get_by_role("spinbutton", name="Layers").fill(str(layers))
        settled(figure)
        for row in figure.locator(".pg-chart").all()[1:]:
            titles = row.locator("text", has_text="layer").all_text_contents()
            assert titles[0] == "layer 1"
            assert titles[-1] == f"layer {layers}"
            assert len(titles) == layers if layers < 4 else 4 <= len(titles) <= 6


def test_zeros_and_explosions_are_drawn(visit: Open) -> None:
    """Are a dead network and one that explodes shown without a broken picture?"""
    here = visit("depth-explorer")
    figure = here.ready()
    for activation in ("tanh", "sigmoid", "relu", "identity"):
        figure.get_by_label("Activation", exact=True).select_option(activation)
        figure.get_by_label("Initialization").select_option("zeros")
        html = settled(figure)
        assert "NaN" not in html
        assert "Infinity" not in html
        figure.get_by_label("Initialization").select_option("constant")
        figure.get_by_role("spinbutton", name="σ of your own").fill("3")
        figure.get_by_label("The same scale").set_checked(False)
        html = settled(figure)
        assert "NaN" not in html
        assert "Infinity" not in html
        figure.get_by_label("The same scale").set_checked(True)
    assert here.troubles == []


def test_a_seed_decides(visit: Open) -> None:
    """Does another seed give other histograms, and the old one the old ones?"""
    figure = visit("depth-explorer").ready()
    before = settled(figure)
    seed = figure.get_by_role("spinbutton", name="Seed")
    seed.fill("2")
    assert settled(figure) != before
    seed.fill("1")
    assert settled(figure) == before


# The schedule composer


def test_the_composer_keeps_curve_and_code_together(visit: Open) -> None:
    """For each schedule, does the code on the page give the rate that the page says?"""
    here = visit("schedule-composer")
    figure = here.ready()
    for kind in KINDS:
        figure.get_by_label("Schedule", exact=True).select_option(kind)
        figure.get_by_label("Look at step").fill("57")
        settled(figure)
        rates = rates_in_torch(figure.locator(".pg-lines").inner_text(), 100)
        said = figure.locator(".pg-summary").inner_text()
        now, step, first, last, mean = (
            decimal(each) for each in re.findall(r"\d+(?:\.\d+)?(?:e−\d+)?", said)
        )
        assert step == 57
        assert now == pytest.approx(rates[57], rel=1e-3), kind
        assert [first, last] == pytest.approx([rates[0], rates[-1]], rel=5e-3), kind
        assert mean == pytest.approx(np.mean(rates), rel=5e-3), kind
        assert figure.locator("math").count() == 2
    assert here.troubles == []


def test_the_composer_takes_all_that_is_typed(visit: Open) -> None:
    """Do milestones, rate, warm-up and length reach curve, formula and code?"""
    figure = visit("schedule-composer").ready()
    figure.get_by_label("Schedule", exact=True).select_option("multistep")
    figure.get_by_label("Factor γ", exact=True).fill("0.9")
    figure.get_by_label("Milestones").fill("5000, 7000, 8000, 9000, 9500")
    figure.get_by_label("Rate η₀", exact=True).fill("0.01")
    figure.get_by_label("Warm-up steps").fill("0")
    figure.get_by_label("Steps in all").fill("10000")
    settled(figure)
    rates = rates_in_torch(figure.locator(".pg-lines").inner_text(), 10000)
    assert rates[4999] == 0.01
    assert rates[-1] == pytest.approx(0.01 * 0.9**5)
    assert "last 0.0059" in figure.locator(".pg-summary").inner_text()
    assert figure.locator("math").count() == 1
    assert "of 5000, 7000" in figure.locator(".pg-formula").inner_text()


@pytest.mark.parametrize(
    ("label", "text", "answer"),
    [
        ("Steps in all", "0", "Steps in all: please enter a whole number from 1"),
        ("Steps in all", "", "Steps in all: please enter a whole number from 1"),
        ("Steps in all", "10", "The warm-up must be shorter"),
        ("Warm-up steps W", "100", "The warm-up must be shorter"),
        ("Warm-up steps W", "-1", "Warm-up steps W: please enter a whole number"),
        ("Rate η₀", "-0.1", "Rate η₀: please enter a number"),
    ],
)
def test_a_bad_plan_is_explained(
    visit: Open, label: str, text: str, answer: str
) -> None:
    """Are impossible numbers, and impossible pairs, answered in words?"""
    here = visit("schedule-composer")
    figure = here.ready()
    settled(figure)
    before = figure.locator(".pg-stage").inner_html()
    figure.get_by_role("spinbutton", name=label).fill(text)
    settled(figure)
    assert figure.get_by_role("alert").filter(has_text=answer).count() == 1
    assert figure.locator(".pg-stage").inner_html() == before
    assert "NaN" not in figure.inner_html()
    assert here.troubles == []


def test_a_bad_milestone_is_explained(visit: Open) -> None:
    """Is a list that does not rise answered with an example of one that does?"""
    figure = visit("schedule-composer").ready()
    figure.get_by_label("Schedule", exact=True).select_option("multistep")
    figure.get_by_label("Milestones").fill("60, 30")
    expect(
        figure.get_by_role("alert").filter(has_text="such as 30, 60")
    ).to_be_visible()
    figure.get_by_label("Milestones").fill("30, 60")
    expect(figure.get_by_role("alert").filter(has_text="such as")).to_have_count(0)


def test_the_logarithmic_scale_shows_what_is_there(visit: Open) -> None:
    """Is a rate of 0, or one far below the others, no trouble for a logarithm?"""
    here = visit("schedule-composer")
    figure = here.ready()
    figure.get_by_label("Logarithmic scale").set_checked(True)
    figure.get_by_label("Schedule", exact=True).select_option("sigmoid")
    for steepness, middle in (("-5", "0"), ("5", "10000")):
        figure.get_by_role("spinbutton", name="Steepness γ").fill(steepness)
        figure.get_by_role("spinbutton", name="Middle s").fill(middle)
        html = settled(figure)
        assert "NaN" not in html
        assert "Infinity" not in html
    figure.get_by_label("Logarithmic scale").set_checked(False)
    assert "NaN" not in settled(figure)
    assert here.troubles == []


def test_the_code_is_copied(visit: Open) -> None:
    """Does the button copy exactly the lines shown, and say so?"""
    here = visit("schedule-composer", permissions=["clipboard-read", "clipboard-write"])
    figure = here.ready()
    figure.get_by_role("button", name="Copy").click()
    expect(figure.get_by_text("Copied.")).to_be_visible()
    copied = here.page.evaluate("navigator.clipboard.readText()")
    assert copied == figure.locator(".pg-lines").inner_text()
    assert "CosineAnnealingLR(optimizer, T_max=90)" in copied


def test_without_leave_to_copy_the_code_is_marked(visit: Open) -> None:
    """Where the clipboard is closed, are the lines marked for two keys?"""
    here = visit("schedule-composer")
    figure = here.ready()
    here.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(); }"
    )
    figure.get_by_role("button", name="Copy").click()
    expect(figure.get_by_text("Marked")).to_be_visible()
    marked = here.page.evaluate("getSelection().toString()")
    assert marked.strip() == figure.locator(".pg-lines").inner_text().strip()


# Where they stand


def test_only_pages_with_a_playground_load_one(html: Path) -> None:
    """Does each playground stand on its page, and no other page load a module?"""
    for page in pages():
        text = (html / "book" / f"{page}.html").read_text(encoding="utf-8")
        here = [name for name, home in HOMES.items() if home == page]
        assert re.findall(r'data-playground="([^"]+)"', text) == here
        modules = re.findall(r'<script type="module" src="([^"?]+)', text)
        wanted = [playground.PLAYGROUNDS[name].module for name in here]
        assert [Path(module).name for module in modules] == wanted


def test_modules_are_small_and_need_nobody() -> None:
    """Do the modules stay light, and import only one another?"""
    sources = {path.name: path.read_text("utf-8") for path in MODULES.glob("*.js")}
    assert sum(len(text.encode()) for text in sources.values()) < 60 * 1024
    for text in sources.values():
        imported = re.findall(r'(?:from|import) "([^"]+)"', text)
        assert {name.removeprefix("./") for name in imported} <= set(sources)
        assert set(re.findall(r"https?://[^\s\"]+", text)) <= {
            "http://www.w3.org/2000/svg"
        }


def test_pictures_are_small_and_always_the_same(tmp_path: Path) -> None:
    """Is a picture light, and drawn twice the same file?"""
    for name in playground.PLAYGROUNDS:
        files = [tmp_path / f"{name}-{i}.svg" for i in range(2)]
        for file in files:
            reference.save(name, file, BOOK / "tuned.mplstyle")
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].stat().st_size < 60_000


def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **texts: str) -> str:
    """Build a small book of these pages; what Sphinx complained of."""
    monkeypatch.setattr(reference, "save", lambda name, path, style: path.touch())
    monkeypatch.setattr(playground, "playground_pictures", reference)
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "static").mkdir(parents=True)
    for name, text in texts.items():
        (source / f"{name}.rst").write_text(text, encoding="utf-8")
    said = StringIO()
    overrides = {"extensions": ["playground"], "html_static_path": ["static"]}
    with docutils_namespace():
        Sphinx(
            str(source),
            None,
            str(out),
            str(tmp_path / "doctrees"),
            "html",
            {**overrides, "html_theme": "basic", "root_doc": "first"},
            status=None,
            warning=said,
        ).build()
    return said.getvalue()


FIRST = """First
=====

.. toctree::

   second

See :ref:`playground-depth-explorer`.
"""
SECOND = "Second\n======\n\n.. playground:: depth-explorer\n"


def test_the_directive_places_figure_picture_and_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does a line of source give the figure, and style and module only to its page?"""
    assert build(tmp_path, monkeypatch, first=FIRST, second=SECOND) == ""
    without, with_one = (
        (tmp_path / "out" / f"{name}.html").read_text(encoding="utf-8")
        for name in ("first", "second")
    )
    assert 'href="second.html#playground-depth-explorer"' in without
    for name in ("playground.css", "depth.js"):
        assert name not in without
        assert with_one.count(name) == 1
    assert "race.js" not in with_one
    assert '<script type="module" src="_static/playgrounds/depth.js"' in with_one
    assert 'src="_static/playgrounds/depth-explorer.svg"' in with_one
    assert (tmp_path / "out/_static/playgrounds/depth-explorer.svg").is_file()


def test_an_unknown_playground_is_refused_with_the_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does a misspelled name break the build and say which there are?"""
    wrong = SECOND.replace("depth-explorer", "depth-exploder")
    said = build(tmp_path, monkeypatch, first="First\n=====\n\n" + wrong)
    assert "there is no playground 'depth-exploder'" in said
    assert "only optimizer-race, depth-explorer, schedule-composer" in said
