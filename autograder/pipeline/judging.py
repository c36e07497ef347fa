"""nbgrader's execution step, done by the sandbox and the judge."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Integer

from autograder.judge.grading import Graded, grade, refuse
from autograder.judge.kernel import Kernel
from autograder.pipeline.admission import RECORD
from autograder.sandbox.limits import MIB, Limits


class JudgeSubmission(NbGraderPreprocessor):  # type: ignore[misc]
    """Run the student's cells in the sandbox and judge the graded cells outside."""

    cell_seconds = Float(Limits.cell_seconds, help="Seconds a cell may run.").tag(
        config=True
    )
    call_seconds = Float(
        Limits.call_seconds, help="Seconds one call of a student's function may take."
    ).tag(config=True)
    submission_seconds = Float(
        Limits.submission_seconds, help="Seconds a whole submission may take."
    ).tag(config=True)
    memory_mib = Integer(
        Limits.memory // MIB, help="MiB of memory a submission may hold."
    ).tag(config=True)
    processes = Integer(
        Limits.processes, help="Processes and threads a submission may have."
    ).tag(config=True)
    seed = Integer(
        None,
        allow_none=True,
        help="Seed of the checks' inputs; None takes a fresh one a submission.",
    ).tag(config=True)

    @property
    def limits(self) -> Limits:
        """The limits as configured."""
        return Limits(
            cell_seconds=self.cell_seconds,
            call_seconds=self.call_seconds,
            submission_seconds=self.submission_seconds,
            memory=self.memory_mib * MIB,
            processes=self.processes,
        )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge ``nb`` in place and leave a record of it in its metadata."""
        reason = nb.metadata.get(RECORD, {}).get("refused", "")
        if reason:
            results = refuse(nb, reason)
        else:
            limits = self.limits
            results = grade(nb, lambda: Kernel(limits), limits, self.seed)
        nb.metadata[RECORD] = record(results, reason)
        return nb, resources


def record(results: list[Graded], refused: str = "") -> dict[str, Any]:
    """What later steps want to know of a judged notebook, as plain values."""
    return {
        "refused": refused,
        "checks": [
            {
                "grade_id": result.grade_id,
                "points": result.points,
                "possible": result.possible,
                "verdicts": [verdict.as_json() for verdict in result.verdicts],
            }
            for result in results
        ],
    }
