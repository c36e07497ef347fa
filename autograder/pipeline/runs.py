"""What the judge is given to answer ``check_run("run")`` with.

The judge reads the name of a folder and knows nothing of what a run is; here the audit
of the project meets the folder that was handed in and the images of the teacher.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path

from autograder.judge.grading import ExamineRun
from autograder.judge.kernel import Kernel
from autograder.project.checking import examine_run
from autograder.project.images import Labeled, test_images
from autograder.project.ledger import Run
from autograder.project.run_verdict import RunVerdict, unreadable

DIGITS = "digits"
UNMEASURED = "not looked at: JudgeSubmission.data names no test images for its data"


@contextmanager
def run_examiner(
    folder: Path | None, data: str = "", sandboxed: bool = True
) -> Iterator[ExamineRun]:
    """Lend what examines a run in ``folder``, where its package lies beside it.

    A run on the digits is measured on them, any other on the test images of ``data``,
    if there are any. Not ``sandboxed`` is for a model that is one's own. What is lent
    raises :class:`~autograder.project.images.ImagesError` where ``data`` are none.
    """
    with tempfile.TemporaryDirectory(prefix="tuned-") as scratch:
        # What is not sandboxed writes its modules where it works.
        beside = None if sandboxed else Path(scratch)

        def examine(name: str) -> RunVerdict:
            if folder is None:
                return unreadable(name, "no package of the project lies beside it")
            return examine_run(
                folder / name,
                partial(images_for, data=data),
                lambda limits: Kernel(limits, sandboxed, beside),
                UNMEASURED,
            )

        yield examine


def images_for(run: Run, data: str = "") -> Labeled | None:
    """The images that a run's model is measured on, or None where there are none.

    The digits are at hand; for other data, ``data`` names them. Raises
    :class:`~autograder.project.images.ImagesError`.
    """
    names = {run.settings.data, *(trial.data[0] for trial in run.trials)}
    if DIGITS in names:
        return _images(DIGITS)
    return _images(data) if data else None


@lru_cache(maxsize=2)
def _images(source: str) -> Labeled:
    """The images of ``source``, which a whole class is measured on."""
    return test_images(source)
