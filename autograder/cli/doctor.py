"""What this machine can do, and what to install where it cannot."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from autograder.sandbox.bubblewrap import TOOLS, why_unavailable
from autograder.sandbox.provisioner import why_not_forked

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and what was found."""

    what: str
    ok: bool
    found: str
    needed: bool = True


def examine_machine() -> list[Finding]:
    """Look at everything that grading needs; nothing is changed."""
    return [
        _python(),
        *(_package(name) for name in ("numpy", "nbgrader", "jupytext", "ipykernel")),
        *(_tool(name) for name in TOOLS),
        _sandbox(),
        _kernels(),
        _processes(),
        _cores(),
        _torch(),
    ]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    return Finding("Python", ok, found if ok else f"{found}: 3.11 or newer is needed")


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "not installed: `make setup`")


def _tool(name: str) -> Finding:
    path = shutil.which(name)
    package = "bubblewrap" if name == "bwrap" else "util-linux"
    return Finding(
        name, path is not None, path or f"missing: `apt-get install {package}`"
    )


def _sandbox() -> Finding:
    trouble = why_unavailable()
    if not trouble:
        return Finding("sandbox", True, "a process ran in it")
    hint = (
        "; user namespaces may be forbidden here: "
        "`sysctl kernel.unprivileged_userns_clone=1`, or an AppArmor profile for bwrap"
        if os.geteuid() != 0
        else ""
    )
    return Finding("sandbox", False, f"{trouble}{hint}")


def _kernels() -> Finding:
    why = "no sandbox" if why_unavailable() else why_not_forked()
    found = f"a fresh start for each: {why}" if why else "forked from a template"
    return Finding("kernels", not why, found, needed=False)


def _processes() -> Finding:
    found = (
        "root: each sandbox gets a user id of its own, and a limit of its own"
        if os.geteuid() == 0
        else "counted together with all of this user's processes on this machine"
    )
    return Finding("limit on processes", True, found)


def _cores() -> Finding:
    return Finding("cores", True, str(os.cpu_count()), needed=False)


def _torch() -> Finding:
    installed = find_spec("torch") is not None
    if not installed:
        return Finding("torch", False, "not installed: `make setup`", needed=False)
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU"
    return Finding("torch", True, f"{torch.__version__}, {gpu}", needed=False)
