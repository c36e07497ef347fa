"""A sandboxed kernel and the judge's sockets to it: Jupyter's two, and the agent's.

Everything that arrives is bounded in size and count before it is looked at; nothing
here waits longer than its deadline.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import zmq
from jupyter_client.connect import LocalPortCache
from jupyter_client.session import Session

from autograder.judge.bootstrap import bootstrap
from autograder.sandbox.forkserver import ForkedProcess
from autograder.sandbox.limits import Limits
from autograder.sandbox.provisioner import end_kernel, start_kernel
from autograder.sandbox.watching import memory, running

Message = dict[str, Any]
LOOK_SECONDS = 0.25  # how often memory and life are looked at
STRAY_SECONDS = 0.5  # how long processes may outlive the cell that started them
RECONNECT_MILLISECONDS = 10
WAITING = 64  # messages that may wait unread


class KernelTrouble(Exception):  # noqa: N818
    """The kernel is lost; ``kind`` says how and ``str()`` says it to a student.

    Kinds: ``timeout``, ``died``, ``memory``, ``output``, ``strays``, and ``orphaned``
    for what is no doing of the student's.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Kernel:
    """One kernel from its start to its end; after any trouble it is of no more use.

    Starting returns at once: :meth:`ready` waits until the kernel answers. What lies
    in the folder ``beside`` lies in the kernel's working folder.
    """

    def __init__(
        self, limits: Limits, sandboxed: bool = True, beside: Path | None = None
    ) -> None:
        self.limits = limits
        self.manager, self.folder = start_kernel(sandboxed, limits, beside)
        self.context = zmq.Context()
        self.context.setsockopt(zmq.MAXMSGSIZE, limits.message)
        self.context.setsockopt(zmq.LINGER, 0)
        # What waits unread while the judge computes is bounded too.
        self.context.setsockopt(zmq.RCVHWM, WAITING)
        # The kernel makes its sockets later: ask for them more often than is usual.
        self.context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)
        self.session = Session(key=self.manager.session.key, check_pid=False)
        self.shell = self._socket(zmq.DEALER, "shell")
        self.iopub = self._socket(zmq.SUB, "iopub")
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self.calls: zmq.Socket[bytes] = self.context.socket(zmq.PAIR)
        self.sockets = {self.shell: "shell", self.iopub: "iopub", self.calls: "calls"}
        self.poller = zmq.Poller()
        for socket in self.sockets:
            self.poller.register(socket, zmq.POLLIN)
        self.looked = time.monotonic()
        self.held_before = psutil.Process().memory_info().rss
        self.sandboxed = sandboxed
        self.own_processes = 0
        self.is_ready = False
        self.asked = 0

    def _socket(self, kind: int, channel: str) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self.context.socket(kind)
        socket.identity = self.session.bsession
        info = self.manager.get_connection_info()
        between = "-" if info["transport"] == "ipc" else ":"
        port = info[f"{channel}_port"]
        socket.connect(f"{info['transport']}://{info['ip']}{between}{port}")
        return socket

    def ready(self) -> None:
        """Wait until the kernel answers, and install the agent in it."""
        if self.is_ready:
            return
        deadline = time.monotonic() + self.limits.start_seconds
        # The first broadcasts are lost until the subscription has reached the
        # kernel, so ask again until one is heard.
        heard = False
        while not heard:
            self.session.send(self.shell, "kernel_info_request")
            soon = min(time.monotonic() + 1.0, deadline)
            for channel, _ in self.messages(soon, raise_on_timeout=False):
                heard = heard or channel == "iopub"
                if heard:
                    break
            if not heard and time.monotonic() > deadline:
                raise KernelTrouble("timeout", "the sandbox did not start in time")
        address = self._address()
        self.execute(bootstrap(address), deadline, silent=True)
        self.calls.connect(address)
        # The folder of sockets needs no more files.
        with suppress(OSError):
            self.folder.chmod(0o555)
        self.own_processes = running(self.manager.provisioner.process)
        self.is_ready = True

    def _address(self) -> str:
        """Where the agent is to listen: beside the kernel's own sockets."""
        info = self.manager.get_connection_info()
        if info["transport"] == "ipc":
            return f"ipc://{self.folder / 'calls'}"
        port = LocalPortCache.instance().find_available_port(info["ip"])
        return f"tcp://{info['ip']}:{port}"

    def strays(self) -> bool:
        """Whether the student's code has left processes running in the sandbox.

        A forked kernel shares the sockets, and would answer for the real one.
        """
        patience = time.monotonic() + STRAY_SECONDS
        process = self.manager.provisioner.process
        while self.sandboxed and running(process) > self.own_processes:
            if time.monotonic() > patience:
                return True
            time.sleep(0.02)
        return False

    def execute(
        self,
        code: str,
        deadline: float,
        on_output: Callable[[Message], None] | None = None,
        silent: bool = False,
    ) -> Message:
        """Execute ``code``; hand every message about it on; return the reply."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        sent = self.session.send(self.shell, "execute_request", content)
        reply = self._until_done(sent["header"]["msg_id"], deadline, on_output)
        payload = reply["content"].get("payload")
        if isinstance(payload, list) and any(
            isinstance(item, dict) and item.get("source") == "ask_exit"
            for item in payload
        ):
            raise KernelTrouble("died", "the cell calls exit()")
        return reply

    def ask(
        self, data: dict[str, Any], buffers: list[bytes], deadline: float
    ) -> Message:
        """Send the agent ``data``; return its answer, as ``data`` and ``buffers``."""
        self.asked += 1
        text = json.dumps({**data, "number": self.asked}).encode()
        self.calls.send_multipart([text, *buffers])
        for channel, message in self.messages(deadline):
            if channel == "calls" and message["data"].get("number") == self.asked:
                return message
        raise AssertionError("messages() ends only by raising")

    def _until_done(
        self,
        asked: str,
        deadline: float,
        on_output: Callable[[Message], None] | None,
    ) -> Message:
        reply: Message | None = None
        idle = False
        for channel, message in self.messages(deadline):
            if channel == "calls" or message["parent_header"].get("msg_id") != asked:
                continue
            if channel == "shell":
                reply = message
            elif _is_idle(message):
                idle = True
            elif on_output is not None:
                on_output(message)
            if reply is not None and idle:
                return reply
        raise AssertionError("messages() ends only by raising")

    def messages(
        self, deadline: float, raise_on_timeout: bool = True
    ) -> Iterator[tuple[str, Message]]:
        """Yield what arrives until ``deadline``, watching the kernel's life and size.

        Raises :class:`KernelTrouble`.
        """
        received = 0
        while True:
            now = time.monotonic()
            if now - self.looked >= LOOK_SECONDS:
                self.look()
            if now >= deadline:
                if raise_on_timeout:
                    raise KernelTrouble("timeout", "no answer in time")
                return
            wait = min(LOOK_SECONDS, deadline - now)
            for socket, _ in self.poller.poll(int(wait * 1000) + 1):
                frames = socket.recv_multipart()
                received += sum(map(len, frames))
                if received > self.limits.flood:
                    raise KernelTrouble(
                        "output",
                        f"more than {self.limits.flood >> 20} MiB of output arrived",
                    )
                channel = self.sockets[socket]
                read = read_answer if channel == "calls" else self._read
                message = read(frames)
                if message is not None:
                    yield channel, message

    def _read(self, frames: list[bytes]) -> Message | None:
        """A message, or None for what is not one."""
        try:
            _, parts = self.session.feed_identities(frames)
            message: Message = self.session.deserialize(parts)
            if any(b"\\ud" in frame.lower() for frame in parts[:5]):
                message["content"] = without_halves(message["content"])
        except Exception:
            # The frames may hold anything, and the parsers raise anything for it:
            # RecursionError, OverflowError (a date in the year 99999), and so on.
            return None
        well_formed = all(
            isinstance(message.get(key), dict)
            for key in ("header", "parent_header", "content")
        )
        return message if well_formed else None

    def look(self) -> None:
        """Raise :class:`KernelTrouble` if the kernel has died or grown too large."""
        self.looked = time.monotonic()
        process = self.manager.provisioner.process
        if process is None or process.poll() is not None:
            if isinstance(process, ForkedProcess) and process.is_orphan():
                raise KernelTrouble("orphaned", "the template of all kernels ended")
            raise KernelTrouble("died", "the Python process ended")
        if memory(process) > self.limits.memory:
            raise KernelTrouble(
                "memory", f"it held more than {self.limits.memory >> 20} MiB of memory"
            )
        # A message without an end is collected by the socket, out of sight.
        grown = psutil.Process().memory_info().rss - self.held_before
        if grown > self.limits.memory:
            raise KernelTrouble("output", "more arrived than the judge can hold")

    def close(self) -> None:
        """Kill the kernel with everything that it started."""
        for socket in self.sockets:
            socket.close()
        self.context.term()
        end_kernel(self.manager, self.folder)


def read_answer(frames: list[bytes]) -> Message | None:
    """The agent's answer with its buffers, or None for what is none."""
    try:
        text = frames[0].decode("utf-8", "replace")
        data = json.loads(text)
        if "\\ud" in text.lower():
            data = without_halves(data)
    except (ValueError, RecursionError):
        return None
    return {"data": data, "buffers": frames[1:]} if isinstance(data, dict) else None


def without_halves(content: Any) -> Any:
    r"""JSON without halves of surrogate pairs: they cannot be written to a file.

    >>> without_halves({"text": "a\ud800", "kept": "\N{SNOWMAN}"})
    {'text': 'a?', 'kept': '☃'}
    """
    text = json.dumps(content, ensure_ascii=False)
    return json.loads(text.encode("utf-8", "replace"))


def _is_idle(message: Message) -> bool:
    state = message["content"].get("execution_state")
    return bool(message["msg_type"] == "status" and state == "idle")
