"""Do cells run and functions answer through a real sandbox, whatever they do?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograder.calling import Kept, Source
from autograder.judge.kernel import Kernel, KernelTrouble, read_answer
from autograder.judge.remote import RemoteCallee
from autograder.judge.session import SandboxDownError, Session
from autograder.mishaps import Mishap
from autograder.sandbox.limits import MIB, Limits
from tests.judge import FIND_THE_AGENT, SHORT, session, text_of
from tests.sandbox import folders_left, needs_sandbox

pytestmark = needs_sandbox

FUNCTIONS = r"""
import os, time
import numpy as np

def double(x):
    print("working")
    return 2 * x

def forward(x):
    return x + 1, {"x": x, "f": lambda: 3}

def backward(dout, cache):
    assert cache["f"]() == 3
    return dout * cache["x"]

def change(x):
    x += 1
    return x

def numbers():
    yield 1.0

def derive(f, x):
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5

def draw(shape, rng):
    return rng.standard_normal(shape)

def fail(x):
    return x / unknown_name

def shout(x):
    while True:
        print("x" * 10_000)

def surrogate(x):
    raise ValueError("half of a pair: \ud800")

def deep(x):
    return deep(x)

class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no text")

def odd(x):
    raise Odd()

not_a_function = "text"
"""


@pytest.fixture(scope="module")
def opened() -> Iterator[Session]:
    """One session in which all the functions above are defined."""
    one = session(Limits(cell_seconds=5, call_seconds=3, submission_seconds=120))
    assert one.run_cell(FUNCTIONS) == []
    yield one
    one.close()


def called(one: Session, name: str, *arguments: Any, **options: Any) -> Any:
    """The value of a call through the proxy."""
    return RemoteCallee(one, name).invoke(arguments, **options).value


def mishap(one: Session, name: str, *arguments: Any) -> Mishap:
    """The mishap that a call ends in."""
    with pytest.raises(Mishap) as caught:
        called(one, name, *arguments)
    return caught.value


def test_a_value_comes_back(opened: Session) -> None:
    """Does an array go in and its double come out, whatever is printed?"""
    np.testing.assert_array_equal(called(opened, "double", np.eye(3)), 2 * np.eye(3))


def test_a_cache_stays_inside(opened: Session) -> None:
    """Is a cache that cannot cross handed back to the function by its handle?"""
    out, cache = called(opened, "forward", np.ones(2), opaque=(1,))
    np.testing.assert_array_equal(out, [2, 2])
    assert isinstance(cache, Kept)
    assert type(cache.value) is int
    dx = called(opened, "backward", np.full(2, 5.0), cache)
    np.testing.assert_array_equal(dx, [5, 5])


def test_arguments_are_fresh_and_come_back_as_left(opened: Session) -> None:
    """Is the judge's own array untouched, and what became of its copy seen?"""
    x = np.zeros(2)
    reply = RemoteCallee(opened, "change").invoke((x,), want_arguments=True)
    np.testing.assert_array_equal(x, [0, 0])
    np.testing.assert_array_equal(reply.arguments[0], [1, 1])


def test_functions_and_generators_can_be_handed_over(opened: Session) -> None:
    """Do a function's source and a random generator work inside as outside?"""
    slope = called(opened, "derive", Source("lambda x: np.sum(x ** 2)"), 3.0)
    assert slope == pytest.approx(6)
    rng = np.random.default_rng(5)
    drawn = called(opened, "draw", (2, 3), np.random.default_rng(5))
    np.testing.assert_array_equal(drawn, rng.standard_normal((2, 3)))


def test_what_cannot_cross_is_named(opened: Session) -> None:
    """Does a generator arrive as the name of its type?"""
    assert called(opened, "numbers").foreign_kind == "generator"


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("fail", "NameError", "unknown_name"),
        ("deep", "RecursionError", "recursion"),
        ("odd", "Odd", "raised Odd"),
        ("surrogate", "ValueError", "half of a pair: ?"),
        ("absent", "missing", "is not defined"),
        ("not_a_function", "missing", "is a str, not a function"),
    ],
)
def test_an_exception_is_told(opened: Session, name: str, kind: str, says: str) -> None:
    """Does the mishap bear the exception's name, and its text where there is one?"""
    found = mishap(opened, name, *([1.0] if name != "absent" else []))
    assert found.kind == kind
    assert says in found.message
    found.message.encode()


def test_the_line_at_fault_is_shown(opened: Session) -> None:
    """Is the student's own line quoted?"""
    assert "return x / unknown_name" in mishap(opened, "fail", 1.0).message


def test_too_much_printed_by_a_function(opened: Session) -> None:
    """Is a function that prints for ever ended, with the reason?"""
    found = mishap(opened, "shout", 1.0)
    assert found.kind == "output"
    assert "remove the print calls" in found.message


