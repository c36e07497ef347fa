"""Is everything honest carried across, and everything else refused as garbled?"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from autograder.judge.wire import (
    MAX_DEPTH,
    MAX_ITEMS,
    TAGS,
    Decoder,
    Encoder,
    Foreign,
    Garbled,
    generator_form,
    read_generator,
)


def there_and_back(value: Any) -> Any:
    """``value`` as it arrives: through JSON, and buffers as memory views."""
    encoder = Encoder()
    form = json.loads(json.dumps(encoder.encode(value)))
    return Decoder([memoryview(buffer) for buffer in encoder.buffers]).decode(form)


HONEST = [
    None,
    True,
    False,
    0,
    -(2**70),
    1.5,
    -0.0,
    5e-324,
    math.inf,
    "text, “quoted” ☃",
    (),
    (1, [2.0, (3,)]),
    {"a": 1, "b": {"c": (None,)}},
]


@pytest.mark.parametrize("value", HONEST, ids=repr)
def test_plain_values_arrive_as_they_were(value: Any) -> None:
    """Is the value the same, with the same type?"""
    arrived = there_and_back(value)
    assert arrived == value
    assert type(arrived) is type(value)
    if isinstance(value, float):
        assert math.copysign(1, arrived) == math.copysign(1, value)


def test_not_a_number_arrives() -> None:
    """Does NaN stay NaN?"""
    assert math.isnan(there_and_back(math.nan))


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c16", "g"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 1, 2)])
def test_arrays_arrive_bit_for_bit(dtype: str, shape: tuple[int, ...]) -> None:
    """Do dtype, shape and every bit survive?"""
    rng = np.random.default_rng(0)
    value = np.asarray(rng.standard_normal(shape) * 3).astype(dtype)
    value = value if shape else value.reshape(())
    arrived = there_and_back(value)
    assert type(arrived) is np.ndarray
    assert arrived.dtype == value.dtype
    assert arrived.shape == shape
    assert arrived.tobytes() == value.tobytes()
    assert arrived.flags.writeable


def test_layouts_do_not_matter() -> None:
    """Do slices, transposes and big-endian arrays arrive as their values?"""
    base = np.arange(24.0).reshape(4, 6)
    for value in (base.T, base[::2, ::-1], base.astype(">f8"), np.asfortranarray(base)):
        np.testing.assert_array_equal(there_and_back(value), value)


def test_a_scalar_stays_a_scalar() -> None:
    """Is a NumPy scalar not made an array?"""
    arrived = there_and_back(np.float32(0.1))
    assert type(arrived) is np.float32
    assert arrived == np.float32(0.1)


def test_a_subclass_arrives_as_its_numbers() -> None:
    """Is a class of the student's own left behind?"""

    class Sly(np.ndarray):
        def __eq__(self, other: object) -> Any:
            return np.ones(self.shape, bool)

        __hash__ = None  # type: ignore[assignment]

    class Text(str):
        __slots__ = ()

    assert type(there_and_back(np.ones(2).view(Sly))) is np.ndarray
    assert type(there_and_back(Text("a"))) is str


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "object"),
        ((x for x in ()), "generator"),
        (1j, "complex"),
        ({1: 2}, "dict"),
        (b"raw", "bytes"),
        (np.array([None]), "array of dtype object"),
        (np.array(["a"]), "array of dtype <U1"),
        (np.zeros(1, [("a", "f8")]), "array of dtype [('a', '<f8')]"),
        (np.array(["2020"], "M8[D]"), "array of dtype datetime64[D]"),
    ],
    ids=lambda value: re.sub(r" at 0x\w+", "", str(value)),
)
def test_what_cannot_cross_is_known_by_its_type(value: Any, kind: str) -> None:
    """Does only the name of the type arrive?"""
    arrived = there_and_back(value)
    assert isinstance(arrived, Foreign)
    assert arrived.foreign_kind == kind


def test_an_endless_structure_ends() -> None:
    """Does a list that holds itself, or far too much, end as foreign?"""
    endless: list[Any] = []
    endless.append(endless)
    found = there_and_back(endless)
    for _ in range(MAX_DEPTH):
        found = found[0]
    assert isinstance(found[0], Foreign)
    long = there_and_back([0.0] * (MAX_ITEMS + 5))
    assert isinstance(long[-1], Foreign)


@pytest.mark.parametrize("seed", [0, 3, 2**32 - 1, 2**100])
def test_a_generator_arrives_as_it_was_left(seed: int) -> None:
    """Does it draw the same, halves of words and children of children included?"""
    rng = np.random.default_rng(seed).spawn(2)[1]
    rng.integers(2**20, dtype=np.uint32)
    rng.spawn(3)
    arrived = read_generator(json.loads(json.dumps(generator_form(rng))))
    assert arrived.bit_generator.state == rng.bit_generator.state
    for mine, yours in ((arrived, rng), (arrived.spawn(1)[0], rng.spawn(1)[0])):
        assert mine.integers(2**20, dtype=np.uint32) == yours.integers(
            2**20, dtype=np.uint32
        )
        np.testing.assert_array_equal(mine.random(5), yours.random(5))


def test_another_generator_does_not_cross() -> None:
    """Is only the kind known that the judge hands out?"""
    assert generator_form(np.random.Generator(np.random.MT19937(1))) is None


