"""Does a point go only where it is due, and a reason wherever it is not?"""

from __future__ import annotations

from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from autograder.calling import Kept, Reply
from autograder.judge.grading import (
    Graded,
    NotACheckError,
    functions_checked,
    grade,
    refuse,
    run_checked,
    write_outputs,
)
from autograder.judge.kernel import Kernel, read_answer
from autograder.judge.outputs import MOST_OUTPUTS, Outputs
from autograder.judge.remote import read_reply, request
from autograder.mishaps import Mishap
from autograder.verdict import Outcome, Part, Verdict
from tests.judge import (
    FIND_THE_AGENT,
    RIGHT,
    SHORT,
    graded,
    notebook,
    own,
    text_of,
)
from tests.sandbox import needs_sandbox


def judged(*cells: NotebookNode) -> list[Graded]:
    """The results of a notebook of ``cells`` in a real sandbox; it stays valid."""
    made = notebook(*cells)
    results = grade(made, lambda: Kernel(SHORT), SHORT, seed=1)
    nbformat.validate(made)
    return results


def reason(result: Graded) -> str:
    """What the student reads."""
    return "\n".join(verdict.message for verdict in result.verdicts)


@needs_sandbox
def test_right_work_earns_all_points_wherever_it_stands() -> None:
    """Do right functions pass after cells that print, fail, plot and loop?"""
    results = judged(
        own("print('x' * 3_000_000)"),
        own("1 / 0"),
        own("while True: pass"),
        own("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);"),
        own(RIGHT),
        graded("receptive_field"),
        own("def receptive_field(layers): return None"),
        graded("receptive_field"),
    )
    assert [result.points for result in results] == [10, 0]
    assert "None" in reason(results[1])


WRONG = "def receptive_field(layers): return -1\n"
CHEATS = {
    "numpy is patched": (
        "import numpy as np\n"
        "np.allclose = np.array_equal = lambda *a, **k: True\n"
        "np.abs = lambda x: 0\nnp.testing.assert_allclose = lambda *a, **k: None\n"
    ),
    "builtins are patched": (
        "import builtins\n"
        "builtins.abs = lambda x: 0\nbuiltins.isinstance = lambda *a: True\n"
        "builtins.AssertionError = type('A', (Exception,), {})\n"
    ),
    "later cells are emptied": (
        "import ast\n"
        "class Empty(ast.NodeTransformer):\n"
        "    def visit_Module(self, node):\n"
        "        node.body = ast.parse('100').body\n"
        "        return node\n"
        "get_ipython().ast_transformers.append(Empty())\n"
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['100'])\n"
    ),
    "the grader is replaced": (
        "import sys, types\n"
        "fake = types.ModuleType('autograder')\n"
        "fake.check = fake.examine = lambda *a, **k: 100\n"
        "sys.modules['autograder'] = fake\n"
        "check = lambda *a, **k: 100\n"
    ),
    "the shell is replaced": (
        "import builtins\nreal = get_ipython()\n"
        "class Shell:\n"
        "    kernel = real.kernel\n"
        "    def run_cell(self, *a, **k): return 100\n"
        "builtins.get_ipython = get_ipython = lambda: Shell()\n"
        "real.run_cell = lambda *a, **k: None\n"
        "real.execution_count = 10**6\n"
    ),
    "points are published": (
        "from IPython.display import publish_display_data\n"
        "k = get_ipython().kernel\n"
        "for p in (k.get_parent(), {}):\n"
        "    for kind in ('execute_result', 'display_data', 'comm_msg', 'stream'):\n"
        "        k.session.send(k.iopub_socket, kind, {'data': {'text/plain': '10',\n"
        "            'value': {'float': '0x1p4'}}, 'metadata': {},\n"
        "            'execution_count': 1,\n"
        "            'comm_id': 'x', 'text': '10', 'name': 'stdout'}, parent=p)\n"
    ),
}