def test_an_endless_cell_costs_itself_alone() -> None:
    """After a cell without an end, do earlier functions answer, and later cells run?"""
    one = session()
    try:
        one.run_cell("def early(): return 1")
        began = time.monotonic()
        said = text_of(one.run_cell("while True: pass"))
        assert time.monotonic() - began < 2 * SHORT.cell_seconds + 2
        assert "ran for longer than 2 s" in said
        assert one.run_cell("def late(): return early() + 1") == []
        assert called(one, "late") == 2
        assert called(one, "early") == 1
    finally:
        one.close()


@pytest.mark.parametrize("end", ["os._exit(0)", "os.abort()", "exit()"])
def test_a_cell_that_ends_the_process_costs_itself_alone(end: str) -> None:
    """Are the cells before and after it as if it were not there?"""
    one = session()
    try:
        one.run_cell("def early(): return 1")
        said = text_of(one.run_cell(f"import os\ndef lost(): return 1\n{end}"))
        assert "ended the Python process" in said
        time.sleep(0.3)
        assert called(one, "early") == 1
        assert "a cell was ended because" in mishap(one, "lost").message
    finally:
        one.close()


def test_a_forked_kernel_does_not_answer_for_the_real_one() -> None:
    """Is a cell ended that leaves processes behind, and one that ends them not?"""
    one = session()
    try:
        one.run_cell("x = 1")
        left = one.run_cell("import os\npid = os.fork()")
        assert "left processes running" in left[-1].evalue
        waited = one.run_cell("import subprocess\nsubprocess.run(['/bin/true'])\ny = 2")
        assert not any(output.output_type == "error" for output in waited)
        assert one.run_cell("print(x + y)")[0].text == "3\n"
    finally:
        one.close()


def test_a_function_that_ends_the_process_costs_its_call_alone() -> None:
    """Is the call a fatal mishap, and does the next function answer?"""
    one = session()
    try:
        one.run_cell("import os\ndef die(): os._exit(3)\ndef live(): return 7")
        found = mishap(one, "die")
        assert (found.kind, found.fatal) == ("died", True)
        assert "ended the Python process" in found.message
        assert called(one, "live") == 7
    finally:
        one.close()


def test_a_function_that_never_returns_costs_its_call_alone() -> None:
    """Is the time limit of a call kept?"""
    one = session()
    try:
        one.run_cell("def loop():\n    while True: pass\ndef live(): return 7")
        began = time.monotonic()
        found = mishap(one, "loop")
        assert time.monotonic() - began < SHORT.call_seconds + 1.5
        assert (found.kind, found.fatal) == ("timeout", True)
        assert "longer than 1 s" in found.message
        assert called(one, "live") == 7
    finally:
        one.close()


def test_memory_is_bounded_in_a_call() -> None:
    """Is a function ended that holds too much?"""
    one = session(Limits(memory=256 * MIB, call_seconds=5))
    try:
        one.run_cell(
            "def grow():\n    x = [bytearray(1 << 20) for _ in range(250)]\n"
            "    import time; time.sleep(5)"
        )
        found = mishap(one, "grow")
        assert found.kind == "memory"
        assert "more memory than the 256 MiB allowed" in found.message
    finally:
        one.close()


def test_a_submission_has_a_deadline() -> None:
    """Once all its time is used, is everything refused at once, with the reason?"""
    one = session(Limits(cell_seconds=20, call_seconds=5, submission_seconds=1.5))
    try:
        said = text_of(one.run_cell("while True: pass"))
        assert "the 1.5 s that a submission may use are used up" in said
        began = time.monotonic()
        assert "used up" in text_of(one.run_cell("x = 1"))
        assert "was not called" in mishap(one, "anything").message
        assert time.monotonic() - began < 0.5
    finally:
        one.close()


def test_what_a_cell_prints_is_bounded() -> None:
    """Is most of a flood left out, and the cell not failed for it?"""
    one = session(Limits(cell_seconds=5, output=10_000))
    try:
        outputs = one.run_cell("for _ in range(300): print('x' * 1000)")
        said = text_of(outputs)
        assert len(said) < 11_000
        assert "left out" in said
    finally:
        one.close()


def test_a_flood_of_output_ends_the_cell() -> None:
    """Is a cell ended that sends more than anyone reads?"""
    one = session(Limits(cell_seconds=90, flood=2 * MIB))
    try:
        said = text_of(one.run_cell("while True: print('x' * 100_000)"))
        # What it could not send yet fills its own memory: either bound may be first.
        assert "far more than anyone can read" in said or "more memory" in said
        assert one.run_cell("1 + 1") != []
    finally:
        one.close()


def test_a_session_leaves_nothing() -> None:
    """Is no folder left once it is closed, and may it be closed twice?"""
    before = folders_left()
    one = session()
    one.run_cell("x = 1")
    one.close()
    one.close()
    assert folders_left() <= before


