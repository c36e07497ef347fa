"""Whatever was done to a notebook, is it graded in the form that was released?"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.pipeline.restoration import inert, restored

STUB = "def f():\n    raise NotImplementedError"


def locked(name: str, source: str, **about: Any) -> NotebookNode:
    """A released cell that is not the student's."""
    cell = new_code_cell(source)
    cell.id = name
    cell.metadata["nbgrader"] = {
        "grade": False,
        "grade_id": name,
        "locked": True,
        "solution": False,
        "schema_version": 3,
        "task": False,
        **about,
    }
    return cell


def released() -> list[NotebookNode]:
    """The release: a given cell, two solutions and their graded cells."""
    return [
        locked("given-1", "import numpy as np"),
        locked("f", STUB, locked=False, solution=True),
        locked("check-f", "check(f)", grade=True, points=10.0),
        locked("g", STUB, locked=False, solution=True),
        locked("check-g", "check(g)", grade=True, points=5.0),
    ]


def answered() -> list[NotebookNode]:
    """A submission with two answers."""
    cells = copy.deepcopy(released())
    cells[1].source, cells[3].source = "def f(): return 1", "def g(): return 2"
    return cells


def shape(cells: list[NotebookNode]) -> list[tuple[str, str, Any]]:
    """What matters of cells: text, type, metadata."""
    return [
        (c.cell_type, c.source, dict(c.metadata.get("nbgrader", {}))) for c in cells
    ]


HONEST = shape(restored(answered(), released()))


def test_an_honest_submission_is_as_it_was() -> None:
    """Do the answers stay, and the rest too?"""
    assert shape(answered()) == HONEST


def forge(change: Any) -> Any:
    """A named way to tamper with the cells of a submission."""

    def tampered() -> list[NotebookNode]:
        cells = answered()
        result: list[NotebookNode] = change(cells) or cells
        return result

    return tampered


def _edit(place: int, **about: Any) -> Any:
    def change(cells: list[NotebookNode]) -> None:
        cells[place].metadata["nbgrader"].update(about)

    return forge(change)


def _source(place: int, text: str) -> Any:
    def change(cells: list[NotebookNode]) -> None:
        cells[place].source = text

    return forge(change)


def _retype(place: int, kind: str) -> Any:
    def change(cells: list[NotebookNode]) -> None:
        cells[place].cell_type = kind

    return forge(change)


TAMPERED = {
    "points": _edit(2, points=10**6),
    "checksum": _edit(2, checksum="0"),
    "graded cell unlocked": _edit(2, locked=False),
    "graded cell made a solution": _edit(2, solution=True),
    "given cell graded": _edit(0, grade=True, points=50),
    "solution graded": _edit(1, grade=True, points=50),
    "solution locked": _edit(1, locked=True),
    "graded cell rewritten": _source(2, "100"),
    "given cell rewritten": _source(0, "import os; os._exit(0)"),
    "graded cell as markdown": _retype(2, "markdown"),
    "solution as markdown": _retype(1, "markdown"),
    "solution as raw": _retype(1, "raw"),
    "graded cell deleted": forge(lambda cells: cells[:2] + cells[3:]),
    "all but the answers deleted": forge(lambda cells: [cells[1], cells[3]]),
    "reversed": forge(lambda cells: cells[::-1]),
    "graded cell doubled": forge(lambda cells: [*cells, copy.deepcopy(cells[2])]),
    "given cell doubled": forge(lambda cells: [copy.deepcopy(cells[0]), *cells]),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_changes_nothing(how: str) -> None:
    """Is the notebook that is graded the same as without it?"""
    assert shape(restored(TAMPERED[how](), released())) == HONEST


def test_a_deleted_answer_is_the_stub_again() -> None:
    """Is a missing solution cell not an error but not written yet?"""
    cells = answered()
    del cells[1]
    result = restored(cells, released())
    assert result[1].source == STUB
    assert result[3].source == "def g(): return 2"


def test_everything_deleted_is_the_release() -> None:
    """Is an empty notebook graded as the release?"""
    assert shape(restored([], released())) == shape(released())


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"nbgrader": None},
        {"nbgrader": []},
        {"nbgrader": "f"},
        {"nbgrader": {}},
        {"nbgrader": {"grade_id": None}},
        {"nbgrader": {"grade_id": 7}},
        {"nbgrader": {"grade_id": ["f"]}},
        {"nbgrader": {"grade_id": {"f": 1}}},
        {"nbgrader": {"grade_id": "unknown", "grade": True, "points": 9}},
        {"nbgrader": {"grade_id": "check-h", "grade": True, "solution": False}},
    ],
    ids=str,
)
def test_a_cell_with_metadata_of_its_own_is_an_added_cell(
    metadata: dict[str, Any],
) -> None:
    """Is it kept as the student's code, without any of its metadata?"""
    cells = answered()
    cell = new_code_cell("helper = 1")
    cell.metadata.update(metadata)
    cells.insert(2, cell)
    result = restored(cells, released())
    assert [c.source for c in result][1:4] == [
        *("def f(): return 1", "helper = 1", "check(f)")
    ]
    assert dict(result[2].metadata) == {}


