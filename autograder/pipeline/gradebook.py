"""Grading what was handed in, submission by submission, into nbgrader's gradebook.

Nothing aborts the class: whatever is wrong with one submission ends in a row.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning

from autograder.pipeline.admission import RECORD
from autograder.pipeline.beside import UnfitError, expect_fit
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.feedback import write_notice
from autograder.pipeline.release import release
from autograder.sandbox.bubblewrap import why_unavailable

FINGERPRINTS = "fingerprints"


@dataclass(frozen=True)
class Row:
    """What became of one submission; ``note`` says in a line what to know of it."""

    topic: str
    student: str
    score: float
    possible: float
    status: str  # "graded", "refused" or "failed"
    note: str


def grade_class(
    course: Course,
    topics: list[str],
    students: list[str] | None = None,
    rerun: bool = False,
) -> Iterator[Row]:
    """Grade every submission to ``topics`` and yield a row for each.

    One that has not changed since it was graded is not graded again, unless
    ``rerun``. Raises :class:`CourseError` before anything is graded if a topic is
    unknown or this machine has no sandbox.
    """
    unknown = sorted(set(topics) - set(course.topics()))
    if unknown:
        raise CourseError(
            f"no topic {', '.join(unknown)}; there are: {', '.join(course.topics())}"
        )
    trouble = why_unavailable()
    if trouble:
        raise CourseError(
            f"no sandbox on this machine, so nothing is graded: {trouble}. "
            "`autograder doctor` says what to install"
        )
    nbgrader = course.nbgrader()
    missing = [topic for topic in topics if not _is_released(nbgrader, topic)]
    if missing:
        release(course, missing)
    for topic in topics:
        for folder in sorted(course.submitted.glob(f"*/{topic}")):
            student = folder.parent.name
            if students is None or student in students:
                try:
                    with warnings.catch_warnings():
                        # nbgrader's own, about the objects in its gradebook
                        warnings.simplefilter("ignore", SAWarning)
                        row = _grade_one(course, nbgrader, topic, student, rerun)
                except Exception as error:
                    # A file that cannot be opened, a gradebook that is busy: the
                    # others are graded all the same.
                    told = {"error": f"{type(error).__name__}: {error}"}
                    row = _failed(nbgrader, topic, student, told)
                yield row


def _is_released(nbgrader: NbGraderAPI, topic: str) -> bool:
    with _gradebook(nbgrader) as gradebook:
        try:
            gradebook.find_notebook(topic, topic)
        except MissingEntry:
            return False
    source = Path(nbgrader.coursedir.format_path("_build/source", ".", topic))
    return (source / f"{topic}.ipynb").is_file()


def _grade_one(
    course: Course, nbgrader: NbGraderAPI, topic: str, student: str, rerun: bool
) -> Row:
    handed_in = course.submitted / student / topic / f"{topic}.ipynb"
    if not handed_in.is_file() and not handed_in.is_symlink():
        note = f"no notebook: expected a file named {topic}.ipynb"
        return _nothing_to_grade(course, nbgrader, topic, student, note)
    try:
        expect_fit(handed_in.parent, course.source / topic)
    except UnfitError as error:
        return _nothing_to_grade(course, nbgrader, topic, student, str(error))
    graded = course.graded / student / topic / f"{topic}.ipynb"
    # Not beside the graded notebook: nbgrader copies there whatever is handed in.
    mark = course.graded.parent / FINGERPRINTS / student / f"{topic}.txt"
    fingerprint = _fingerprint(handed_in.parent, course.source / topic)
    fresh = (
        graded.is_file() and mark.is_file() and mark.read_text("utf-8") == fingerprint
    )
    if rerun or not fresh:
        mark.unlink(missing_ok=True)
        for step in (nbgrader.autograde, nbgrader.generate_feedback):
            result = step(topic, student, force=True)
            if not result["success"]:
                return _failed(nbgrader, topic, student, result)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(fingerprint, "utf-8")
    return _row(nbgrader, topic, student, graded)


def _fingerprint(submission: Path, source: Path) -> str:
    """Changes when a file of the submission, or of what it answers, does."""
    digest = hashlib.sha256()
    for folder in (submission, source):
        digest.update(b"folder")
        for path in sorted(folder.rglob("*")):
            digest.update(repr(path.relative_to(folder)).encode())
            if path.is_symlink():
                digest.update(b"link")
            elif path.is_file():
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _row(nbgrader: NbGraderAPI, topic: str, student: str, graded: Path) -> Row:
    record = nbformat.read(graded, as_version=4).metadata.get(RECORD, {})
    refused = record.get("refused", "")
    score, possible = _score(nbgrader, topic, student)
    status = "refused" if refused else "graded"
    return Row(topic, student, score, possible, status, refused or _note(record))


def _note(record: dict[str, Any]) -> str:
    verdicts = [
        verdict for check in record.get("checks", []) for verdict in check["verdicts"]
    ]
    wrong = [v for v in verdicts if not v["passed"] or v.get("lacks")]
    if not wrong:
        untidy = [v["name"] for v in verdicts if v["score"] < 1]
        return f"all right; to tidy up: {', '.join(untidy)}" if untidy else "all right"
    reasons: dict[str, list[str]] = {}
    for verdict in wrong:
        reasons.setdefault(_why(verdict), []).append(verdict["name"])
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())


def _why(verdict: dict[str, Any]) -> str:
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


def _nothing_to_grade(
    course: Course, nbgrader: NbGraderAPI, topic: str, student: str, note: str
) -> Row:
    with _gradebook(nbgrader) as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(topic, student)
        for notebook in submission.notebooks:
            for each in notebook.grades:
                each.auto_score = 0
                each.needs_manual_grade = False
        gradebook.db.commit()
        released = gradebook.find_notebook(topic, topic)
        checks = {cell.name: float(cell.max_score) for cell in released.grade_cells}
    page = course.feedback / student / topic / f"{topic}.html"
    write_notice(page, topic, note, checks)
    score, possible = _score(nbgrader, topic, student)
    return Row(topic, student, score, possible, "refused", note)


def _failed(
    nbgrader: NbGraderAPI, topic: str, student: str, result: dict[str, Any]
) -> Row:
    """A row for a submission on which the grader itself stumbled: never a zero."""
    log = str(result.get("log") or result.get("error") or "").strip().splitlines()
    errors = [line for line in log if "Error" in line] or log[-1:]
    _, possible = _score(nbgrader, topic, student)
    said = errors[-1].strip() if errors else "unknown"
    return Row(topic, student, 0.0, possible, "failed", f"not graded: {said}")


def _score(nbgrader: NbGraderAPI, topic: str, student: str) -> tuple[float, float]:
    with _gradebook(nbgrader) as gradebook:
        possible = float(gradebook.find_assignment(topic).max_score)
        try:
            submission = gradebook.find_submission(topic, student)
        except MissingEntry:
            return 0.0, possible
        return round(float(submission.score), 2), possible


def _gradebook(nbgrader: NbGraderAPI) -> Gradebook:
    course = nbgrader.coursedir
    return Gradebook(course.db_url, course.course_id)