def test_a_sandbox_that_does_not_start_is_no_zero() -> None:
    """Is it an error of the machine's, and no verdict on the student's work?"""
    started = []

    def broken() -> Kernel:
        kernel = Kernel(Limits(start_seconds=0))
        started.append(kernel)
        return kernel

    one = Session(SHORT, broken)
    with pytest.raises(SandboxDownError, match="autograder doctor"):
        one.run_cell("x = 1")
    assert len(started) == 3
    one.close()


FORGED = r"""
import json, hashlib, hmac, uuid
from ipykernel.kernelapp import IPKernelApp
kernel = get_ipython().kernel
session = kernel.session

def send(kind, content, parent, buffers=None, **header):
    message = session.msg(kind, content, parent=parent)
    message["header"].update(header)
    session.send(kernel.iopub_socket, message, buffers=buffers)

def raw(parts):
    as_bytes = lambda p: json.dumps(p, default=str).encode()
    parts = [p if isinstance(p, bytes) else as_bytes(p) for p in parts]
    frames = [b"topic", b"<IDS|MSG>", session.sign(parts), *parts]
    kernel.iopub_socket.send_multipart(frames)
"""


def test_malformed_messages_are_passed_over() -> None:
    """Does any frame that a student can send end the judge?"""
    one = session()
    try:
        one.run_cell(FORGED)
        outputs = one.run_cell(
            r"""
parent = kernel.get_parent()
head = {**parent["header"], "msg_type": "stream"}
mine = parent["header"]
raw([b"[" * 100_000, mine, {}, {}])                      # RecursionError
raw([{**head, "date": "9999-99-99T99:99:99"}, mine, {}, {}])
raw([[], mine, {}, {}])
raw([head, [], {}, {}])
raw([head, mine, {}, []])
raw([{**head, "msg_type": {"a": 1}}, mine, {}, {}])
raw([{**head, "msg_type": "stream"}, mine, {}, {"text": {"a": ["b"]}}])
raw([{**head, "msg_type": "error"}, mine, {}, {"traceback": 3, "ename": [1]}])
raw([{**head, "msg_type": "display_data"}, mine, {}, {"data": [1, 2]}])
raw([{**head, "msg_type": "display_data"}, mine, {}, {"data": {"text/plain": [1]}}])
raw([{**head, "version": "3.0"}, mine, {}, {"text": 1}])
raw([{**head, "version": {}}, mine, {}, {"text": 1}])
raw([b"\xff\xfe", mine, {}, {}])
raw([b"1" * 10_000, mine, {}, {}])
kernel.iopub_socket.send_multipart([b"short"])
kernel.iopub_socket.send_multipart([b"<IDS|MSG>", b"unsigned", b"", b"", b"", b""])
raw([head, mine, {}, b'{"text": "\\ud800 half"}'])
print("still here")
"""
        )
        said = text_of(outputs)
        assert "still here" in said
        said.encode()
    finally:
        one.close()


def test_an_endless_message_does_not_fill_the_judge() -> None:
    """Is a message of frames without an end noticed, though it never arrives?"""
    one = session(Limits(cell_seconds=20, memory=200 * MIB))
    try:
        said = text_of(
            one.run_cell(
                FORGED + "import zmq\nframe = b'x' * (4 << 20)\n"
                "socket = kernel.iopub_thread.socket\n"
                "def pump():\n"
                "    while True:\n"
                "        socket.send(frame, zmq.SNDMORE)\n"
                "kernel.iopub_thread.schedule(pump)\n"
                "import time; time.sleep(20)"
            )
        )
        assert "more than anyone can read" in said or "more memory" in said
    finally:
        one.close()


def test_trouble_while_cells_run_again_is_told() -> None:
    """A cell that ends well once and badly when run again: is the reason given?"""
    one = session()
    try:
        one.run_cell("def early(): return 1")
        one.done.append("import os; os._exit(1)")
        one.close()
        assert "ended the Python process" in mishap(one, "early").message
        assert called(one, "early") == 1
    finally:
        one.close()


@pytest.mark.parametrize("how", ["close()", "on_recv(None)", "on_recv(print)"])
def test_an_agent_that_says_nothing_costs_a_call(how: str) -> None:
    """If the agent has been taken away, does a call end at its time limit?"""
    one = session()
    try:
        one.run_cell(f"{FIND_THE_AGENT}\nagent.{how}\ndef f(): return 1")
        assert mishap(one, "f").kind == "timeout"
        assert one.run_cell("x = 1") == []
    finally:
        one.close()


def test_trouble_has_a_kind() -> None:
    """Does the exception carry what the reason is looked up by?"""
    assert KernelTrouble("died", "it ended").kind == "died"


def test_halves_of_characters_are_read_or_not_at_any_depth() -> None:
    """Can an answer be too deep to be mended, and yet not too deep to be read?"""
    for depth in range(880, 1000):
        nested = b"[" * depth + b'"\\ud800"' + b"]" * depth
        answer = read_answer([b'{"value": ' + nested + b"}"])
        value = answer and answer["data"]["value"]
        while isinstance(value, list):
            (value,) = value
        assert value in {None, "?"}
