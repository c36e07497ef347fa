"""The command line that puts a Python process into a sandbox of its own.

Bubblewrap gives the process namespaces of its own: no network, no other process,
a file system that holds the system and this Python read-only, a private /tmp, and
nothing else: no home, no course, not even /etc. No privilege is needed. Run by
root, the process is also given a user id that owns nothing and is used by no other
sandbox, because the kernel's limit on the number of processes does not bind root.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import psutil

from autograder.sandbox import fonts
from autograder.sandbox.filtering import filter_file
from autograder.sandbox.limits import Limits

HOME = "/tmp/home"  # noqa: S108 - private to the sandbox
TOOLS = ("bwrap", "prlimit", "setpriv")
# Where root's sandboxes get their user ids: far above those of people and services.
FIRST_UID, UIDS = 1_800_000_000, 200_000_000


class SandboxUnavailableError(RuntimeError):
    """Raised where the sandbox cannot run; the message says what to do."""


def command(
    argv: Sequence[str],
    connections: Path,
    limits: Limits,
    refused: int = -1,
    beside: Path | None = None,
) -> list[str]:
    """The command that runs ``argv`` inside a sandbox.

    ``connections`` is the one directory of this machine that the sandbox can write
    to: the kernel's sockets are made there. ``refused`` is the file descriptor of
    :func:`~autograder.sandbox.filtering.filter_file`, to be handed down to the
    process. What lies in ``beside``, a folder that nobody else changes, can be read
    in the working folder. Raises :class:`SandboxUnavailableError` where a tool is
    missing.
    """
    for tool in TOOLS:
        if shutil.which(tool) is None:
            raise SandboxUnavailableError(
                f"{tool} is not installed: `apt-get install bubblewrap util-linux`"
            )
    root = os.geteuid() == 0
    uid = FIRST_UID + secrets.randbelow(UIDS)
    if root:
        for path in (connections, *connections.iterdir()):
            os.chown(path, uid, uid)
    return [
        "prlimit",
        f"--as={2 * limits.memory + limits.addresses}",
        f"--nproc={limits.processes + (0 if root else _processes_of_mine())}",
        f"--fsize={limits.disk}",
        "--core=0",
        "--nofile=256",
        "bwrap",
        *_namespaces(root),
        *_file_system(connections, limits, beside),
        *environment(),
        *(["--seccomp", str(refused)] if refused >= 0 else []),
        "--",
        *(_drop_to(uid) if root else []),
        *argv,
    ]


def _namespaces(root: bool) -> list[str]:
    own = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    # The two capabilities are what setpriv needs to give up root; it gives up both.
    user = [
        "--cap-add",
        "CAP_SETUID",
        "--cap-add",
        "CAP_SETGID",
        "--cap-add",
        "CAP_SETPCAP",
    ]
    return [
        *own,
        "--unshare-cgroup-try",
        *(user if root else ["--unshare-user"]),
        "--hostname",
        "sandbox",
        "--die-with-parent",
        "--new-session",
    ]


def _drop_to(uid: int) -> list[str]:
    return [
        "setpriv",
        f"--reuid={uid}",
        f"--regid={uid}",
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--no-new-privs",
    ]


def _file_system(
    connections: Path, limits: Limits, beside: Path | None = None
) -> list[str]:
    system = []
    for path in ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(path):
            system += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            system += ["--ro-bind", path, path]
    python = []
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not prefix.startswith("/usr/") and prefix != "/usr":
            python += [*_open_parents(Path(prefix)), "--ro-bind", prefix, prefix]
    for hidden in _course_in_site_packages():
        python += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    lent = []
    for each in sorted(beside.iterdir()) if beside else []:
        lent += ["--ro-bind", str(each), f"{HOME}/{each.name}"]
    size = ["--size", str(limits.disk)]
    return [
        *system,
        "--proc", "/proc",
        "--dev", "/dev",
        *size, "--perms", "1777", "--tmpfs", "/dev/shm",  # noqa: S108
        "--remount-ro", "/dev",
        *size, "--perms", "1777", "--tmpfs", "/tmp",  # noqa: S108
        "--perms", "1777", "--dir", HOME,
        *lent,
        *python,  # after /tmp, which would hide a course that lies below it
        *fonts.mounts(),
        *_open_parents(connections),
        "--bind", str(connections), str(connections),
        "--remount-ro", "/",
        "--chdir", HOME,
    ]  # fmt: skip


def _open_parents(path: Path) -> list[str]:
    """Make the folders above a mount, empty but passable for every user."""
    folders = [folder for folder in reversed(path.parents) if str(folder) != "/"]
    return [
        word for folder in folders for word in ("--perms", "0755", "--dir", str(folder))
    ]


def environment() -> list[str]:
    """Bubblewrap's options that set every variable that a process inside has."""
    variables = {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": HOME,
        "USER": "student",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": fonts.FOLDER,
        "IPYTHONDIR": f"{HOME}/.ipython",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        # One thread each: a class is graded side by side, and threads count as
        # processes.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
    settings = ["--clearenv"]
    for name, value in variables.items():
        settings += ["--setenv", name, value]
    return settings


def bare_environment() -> dict[str, str]:
    """All of this process's environment that bubblewrap itself needs.

    The first process in the sandbox is bubblewrap's own: what its environment held,
    a database's password say, could be read in /proc.
    """
    return {"PATH": os.environ.get("PATH", os.defpath)}


def _course_in_site_packages() -> list[Path]:
    """Where this package is installed inside what the sandbox can read."""
    package = Path(__file__).resolve().parents[1]
    readable = {Path(p).resolve() for p in (sys.prefix, sys.base_prefix, "/usr")}
    inside = any(package.is_relative_to(prefix) for prefix in readable)
    return [package] if inside else []


def _processes_of_mine() -> int:
    """Threads that this user runs already: the kernel counts them all together."""
    mine = os.getuid()
    count = 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == mine:
            count += process.info["num_threads"] or 1
    return count


@cache
def why_unavailable() -> str:
    """Why the sandbox cannot run here, or nothing: found by running one."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="tuned-") as folder:
        try:
            with filter_file() as refused:
                argv = [sys.executable, "-c", "print(7)"]
                ran = subprocess.run(  # noqa: S603
                    command(argv, Path(folder), Limits(), refused),
                    pass_fds=[refused] if refused >= 0 else [],
                    env=bare_environment(),
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
        except (SandboxUnavailableError, subprocess.TimeoutExpired) as error:
            return str(error)
    if ran.returncode == 0 and ran.stdout.strip() == "7":
        return ""
    return (ran.stderr.strip() or f"exit code {ran.returncode}").splitlines()[-1]
