"""Values as JSON and raw buffers: how arguments and results cross to the sandbox.

This file runs on both sides (its source is sent into the sandbox), so it needs
nothing but NumPy. Never pickle: what comes from the sandbox is read with every
length checked, and can be nothing but numbers, text and their containers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Form = Any  # what JSON can hold

MAX_DEPTH = 8
MAX_ITEMS = 20_000
KINDS = "biufc"
UNKNOWN = object()  # what ``special`` does not know; None is a value like others


class Garbled(ValueError):  # noqa: N818
    """A message that no honest encoder makes."""


class Foreign:
    """A value that cannot cross: only the name of its type is known."""

    def __init__(self, kind: str) -> None:
        self.foreign_kind = kind


def writable(text: str) -> str:
    r"""``text`` without halves of surrogate pairs, which no file and no message takes.

    >>> writable("a\ud800")
    'a?'
    """
    return str(text).encode("utf-8", "replace").decode("utf-8")


def generator_form(rng: np.random.Generator) -> Form:
    """All that decides what ``rng`` will draw, and its children; None if not PCG64.

    >>> sorted(generator_form(np.random.default_rng(3)))
    ['children', 'entropy', 'has_uint32', 'inc', 'key', 'state', 'uinteger']
    """
    bits: Any = rng.bit_generator
    if type(bits) is not np.random.PCG64:
        return None
    sequence: Any = bits.seed_seq
    state, seeds = bits.state, sequence.state
    whole = {
        **state["state"],
        "has_uint32": state["has_uint32"],
        "uinteger": state["uinteger"],
        "entropy": seeds["entropy"],
        "children": seeds["n_children_spawned"],
    }
    # As text: few readers of JSON take whole numbers of 128 bits.
    texts: dict[str, Form] = {name: hex(number) for name, number in whole.items()}
    return {**texts, "key": [hex(number) for number in seeds["spawn_key"]]}


def read_generator(form: Form) -> np.random.Generator:
    """The generator that ``form`` describes; raises :class:`Garbled`.

    >>> rng = np.random.default_rng(3)
    >>> read_generator(generator_form(rng)).random() == rng.random()
    True
    """
    if not isinstance(form, dict) or form.keys() != {*GENERATOR, "key"}:
        raise Garbled("not a generator")
    whole = {name: _whole(form[name], bits) for name, bits in GENERATOR.items()}
    key = form["key"]
    if not isinstance(key, list) or len(key) > MAX_DEPTH or whole["inc"] % 2 == 0:
        raise Garbled("not a generator")
    seeds = np.random.SeedSequence(
        whole["entropy"],
        spawn_key=[_whole(number, 32) for number in key],
        n_children_spawned=whole["children"],
    )
    bits = np.random.PCG64(seeds)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": whole["state"], "inc": whole["inc"]},
        "has_uint32": whole["has_uint32"],
        "uinteger": whole["uinteger"],
    }
    return np.random.Generator(bits)


# How many bits each number has that makes a generator; PCG64's inc is always odd.
GENERATOR = {
    "state": 128,
    "inc": 128,
    "has_uint32": 1,
    "uinteger": 32,
    "entropy": 128,
    "children": 31,
}


def _whole(text: Form, bits: int) -> int:
    if not isinstance(text, str) or not re.fullmatch(r"0x[0-9a-f]{1,32}", text):
        raise Garbled("not a whole number")
    number = int(text, 16)
    if number >= 1 << bits:
        raise Garbled("too large a number")
    return number


class Encoder:
    """Turns values into a JSON-able form; arrays go to ``buffers``.

    ``special`` encodes what only one side knows (a cache by its handle); it
    returns None for values that it does not know.
    """

    def __init__(self, special: Callable[[Any], Form] = lambda _: None) -> None:
        self.buffers: list[bytes] = []
        self.special = special
        self.items = 0

    def encode(self, value: Any, depth: int = 0) -> Form:
        """The JSON-able form of ``value``."""
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            return {"foreign": "deeply nested or endless structure"}
        known = self.special(value)
        if known is not None:
            return known
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return writable(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(value)
        if isinstance(value, int):
            return {"int": hex(value)}
        if isinstance(value, float):
            return {"float": float(value).hex()}
        if isinstance(value, (tuple, list)):
            items = [self.encode(item, depth + 1) for item in value]
            return {"tuple" if isinstance(value, tuple) else "list": items}
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {
                "dict": [
                    [writable(key), self.encode(item, depth + 1)]
                    for key, item in value.items()
                ]
            }
        return {"foreign": type(value).__name__}

    def _array(self, value: Any) -> Form:
        plain = np.asarray(value)
        if plain.dtype.kind not in KINDS:
            return {"foreign": f"array of dtype {plain.dtype}"}
        shape = list(plain.shape)
        plain = np.ascontiguousarray(plain)
        if plain.dtype.byteorder == ">":
            plain = plain.astype(plain.dtype.newbyteorder("<"))
        self.buffers.append(plain.tobytes())
        place = len(self.buffers) - 1
        kind = "scalar" if isinstance(value, np.generic) else "array"
        return {kind: [plain.dtype.str, shape, place]}


class Decoder:
    """Turns the JSON-able form and its buffers back into values."""

    def __init__(
        self,
        buffers: Sequence[Any],
        special: Callable[[dict[str, Form]], Any] = lambda _: UNKNOWN,
    ) -> None:
        self.buffers = buffers
        self.unread = set(range(len(buffers)))
        self.special = special
        self.items = 0

    def decode(self, form: Form, depth: int = 0) -> Any:
        """The value of ``form``; raises :class:`Garbled`."""
        self.items += 1
        if depth > MAX_DEPTH + 1 or self.items > 2 * MAX_ITEMS:
            raise Garbled("too deep or too long")
        if form is None or isinstance(form, (bool, str)):
            return form
        if not isinstance(form, dict) or len(form) != 1:
            raise Garbled("not a value")
        known = self.special(form)
        if known is not UNKNOWN:
            return known
        ((tag, body),) = form.items()
        read = getattr(self, f"_{tag}", None)
        if tag not in TAGS or read is None:
            raise Garbled("unknown kind of value")
        return read(body, depth)

    def _int(self, body: Form, _: int) -> int:
        if not isinstance(body, str) or len(body) > 1000:
            raise Garbled("not an integer")
        try:
            return int(body, 16)
        except ValueError:
            raise Garbled("not an integer") from None

    def _float(self, body: Form, _: int) -> float:
        if not isinstance(body, str) or len(body) > 64:
            raise Garbled("not a float")
        try:
            return float.fromhex(body)
        except (ValueError, OverflowError):
            raise Garbled("not a float") from None

    def _tuple(self, body: Form, depth: int) -> tuple[Any, ...]:
        return tuple(self._list(body, depth))

    def _list(self, body: Form, depth: int) -> list[Any]:
        if not isinstance(body, list):
            raise Garbled("not a list")
        return [self.decode(item, depth + 1) for item in body]

    def _dict(self, body: Form, depth: int) -> dict[str, Any]:
        if not isinstance(body, list):
            raise Garbled("not a dictionary")
        result = {}
        for pair in body:
            if not isinstance(pair, list) or len(pair) != 2:
                raise Garbled("not a dictionary")
            if not isinstance(pair[0], str):
                raise Garbled("not a dictionary")
            result[pair[0]] = self.decode(pair[1], depth + 1)
        return result

    def _foreign(self, body: Form, _: int) -> Foreign:
        if not isinstance(body, str):
            raise Garbled("not a name")
        return Foreign(body[:80])

    def _scalar(self, body: Form, depth: int) -> Any:
        return self._array(body, depth)[()]

    def _array(self, body: Form, _: int) -> Any:
        if not isinstance(body, list) or len(body) != 3:
            raise Garbled("not an array")
        name, shape, place = body
        if not isinstance(name, str) or not isinstance(shape, list):
            raise Garbled("not an array")
        # Each buffer once: named a thousand times, a large one would fill memory.
        if type(place) is not int or place not in self.unread:
            raise Garbled("no such buffer")
        self.unread.remove(place)
        # Only this form: NumPy reads whole structures from other texts.
        if not re.fullmatch(r"[<|][biufc][0-9]{1,2}", name, re.ASCII):
            raise Garbled("not a numeric dtype")
        try:
            dtype = np.dtype(name)
        except TypeError:
            raise Garbled("not a numeric dtype") from None
        if len(shape) > 16 or not all(type(n) is int and n >= 0 for n in shape):
            raise Garbled("not a shape")
        buffer = memoryview(self.buffers[place])
        if math.prod(shape) * dtype.itemsize != buffer.nbytes:
            raise Garbled("a shape that its buffer does not fill")
        try:
            return np.frombuffer(buffer, dtype).reshape(shape).copy()
        except (ValueError, OverflowError):  # no entries, and axes too long for NumPy
            raise Garbled("not a shape") from None


TAGS = ("int", "float", "tuple", "list", "dict", "foreign", "scalar", "array")
