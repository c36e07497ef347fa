"""Kernels forked from a template, each in a sandbox of its own.

A Python that starts and imports what a notebook needs takes longer than the rest of
an ordinary submission. The template (:mod:`autograder.sandbox.template`) has done it
once; a kernel is a fork of it that enters a sandbox which bubblewrap has made, by the
same command as for any other process. Where this machine does not allow that, kernels
are started afresh.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.sandbox import fonts
from autograder.sandbox.bubblewrap import bare_environment, environment
from autograder.sandbox.filtering import program

# What a kernel of this course imports until its first figure is drawn, as far as that
# starts no thread.
MODULES = (
    *("ipykernel.kernelapp", "ipykernel.debugger", "tornado.platform.asyncio"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger"),
    *("IPython.core.oinspect", "IPython.extensions.storemagic", "numpy.random"),
    *("faulthandler", "sqlite3"),
    *("matplotlib.pyplot", "matplotlib.figure", "matplotlib.backends.backend_agg"),
)
FILTER_FD = 100  # where the holder's command finds the filter
START_SECONDS = 30  # that a sandbox may take
TEMPLATE_SECONDS = 0.2  # in which the end of a template is noticed
LONGEST = 1 << 16  # bytes of an answer
HOLDER = ("cat",)  # says back what it is told, and waits
ATTEMPTS = 2  # to fork a kernel; the second has a new template


class NoTemplateError(RuntimeError):
    """Raised where no kernel can be forked; the message says why."""


class ForkedProcess:
    """A kernel and the sandbox it lives in, to be treated as a ``subprocess.Popen``.

    ``pids`` are the kernel's and that of the sandbox's outermost process; with the
    latter everything in the sandbox ends.
    """

    stdin = stdout = stderr = None

    def __init__(
        self, args: Sequence[str], fds: list[int], template: socket.socket
    ) -> None:
        self.args = list(args)
        self._template = template
        self.pids = [_pid_of(fd) for fd in fds]
        self.pid = self.pids[0]
        self.returncode: int | None = None
        self._fds = fds

    def is_orphan(self) -> bool:
        """Whether its template has ended, which ends it through no fault of its own."""
        if self._template.fileno() < 0:
            return True
        poller = select.poll()  # it says nothing unasked: what comes is the end
        poller.register(self._template, select.POLLIN)
        return bool(poller.poll(TEMPLATE_SECONDS * 1e3))

    def poll(self) -> int | None:
        """Something else than None once the kernel, or its sandbox, has ended."""
        if self.returncode is None and self._ended(0):
            self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the kernel has ended, and its sandbox with it.

        Raises ``subprocess.TimeoutExpired``.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._fds:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ended = self._ended(left)
            if not ended:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            for fd in ended:
                self._fds.remove(fd)
                os.close(fd)
            self.kill()  # neither outlives the other
        self.returncode = -signal.SIGKILL
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel and to its sandbox."""
        for fd in self._fds:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(fd, number)

    def kill(self) -> None:
        """End the kernel with everything that it started."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """End the kernel."""
        self.kill()

    def _ended(self, seconds: float | None) -> list[int]:
        """Which of the file descriptors stand for processes that have ended."""
        poller = select.poll()
        for fd in self._fds:
            poller.register(fd, select.POLLIN)
        return [fd for fd, _ in poller.poll(None if seconds is None else seconds * 1e3)]

    def __del__(self) -> None:
        for fd in self._fds:
            os.close(fd)


def _pid_of(fd: int) -> int:
    """The number, in this process's eyes, of the process that ``fd`` stands for."""
    told = Path(f"/proc/self/fdinfo/{fd}").read_text(encoding="ascii")
    return int(re.findall(r"(?m)^Pid:\s*(-?\d+)", told)[0])


