"""Do other systems read the tables, and does no spreadsheet run what is in them?"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.report.exports import (
    FORMULA,
    as_csv,
    canvas,
    defused,
    moodle,
    write_nbgrader,
)
from autograder.report.results import ClassResults, Person
from tests.report import DUE, HOSTILE, result, topic

OF, LATER = topic("pooling", due=True), topic("tuning")
CLASS = ClassResults(
    (OF, LATER, topic("not-begun")),
    HOSTILE,
    (
        replace(
            result(OF, HOSTILE[0].id, [True] * 4),
            penalty=10.0,
            score=90.0,
            handed_in=DUE,
        ),
        result(OF, "comma", [False, True, False, False]),
        result(LATER, "comma", [False] * 4),
    ),
)


def read(text: str) -> list[list[str]]:
    """The fields, as any reader of CSV sees them."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def harmless(rows: list[list[str]]) -> None:
    """Assert that every row has the header's fields and that none is a formula."""
    for row in rows:
        assert len(row) == len(rows[0])
        for field in row:
            assert field == "-" or not field.startswith(FORMULA), field


@pytest.mark.parametrize("lead", FORMULA)
def test_a_formula_becomes_text(lead: str) -> None:
    """Is each character that begins a formula defused, behind blanks too?"""
    assert defused(f"{lead}1") == f"'{lead}1"
    assert defused(f"  {lead}1") == f"'  {lead}1"
    assert defused(f"a{lead}1") == f"a{lead}1"


def test_fields_survive_the_way() -> None:
    """Do commas, quotes, line ends and other alphabets come out as they went in?"""
    rows = [["a,b", 'c"d', "e\nf"], ["Žofie", "李", "x\0y"]]
    assert read(as_csv(rows)) == [["a,b", 'c"d', "e\nf"], ["Žofie", "李", "xy"]]


def test_canvas_finds_the_columns_it_asks_for() -> None:
    """Is the file what Canvas's importer takes: header, points possible, students?"""
    rows = read(as_csv(canvas(CLASS)))
    harmless(rows)
    header, possible, *students = rows
    # The importer's own rules, in its order.
    assert len(header) > 3
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert re.search(r"SIS\s+User\s+ID", header[2])
    assert re.search(r"SIS\s+Login\s+ID", header[3])
    assert "Section" in header[4]
    assert "Points Possible" in possible[0]
    reserved = r"(Current|Final|Override) (Score|Points|Grade|Status)"
    assert header[5:] == ["pooling", "tuning"]
    assert not any(re.search(reserved, name) for name in header[5:])
    assert possible[5:] == ["100.0", "100.0"]
    assert len(students) == len(HOSTILE)
    by_login = {row[3]: row for row in students}
    assert by_login["comma"][0] == 'O"Hara, Ada, Countess'
    assert by_login["comma"][5:] == ["25.0", "0.0"]
    assert by_login["'=1+1"][5:] == ["90.0", ""]
    assert by_login["bare"][0] == "bare"
    assert by_login["lines"][1] == "7"


def test_moodle_can_map_a_user_and_each_grade() -> None:
    """Are there columns to find a user by, "-" for no grade, and nothing blank?"""
    rows = read(as_csv(moodle(CLASS)))
    harmless(rows)
    header, *students = rows
    assert header == [
        *("First name", "Last name", "Username", "ID number", "Email address"),
        *("pooling (Real)", "tuning (Real)"),
    ]
    assert len(students) == len(HOSTILE)
    for row in students:
        assert row[2]
        for grade in row[5:]:
            assert grade == "-" or 0 <= float(grade) <= 100
    by_name = {row[2]: row for row in students}
    assert by_name["comma"][5:] == ["25.0", "0.0"]
    assert by_name["bare"][5:] == ["-", "-"]


def test_nbgrader_s_own_export_is_quoted(tmp_path: Path) -> None:
    """Are the columns and sums nbgrader's, for every student and topic?"""
    path = tmp_path / "grades.csv"
    write_nbgrader(path, CLASS)
    rows = read(path.read_text(encoding="utf-8"))
    harmless(rows)
    header, *lines = rows
    assert header == [
        *("assignment", "duedate", "timestamp", "student_id", "last_name"),
        *("first_name", "email", "raw_score", "late_submission_penalty"),
        *("score", "max_score"),
    ]
    assert len(lines) == len(CLASS.topics) * len(HOSTILE)
    found = {(line[0], line[3]): line for line in lines}
    assert found["pooling", "'=1+1"][1:3] == ["2030-01-31 12:00:00"] * 2
    assert found["pooling", "'=1+1"][7:] == ["100.0", "10.0", "90.0", "100.0"]
    assert found["tuning", "bare"][7:] == ["0.0", "0.0", "0.0", "100.0"]
    assert found["pooling", "unicode"][4:6] == ["Ünal 李", "Žofie"]


def test_an_empty_class_gives_headers() -> None:
    """Are the tables of nobody still tables?"""
    nobody = ClassResults((), (), ())
    assert len(canvas(nobody)) == 2
    assert len(moodle(nobody)) == 1
    alone = ClassResults((OF,), (Person("ada"),), ())
    assert canvas(alone)[2] == ["ada", "", "", "ada", ""]
