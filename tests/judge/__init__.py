"""Tests of the judge; what they share."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.judge.kernel import Kernel
from autograder.judge.session import Session
from autograder.sandbox.limits import Limits

# Short, and long enough for a machine that does other things besides.
SHORT = Limits(cell_seconds=2, call_seconds=1, submission_seconds=40)

RIGHT = """
def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size
"""

# In the sandbox: the socket on which the judge asks, found as a student may find it.
FIND_THE_AGENT = r"""
import gc, json, zmq
from zmq.eventloop.zmqstream import ZMQStream

def is_the_agent(thing):
    if not isinstance(thing, ZMQStream) or thing.closed():
        return False
    return thing.socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").endswith(b"/calls")

agent = next(filter(is_the_agent, gc.get_objects()))
"""


def session(limits: Limits = SHORT) -> Session:
    """A submission's session in a real sandbox; the caller closes it."""
    return Session(limits, lambda: Kernel(limits))


def own(source: str) -> NotebookNode:
    """A student's cell."""
    return new_code_cell(source)


def graded(*names: str, points: float = 10) -> NotebookNode:
    """A cell that carries points."""
    cell = new_code_cell(f"check({', '.join(names)})")
    cell.metadata["nbgrader"] = {
        "grade": True,
        "grade_id": "check-" + "-".join(names),
        "locked": True,
        "points": points,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return cell


def notebook(*cells: NotebookNode) -> NotebookNode:
    """A notebook of ``cells`` that is valid."""
    made = new_notebook(cells=list(cells))
    nbformat.validate(made)
    return made


def text_of(outputs: list[Any]) -> str:
    """All that a cell shows, as plain text."""
    said = []
    for output in outputs:
        said.append(output.get("text", ""))
        said.append(output.get("data", {}).get("text/plain", ""))
        said.append(f"{output.get('ename', '')}: {output.get('evalue', '')}")
    return "\n".join(said)