@needs_sandbox
@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_earns_nothing(cheat: str) -> None:
    """Does wrong work stay wrong whatever the student's process does to itself?"""
    first, then = judged(
        own(WRONG + CHEATS[cheat]),
        graded("receptive_field"),
        own(RIGHT),
        graded("receptive_field"),
    )
    assert first.points == 0
    assert any(word in reason(first) for word in ("expected", "did not", "is not"))
    # A process bent so far need not work any more, but no one gains by it.
    assert then.points in {0, 10}


FORGING = (
    FIND_THE_AGENT
    + r"""
def answer_all(frames):
    number = json.loads(frames[0])["number"]
    for reply in (
        {"value": {"int": "0x1"}, "passed": True, "score": 1.0},
        {"value": {"array": ["|O8", [1], 0]}},
        {"value": [[[]]], "arguments": 3},
        {"raised": [1, 2]},
        {"missing": 5},
    ):
        for number in (number + 1, number):
            text = json.dumps({**reply, "number": number}).encode()
            agent.socket.send_multipart([text, b"12345678"])
        agent.socket.send_multipart([b'"text"'])

agent.on_recv(answer_all)
"""
)


@needs_sandbox
def test_an_agent_replaced_by_the_student_s_own_earns_nothing() -> None:
    """Can it say anything but values, each compared with what is right?"""
    (result,) = judged(own(WRONG + FORGING), graded("receptive_field"))
    assert not result.verdicts[0].passed
    assert result.points < 10
    assert "expected" in reason(result)


SLY = {
    "a lazy object": (
        "class Lazy:\n"
        "    def __array__(self, *a, **k): raise RuntimeError('evaluated')\n"
        "    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return 0\n"
        "    __rsub__ = __sub__\n"
        "    def __float__(self): return 1.0\n"
        "    __hash__ = None\n"
        "def receptive_field(layers): return Lazy()\n",
        "a Lazy",
    ),
    "a subclass that is equal to all": (
        "import numpy as np\n"
        "class Equal(np.ndarray):\n"
        "    def __eq__(self, other): return np.ones(self.shape, bool)\n"
        "    def __array_ufunc__(self, *a, **k): return np.zeros(())\n"
        "def receptive_field(layers): return np.array(-1.0).view(Equal)\n",
        "expected",
    ),
    "an integer equal to all": (
        "class One(int):\n"
        "    def __eq__(self, other): return True\n"
        "    __hash__ = int.__hash__\n"
        "def receptive_field(layers): return One(-1)\n",
        "expected",
    ),
    "not a number": ("def receptive_field(layers): return float('nan')\n", "nan"),
    "infinity": ("def receptive_field(layers): return float('inf')\n", "inf"),
    "an array of objects": (
        "import numpy as np\n"
        "def receptive_field(layers): return np.array([None, 1], dtype=object)\n",
        "array of dtype object",
    ),
    "a generator": ("def receptive_field(layers):\n    yield 1\n", "a generator"),
    "a huge integer": ("def receptive_field(layers): return 10**5000\n", ""),
    "a large integer": ("def receptive_field(layers): return 10**400\n", ""),
    "a complex number": ("def receptive_field(layers): return 1j\n", "a complex"),
    "true": ("def receptive_field(layers): return True\n", "a bool"),
    "text": ("def receptive_field(layers): return '1'\n", "a str"),
    "a text in its place": ("receptive_field = 'done'\n", "is a str, not a function"),
    "nothing in its place": ("del receptive_field\n", "is not defined"),
    "a class": ("class receptive_field:\n    def __init__(self, x): pass\n", ""),
    "megabytes of prints": (
        "def receptive_field(layers):\n    print('x' * 2_000_000)\n    return -1\n",
        "remove the print calls",
    ),
    "an exception of its own": (
        "class Passed(Exception): pass\n"
        "def receptive_field(layers): raise Passed('10 / 10 <script>')\n",
        "raised Passed",
    ),
    "the end of the process": (
        "import os\ndef receptive_field(layers): os._exit(0)\n",
        "ended the Python process",
    ),
}


