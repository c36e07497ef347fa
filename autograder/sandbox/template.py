"""The template: a process that has imported what every kernel imports, and forks.

It runs by itself, with nothing of this package but the source of this file and of
:mod:`autograder.sandbox.entering`: what it holds in memory, every student's code can
read. It runs none of that code. For each kernel it starts the command that it is
given, which makes a sandbox around an idle process, the *holder*; then it forks a
child that becomes what the holder is, and goes on to be the kernel.

On the socket whose number it is given it reads one JSON object a message::

    {"modules": […],                first: what to import,
     "filter": "…", "place": 100,   the filter in hex, the descriptor where it is read,
     "seconds": 30}                 how long a sandbox may take to start
    {"holder": […], "kernel": […]}  then: a sandbox's command and a kernel's arguments

and answers ``{}``, the second time with file descriptors that stand for the kernel and
the outermost process of its sandbox, or ``{"error": "…"}``. It ends when the socket
does.
"""

from __future__ import annotations

import array
import gc
import importlib
import io
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from autograder.sandbox.entering import (
    Holder,
    give_up_inheritance,
    let_children_enter,
)

LONGEST = 1 << 20  # bytes of a message
TOLD = 1000  # characters of an error
INLINE = "module://matplotlib_inline.backend_inline"


class Template:
    """Starts a sandbox and forks a kernel into it, one request after the other."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.waiting = selectors.DefaultSelector()
        first = json.loads(line.recv(LONGEST))
        self.filter = bytes.fromhex(first["filter"])
        self.place, self.seconds = first["place"], first["seconds"]
        prepare(first["modules"])

    def serve(self) -> None:
        """Answer until the other end of the line is closed."""
        self.answer({})
        self.waiting.register(self.line, selectors.EVENT_READ)
        while True:
            for key, _ in self.waiting.select():
                if key.fileobj is not self.line:
                    self.bury(key)
                    continue
                text = self.line.recv(LONGEST)
                if not text:
                    return
                asked = json.loads(text)
                try:
                    self.start(asked["holder"], asked["kernel"])
                except Exception as error:
                    said = f"{type(error).__name__}: {error}"
                    self.answer({"error": said[:TOLD]})

    def answer(self, told: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
        """Send a message, and with it file descriptors."""
        with_it = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))
        self.line.sendmsg([json.dumps(told).encode()], [with_it] if fds else [])

    def start(self, command: list[str], arguments: list[str]) -> None:
        """Start the sandbox of ``command`` and in it a kernel; tell who they are."""
        sandbox = self.sandbox(command)
        try:
            kernel = fork_into(last_child(sandbox.pid), self.filter, arguments)
            fds = os.pidfd_open(kernel), os.pidfd_open(sandbox.pid)
        except BaseException:
            sandbox.kill()
            sandbox.communicate()
            raise
        self.waiting.register(fds[0], selectors.EVENT_READ, kernel)
        self.waiting.register(fds[1], selectors.EVENT_READ, sandbox)
        self.answer({}, fds)

    def sandbox(self, command: list[str]) -> subprocess.Popen[bytes]:
        """The sandbox of ``command``, whose holder has said back what it was told."""
        reading, writing = os.pipe()
        os.write(writing, self.filter)
        os.close(writing)
        os.dup2(reading, self.place)
        os.close(reading)
        pipe = subprocess.PIPE
        try:
            sandbox = subprocess.Popen(  # noqa: S603 - the judge's own command
                command, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=[self.place]
            )
        finally:
            os.close(self.place)
        assert sandbox.stdin is not None
        assert sandbox.stdout is not None
        with suppress(BrokenPipeError), selectors.DefaultSelector() as answer:
            os.write(sandbox.stdin.fileno(), b".")
            answer.register(sandbox.stdout, selectors.EVENT_READ)
            if answer.select(self.seconds) and os.read(sandbox.stdout.fileno(), 1):
                return sandbox
        sandbox.kill()
        said = sandbox.communicate()[1].decode(errors="replace").strip()
        raise RuntimeError(said or "the sandbox did not start")

    def bury(self, key: selectors.SelectorKey) -> None:
        """Take leave of a process that has ended."""
        self.waiting.unregister(key.fd)
        os.close(key.fd)
        if isinstance(key.data, int):
            os.waitpid(key.data, 0)
        else:
            key.data.communicate()


def prepare(modules: list[str]) -> None:
    """Import, and make what is made at first use; start no thread, share no memory."""
    # Bubblewrap refuses to start with privileges that an ordinary user does not have.
    give_up_inheritance()
    os.environ["MPLBACKEND"] = INLINE  # as the kernel will set it, before any import
    for name in modules:
        with suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
    del os.environ["MPLBACKEND"]
    if "matplotlib.figure" in sys.modules:
        draw_something()
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise SystemExit(f"{threads} threads: a fork would lose all but one")
    if re.search(r"(?m)^\S+ .w.s ", Path("/proc/self/maps").read_text()):
        raise SystemExit("memory that every child would share")
    gc.collect()
    gc.freeze()  # nothing here is garbage later: no child need write to look


def draw_something() -> None:
    """Fill Matplotlib's caches (fonts, glyphs), as a first figure would."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 1], label="$x^2$")
    axes.set(title="Template", xlabel="x", ylabel="y")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def last_child(pid: int) -> int:
    """The end of the line of children that begins with ``pid``."""
    while below := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        (pid,) = map(int, below)
    return pid


def fork_into(pid: int, filter_: bytes, arguments: list[str]) -> int:
    """Fork a kernel that becomes what the process ``pid`` is; return its number."""
    holder, own = Holder(pid), os.open("/proc/self/ns/pid", os.O_RDONLY)
    try:
        let_children_enter(holder.processes)
        kernel = os.fork()
        if kernel == 0:
            become_kernel(holder, filter_, arguments)
        return kernel
    finally:
        let_children_enter(own)
        holder.close()
        os.close(own)


def become_kernel(holder: Holder, filter_: bytes, arguments: list[str]) -> NoReturn:
    """Become what the holder is, and then a kernel; never come back."""
    try:
        holder.become(filter_)
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed()  # the random module seeds itself after a fork
        from ipykernel import kernelapp

        sys.argv = ["ipykernel_launcher", *arguments]
        kernelapp.launch_new_instance()
    finally:
        os._exit(1)


def main(line: int) -> None:
    """Serve on the socket with the number ``line``."""
    sys.path.remove("")  # that would be the working folder's files
    Template(socket.socket(fileno=line)).serve()
