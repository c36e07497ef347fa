"""Is a gradebook on PostgreSQL the same as one in a file?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from psycopg import connect

from autograder.grading import scheduling
from autograder.grading.writer import GradebookError
from autograder.judge.grading import Graded
from autograder.pipeline import judging
from autograder.pipeline.gradebook import grade_class
from autograder.verdict import Outcome, Part, Verdict
from tests.grading import WRONG, address_of, hand_in_all, rows_in, small_course
from tests.grading.stubs import grade_quickly, quick
from tests.pipeline import TOPIC, hand_in, small_catalog
from tests.postgresql import PASSWORD, QUOTED, new_database
from tests.sandbox import needs_sandbox

pytestmark = needs_sandbox


def test_the_same_gradebook_on_a_server(
    server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Graded, marked by hand, graded again: the rows of both, and the skipping?"""
    monkeypatch.setattr(judging, "grade", quick)
    course = small_course(tmp_path / "course")
    hand_in_all(course, ["ada", "bob"])
    hand_in_all(course, ["cyd"], WRONG)
    hand_in(course, "dan", b"no notebook")
    url = new_database(server)
    found = []
    for where in ("", url):
        address = where or address_of(course)
        with small_catalog():  # the server's gradebook knows of no release yet
            first = list(grade_class(course, [TOPIC], db_url=where))
        with Gradebook(address, "tuned") as gradebook:
            place = ("check-receptive_field", TOPIC, TOPIC, "cyd")
            gradebook.find_grade(*place).manual_score = 12.5
            gradebook.db.commit()
        second = list(grade_class(course, [TOPIC], db_url=where, rerun=True))
        found.append((first, second, rows_in(address)))
        with monkeypatch.context() as patch:
            patch.setattr(scheduling, "grade_submission", None)
            assert list(grade_class(course, [TOPIC], db_url=where)) == second
    assert found[0] == found[1]
    assert [row.score for row in found[0][1]] == [100, 100, 12.5, 0]


def test_the_server_goes_away(
    server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off between reading and writing: a clear error, no password, nothing lost?"""
    monkeypatch.setattr(judging, "grade", quick)
    course = small_course(tmp_path / "course")
    hand_in_all(course, ["ada", "bob"])
    url = new_database(server)

    def cut(*parcels: bytes) -> bytes:
        with connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        return grade_quickly(*parcels)

    with small_catalog(), monkeypatch.context() as patch:
        patch.setattr(scheduling, "grade_submission", cut)
        with pytest.raises(GradebookError, match="run the same command again") as told:
            list(grade_class(course, [TOPIC], db_url=url))
    assert PASSWORD not in str(told.value)
    assert QUOTED not in str(told.value)
    rows = list(grade_class(course, [TOPIC], db_url=url))
    assert [row.score for row in rows] == [100, 100]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "is no address of a gradebook"),
        ("oracle+nothing://x/y", "is no address of a gradebook"),
        ("sqlite:////nowhere/at/all/gradebook.db", "can be reached and written"),
        ("postgresql://me:secret@127.0.0.1:9/x", "can be reached and written"),
    ],
)
def test_an_address_that_leads_nowhere(url: str, says: str, tmp_path: Path) -> None:
    """Is it said in a sentence, without the password?"""
    course = small_course(tmp_path / "course")
    with pytest.raises(GradebookError, match=says) as told:
        list(grade_class(course, [TOPIC], db_url=url))
    assert "secret" not in str(told.value)


def test_what_a_student_s_error_says(
    server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zero bytes, which PostgreSQL refuses, and what clears screens: is there a row?"""

    def rude(notebook: Any, *rest: Any) -> list[Graded]:
        (result,) = quick(notebook, *rest)
        part = Part("values", Outcome.FAILED, "raised ValueError: \0 \x1b[2J")
        verdict = Verdict("receptive_field", TOPIC, (part,))
        return [Graded(result.grade_id, (verdict,), 0.0, result.possible)]

    monkeypatch.setattr(judging, "grade", rude)
    course = small_course(tmp_path / "course")
    hand_in_all(course, ["ada"])
    url = new_database(server)
    with small_catalog():
        (row,) = grade_class(course, [TOPIC], db_url=url)
    assert row.status == "graded"
    assert row.note.isprintable()
