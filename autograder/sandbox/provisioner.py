"""A Jupyter kernel in the sandbox, for anything that starts kernels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner

from autograder.sandbox.bubblewrap import (
    SandboxUnavailableError,
    bare_environment,
    command,
)
from autograder.sandbox.filtering import filter_file, program
from autograder.sandbox.forkserver import FILTER_FD, HOLDER, fork_kernel, why_fresh
from autograder.sandbox.limits import Limits

SANDBOX = "tuned-sandbox"


class SandboxProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts the kernel's process inside bubblewrap.

    The kernel must use the ``ipc`` transport: its sockets lie in the folder of the
    connection file, the only place that both sides can reach.
    """

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare as usual, with an environment that holds nothing."""
        kwargs = await super().pre_launch(**kwargs)
        if self.parent.transport != "ipc":
            raise RuntimeError("a sandboxed kernel has no network: use transport='ipc'")
        kwargs["env"] = bare_environment()
        # What the process writes past Jupyter's messages is nobody's to read.
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork a kernel into a sandbox, or start one afresh where none is forked."""
        connections = Path(self.parent.connection_file).parent
        limits = getattr(self.parent, "limits", None) or Limits()
        beside = getattr(self.parent, "beside", None)
        if not why_fresh():
            refused = FILTER_FD if program() else -1
            holder = command(HOLDER, connections, limits, refused, beside)
            self.process = fork_kernel(holder, cmd[cmd.index("-f") :])
            if self.process is not None:
                self.pid = self.process.pid
                return dict(self.connection_info)
        with filter_file() as refused:
            if refused >= 0:
                kwargs["pass_fds"] = (refused,)
            inside = command(cmd, connections, limits, refused, beside)
            started: dict[str, Any] = await super().launch_kernel(inside, **kwargs)
        return started


class LimitedManager(KernelManager):  # type: ignore[misc]
    """A kernel's manager that tells the provisioner what the kernel may use."""

    limits: Limits | None = None
    beside: Path | None = None


class Specs(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel: this Python's, in the sandbox or not."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernel of this Python; as ``tuned-sandbox`` it is sandboxed."""
        sandboxed = {"kernel_provisioner": {"provisioner_name": SANDBOX}}
        return KernelSpec(
            argv=[
                *(sys.executable, "-m", "ipykernel_launcher"),
                *("-f", "{connection_file}", "--HistoryManager.enabled=False"),
                # The judge waits for the last output itself.
                "--IPythonKernel._execute_sleep=0",
            ],
            display_name="Python",
            language="python",
            metadata=sandboxed if kernel_name == SANDBOX else {},
        )


def start_kernel(
    sandboxed: bool = True,
    limits: Limits | None = None,
    beside: Path | None = None,
) -> tuple[KernelManager, Path]:
    """Start a kernel; return its manager and the folder that holds its sockets.

    Not ``sandboxed`` is for code that one trusts: one's own; it works in ``beside``,
    and a sandboxed one reads in its working folder what lies there. The caller ends
    it with :func:`end_kernel`.
    """
    folder = Path(tempfile.mkdtemp(prefix="tuned-"))
    windows = os.name == "nt"  # which has no such sockets
    manager = LimitedManager(
        kernel_name=SANDBOX if sandboxed else "python3",
        kernel_spec_manager=Specs(),
        transport="tcp" if windows else "ipc",
        ip="127.0.0.1" if windows else str(folder / "k"),
        connection_file=str(folder / "connection.json"),
    )
    manager.limits, manager.beside = limits, beside
    try:
        if sandboxed:
            manager.start_kernel()
            _expect_sandboxed(manager)
        else:
            nothing = subprocess.DEVNULL
            manager.start_kernel(stdout=nothing, stderr=nothing, cwd=beside)
    except BaseException:
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return manager, folder


def _expect_sandboxed(manager: KernelManager) -> None:
    """Never run on where another version of Jupyter passed the sandbox by."""
    if "bwrap" not in manager.provisioner.process.args:
        raise SandboxUnavailableError("the kernel was started outside the sandbox")


def why_not_forked() -> str:
    """Why kernels are started afresh on this machine, or nothing: found by a trial."""
    manager, folder = start_kernel()
    end_kernel(manager, folder)
    return why_fresh()


def end_kernel(manager: KernelManager, folder: Path) -> None:
    """Kill the kernel with everything it started, and remove its folder."""
    process = getattr(manager.provisioner, "process", None)
    try:
        if process is not None:
            # Jupyter looks for the end only every tenth of a second.
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        manager.shutdown_kernel(now=True)
    finally:
        # It was closed to the sandbox, whose user may be this one.
        with suppress(OSError):
            folder.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