class ForkServer:
    """One template and the line to it."""

    def __init__(self, modules: Sequence[str] = MODULES) -> None:
        """Start a template; raises :class:`NoTemplateError`."""
        self.owner = os.getpid()
        self.said = ""
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.settimeout(2 * START_SECONDS)
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                _template_command(theirs.fileno()),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=bare_environment(),
                start_new_session=True,
            )
        assert self.process.stdin is not None
        with suppress(BrokenPipeError), self.process.stdin as script:
            script.write(_template_script())
        self.process.stdin = None
        try:
            self._ask(
                {
                    "modules": list(modules),
                    "filter": program().hex(),
                    "place": FILTER_FD,
                    "seconds": START_SECONDS,
                }
            )
        except BaseException:
            self.close()
            raise

    def start(self, holder: Sequence[str], arguments: Sequence[str]) -> ForkedProcess:
        """Fork a kernel with these ``arguments`` into the sandbox around ``holder``.

        Raises :class:`NoTemplateError`.
        """
        fds = self._ask({"holder": list(holder), "kernel": list(arguments)})
        return ForkedProcess(holder, fds, self.line)

    def close(self) -> None:
        """End the template, and with it the kernels that it has forked."""
        self.line.close()
        try:
            said = self.process.communicate(timeout=5)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            said = self.process.communicate()[1]
        self.said = "".join(said.decode(errors="replace").splitlines()[-1:])

    def _ask(self, question: dict[str, Any]) -> list[int]:
        """Send a question; return the file descriptors that come with the answer."""
        try:
            self.line.sendall(json.dumps(question).encode())
            text, fds, *_ = socket.recv_fds(self.line, LONGEST, 2)
        except OSError as error:
            raise NoTemplateError(f"the template is gone: {error}") from None
        if not text:
            self.close()
            raise NoTemplateError(self.said or "the template is gone")
        told = json.loads(text)
        if "error" in told:
            raise NoTemplateError(told["error"])
        return fds


def _template_script() -> bytes:
    """All that the template runs of this package, without a trace in its modules."""
    sources = {
        f"autograder.sandbox.{name}": Path(__file__)
        .with_name(f"{name}.py")
        .read_text(encoding="utf-8")
        for name in ("entering", "template")
    }
    return f"""
import sys, types
for name, text in {sources!r}.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, "<tuned>", "exec"), module.__dict__)
for name in {list(sources)!r}:
    del sys.modules[name]
module.main(int(sys.argv[1]))
""".encode()


def _template_command(line: int) -> list[str]:
    """The template's Python, which sees all of this machine and changes nothing.

    Its files are mounted read-only: /proc/self/exe of each of its children is a way
    out to them. It keeps the privileges that entering a sandbox takes, in a user
    namespace of its own unless it is root's. With it, whatever it has started ends:
    it has numbers for processes of its own.
    """
    temporary = tempfile.gettempdir()
    prefixes = sys.base_prefix, sys.prefix
    below = [each for each in prefixes if Path(each).is_relative_to(temporary)]
    return [
        "bwrap",
        *([] if os.geteuid() == 0 else ["--unshare-user"]),
        *("--cap-add", "ALL"),
        *("--ro-bind", "/", "/"),
        *("--bind", temporary, temporary),
        *(word for prefix in below for word in ("--ro-bind", prefix, prefix)),
        *("--dev-bind", "/dev", "/dev", "--unshare-pid", "--proc", "/proc"),
        *("--tmpfs", "/dev/shm", *fonts.mounts()),  # noqa: S108
        *("--chdir", "/"),
        *environment(),
        *("--", sys.executable, "-s", "-B", "-", str(line)),
    ]


class _Own:
    """The template of this process, and why it has none where it can have none."""

    lock = threading.Lock()
    server: ForkServer | None = None
    trouble = ""


def fork_kernel(
    holder: Sequence[str], arguments: Sequence[str]
) -> ForkedProcess | None:
    """A kernel from this process's template, or None where it can have none.

    The template is started when it is first needed, and another one when it has died;
    it is not worn out, for no student's code runs in it.
    """
    with _Own.lock:
        for _ in range(ATTEMPTS):
            try:
                return _server().start(holder, arguments)
            except NoTemplateError as error:
                trouble = str(error)
                end_template()
        _Own.trouble = trouble
    return None


def _server() -> ForkServer:
    if _Own.server is None or _Own.server.owner != os.getpid():
        _Own.server = ForkServer()
    return _Own.server


def why_fresh() -> str:
    """Why this process starts its kernels afresh, or nothing if it forks them.

    ``TUNED_KERNELS=fresh`` in the environment keeps it from forking any.
    """
    if os.environ.get("TUNED_KERNELS") == "fresh":
        return "TUNED_KERNELS=fresh is set"
    return _Own.trouble


@atexit.register
def end_template() -> None:
    """End this process's template, and with it the kernels that it has forked."""
    server, _Own.server = _Own.server, None
    if server is not None and server.owner == os.getpid():
        server.close()