def test_a_second_answer_runs_after_the_first() -> None:
    """Of a solution cell copied and edited, does the copy run as it did at home?"""
    cells = answered()
    copied = copy.deepcopy(cells[1])
    copied.source = "def f(): return 11"
    cells.insert(2, copied)
    result = restored(cells, released())
    assert [c.source for c in result][1:4] == [
        *("def f(): return 1", "def f(): return 11", "check(f)")
    ]
    assert "nbgrader" not in result[2].metadata


def test_a_second_graded_cell_is_not_run() -> None:
    """Does a doubled locked cell vanish, whatever it holds?"""
    cells = answered()
    copied = copy.deepcopy(cells[2])
    copied.source = "import os; os._exit(0)"
    result = restored([copied, *cells], released())
    assert shape(result) == HONEST


def test_added_cells_keep_their_place() -> None:
    """Do cells at the start, in between and at the end stay there?"""
    cells = answered()
    result = restored(
        [
            new_code_cell("a"),
            *cells[:1],
            new_code_cell("b"),
            new_code_cell("c"),
            *cells[1:],
            new_code_cell("d"),
        ],
        released(),
    )
    assert [c.source for c in result if len(c.source) == 1] == ["a", "b", "c", "d"]
    assert [c.source for c in result][:4] == ["a", "import numpy as np", "b", "c"]


def test_added_prose_is_inert_and_raw_cells_become_prose() -> None:
    """Is HTML in a student's prose text, in raw cells too, and attachments gone?"""
    evil = new_markdown_cell("<img src=x onerror=alert(1)> <!-- --> </p> 1 < 2")
    evil["attachments"] = {"a.png": {"image/png": "x"}}
    raw = nbformat.v4.new_raw_cell("<script>alert(1)</script>")
    result = restored([evil, raw, *answered()], released())
    assert result[0].source == (
        "&lt;img src=x onerror=alert(1)> &lt;!-- --> &lt;/p> 1 < 2"
    )
    assert "attachments" not in result[0]
    assert result[1].cell_type == "markdown"
    assert "<script" not in result[1].source
    assert inert("a<b") == "a&lt;b"


def test_the_result_is_a_valid_notebook() -> None:
    """Do all cells have ids of their own?"""
    made = nbformat.v4.new_notebook()
    made.cells = restored([new_code_cell("a")] * 3 + answered() * 2, released())
    nbformat.validate(made)
    assert len({cell.id for cell in made.cells}) == len(made.cells)


def test_any_order_and_number_of_cells_is_restored() -> None:
    """In 100 random shuffles, are the released cells whole and in their order?"""
    draw = random.Random(11)
    for _ in range(100):
        pool = answered() + answered() + [new_code_cell("own")] * 3
        chosen = [copy.deepcopy(draw.choice(pool)) for _ in range(draw.randrange(12))]
        for cell in chosen:
            if draw.random() < 0.3:
                value = draw.choice(["f", "check-g", "", "zzz", None, 3])
                cell.metadata["nbgrader"] = {"grade_id": value, "points": 1e9}
        result = restored(chosen, released())
        kept = [c for c in result if "nbgrader" in c.metadata]
        for cell, original in zip(kept, released(), strict=True):
            assert cell.metadata == original.metadata
            if original.metadata["nbgrader"]["locked"]:
                assert cell.source == original.source
        json.dumps([dict(cell) for cell in result])
