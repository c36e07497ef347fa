"""Does the agent, here in this process, do what it does in the sandbox?"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zmq
import zmq.asyncio

from autograder.calling import Kept, Source
from autograder.judge.agent import YIELDED, Agent
from autograder.judge.bootstrap import bootstrap
from autograder.judge.kernel import read_answer
from autograder.judge.remote import read_reply, request
from autograder.judge.wire import Foreign
from autograder.mishaps import Mishap


class Line:
    """Judge and agent, joined without a kernel."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.agent = Agent(namespace)

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        """What the judge makes of a call's answer."""
        data, buffers = request(
            name,
            arguments,
            options.get("opaque", ()),
            options.get("want_arguments", False),
            options.get("lazy", False),
            options.get("forget", False),
        )
        question = json.dumps({**data, "number": 7}).encode()
        answer = read_answer(self.agent.answer([question, *buffers]))
        assert answer is not None
        assert answer["data"]["number"] == 7
        reply = read_reply(answer, "")
        return reply if options.get("want_arguments") else reply.value


def fail(x: Any) -> Any:
    """Raise with half of a surrogate pair."""
    raise ValueError(f"bad \ud800 {x.shape}")


def shout() -> None:
    """Print for ever."""
    while True:
        print("x" * 100_000)


class SilentError(Exception):
    """An exception without a text."""

    def __str__(self) -> str:
        raise RuntimeError


def mute() -> None:
    """Raise it."""
    raise SilentError


@pytest.fixture
def line() -> Line:
    """A namespace of functions at the other end."""
    return Line(
        {
            "double": lambda x: 2 * x,
            "forward": lambda x: (x + 1, {"x": x}),
            "backward": lambda dout, cache: dout * cache["x"],
            "one": lambda x: [x],
            "derive": lambda f, x: 1 * f(x),
            "draw": lambda rng: rng.random(3),
            "change": lambda x, c: x.fill(7),
            "odd": object,
            "nothing": lambda: None,
            "fail": fail,
            "shout": shout,
            "mute": mute,
            "leave": lambda: sys.exit(3),
            "word": "a text",
        }
    )


def test_values_arguments_and_caches_cross(line: Line) -> None:
    """Do a value, a cache by handle, and changed arguments come back?"""
    np.testing.assert_array_equal(line.call("double", np.ones(2)), [2, 2])
    _, cache = line.call("forward", np.full(2, 3.0), opaque=(1,))
    assert isinstance(cache, Kept)
    np.testing.assert_array_equal(line.call("backward", np.ones(2), cache), [3, 3])
    reply = line.call("change", np.ones(2), cache, want_arguments=True)
    np.testing.assert_array_equal(reply.arguments[0], [7, 7])
    assert line.call("nothing") is None
    assert line.call("odd").foreign_kind == "object"


def test_what_a_lazy_function_yields_arrives_as_a_list() -> None:
    """Are batches that are yielded drained, up to a limit, and only where wanted?"""
    line = Line(
        {
            "pairs": lambda n: (np.arange(2) + i for i in range(n)),
            "endless": itertools.count,
        }
    )
    batches = line.call("pairs", 3, lazy=True)
    assert [list(batch) for batch in batches] == [[0, 1], [1, 2], [2, 3]]
    assert len(line.call("endless", lazy=True)) == YIELDED
    assert isinstance(line.call("pairs", 3), Foreign)


def test_arguments_that_hold_nothing_to_change_come_back() -> None:
    """Do a shape and a NumPy number come back as they were left?"""
    line = Line({"f": lambda shape, std: None})
    reply = line.call("f", (3, 4), np.float64(0.5), want_arguments=True)
    assert reply.arguments == ((3, 4), 0.5)


def test_functions_and_generators_are_made_inside(line: Line) -> None:
    """Do a source and a generator's state become what they stand for?"""
    assert line.call("derive", Source("lambda x: x + 1"), 2.0) == 3.0
    rng = np.random.default_rng(4)
    np.testing.assert_array_equal(
        line.call("draw", rng), np.random.default_rng(4).random(3)
    )


