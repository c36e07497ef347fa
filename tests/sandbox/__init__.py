"""Tests of the sandbox; what they share with others that need one."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest

from autograder.sandbox.bubblewrap import bare_environment, command, why_unavailable
from autograder.sandbox.filtering import filter_file
from autograder.sandbox.limits import Limits

needs_sandbox = pytest.mark.skipif(
    bool(why_unavailable()),
    reason=f"this machine has no sandbox: {why_unavailable()}",
)


def run_inside(
    argv: list[str],
    limits: Limits | None = None,
    seconds: float = 30,
    beside: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``argv`` in the sandbox and return what it printed."""
    with tempfile.TemporaryDirectory(prefix="tuned-") as folder, filter_file() as filt:
        return subprocess.run(
            command(argv, Path(folder), limits or Limits(), filt, beside),
            pass_fds=[filt] if filt >= 0 else [],
            env=bare_environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def folders_left() -> set[str]:
    """The sandboxes' folders that lie in the folder for temporary files."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("tuned-*")}


def processes_of(pid: int) -> list[psutil.Process]:
    """The process ``pid`` and all that it started, as far as they still run."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def all_gone(processes: list[psutil.Process], seconds: float = 5) -> bool:
    """Whether all have ended within some seconds."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
