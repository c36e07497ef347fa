"""A run examined where a notebook asks for it: by ``check_run``, or by the judge.

Whatever is wrong with the folder becomes a verdict that says what to do. What audits
it is imported when it is needed, so that ``import autograder`` stays small.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.examining import show
from autograder.verdict import CheckFailed

if TYPE_CHECKING:
    from autograder.judge.kernel import Kernel
    from autograder.project.images import Labeled
    from autograder.project.ledger import Run
    from autograder.project.run_verdict import RunVerdict
    from autograder.sandbox.limits import Limits

AGAIN = "`python -m project all --data digits --out run` makes a new one"
LATER = "it is measured when your work is graded"


def check_run(folder: str | os.PathLike[str] = "run") -> None:
    """Audit the run in ``folder`` step by step, and show what was found.

    The cell that carries a run's points calls it: ``check_run("run")``. A run that is
    missing or broken is no error: it is told what to do. Only nbgrader's *Validate*,
    which hears of nothing else, gets a ``CheckFailed`` for a run that is not complete.
    """
    verdict = examine_run(Path(folder))
    show(verdict)
    if not verdict.passed and os.environ.get("NBGRADER_EXECUTION") == "validate":
        raise CheckFailed(verdict)


def examine_run(
    folder: Path,
    images_for: Callable[[Run], Labeled | None] | None = None,
    make_kernel: Callable[[Limits], Kernel] | None = None,
    unmeasured: str = LATER,
) -> RunVerdict:
    """The verdict on the run in ``folder``, beside which its package lies.

    ``images_for`` gives the test images on which a run's model is measured, in a
    kernel by ``make_kernel``; where it gives None, the process alone counts and
    ``unmeasured`` says why. Never raises because of what the folder holds.
    """
    from autograder.project.ledger import read_run
    from autograder.project.reading import RunError
    from autograder.project.run_verdict import unreadable, verdict_on
    from autograder.project.scoring import report_on

    trouble = _no_folder(folder)
    if trouble:
        return unreadable(folder.name, trouble)
    try:
        run = read_run(folder)
    except RunError as error:
        return unreadable(folder.name, f"{error}. {AGAIN}")
    data = images_for(run) if images_for else None
    report = report_on(run, data, make_kernel=make_kernel, unmeasured=unmeasured)
    return verdict_on(report)


def _no_folder(folder: Path) -> str:
    """Why there is no folder of a run, or nothing."""
    if folder.is_symlink():
        return f"{folder.name} is a link: the folder itself is needed"
    if not os.path.lexists(folder):
        return f"there is no folder {folder.name} beside the notebook: {AGAIN}"
    if not folder.is_dir():
        return f"{folder.name} is a file, where the folder of a run is needed: {AGAIN}"
    return ""
