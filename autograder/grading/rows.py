"""The line that each submission ends in: what became of it, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.judge.session import REASONS

# Short names of what can become of a submission, and what a teacher does next.
NEXT_STEPS = {
    "graded": "",
    "cells missing": "ask for the assignment's own notebook, with all its cells",
    "time": "its points stand; raise the limit in nbgrader_config.py if it is low",
    "memory": "its points stand; raise the limit in nbgrader_config.py if it is low",
    "kernel died": "its points stand; the student's code ends Python or crashes it",
    "output": "its points stand; the student's code prints without an end",
    "processes": "its points stand; the student's code leaves processes behind",
    "no notebook": "ask the student to hand it in",
    "not a notebook": "ask the student to hand it in again",
    "files": "ask the student to hand it in again without these files",
    "worker lost": "grade it alone: autograder grade TOPIC --student NAME --workers 1",
    "not graded": "mend what is said here, then run the same command again",
}
ENDINGS = {
    "timeout": "time",
    "memory": "memory",
    "died": "kernel died",
    "output": "output",
    "strays": "processes",
}

NO_ANSWER = ("did not return: ", "was not called: ")  # as a judge's message begins


@dataclass(frozen=True)
class Row:
    """What became of one submission; ``note`` says in a line what to know of it.

    ``score`` is what counts in the gradebook, a teacher's own points and the penalty
    for being late included. ``reason`` is a key of :data:`NEXT_STEPS`.
    """

    topic: str
    student: str
    score: float
    possible: float
    status: str  # "graded", "refused" or "failed"
    reason: str
    note: str

    @property
    def next_step(self) -> str:
        """What a teacher does next; empty where all is well."""
        return NEXT_STEPS[self.reason]


def reason_of(missing: Sequence[str], ended: Sequence[str], record: Any) -> str:
    """The short name of what became of a graded submission.

    ``missing`` are solution cells, ``ended`` what the judge said of cells that it
    ended; ``record`` is the judge's.
    """
    why = list(ended)
    for part in _failed(record):
        said = _without_call(str(part["message"]))
        # Nothing that a student's code says comes at the beginning.
        why += [said for begins in NO_ANSWER if said.startswith(begins)]
    for said in why:
        if "are used up" in said:
            return "time"
        for kind, reason in ENDINGS.items():
            if REASONS[kind].partition("{")[0] in said:
                return reason
    return "cells missing" if missing else "graded"


def note_of(missing: Sequence[str], record: Any) -> str:
    """What to know of a graded submission, in a line."""
    verdicts = _verdicts(record)
    wrong = [v for v in verdicts if not v["passed"] or v.get("lacks")]
    if not wrong:
        untidy = [v["name"] for v in verdicts if v["score"] < 1]
        return f"all right; to tidy up: {', '.join(untidy)}" if untidy else "all right"
    reasons: dict[str, list[str]] = {}
    for verdict in wrong:
        reasons.setdefault(_why(verdict, missing), []).append(verdict["name"])
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())


def printable(text: str) -> str:
    r"""``text`` in a line that every terminal and every database can take.

    >>> printable("a\nb\0\x1b[2J\ud800")
    'a b  [2J '
    """
    return "".join(each if each.isprintable() else " " for each in text)


def _verdicts(record: Any) -> list[dict[str, Any]]:
    return [
        verdict for check in record.get("checks", []) for verdict in check["verdicts"]
    ]


def _failed(record: Any) -> list[dict[str, Any]]:
    return [
        part
        for verdict in _verdicts(record)
        for part in verdict["parts"]
        if part["outcome"] == "failed"
    ]


def _why(verdict: dict[str, Any], missing: Sequence[str]) -> str:
    if verdict["name"] in missing:
        return "its cell is missing"
    if verdict.get("lacks"):  # of a run, which says it in words
        return str(verdict["lacks"])
    if verdict["misconception"]:
        return str(verdict["misconception"]).replace("_", " ")
    failed = [part for part in verdict["parts"] if part["outcome"] == "failed"]
    said = _without_call(str(failed[0]["message"])) if failed else ""
    said = said.removeprefix(f"{verdict['name']} ")
    if "is not written yet" in said:  # perhaps the forward function that it rests on
        return "not written yet"
    return said if len(said) <= 90 else said[:87] + "..."


def _without_call(message: str) -> str:
    """What a message says of the call with which it begins.

    >>> _without_call("f(x (2, 3), p=0.7) raised TypeError: no such axis: (3)")
    'raised TypeError: no such axis: (3)'
    """
    depth = 0
    for place, character in enumerate(message):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and character == " ":
            return message  # it begins with no call
        if depth == 0 and character == ")":
            rest = message[place + 1 :].lstrip(": ")
            second = rest.removeprefix("after ")
            return rest if second == rest else _without_call(second)
    return message
