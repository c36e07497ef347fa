"""Names for students on a page: their own, or pseudonyms that stay the same."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from autograder.report.results import ClassResults, Person

KEY_BYTES = 32
_SHORTEST = 6  # characters of a pseudonym; more where two would be alike


def key_in(path: Path) -> bytes:
    """The key in ``path``, which is made, for the owner's eyes only, if there is none.

    Raises :class:`ValueError` for a file that holds something else.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"{path} does not hold a key of {KEY_BYTES} bytes: move it away and a new "
            "one is made; the pseudonyms of earlier reports are then other ones"
        )
    return key


def pseudonyms(students: Iterable[str], key: bytes) -> dict[str, str]:
    """A pseudonym for each of ``students``.

    It is HMAC-SHA-256 of the id under ``key``, shortened: the same as long as the key
    is, and without the key no guess at a name can be confirmed.

    >>> pseudonyms(["ada"], bytes(32))
    {'ada': 'student-6uirao'}
    """
    whole = {
        student: base64.b32encode(
            hmac.new(
                key, student.encode("utf-8", "surrogatepass"), hashlib.sha256
            ).digest()
        )
        .decode()
        .lower()
        .rstrip("=")
        for student in students
    }
    length = _SHORTEST
    while len({each[:length] for each in whole.values()}) < len(whole):
        length += 1
    return {student: f"student-{each[:length]}" for student, each in whole.items()}


def without_names(results: ClassResults, key: bytes) -> ClassResults:
    """The same results under pseudonyms, in the pseudonyms' order.

    The reasons why something was refused are dropped: they can quote a file's name.
    """
    names = pseudonyms((person.id for person in results.students), key)
    return ClassResults(
        results.topics,
        tuple(sorted((Person(n) for n in names.values()), key=lambda p: p.id)),
        tuple(
            sorted(
                (
                    replace(
                        each,
                        student=names[each.student],
                        refused="it could not be graded" if each.refused else "",
                    )
                    for each in results.results
                ),
                key=lambda each: (each.topic, each.student),
            )
        ),
    )