@needs_sandbox
def test_sly_values_earn_nothing_and_are_named() -> None:
    """Is each of them refused with a readable reason, and the next one unaffected?"""
    cells = []
    for code, _ in SLY.values():
        cells += [own("def receptive_field(layers): return -1"), own(code)]
        cells += [graded("receptive_field")]
    cells += [own(RIGHT), graded("receptive_field")]
    *wrong, right = judged(*cells)
    assert right.points == 10
    for name, result in zip(SLY, wrong, strict=True):
        assert result.points == 0, name
        said = reason(result)
        assert SLY[name][1] in said, (name, said)
        assert "Traceback" not in said
        assert len(said) < 2000


@needs_sandbox
def test_points_reach_nbgrader() -> None:
    """Does nbgrader read from the cell what the judge has written into it?"""
    made = notebook(own(RIGHT), graded("receptive_field", points=7))
    (result,) = grade(made, lambda: Kernel(SHORT), SHORT)
    assert (result.points, result.possible) == (7, 7)
    assert determine_grade(made.cells[1]) == (7, 7)
    shown = made.cells[1].outputs[0]
    assert shown.output_type == "display_data"
    assert "receptive_field: right" in shown.data["text/plain"]


def test_part_of_the_points_reaches_nbgrader() -> None:
    """Is a share of the points neither zero nor all for nbgrader?"""
    parts = (Part("a", Outcome.PASSED), Part("b", Outcome.FAILED, "no"))
    verdict = Verdict("receptive_field", "pooling", parts)
    cell = graded("receptive_field", points=9)
    write_outputs(cell, Graded("x", (verdict,), 4.5, 9))
    assert determine_grade(cell) == (4.5, 9)


def test_a_refused_notebook_says_why_in_every_graded_cell() -> None:
    """Does each graded cell give no points and the reason?"""
    made = notebook(own("x = 1"), graded("receptive_field", "conv_forward_naive"))
    (result,) = refuse(made, "this file is not a notebook")
    assert result.points == 0
    assert determine_grade(made.cells[1]) == (0, 10)
    assert "not a notebook" in text_of(made.cells[1].outputs)
    assert made.cells[0].outputs == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "check()",
        "check(unknown_function)",
        "check(receptive_field); import os",
        "check(receptive_field)\ncheck(receptive_field)",
        "check(*[receptive_field])",
        "check(lambda: 3)",
        "examine(receptive_field)",
        "check(receptive_field",
        "x = check(receptive_field)",
        "check('receptive_field')",
    ],
)
def test_a_graded_cell_is_nothing_else(source: str) -> None:
    """Is anything else refused before it could be executed or misread?"""
    with pytest.raises(NotACheckError, match="must be one line"):
        functions_checked(source)


def test_a_graded_cell_is_one_check() -> None:
    """Are the names read, with a comment and a seed beside them?"""
    source = "check(receptive_field, conv_forward_naive, seed=3)  # 10 points"
    assert functions_checked(source) == ["receptive_field", "conv_forward_naive"]


@pytest.mark.parametrize(
    "source",
    [
        "check_run()",
        "check_run(run)",
        "check_run('../run')",
        "check_run('/etc')",
        "check_run('')",
        "check_run('run\\n')",
        "check_run(b'run')",
        "check_run('run', 'run')",
        "check_run(folder='run')",
        "check_run('run'); x = 1",
        "x = check_run('run')",
        "autograder.check_run('run')",
        "check_run('run'",
        "check('run')",
    ],
)
def test_a_cell_for_a_run_is_nothing_else(source: str) -> None:
    """Is every other way to write it no cell for a run, and refused as a check?"""
    assert run_checked(source) is None
    with pytest.raises(NotACheckError, match="must be one line"):
        functions_checked(source)