FORM = generator_form(np.random.default_rng(7))
BENT: list[Any] = [
    *(None, 3, "0x1", [], {}, [FORM], {"key": []}, {**FORM, "more": "0x1"}),
    *({k: v for k, v in FORM.items() if k != name} for name in FORM),
    *(
        {**FORM, name: body}
        for name in FORM
        for body in (None, 1, 1.5, True, "", "1", "-0x1", "0x", "0xg", "0x1\n", "0X1",
                     "0x" + "0" * 33, "0x1" + "0" * 32, ["1"], [1], [["0x1"]], {})
    ),
    {**FORM, "inc": hex(int(FORM["inc"], 16) - 1)},
    {**FORM, "has_uint32": "0x2"},
    {**FORM, "uinteger": hex(2**32)},
    {**FORM, "children": hex(2**31)},
    {**FORM, "key": [hex(2**32)]},
    {**FORM, "key": ["0x1"] * 9},
]  # fmt: skip


@pytest.mark.parametrize("form", BENT, ids=lambda form: repr(form)[-60:])
def test_a_generator_that_lies_is_refused(form: Any) -> None:
    """Does every number out of range, and every other form, raise Garbled?"""
    with pytest.raises(Garbled):
        read_generator(form)


ARRAY = ["<f8", [2, 2], 0]
GARBAGE: list[Any] = [
    1,
    1.5,
    [],
    {},
    {"int": "0x1", "float": "0x1p0"},
    {"nothing": 1},
    {"__class__": 1},
    {"array": None},
    {"array": ["<f8", [2, 2]]},
    {"array": [8, [2, 2], 0]},
    {"array": ["<f8", 4, 0]},
    *({"array": [name, [2, 2], 0]} for name in (
        "", "<", "|", "O", "|O8", "<f8,<f8", "|V32", "<U8", "|S8", "<M8[s]", "(2,)f8",
        ">f8", "=f8", "f8", "<f999", "<f-8", "<f٨", "<f8\n", "<g", "<f(", "|f8,f8",
    )),
    *({"array": ["<f8", shape, 0]} for shape in (
        [4, 4], [-2, -2], [2.0, 2], ["2", 2], [True, 4], [4, True], [2**63, 2**63],
        [1] * 17, [None], [[2], 2], [0, 2**70], [2**62, 4],
    )),
    *({"array": ["<f8", [2, 2], place]} for place in (
        1, -1, True, False, 0.0, "0", None, 2**70,
    )),
    {"scalar": ["<f8", [0, 2**70], 1]},
    *({"int": body} for body in (1, None, "", "zz", "0x", "1" * 2000, ["0x1"])),
    *({"float": body} for body in (
        1.0, "", "zz", "0x1p99999", "0x" + "1" * 80, {"hex": 1}, None,
    )),
    {"tuple": "abc"},
    {"list": {"a": 1}},
    {"dict": {"a": 1}},
    {"dict": [["a"]]},
    {"dict": [[1, None]]},
    {"dict": ["ab"]},
    {"foreign": 7},
    {"foreign": ["x"]},
    {"kept": 3},
    {"source": "__import__('os').system('true')"},
    {"rng": "{}"},
]  # fmt: skip


@pytest.mark.parametrize("form", GARBAGE, ids=lambda form: repr(form)[:50])
def test_garbage_is_refused(form: Any) -> None:
    """Does a lying message raise Garbled, and nothing else?"""
    with pytest.raises(Garbled):
        Decoder([np.ones(4).tobytes(), b""]).decode(form)


def test_nesting_is_bounded() -> None:
    """Are depth and length bounded before Python's own limits are?"""
    deep: Any = None
    for _ in range(50):
        deep = {"list": [deep]}
    with pytest.raises(Garbled):
        Decoder([]).decode(deep)
    with pytest.raises(Garbled):
        Decoder([]).decode({"list": [None] * (2 * MAX_ITEMS + 1)})


def test_a_buffer_is_read_once() -> None:
    """Can one large buffer, named again and again, fill the judge's memory?"""
    form = {"list": [{"array": ["<f8", [4], 0]}] * 2}
    with pytest.raises(Garbled):
        Decoder([np.ones(4).tobytes()]).decode(form)


def mutated(form: Any, rng: np.random.Generator) -> Any:
    """``form`` with one place of it replaced by something else."""
    junk = [
        *(None, True, -1, 0, 1, 2**31, 2**63, 2**200, 1.5, math.nan, "", "<f8", "|O8"),
        *("0x1", "zz", [], {}, [[]], {"list": []}, {"array": ARRAY}, [2, 2], "foreign"),
        *({tag: junk} for tag in TAGS for junk in (None, "x", 3)),
    ]
    if isinstance(form, dict) and form and rng.random() < 0.8:
        key = list(form)[int(rng.integers(len(form)))]
        if rng.random() < 0.2:
            return {str(rng.choice(list(TAGS))): form[key]}
        return {**form, key: mutated(form[key], rng)}
    if isinstance(form, list) and form and rng.random() < 0.8:
        place = int(rng.integers(len(form)))
        change = mutated(form[place], rng)
        return [change if i == place else item for i, item in enumerate(form)]
    return junk[int(rng.integers(len(junk)))]


def test_random_mutations_raise_garbled_or_nothing() -> None:
    """Of 6 000 honest messages bent at random, does any do worse than be refused?"""
    rng = np.random.default_rng(20240)
    refused = 0
    for _ in range(6000):
        encoder = Encoder()
        form = encoder.encode(
            (np.ones((2, 3)), {"a": [1.5, np.float32(2)], "b": (True, 3)}, "text")
        )
        for _ in range(int(rng.integers(1, 4))):
            form = mutated(form, rng)
        buffers = [bytes(b) for b in encoder.buffers][: int(rng.integers(3))]
        try:
            Decoder(buffers).decode(form)
        except Garbled:
            refused += 1
    assert refused > 2000