def test_a_generator_among_the_arguments_comes_back_as_it_was_left() -> None:
    """Does it go on where the function stopped, or begin again if that drew none?"""

    def spawn(rng: Any) -> Any:
        return rng.spawn(1)[0].random(3)

    line = Line(
        {
            "draw": lambda rng: rng.random(3),
            "copy": lambda rng: copy.deepcopy(rng).random(3),
            "spawn": spawn,
            "exchange": lambda rng: rng.__init__(np.random.MT19937(1)),
        }
    )
    for name, alike in (("draw", False), ("copy", True), ("spawn", False)):
        rng = np.random.default_rng(4)
        first = line.call(name, rng, want_arguments=True)
        again = line.call(name, rng)
        after = line.call(name, first.arguments[0])
        np.testing.assert_array_equal(first.value, again)
        assert np.array_equal(first.value, after) is alike
        assert rng.random() == np.random.default_rng(4).random()
    left = line.call("exchange", np.random.default_rng(4), want_arguments=True)
    assert isinstance(left.arguments[0], Foreign)


def test_forgotten_caches_are_gone(line: Line) -> None:
    """Does a new cell's first call free the old caches, and an old handle fail?"""
    _, cache = line.call("forward", np.ones(1), opaque=(1,))
    line.call("double", 1.0, forget=True)
    with pytest.raises(Mishap, match="KeyError"):
        line.call("backward", np.ones(1), cache)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("absent", "is not defined"),
        ("word", "is a str, not a function"),
        ("shout", "remove the print calls"),
        ("mute", "raised Silent"),
        ("leave", "raised SystemExit: 3"),
    ],
)
def test_trouble_is_told_as_text(line: Line, name: str, says: str) -> None:
    """Is every way not to answer an answer?"""
    with pytest.raises(Mishap) as caught:
        line.call(name)
    assert says in caught.value.message


def test_an_exception_s_text_can_be_sent(line: Line) -> None:
    """Is a text that no message takes made one, with the line at fault?"""
    with pytest.raises(Mishap) as caught:
        line.call("fail", np.ones(2))
    assert "raised ValueError: bad ? (2,)" in caught.value.message
    assert "raise ValueError" in caught.value.message


def test_a_request_that_is_none_is_answered() -> None:
    """Is a malformed request an answer too, so that the judge need not wait?"""
    with pytest.raises(Mishap, match="KeyError"):
        Line({"f": lambda x: x}).call("f", Kept(99))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # tornado's, of its loop
def test_the_bootstrap_forgets_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Does it let the agent answer, leave an empty `autograder`, and nothing else?"""
    address = f"ipc://{tmp_path / 'calls'}"

    async def ask() -> list[bytes]:
        shell = types.SimpleNamespace(user_ns={"double": lambda x: 2 * x})
        namespace: dict[str, Any] = {"get_ipython": lambda: shell}
        exec(bootstrap(address), namespace)
        assert set(namespace) == {"get_ipython", "__builtins__"}
        with zmq.asyncio.Context() as context, context.socket(zmq.PAIR) as judge:
            judge.connect(address)
            data, buffers = request("double", (4.0,), (), False, False, False)
            await judge.send_multipart(
                [json.dumps({**data, "number": 1}).encode(), *buffers]
            )
            return await asyncio.wait_for(judge.recv_multipart(), 30)

    names = [n for n in sys.modules if n.split(".")[0] == "autograder"]
    with monkeypatch.context() as patch, zmq.Context() as its_own:
        patch.setattr(zmq.Context, "instance", lambda: its_own)
        for name in names:
            patch.delitem(sys.modules, name)
        answer = asyncio.run(ask())
        left = {n for n in sys.modules if n.split(".")[0] == "autograder"}
        assert left == {"autograder"}
        inside = sys.modules["autograder"]
        assert inside.check(lambda: 1, seed=3) is None
        assert issubclass(inside.CheckFailed, AssertionError)
        del sys.modules["autograder"]
        its_own.destroy(linger=0)  # nobody else closes what the agent listens on
    assert json.loads(answer[0]) == {
        "value": {"float": "0x1.0000000000000p+3"},
        "number": 1,
    }
