"""Does a sandboxed kernel stay within its bounds, and leave nothing behind?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.judge.kernel import Kernel, KernelTrouble
from autograder.sandbox import provisioner
from autograder.sandbox.bubblewrap import SandboxUnavailableError
from autograder.sandbox.limits import MIB, Limits
from autograder.sandbox.provisioner import end_kernel, start_kernel
from autograder.sandbox.watching import inside
from tests.sandbox import all_gone, folders_left, needs_sandbox

pytestmark = needs_sandbox


@pytest.fixture(params=["forked", "fresh"], autouse=True)
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels of both kinds."""
    monkeypatch.setenv("TUNED_KERNELS", request.param)


SMALL = Limits(cell_seconds=5, memory=256 * MIB, processes=24, disk=8 * MIB)

FORK_BOMB = """
import os
try:
    while True:
        os.fork()
except OSError:
    import time
    while True:
        time.sleep(1)
"""
SPREAD_BOMB = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        held = bytearray(os.urandom(1 << 20)) * 64
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""


def ended_by(code: str, seconds: float = 5) -> str:
    """Run ``code``; the kind of trouble that it brought, once all of it is gone."""
    kernel = Kernel(SMALL)
    try:
        kernel.ready()
        process = kernel.manager.provisioner.process
        started = list(inside(process))
        with pytest.raises(KernelTrouble) as trouble:
            kernel.execute(code, time.monotonic() + seconds)
        started += inside(process)
    finally:
        kernel.close()
    assert all_gone(started)
    assert not kernel.folder.exists()
    return trouble.value.kind


def test_a_fork_bomb_ends_and_leaves_nothing() -> None:
    """Are all its processes gone, and its folder?"""
    assert ended_by(FORK_BOMB, seconds=1.5) in {"timeout", "memory"}


def test_a_memory_bomb_ends_and_leaves_nothing() -> None:
    """Is memory held by one process seen in time?"""
    assert ended_by("x = [bytearray(1 << 20) for _ in range(250)]\nimport time\n"
                    "time.sleep(60)") == "memory"  # fmt: skip


def test_memory_spread_over_processes_counts_together() -> None:
    """Is a bomb seen of which no single process is too large?"""
    assert ended_by(SPREAD_BOMB) == "memory"


def test_the_end_of_the_process_is_seen() -> None:
    """Is os._exit reported at once, and not as a timeout?"""
    assert ended_by("import os; os._exit(0)", seconds=30) == "died"


def test_exit_counts_as_the_end_of_the_process() -> None:
    """Is exit() taken for what it does, although its cell ends well?"""
    assert ended_by("exit()", seconds=30) == "died"


def test_limits_reach_the_sandbox() -> None:
    """Do the limits given to a kernel bind the processes in it?"""
    kernel = Kernel(SMALL)
    try:
        kernel.ready()
        args = kernel.manager.provisioner.process.args
        assert f"--nproc={SMALL.processes}" in args or os.geteuid() != 0
        assert f"--fsize={SMALL.disk}" in args
        assert "--seccomp" in args
    finally:
        kernel.close()


def test_the_folder_of_sockets_takes_no_files() -> None:
    """Can a student fill the host's disk through the one folder that is shared?"""
    kernel = Kernel(SMALL)
    try:
        kernel.ready()
        before = set(os.listdir(kernel.folder))
        kernel.execute(
            "import os\n"
            f"os.chmod({str(kernel.folder)!r}, 0o777)\n"
            f"open({str(kernel.folder / 'mine')!r}, 'w').write('x')",
            time.monotonic() + 5,
        )
        assert set(os.listdir(kernel.folder)) == before
    finally:
        kernel.close()


def test_killing_the_manager_kills_the_sandbox() -> None:
    """Does a sandbox outlive a grader that is killed?"""
    code = (
        "import time\n"
        "from autograder.judge.kernel import Kernel\n"
        "from autograder.sandbox.limits import Limits\n"
        "from autograder.sandbox.watching import inside\n"
        "kernel = Kernel(Limits())\n"
        "kernel.ready()\n"
        "pids = [p.pid for p in inside(kernel.manager.provisioner.process)]\n"
        "print(kernel.folder, *pids, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as manager:
        assert manager.stdout is not None
        folder, *pids = manager.stdout.readline().split()
        started = [psutil.Process(int(pid)) for pid in pids]
        assert len(started) >= 2
        started += psutil.Process(manager.pid).children(recursive=True)
        manager.send_signal(signal.SIGKILL)
    assert all_gone(started)
    end_kernel(_NoManager(), Path(folder))  # nobody else is left to remove it


class _NoManager:
    provisioner = None

    def shutdown_kernel(self, now: bool) -> None:
        """There is none to end."""


def test_a_kernel_with_a_network_address_is_refused() -> None:
    """Is a manager refused whose sockets the sandbox could not reach?"""
    manager = provisioner.LimitedManager(
        kernel_name=provisioner.SANDBOX, kernel_spec_manager=provisioner.Specs()
    )
    with pytest.raises(RuntimeError, match="no network"):
        manager.start_kernel()
    manager.cleanup_resources()


def test_a_kernel_outside_the_sandbox_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If Jupyter passed the sandbox by, would student code run unprotected?"""
    before = folders_left()
    monkeypatch.delattr(provisioner.SandboxProvisioner, "launch_kernel")
    started: list[int] = []
    expect = provisioner._expect_sandboxed

    def noticed(manager: provisioner.LimitedManager) -> None:
        started.append(manager.provisioner.process.pid)
        expect(manager)

    monkeypatch.setattr(provisioner, "_expect_sandboxed", noticed)
    with pytest.raises(SandboxUnavailableError, match="outside the sandbox"):
        start_kernel()
    assert not psutil.pid_exists(started[0])
    assert folders_left() <= before


def test_a_sandbox_that_cannot_start_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is the folder of sockets removed where a tool is missing?"""
    before = folders_left()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxUnavailableError, match="is not installed"):
        start_kernel()
    assert folders_left() <= before


def test_one_s_own_kernel_runs_without_the_sandbox() -> None:
    """Does a kernel for one's own code start, and end, without bubblewrap?"""
    manager, folder = start_kernel(sandboxed=False)
    process = manager.provisioner.process
    try:
        assert "bwrap" not in process.args
    finally:
        end_kernel(manager, folder)
    assert process.poll() is not None
    assert not folder.exists()
