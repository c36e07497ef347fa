"""What a worker does with one submission: bytes in, bytes out.

The cells come back as they were released, the student's run in the sandbox, the judge
fills the graded ones, the page is made. The notebook is read once and written once.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    is_grade,
    is_solution,
    is_task,
)
from traitlets.config import Config

from autograder.grading.page import Marks, feedback_page
from autograder.grading.parcel import packed, unpacked
from autograder.grading.released import Release, release_from
from autograder.grading.submission import ABOUT, BESIDE, NOTEBOOK
from autograder.pipeline.admission import RECORD, UnreadableError, parse_notebook
from autograder.pipeline.judging import JudgeSubmission
from autograder.pipeline.restoration import restored

OUTCOME, PAGE = "outcome.json", "page.html"
ENDED = {"Stopped", "TimeLimit"}  # the judge's errors in a cell that it has ended


@dataclass(frozen=True)
class Outcome:
    """What became of a submission, and all that is to be recorded of it.

    ``scores`` and ``comments`` are by cell, None where the judge has none to give;
    ``record`` is the judge's. ``missing`` names the solution cells that were not
    handed in, ``ended`` says why the judge ended cells.
    """

    notebook: bytes
    page: bytes
    scores: dict[str, float | None]
    comments: dict[str, str | None]
    record: dict[str, Any]
    missing: list[str]
    ended: list[str]

    def to_bytes(self) -> bytes:
        """Everything in one piece."""
        told = {
            "scores": self.scores,
            "comments": self.comments,
            "record": self.record,
            "missing": self.missing,
            "ended": self.ended,
        }
        about = json.dumps(told).encode()
        return packed({OUTCOME: about, NOTEBOOK: self.notebook, PAGE: self.page})


def outcome_from(parcel: bytes) -> Outcome:
    """The outcome in ``parcel``."""
    files = unpacked(parcel)
    return Outcome(files[NOTEBOOK], files[PAGE], **json.loads(files[OUTCOME]))


def grade_submission(release: bytes, submission: bytes) -> bytes:
    """Grade ``submission`` to ``release``; return an :class:`Outcome` as bytes.

    Raises what keeps the grader from grading: a sandbox that does not start. Whatever
    is wrong with the submission is told in the outcome.
    """
    answers, files = release_from(release), unpacked(submission)
    about = json.loads(files.pop(ABOUT))
    notebook, missing = _restored(answers, files.pop(NOTEBOOK), about["refused"])
    with tempfile.TemporaryDirectory(prefix="tuned-") as folder:
        _lay_out(Path(folder), answers, files)
        judge = JudgeSubmission(config=Config({"JudgeSubmission": answers.judge}))
        where = {
            "metadata": {"path": folder},
            "nbgrader": {
                "notebook": answers.topic,
                "assignment": answers.topic,
                "student": about["student"],
            },
        }
        judge.preprocess(notebook, where)
    return _outcome(notebook, answers.topic, missing, about).to_bytes()


def _restored(
    release: Release, content: bytes, refused: str
) -> tuple[NotebookNode, list[str]]:
    """The notebook as it is judged, and the solution cells that it lacks."""
    submitted: list[NotebookNode] = []
    if not refused:
        try:
            submitted = parse_notebook(content).cells
        except UnreadableError as error:
            refused = str(error)
    cells = release.notebook_cells()
    names = {str(_about(cell).get("grade_id")) for cell in submitted}
    solutions = [cell.metadata["nbgrader"] for cell in cells if is_solution(cell)]
    missing = [each["grade_id"] for each in solutions if each["grade_id"] not in names]
    notebook = nbformat.v4.new_notebook(cells=restored(submitted, cells))
    notebook.nbformat_minor = 5
    if release.kernelspec:
        notebook.metadata["kernelspec"] = nbformat.from_dict(release.kernelspec)
    if refused:
        notebook.metadata[RECORD] = {"refused": refused}
    return notebook, [] if refused else missing


def _about(cell: NotebookNode) -> dict[str, Any]:
    about = cell.metadata.get("nbgrader")
    return about if isinstance(about, dict) else {}


def _lay_out(folder: Path, release: Release, files: Mapping[str, bytes]) -> None:
    """Write what lies beside the notebook, the release's own files over it."""
    handed_in = {name.removeprefix(BESIDE): files[name] for name in files}
    for name, content in laid_over(release, handed_in).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def laid_over(release: Release, handed_in: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files beside a notebook: the release's, and of the others the student's."""
    theirs = {name for name in handed_in if name in release.own}
    own = {name: release.files[name] for name in release.files if name not in theirs}
    return {**handed_in, **own}


def _outcome(
    notebook: NotebookNode, topic: str, missing: list[str], about: dict[str, Any]
) -> Outcome:
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    ended = []
    for cell in notebook.cells:
        name = _about(cell).get("grade_id", "")
        if is_grade(cell):
            scores[name], _ = determine_grade(cell)
        if is_solution(cell) or is_task(cell):
            comments[name] = _comment(cell)
        ended += [
            output.evalue
            for output in cell.get("outputs", [])
            if output.output_type == "error" and output.ename in ENDED
        ]
    written = nbformat.writes(notebook).encode()
    marks: Marks = about["marks"]
    page = feedback_page(notebook, topic, scores, comments, marks)
    record = dict(notebook.metadata[RECORD])
    return Outcome(written, page.encode(), scores, comments, record, missing, ended)


def _comment(cell: NotebookNode) -> str | None:
    """What nbgrader notes of a cell that is as it was released."""
    untouched = cell.metadata["nbgrader"].get("checksum") == compute_checksum(cell)
    return "No response." if untouched and not is_task(cell) else None
