"""Can a report without names be given away, and be compared with the next?"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.report.naming import KEY_BYTES, key_in, pseudonyms, without_names
from autograder.report.page import html, report_on
from autograder.report.results import ClassResults, Person
from tests.report import result, topic

KEY, OTHER = bytes(KEY_BYTES), bytes(range(KEY_BYTES))
PEOPLE = (
    Person("ada", "Augusta", "Lovelace", "ada@example.org", "4711"),
    Person("emmy", "Emmy", "Noether", "emmy@example.org", "4712"),
)


def test_a_pseudonym_stays_and_hangs_on_the_key() -> None:
    """Is it the same in a larger class, and another one under another key?"""
    few = pseudonyms(["ada", "emmy"], KEY)
    more = pseudonyms(["emmy", "grace", "ada"], KEY)
    assert all(more[name] == few[name] for name in few)
    assert set(pseudonyms(["ada", "emmy"], OTHER).values()).isdisjoint(few.values())


def test_everybody_has_one_of_their_own() -> None:
    """Are 20 000 pseudonyms different, whatever the ids are made of?"""
    ids = [f"s{number}" for number in range(20_000)] + ["", "\ud800", "李"]
    assert len(set(pseudonyms(ids, KEY).values())) == len(ids)


def test_pseudonyms_grow_until_they_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two would be alike, are all longer instead?"""
    monkeypatch.setattr("autograder.report.naming._SHORTEST", 1)
    found = pseudonyms(map(str, range(100)), KEY)
    assert len(set(found.values())) == 100


def test_no_plain_hash_of_the_name_is_in_it() -> None:
    """Does guessing the name and hashing it confirm nothing?"""
    import base64

    found = pseudonyms(["ada"], KEY)["ada"].removeprefix("student-")
    for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        digest = hashlib.new(algorithm, b"ada").digest()
        assert found not in base64.b32encode(digest).decode().lower()
        assert found not in digest.hex()


def test_the_page_knows_nothing_of_the_names() -> None:
    """Are ids, names, addresses and reasons gone, and is the order no hint?"""
    of = topic()
    made = (
        replace(result(of, "ada", [False] * 4), refused="ada-s homework.txt is a link"),
        result(of, "emmy", [True] * 4, {"f0": "x" * 50}),
    )
    results = ClassResults((of,), PEOPLE, made)
    hidden = without_names(results, OTHER)
    text = html(report_on(hidden, anonymous=True))
    for person in PEOPLE:
        for word in vars(person).values():
            assert word not in text
    assert "homework" not in text
    assert [p.id for p in hidden.students] == sorted(p.id for p in hidden.students)
    assert "Names are left out" in text
    # All else is as it was.
    assert sorted(report_on(results).results.shares().values()) == sorted(
        hidden.shares().values()
    )
    assert "Names are left out" not in html(report_on(results))


def test_the_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    """Is it random, kept, and closed to others?"""
    path = tmp_path / "key"
    key = key_in(path)
    assert key_in(path) == key
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key_in(tmp_path / "other") != key


def test_a_file_that_is_no_key_is_said(tmp_path: Path) -> None:
    """Is a short key refused, with what to do, and left as it is?"""
    path = tmp_path / "key"
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="move it away"):
        key_in(path)
    assert path.read_bytes() == b"short"
