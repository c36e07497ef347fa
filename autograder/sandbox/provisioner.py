"""A Jupyter kernel in the sandbox, for anything that starts kernels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner

from autograder.sandbox.bubblewrap import command
from autograder.sandbox.limits import Limits

SANDBOX = "tuned-sandbox"


class SandboxProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts the kernel's process inside bubblewrap.

    The kernel must use the ``ipc`` transport: its sockets lie in the folder of the
    connection file, the only place that both sides can reach.
    """

    limits = Limits()

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Wrap the kernel's command line; everything else is as usual."""
        kwargs = await super().pre_launch(**kwargs)
        if self.parent.transport != "ipc":
            raise RuntimeError("a sandboxed kernel has no network: use transport='ipc'")
        connections = Path(self.parent.connection_file).parent
        kwargs["cmd"] = command(kwargs["cmd"], connections, self.limits)
        # What the process writes past Jupyter's messages is nobody's to read.
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL
        return kwargs


class Specs(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel: this Python's, in the sandbox or not."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """This Python's kernel; under the name ``tuned-sandbox`` it is sandboxed."""
        sandboxed = {"kernel_provisioner": {"provisioner_name": SANDBOX}}
        return KernelSpec(
            argv=[
                *(sys.executable, "-m", "ipykernel_launcher"),
                *("-f", "{connection_file}", "--HistoryManager.enabled=False"),
            ],
            display_name="Python",
            language="python",
            metadata=sandboxed if kernel_name == SANDBOX else {},
        )


def start_kernel(sandboxed: bool = True) -> tuple[KernelManager, Path]:
    """Start a kernel; return its manager and the folder that holds its sockets.

    Not ``sandboxed`` is for code that one trusts: one's own. The caller ends it
    with :func:`end_kernel`.
    """
    folder = Path(tempfile.mkdtemp(prefix="tuned-"))
    windows = os.name == "nt"  # which has no such sockets
    manager = KernelManager(
        kernel_name=SANDBOX if sandboxed else "python3",
        kernel_spec_manager=Specs(),
        transport="tcp" if windows else "ipc",
        ip="127.0.0.1" if windows else str(folder / "k"),
        connection_file=str(folder / "connection.json"),
    )
    try:
        if sandboxed:
            manager.start_kernel()
        else:
            nothing = subprocess.DEVNULL
            manager.start_kernel(stdout=nothing, stderr=nothing)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return manager, folder


def end_kernel(manager: KernelManager, folder: Path) -> None:
    """Kill the kernel with everything it started, and remove its folder."""
    try:
        manager.shutdown_kernel(now=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
