"""Can a learner go all the way in JupyterLab: fetch, fail, understand, pass, submit?"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from autograder.pipeline.course import Course
from autograder.pipeline.release import source_notebook
from tests.notebook.conftest import TOPIC, opened
from tests.notebook.lab import BIN, Lab, Notebook
from tests.pipeline import ROOT
from tests.sandbox import needs_sandbox

WRONG = '''def dropout_forward(x, dropout_param):
    """Keep each unit with probability p."""
    p = dropout_param["p"]
    if not 0 < p <= 1:
        raise ValueError(f"p must lie in (0, 1], not at {p}")
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = ((rng.random(x.shape) > p) / p).astype(x.dtype)
    return x * mask, mask
'''
MISTAKE = "units are kept with probability 1 - p and divided by p"


def answers() -> dict[str, str]:
    """The solution of each function of the topic."""
    cells = source_notebook(ROOT / "solutions" / f"{TOPIC}.py").cells
    solutions = [c for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    return {cell.id: cell.source for cell in solutions}


@dataclass
class Day:
    """What a learner saw in the course of one."""

    released: str = ""
    untouched: str = ""
    wrong: str = ""
    refused: str = ""
    link: str = ""
    right: str = ""
    approved: str = ""
    submitted: str = ""
    strangers: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def day(browser: Browser, lab: Lab, course: Course, teacher: Teacher) -> Day:
    """From *Fetch* to *Submit*, in the browser."""
    teacher("autograder", "release", TOPIC)
    teacher("nbgrader", "release_assignment", TOPIC)
    seen = Day()
    with opened(browser, 1440, 900) as page:
        page.on(
            "request",
            lambda request: (
                None
                if urlsplit(request.url).hostname in {"127.0.0.1", None}
                else seen.strangers.append(request.url)
            ),
        )
        page.goto(lab.address())
        _fetch(page, seen)
        _solve(Notebook(page), seen)
        _submit(page, seen)
    return seen


def _fetch(page: Page, seen: Day) -> None:
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.locator(".lm-Menu-item", has_text="Assignment List").click()
    released = page.locator("#released_assignments_list .list_item")
    released.get_by_role("button", name="Fetch").wait_for()
    seen.released = released.inner_text()
    released.get_by_role("button", name="Fetch").click()
    fetched = page.locator("#fetched_assignments_list")
    fetched.locator("a.assignment-notebooks-link").click()
    fetched.locator(".nested_list_item a").click()


def _solve(notebook: Notebook, seen: Day) -> None:
    checks = {name: notebook.cell(f"check({name})") for name in answers()}
    notebook.run(notebook.cell("import numpy as np"))
    forward = notebook.cell("def dropout_forward")
    notebook.run(forward)
    seen.untouched = notebook.run(checks["dropout_forward"]).inner_text()

    notebook.write(forward, WRONG)
    notebook.run(forward)
    verdict = notebook.run(checks["dropout_forward"])
    seen.wrong = verdict.inner_text()
    seen.link = verdict.locator("a").first.get_attribute("href") or ""
    seen.refused = notebook.validate()

    for name, source in answers().items():
        cell = notebook.cell(f"def {name}")
        notebook.write(cell, source)
        notebook.run(cell)
        seen.right += notebook.run(checks[name]).inner_text()
    seen.approved = notebook.validate()


def _submit(page: Page, seen: Day) -> None:
    page.keyboard.press("Control+s")
    page.locator(".lm-TabBar-tab", has_text="Assignments").first.click()
    page.locator("#fetched_assignments_list").get_by_role(
        "button", name="Submit"
    ).click()
    submitted = page.locator("#submitted_assignments_list .list_item").first
    expect(submitted).to_contain_text(TOPIC)
    seen.submitted = submitted.inner_text()


class Teacher:
    """Someone at a terminal in the course's folder."""

    def __init__(self, course: Course, variables: dict[str, str]) -> None:
        self.course, self.variables = course, variables

    def __call__(self, program: str, *words: str) -> str:
        """Run a command and return what it printed."""
        done = subprocess.run(
            [BIN / program, *words],
            cwd=self.course.root,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def teacher(course: Course, lab: Lab) -> Teacher:
    """The teacher of this course, who shares the machine with the learner."""
    return Teacher(course, lab.variables)


def test_what_is_released_can_be_fetched(day: Day, lab: Lab) -> None:
    """Does the assignment list offer the topic, and put it into the home folder?"""
    assert TOPIC in day.released
    assert (lab.home / TOPIC / f"{TOPIC}.ipynb").is_file()


def test_an_untouched_function_is_told_apart(day: Day) -> None:
    """Before anything is written, does the check say so, and no stack follow?"""
    assert "dropout_forward: not right yet (0%)" in day.untouched
    assert "NotImplementedError" in day.untouched
    assert "Traceback" not in day.untouched


def test_a_wrong_answer_is_named_with_a_hint(day: Day) -> None:
    """Do the mistake, the hint, the failed part and the way to the book show?"""
    assert "dropout_forward: not right yet" in day.wrong
    assert MISTAKE in day.wrong
    assert "Hint:" in day.wrong
    assert "✗ units are kept with probability p" in day.wrong
    assert "Traceback" not in day.wrong
    assert day.link.endswith("/book/dropout.html#dropout-keep-or-drop")


def test_validate_says_what_the_check_says(day: Day) -> None:
    """Does the dialog name mistake and hint, in lines that fit it?"""
    assert "check(dropout_forward)" in day.refused
    said = " ".join(day.refused.split())
    assert MISTAKE in said
    assert "Hint: The mask and the scale disagree" in said
    assert "dropout_backward: not right yet" in said
    assert "Traceback" not in said
    lines = [line for line in day.refused.splitlines() if "http" not in line]
    assert max(map(len, lines)) <= 80


def test_a_right_answer_passes(day: Day) -> None:
    """Is every function right in the end, by its check and by *Validate*?"""
    for name in answers():
        assert f"{name}: right" in day.right
    assert "not right yet" not in day.right
    assert "Success! Your notebook passes all the tests." in day.approved


def test_jupyterlab_asks_nothing_of_others(day: Day) -> None:
    """Was there no request to another host all day?"""
    assert day.strangers == []


@needs_sandbox
def test_what_is_submitted_is_graded(day: Day, teacher: Teacher) -> None:
    """Does it reach the teacher, and earn every point there?"""
    assert TOPIC in day.submitted
    teacher("nbgrader", "collect", TOPIC)
    (row,) = json.loads(teacher("autograder", "grade", TOPIC, "--json"))
    assert (row["score"], row["possible"]) == (100, 100)
    assert (teacher.course.feedback / row["student"] / TOPIC).is_dir()


# Reading it ---------------------------------------------------------------------------

# For each text: contrast with what is behind it, its size, and its own words.
MEASURE = """section => {
  const canvas = document.createElement('canvas').getContext('2d');
  const light = colors => {  // the relative luminance of colors painted in turn
    canvas.clearRect(0, 0, 1, 1);
    for (const color of colors) {
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(
      c => c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = [];
  for (let up = section; up; up = up.parentElement)
    behind.unshift(getComputedStyle(up).backgroundColor);
  const found = [];
  const walk = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const [words, holder] = [walk.currentNode.data, walk.currentNode.parentElement];
    if (!words.trim() || holder.tagName == 'title') continue;
    const style = getComputedStyle(holder);
    const svg = holder.closest('svg');
    const [one, other] = [
      light([...behind, svg ? style.fill : style.color]), light(behind)].sort();
    found.push({
      contrast: (other + 0.05) / (one + 0.05),
      size: parseFloat(style.fontSize),
      words,
    });
  }
  return {found, wide: section.scrollWidth - section.clientWidth};
}"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_verdict_is_readable(theme: str, browser: Browser, lab: Lab) -> None:
    """On a desk and on a phone, does every word fit and stand out from the page?"""
    lab.set("apputils-extension/themes", {"theme": theme})
    path = lab.home / f"{theme}.ipynb"
    path.write_text(_wrong_notebook())
    with opened(browser, 1440, 900) as page:
        page.goto(lab.address(path.name))
        notebook = Notebook(page)
        notebook.run(notebook.cell("def dropout_forward"))
        notebook.run(notebook.cell("check(dropout_forward"))
        dark = page.locator("body").get_attribute("data-jp-theme-light") == "false"
        assert dark == theme.endswith("Dark")
        verdict = page.locator(".tuned-verdict")
        wide = verdict.bounding_box()
        assert wide
        assert wide["width"] > 600
        _expect_readable(verdict.evaluate(MEASURE))
        page.set_viewport_size({"width": 390, "height": 844})
        page.keyboard.press("Control+b")  # the list of files gives way
        expect(page.locator("#jp-left-stack")).to_be_hidden()
        narrow = verdict.bounding_box()
        assert narrow
        assert 200 < narrow["width"] < 390
        _expect_readable(verdict.evaluate(MEASURE))


def _expect_readable(measured: dict[str, object]) -> None:
    found = measured["found"]
    assert isinstance(found, list)
    assert len(found) > 20
    assert [each for each in found if each["contrast"] < 4.5] == []
    assert [each for each in found if each["size"] < 10] == []
    assert measured["wide"] == 0


def _wrong_notebook() -> str:
    def cell(source: str) -> dict[str, object]:
        return {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{len(source)}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }

    given = "import numpy as np\nfrom autograder import check\n\n\n"
    cells = [cell(given + WRONG), cell("check(dropout_forward, seed=1)")]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
