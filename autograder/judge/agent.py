"""The agent: runs inside the sandbox and calls the student's functions.

Its source and that of :mod:`autograder.judge.wire` are sent into the kernel, which
knows nothing else of this package. It is trusted with nothing: whatever becomes of
it, it can only send numbers.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import traceback
import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
import zmq
from zmq.eventloop.zmqstream import ZMQStream

from autograder.judge.wire import (
    UNKNOWN,
    Decoder,
    Encoder,
    Form,
    generator_form,
    read_generator,
    writable,
)

PRINTED = 1_000_000
YIELDED = 2_000


class TooMuchOutput(Exception):  # noqa: N818
    """The function printed more than anyone reads."""


class Sink(io.TextIOBase):
    """Swallows what a function prints, up to a limit."""

    def __init__(self) -> None:
        self.left = PRINTED

    def writable(self) -> bool:
        """It takes text."""
        return True

    def write(self, text: str) -> int:
        """Count ``text`` and forget it."""
        self.left -= len(text)
        if self.left < 0:
            raise TooMuchOutput
        return len(text)


class Agent:
    """Answers the judge's calls, one after the other, between the cells."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.kept: dict[int, Any] = {}
        self.last = 0

    def listen(self, address: str) -> None:
        """Answer what one judge asks at ``address``, in the kernel's event loop."""
        socket: Any = zmq.Context.instance().socket(zmq.PAIR)
        socket.bind(address)

        def heard(frames: list[bytes]) -> None:
            socket.send_multipart(self.answer(frames))

        ZMQStream(socket).on_recv(heard)

    def answer(self, frames: list[bytes]) -> list[bytes]:
        """Carry out one request; return the reply."""
        data = json.loads(frames[0])
        encoder = Encoder(self.handle_of)
        try:
            reply = self.carry_out(data, frames[1:], encoder)
        except BaseException as error:
            reply = {"raised": describe(error)}
            encoder.buffers = []
        reply["number"] = data["number"]
        return [json.dumps(reply).encode(), *encoder.buffers]

    def carry_out(
        self, data: dict[str, Any], buffers: list[Any], encoder: Encoder
    ) -> dict[str, Any]:
        """Call the function that ``data`` names with the arguments it carries."""
        if data.get("forget"):
            self.kept.clear()
        name = data["name"]
        if not callable(self.namespace.get(name)):
            kind = type(self.namespace[name]).__name__ if name in self.namespace else ""
            return {"missing": kind}
        arguments = Decoder(buffers, self.special).decode(data["arguments"])
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(Sink()),
            contextlib.redirect_stderr(Sink()),
        ):
            warnings.simplefilter("ignore")
            value = self.namespace[name](*arguments)
            if data["lazy"] and isinstance(value, Iterator):
                value = list(islice(value, YIELDED))
        if isinstance(value, (tuple, list)) and data["opaque"]:
            value = tuple(
                Kept(item) if place in data["opaque"] else item
                for place, item in enumerate(value)
            )
        reply = {"value": encoder.encode(value)}
        if data["want_arguments"]:
            reply["arguments"] = encoder.encode(tuple(map(self.as_kept, arguments)))
        return reply

    def special(self, form: dict[str, Form]) -> Any:
        """Decode what only this side knows: a kept value, a function's source."""
        if "kept" in form:
            return self.kept[form["kept"]]
        if "source" in form:
            return compiled(form["source"])
        if "rng" in form:
            return read_generator(form["rng"])
        return UNKNOWN

    def handle_of(self, value: Any) -> Form:
        """Encode a value that stays here as its handle, a generator as its state."""
        if isinstance(value, Drawn):
            form = generator_form(value.rng)
            return form and {"rng": form}
        if not isinstance(value, Kept):
            return None
        self.last += 1
        self.kept[self.last] = value.value
        return {"kept": self.last}

    def as_kept(self, argument: Any) -> Any:
        """A cache among the arguments need not cross again; a generator's state does.

        The judge asks what it will draw next: two layers are drawn one after the
        other, and the second gets the generator as the first one left it.
        """
        if isinstance(argument, np.random.Generator):
            return Drawn(argument)
        plain = isinstance(
            argument, (np.ndarray, np.generic, dict, float, int, str, list, tuple)
        )
        return argument if plain else None


class Kept:
    """Marks a value that stays in the sandbox."""

    def __init__(self, value: Any) -> None:
        self.value = value


@lru_cache(maxsize=64)
def compiled(text: str) -> Any:
    """The judge's function of that source: the same one each time."""
    return eval(text, {"np": np})  # noqa: S307 - the judge's


class Drawn:
    """Marks a generator among the arguments, as the call left it."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng


def describe(error: BaseException) -> dict[str, str]:
    """An exception as plain text: its type, its message, the student's line."""
    try:
        text = str(error)[:500]
    except Exception:
        text = ""
    line = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "site-packages" not in frame.filename and frame.filename != "<tuned>":
            line = frame.line or linecache.getline(frame.filename, frame.lineno or 0)
    told = {"kind": type(error).__name__[:80], "text": text, "line": line[:200]}
    return {key: writable(said) for key, said in told.items()}


def install(shell: Any, address: str) -> None:
    """Make the agent answer at ``address`` for this kernel."""
    Agent(shell.user_ns).listen(address)
