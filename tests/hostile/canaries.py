"""Secrets planted where no student may read, and a search for them in what came out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.pipeline.course import Course


class Canaries:
    """A secret for each place; a secret that turns up tells which place was read.

    >>> kept = Canaries({"home": "tuned-1234"})
    >>> kept.found_in("a page with tuned-1234 on it")
    ['home']
    """

    def __init__(self, secret: Mapping[str, str]) -> None:
        self.secret = dict(secret)

    def found_in(self, text: str) -> list[str]:
        """The places whose secrets ``text`` holds."""
        return [place for place, secret in self.secret.items() if secret in text]


PLACES = (
    *("the gradebook", "another submission", "the solutions", "the checks"),
    *("the environment", "a file in the home folder", "a file in /tmp"),
)
VARIABLE = "TUNED_CANARY_PASSWORD"
HOME_FILE, TMP_FILE = ".ssh/id_rsa", "canary.txt"


def draw() -> Canaries:
    """A fresh secret for each place."""
    return Canaries({place: f"canary-{secrets.token_hex(12)}" for place in PLACES})


def plant(canaries: Canaries, course: Course, home: Path, tmp: Path) -> dict[str, str]:
    """Put each secret into its place; return the environment that holds one.

    The secret of another submission is in what an ordinary student hands in, see
    :mod:`tests.hostile.classroom`.
    """
    secret = canaries.secret
    nbgrader = course.nbgrader().coursedir
    with Gradebook(nbgrader.db_url, nbgrader.course_id) as gradebook:
        gradebook.update_or_create_student("zoe", first_name=secret["the gradebook"])
    for source in course.solutions.glob("*.py"):
        with source.open("a", encoding="utf-8") as file:
            file.write(f"# {secret['the solutions']}\n")
    checks = course.root / "autograder" / "checks"
    checks.mkdir(parents=True)
    (checks / "__init__.py").write_text(f"# {secret['the checks']}\n", "utf-8")
    for path, place in (
        (home / HOME_FILE, "a file in the home folder"),
        (tmp / TMP_FILE, "a file in /tmp"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secret[place], encoding="utf-8")
    return {VARIABLE: secret["the environment"], "HOME": str(home)}
