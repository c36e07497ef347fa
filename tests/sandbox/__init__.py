"""Tests of the sandbox; what they share with others that need one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from autograder.judge.kernel import Kernel
from autograder.judge.outputs import Outputs
from autograder.sandbox.bubblewrap import bare_environment, command, why_unavailable
from autograder.sandbox.filtering import filter_file
from autograder.sandbox.limits import MIB, Limits

ROOT = Path(__file__).parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"

needs_ordinary_user = pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which("runuser") is None
    or not Path(SYSTEM_PYTHON).exists(),
    reason="needs root to become an ordinary user, and a Python that one can run",
)
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


def run_in_kernel(code: str, limits: Limits | None = None) -> str:
    """Execute ``code`` in a new kernel and return what it printed."""
    kernel = Kernel(limits or Limits())
    try:
        kernel.ready()
        return printed(kernel, code)
    finally:
        kernel.close()


def printed(kernel: Kernel, code: str) -> str:
    """Execute ``code`` in ``kernel``, without an error; return what it printed."""
    outputs = Outputs(MIB)
    kernel.execute(code, time.monotonic() + 60, outputs.take)
    assert not outputs.error, outputs.error
    return "".join(each.text for each in outputs.outputs if "text" in each)


@contextmanager
def packages_for_everybody() -> Iterator[Path]:
    """Lend a folder, open to every user, of all that the sandbox needs.

    Without the checks, for another Python may have no NumPy.
    """
    folder = Path(tempfile.mkdtemp())  # pytest's own is closed to others
    try:
        folder.chmod(0o777)
        own = folder / "autograder"
        shutil.copytree(ROOT / "autograder" / "sandbox", own / "sandbox")
        (own / "__init__.py").touch()
        shutil.copytree(Path(psutil.__file__).parent, folder / "psutil")
        yield folder
    finally:
        shutil.rmtree(folder)


def run_as_nobody(
    code: str, packages: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in the system's Python as the user nobody."""
    return subprocess.run(
        ["runuser", "-u", "nobody", "--", SYSTEM_PYTHON, "-c", code, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(packages),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PASSWORD": "of the gradebook",
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def folders_left() -> set[str]:
    """The sandboxes' folders that lie in the folder for temporary files."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("tuned-*")}


def all_gone(processes: list[psutil.Process], seconds: float = 5) -> bool:
    """Whether all have ended within some seconds."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
