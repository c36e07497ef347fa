"""nbgrader's execution step, done by the sandbox and the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Float, Integer, TraitError, Unicode, validate

from autograder.judge.grading import Graded, grade, refuse
from autograder.judge.kernel import Kernel
from autograder.pipeline.admission import RECORD
from autograder.pipeline.beside import private_copy
from autograder.pipeline.course import Course
from autograder.pipeline.runs import run_examiner
from autograder.sandbox.limits import MIB, Limits

LIMITS = (
    *("cell_seconds", "call_seconds", "submission_seconds"),
    *("memory_mib", "addresses_mib", "processes"),
)


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
    addresses_mib = Integer(
        Limits.addresses // MIB,
        help="MiB of addresses that a process may reserve and never fill.",
    ).tag(config=True)
    topics = Dict(
        {},
        help="Limits of single topics: {topic: {name of a limit: value}}.",
    ).tag(config=True)
    data = Unicode(
        "",
        help="Test images on which the model of a run is measured: the path of "
        "CIFAR-10's binary archive, or of an .npz. A run on the digits is measured "
        "on them; of one on other data, without this, the process alone counts.",
    ).tag(config=True)
    seed = Integer(
        None,
        allow_none=True,
        help="Seed of the checks' inputs; None takes a fresh one a submission.",
    ).tag(config=True)

    @validate("topics")  # type: ignore[untyped-decorator]
    def _known_limits(self, proposal: dict[str, Any]) -> dict[str, dict[str, float]]:
        topics: dict[str, dict[str, float]] = proposal["value"]
        for topic, given in topics.items():
            for name, value in given.items():
                if name not in LIMITS or not isinstance(value, (int, float)):
                    raise TraitError(
                        f"JudgeSubmission.topics[{topic!r}]: {name!r}: {value!r} is "
                        f"no limit; a number for one of {', '.join(LIMITS)} is"
                    )
        return topics

    def limits(self, topic: str = "") -> Limits:
        """The limits as configured, for submissions to ``topic``."""
        given = {name: getattr(self, name) for name in LIMITS}
        given |= self.topics.get(topic, {})
        return Limits(
            cell_seconds=given["cell_seconds"],
            call_seconds=given["call_seconds"],
            submission_seconds=given["submission_seconds"],
            memory=given["memory_mib"] * MIB,
            addresses=given["addresses_mib"] * MIB,
            processes=given["processes"],
        )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge ``nb`` in place and leave a record of it in its metadata."""
        reason = nb.metadata.get(RECORD, {}).get("refused", "")
        if reason:
            results = refuse(nb, reason)
        else:
            where = Path(resources["metadata"]["path"])  # nbgrader's copy, overwritten
            topic = resources["nbgrader"]["notebook"]
            limits = self.limits(topic)
            with (
                private_copy(where, topic) as files,
                run_examiner(files, self.data) as examine_run,
            ):
                results = grade(
                    nb,
                    lambda: Kernel(limits, beside=files),
                    limits,
                    self.seed,
                    examine_run,
                )
        nb.metadata[RECORD] = record(results, reason)
        return nb, resources


def limits_in(course: Course, topic: str) -> Limits:
    """What ``course`` allows submissions to ``topic``."""
    limits: Limits = JudgeSubmission(config=course.config()).limits(topic)
    return limits


def data_in(course: Course) -> str:
    """The test images that ``course`` measures runs on, or nothing."""
    return str(JudgeSubmission(config=course.config()).data)


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
