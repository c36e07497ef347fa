"""A student's function as the checks see it: a proxy for the one in the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.calling import Kept, Reply, Source
from autograder.judge.wire import (
    UNKNOWN,
    Decoder,
    Encoder,
    Form,
    Garbled,
    generator_form,
    read_generator,
)
from autograder.mishaps import Mishap, raised

if TYPE_CHECKING:
    from autograder.judge.session import Session


class RemoteCallee:
    """The function ``name`` of a submission, called in its sandbox."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name

    def invoke(
        self,
        arguments: tuple[Any, ...],
        opaque: tuple[int, ...] = (),
        want_arguments: bool = False,
        lazy: bool = False,
    ) -> Reply:
        """Send the arguments into the sandbox and bring the result back."""
        return self.session.call(self.name, arguments, opaque, want_arguments, lazy)


def request(
    name: str,
    arguments: tuple[Any, ...],
    opaque: tuple[int, ...],
    want_arguments: bool,
    lazy: bool,
    forget: bool,
) -> tuple[dict[str, Form], list[bytes]]:
    """The message that asks the agent for a call, and its buffers."""
    encoder = Encoder(_special_form)
    data = {
        "name": name,
        "arguments": encoder.encode(arguments),
        "opaque": list(opaque),
        "want_arguments": want_arguments,
        "lazy": lazy,
        "forget": forget,
    }
    return data, encoder.buffers


def read_reply(answer: dict[str, Any], trouble: str) -> Reply:
    """What the agent answered, nothing of it believed before it is checked.

    ``trouble`` is what went wrong before, to explain a missing function with.
    Raises :class:`Mishap`.
    """
    data = answer["data"]
    if "missing" in data:
        kind = data["missing"]
        if isinstance(kind, str) and kind:
            raise Mishap("missing", f"is a {kind[:80]}, not a function", fatal=True)
        because = f": {trouble}" if trouble else ""
        raise Mishap("missing", f"is not defined{because}", fatal=True)
    if "raised" in data:
        told = data["raised"] if isinstance(data["raised"], dict) else {}
        kind, text, line = (str(told.get(key, "")) for key in ("kind", "text", "line"))
        if kind == "TooMuchOutput":
            raise Mishap(
                "output",
                "printed more than a million characters; remove the print calls",
                fatal=True,
            )
        raise raised(kind[:80], text, line)
    decoder = Decoder(answer["buffers"], _special_value)
    try:
        value = decoder.decode(data.get("value"))
        arguments = decoder.decode(data.get("arguments"))
    except (Garbled, RecursionError, MemoryError):
        raise _garbled() from None
    return Reply(value, arguments if isinstance(arguments, tuple) else ())


def _garbled() -> Mishap:
    return Mishap("garbled", "sent back something that cannot be read")


def _special_form(value: Any) -> Form:
    """Encode what the sandbox understands besides numbers and text."""
    if isinstance(value, Kept):
        return {"kept": value.value}
    if isinstance(value, Source):
        return {"source": value.text}
    if isinstance(value, np.random.Generator):
        return {"rng": generator_form(value)}
    return None


def _special_value(form: dict[str, Form]) -> Any:
    if "kept" in form and type(form["kept"]) is int:
        return Kept(form["kept"])
    if "rng" in form:
        return read_generator(form["rng"])
    return UNKNOWN