def test_a_run_is_examined_by_what_the_judge_was_given() -> None:
    """Is the cell read, its folder handed on, and the verdict its answer?"""
    cell = graded("run", points=40)
    cell.source = 'check_run("mine")  # 40 points'
    asked = []

    def examine_run(folder: str) -> Verdict:
        asked.append(folder)
        parts = (Part("a", Outcome.PASSED), Part("b", Outcome.FAILED, "is missing"))
        return Verdict(folder, "", parts)

    def no_kernel() -> Kernel:
        raise AssertionError("nothing of a run's cell is executed")

    made = notebook(cell)
    grade(made, no_kernel, SHORT, 1, examine_run)
    assert asked == ["mine"]
    assert determine_grade(made.cells[0]) == (20, 40)
    assert "is missing" in text_of(made.cells[0].outputs)
    with pytest.raises(NotACheckError):
        grade(notebook(cell), no_kernel, SHORT, 1)


# Answers of the agent -----------------------------------------------------------------


def answered(data: Any, buffers: list[bytes] | None = None) -> Reply:
    """What the judge makes of a message with ``data``."""
    return read_reply({"data": data, "buffers": buffers or []}, "before")


@pytest.mark.parametrize(
    "data",
    [
        {"value": 3},
        {"value": {"array": ["|O8", [1], 0]}},
        {"value": None, "arguments": {"x": 1}},
        {"value": {"kept": "3"}},
        {"value": {"kept": True}},
        {"value": {"source": "1"}},
        {"value": {"list": [{"list": 3}]}},
    ],
    ids=repr,
)
def test_an_answer_without_a_value_is_garbled(data: Any) -> None:
    """Is it a mishap of the student's, and no error of the judge's?"""
    with pytest.raises(Mishap) as caught:
        answered(data)
    assert caught.value.kind == "garbled"
    assert "cannot be read" in caught.value.message


@pytest.mark.parametrize(
    "text",
    [b"", b"null", b"[]", b'"text"', b"3", b"{", b"[" * 100_000, b"\xff", b"1" * 9999],
    ids=lambda text: repr(text[:9]),
)
def test_what_is_no_answer_is_passed_over(text: bytes) -> None:
    """Does no frame that the agent can send raise in the judge?"""
    assert read_answer([text]) is None


def test_an_answer_can_be_written_to_a_file() -> None:
    """Are halves of surrogate pairs gone from it, escaped or not?"""
    answer = read_answer([b'{"a": "\\ud800", "b": "\xed\xa0\x80"}', b"x"])
    assert answer is not None
    str(answer).encode()
    assert answer["buffers"] == [b"x"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"missing": ""}, "is not defined: before"),
        ({"missing": 7}, "is not defined: before"),
        ({"missing": "list"}, "is a list, not a function"),
        ({"raised": {"kind": "ValueError", "text": "bad"}}, "raised ValueError: bad"),
        ({"raised": 7}, "raised "),
        ({"raised": {"kind": ["x"], "text": {}, "line": None}}, "raised ['x']: {}"),
        ({"raised": {"kind": "TooMuchOutput"}}, "remove the print calls"),
        ({"raised": {"kind": "NotImplementedError"}}, "is not written yet"),
    ],
    ids=str,
)
def test_an_answer_that_tells_of_trouble(data: Any, says: str) -> None:
    """Does whatever it tells become a readable mishap?"""
    with pytest.raises(Mishap) as caught:
        answered(data)
    assert says in caught.value.message


def test_an_answer_with_a_value() -> None:
    """Are a value and handles read, and arguments left out where none were sent?"""
    reply = answered(
        {"value": {"tuple": [{"array": ["<f8", [1], 0]}, {"kept": 4}]}},
        [np.ones(1).tobytes()],
    )
    assert reply.value[1] == Kept(4) or reply.value[1].value == 4
    assert reply.arguments == ()


@pytest.mark.parametrize("form", [None, "{}", {}, {"state": "0x1"}, [1], 3])
def test_a_generator_that_cannot_be_read_is_a_mishap(form: object) -> None:
    """Is a lying state among the arguments a failed call, and no more?"""
    data = {"value": None, "arguments": {"tuple": [{"rng": form}]}}
    with pytest.raises(Mishap, match="cannot be read"):
        read_reply({"data": data, "buffers": []}, "")


