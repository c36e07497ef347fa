"""A small class, graded for real: nbgrader, the sandbox, the judge."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

from autograder.pipeline.attempts import keep_attempt
from autograder.pipeline.course import Course
from autograder.pipeline.release import release
from examples.build import SOURCES, Student, handed_in
from tests.pipeline.conftest import quick_gradebooks

__all__ = ["quick_gradebooks"]

ROOT = Path(__file__).parents[2]
TOPIC = "dropout"
STUDENTS = (
    "blank",
    "empty_file",
    "keep_or_drop",
    "mask_forgotten_backward",
    "perfect",
)


@dataclass(frozen=True)
class Graded:
    """The class, and what the gradebook says of each."""

    course: Course
    scores: dict[str, tuple[float, float]]

    def page(self, student: str) -> Path:
        """The feedback page."""
        return self.course.feedback / student / TOPIC / f"{TOPIC}.html"


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Five hand-ins to one topic; one student has a name, a sixth hands in nothing."""
    os.environ.pop("TUNED_DB_URL", None)
    course = Course(tmp_path_factory.mktemp("report") / "course")
    course.solutions.mkdir(parents=True)
    source = (ROOT / "solutions" / f"{TOPIC}.py").read_text(encoding="utf-8")
    # Without the cells that draw: no point hangs on them.
    source = source.replace("import matplotlib.pyplot as plt\n", "")
    head, *cells = re.split(r"(?m)^(?=# %%)", source)
    kept = head + "".join(cell for cell in cells if "plt." not in cell)
    (course.solutions / f"{TOPIC}.py").write_text(kept, encoding="utf-8")
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (course.root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    release(course, [TOPIC])
    for name in STUDENTS:
        student = Student.read(SOURCES / TOPIC / f"{name}.py")
        path = course.submitted / name / TOPIC / f"{TOPIC}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(handed_in(student, TOPIC, course.root)[f"{TOPIC}.ipynb"])
    return Graded(course, {name: grade(course, name) for name in STUDENTS})


def grade(course: Course, student: str) -> tuple[float, float]:
    """Grade one hand-in as nbgrader does, and keep the attempt."""
    api = course.nbgrader()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        for step in (api.autograde, api.generate_feedback):
            done = step(TOPIC, student, force=True)
            assert done["success"], done["log"]
        with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
            submission = gradebook.find_submission(TOPIC, student)
            score = (float(submission.score), float(submission.max_score))
            gradebook.update_or_create_student("absent", first_name="Ann")
            gradebook.update_or_create_student(
                "perfect", first_name="Emmy", last_name="Noether"
            )
    keep_attempt(course, TOPIC, student, score)
    return score
