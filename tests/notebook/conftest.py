"""A class of one learner: a course, an exchange, and a JupyterLab."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from autograder.pipeline.course import Course
from tests.notebook.lab import PATIENCE, Lab
from tests.pipeline import ROOT

TOPIC = "dropout"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The teacher's course, with one topic and nothing released yet."""
    made = Course(tmp_path_factory.mktemp("teacher") / "course")
    made.solutions.mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / f"{TOPIC}.py", made.solutions)
    shutil.copy(ROOT / "nbgrader_config.py", made.root)
    return made


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder through which teacher and learners hand each other files."""
    folder = tmp_path_factory.mktemp("exchange")
    folder.chmod(0o777)  # nbgrader refuses one that not everybody may write to
    return folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, exchange: Path) -> Iterator[Lab]:
    """The learner's JupyterLab, with the configuration that both sides share."""
    made = Lab(tmp_path_factory.mktemp("learner"))
    # What a teacher writes once to /etc/jupyter/nbgrader_config.py.
    (made.config / "nbgrader_config.py").write_text(
        f"c = get_config()\n"
        f"c.CourseDirectory.course_id = 'tuned'\n"
        f"c.Exchange.root = {str(exchange)!r}\n"
    )
    with made:
        yield made


@contextmanager
def opened(browser: Browser, width: int, height: int) -> Iterator[Page]:
    """A page of a patient visitor."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