def test_a_request_carries_no_more_than_the_call() -> None:
    """Does the message hold the name and the arguments, and nothing of the check?"""
    rng = np.random.default_rng(3)
    data, buffers = request("f", (np.ones(2), Kept(4), rng), (1,), False, False, True)
    assert sorted(data) == [
        "arguments",
        "forget",
        "lazy",
        "name",
        "opaque",
        "want_arguments",
    ]
    assert data["arguments"]["tuple"][1] == {"kept": 4}
    assert buffers == [np.ones(2).tobytes()]


# What a cell shows --------------------------------------------------------------------


def shown(*messages: tuple[str, dict[str, Any]], limit: int = 1000) -> Outputs:
    """The outputs made of ``messages``."""
    outputs = Outputs(limit)
    for kind, content in messages:
        outputs.take({"msg_type": kind, "content": content})
    return outputs


def test_active_content_is_left_out() -> None:
    """Is HTML, JavaScript, SVG or a widget dropped, and plain text kept?"""
    (kept,) = shown(
        (
            "display_data",
            {
                "data": {
                    "text/html": "<script>alert(1)</script>",
                    "application/javascript": "alert(1)",
                    "image/svg+xml": "<svg onload='alert(1)'/>",
                    "text/latex": "$\\href{javascript:alert(1)}{x}$",
                    "text/markdown": "[x](javascript:alert(1))",
                    "text/plain": "plain",
                }
            },
        ),
        ("display_data", {"data": {"text/html": "<b>"}}),
    ).outputs
    assert dict(kept.data) == {"text/plain": "plain"}


def test_an_execute_result_of_the_student_s_is_only_shown() -> None:
    """Is it made a display, so that nbgrader never takes it for points?"""
    (kept,) = shown(("execute_result", {"data": {"text/plain": "100"}})).outputs
    assert kept.output_type == "display_data"


def test_streams_are_joined_and_cut() -> None:
    """Do prints become one output, up to the limit?"""
    (kept,) = shown(*[("stream", {"text": "x" * 30})] * 50, limit=100).outputs
    assert kept.text.startswith("x" * 100 + "\n[The rest")
    assert kept.text.count("left out") == 1


def test_the_number_of_outputs_is_bounded() -> None:
    """Are a thousand small displays and errors cut?"""
    many = [("display_data", {"data": {"text/plain": "x"}})] * 1000
    assert len(shown(*many).outputs) == MOST_OUTPUTS
    errors = [("error", {"ename": "E", "evalue": "x", "traceback": ["y"]})] * 1000
    assert len(shown(*errors).outputs) <= MOST_OUTPUTS


def test_an_error_is_bounded_and_told() -> None:
    """Does an error keep its end, however long, and its name?"""
    outputs = shown(("error", {"ename": "E" * 999, "evalue": "v" * 9999,
                               "traceback": ["t" * 99_999, "end"]}))  # fmt: skip
    assert outputs.error.startswith("E" * 80 + ": v")
    assert outputs.outputs[0].traceback[-1] == "end"
    assert sum(map(len, outputs.outputs[0].traceback)) <= 8000


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("stream", {}),
        ("stream", {"text": None}),
        ("display_data", {}),
        ("display_data", {"data": None}),
        ("display_data", {"data": {"text/plain": 3}}),
        ("display_data", {"data": {3: "x"}}),
        ("error", {}),
        ("error", {"traceback": "text"}),
        ("status", {"execution_state": []}),
        ("no such kind", {}),
        ({"a": 1}, {}),
    ],
    ids=str,
)
def test_a_malformed_message_shows_little(kind: Any, content: dict[str, Any]) -> None:
    """Does it raise nothing and write nothing that is not valid?"""
    outputs = shown((kind, content)).outputs
    cell = own("")
    cell.outputs = outputs
    nbformat.validate(notebook(cell))


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_an_image_must_be_one(kind: str) -> None:
    """Is what stands in an image's place and breaks out of the page dropped?"""
    evil = '"><script>alert(1)</script>'
    assert shown(("display_data", {"data": {kind: evil}})).outputs == []
    assert len(shown(("display_data", {"data": {kind: "iVBORw0KGgo=\n"}})).outputs) == 1
