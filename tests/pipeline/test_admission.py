"""Is every file read as a notebook, or refused with a reason for its author?"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import ClearOutput

from autograder.pipeline.admission import (
    LARGEST,
    RECORD,
    SubmissionExporter,
    UnreadableError,
    read_submission,
)
from autograder.pipeline.restoration import RestoreCells

GOOD = nbformat.writes(new_notebook(cells=[new_code_cell("x = '☃'")]))
# The pipeline's files on which nbformat itself only logs that they are invalid.
pytestmark = pytest.mark.filterwarnings(
    "ignore::nbformat.warnings.MissingIDFieldWarning"
)


def changed(**changes: Any) -> bytes:
    """A good notebook, changed at its top level or in its one cell."""
    made = json.loads(GOOD)
    for key, value in changes.items():
        if key.startswith("cell_"):
            made["cells"][0][key.removeprefix("cell_")] = value
        else:
            made[key] = value
    return json.dumps(made).encode()


def v3() -> bytes:
    """The same in the format of 2013."""
    made = nbformat.convert(nbformat.reads(GOOD, as_version=4), 3)
    return json.dumps(made).encode()


READABLE = {
    "as Jupyter writes it": GOOD.encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "of nbformat 3": v3(),
    "with Windows line ends": GOOD.replace("\n", "\r\n").encode(),
    "with lines instead of text": changed(cell_source=["x ", "= '☃'"]),
    "with keys nobody knows": changed(cell_extra=1, more={"a": 2}),
    "of a later minor version": changed(nbformat_minor=99),
}


@pytest.mark.parametrize("how", READABLE)
def test_an_honest_file_is_read(how: str, tmp_path: Path) -> None:
    """Is the notebook in it the same?"""
    path = tmp_path / "a.ipynb"
    path.write_bytes(READABLE[how])
    (cell,) = read_submission(path).cells
    assert cell.source == "x = '☃'"


UNREADABLE = {
    "nothing": b"",
    "spaces": b"   \n",
    "half a notebook": GOOD.encode()[:60],
    "in UTF-16": GOOD.encode("utf-16"),
    "binary": os.urandom(500),
    "a list": b"[]",
    "a number": b"3",
    "null": b"null",
    "text": b'"notebook"',
    "an object": b"{}",
    "a Python file": b"def f(): return 1\n",
    "a web page": b"<!DOCTYPE html><html></html>",
    "deeper than any notebook": b"[" * 200_000,
    "no cells": changed(cells=None),
    "cells that are none": changed(cells=[1, 2]),
    "cells in an object": changed(cells={"a": 1}),
    "a version of text": changed(nbformat="four"),
    "a version to come": changed(nbformat=9),
    "metadata that are none": changed(metadata=[]),
    "a cell of no type": changed(cell_cell_type=None),
    "a cell of an unknown type": changed(cell_cell_type="html"),
    "a cell without text": changed(cell_source=None),
    "a cell of numbers": changed(cell_source=3),
    "a cell without metadata": changed(cell_metadata=None),
    "a cell with metadata of text": changed(cell_metadata="x"),
}


@pytest.mark.parametrize("how", UNREADABLE)
def test_what_is_no_notebook_is_refused(how: str, tmp_path: Path) -> None:
    """Is the author told what to do, in one line?"""
    path = tmp_path / "a.ipynb"
    path.write_bytes(UNREADABLE[how])
    with pytest.raises(UnreadableError, match="is not a Jupyter notebook") as refused:
        read_submission(path)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "invalid",
    [
        {"cell_id": "../../x"},
        {"cell_id": 7},
        {"cell_outputs": [{"output_type": "stream"}]},
        {"cell_execution_count": "first"},
        {"cell_metadata": {"tags": 3, "name": [], "nbgrader": {"grade_id": "f"}}},
    ],
    ids=str,
)
def test_what_is_not_needed_need_not_be_valid(
    invalid: dict[str, Any], tmp_path: Path
) -> None:
    """Is a notebook read whose schema is broken where nobody looks?"""
    path = tmp_path / "a.ipynb"
    path.write_bytes(changed(**invalid))
    made = read_submission(path)
    nbformat.validate(made)
    assert made.cells[0].source == "x = '☃'"
    kept = invalid.get("cell_metadata", {}).get("nbgrader")
    assert made.cells[0].metadata.get("nbgrader") == kept


def test_a_text_that_cannot_be_written_is_mended(tmp_path: Path) -> None:
    """Is half of a surrogate pair, which JSON can hold, made writable?"""
    path = tmp_path / "a.ipynb"
    path.write_bytes(GOOD.replace("☃", "\\ud800").encode())
    assert read_submission(path).cells[0].source == "x = '?'"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Is a link refused, even to a good notebook?"""
    (tmp_path / "good").write_text(GOOD)
    (tmp_path / "a.ipynb").symlink_to(tmp_path / "good")
    with pytest.raises(UnreadableError, match="a link"):
        read_submission(tmp_path / "a.ipynb")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Is a named pipe refused without being opened?"""
    os.mkfifo(tmp_path / "a.ipynb")
    with pytest.raises(UnreadableError, match="not a file"):
        read_submission(tmp_path / "a.ipynb")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """Is a folder of that name refused?"""
    (tmp_path / "a.ipynb").mkdir()
    with pytest.raises(UnreadableError, match="not a file"):
        read_submission(tmp_path / "a.ipynb")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """Is its size looked at first, and the way out named?"""
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(UnreadableError, match="Clear the outputs"):
        read_submission(path)


@pytest.fixture
def exporter() -> SubmissionExporter:
    """The exporter as nbgrader uses it in its first pass, up to the gradebook."""
    made = SubmissionExporter()
    made.register_preprocessor(ClearOutput, enabled=True)
    made._preprocessors.append(_Nothing())
    return made


class _Nothing:
    """Stands where RestoreCells stands, and looks nothing up."""

    def __call__(self, nb: Any, resources: Any) -> Any:
        return nb, resources


_Nothing.__name__ = RestoreCells.__name__


def test_nothing_of_the_metadata_is_believed(
    exporter: SubmissionExporter, tmp_path: Path
) -> None:
    """Can a student write the grader's own record, or widgets into the page?"""
    path = tmp_path / "a.ipynb"
    path.write_bytes(
        changed(
            metadata={
                RECORD: {"refused": "", "checks": [{"points": 100}]},
                "widgets": {"application/vnd.jupyter.widget-state+json": {}},
                "title": "<script>alert(1)</script>",
                "language_info": [],
            }
        )
    )
    text, _ = exporter.from_filename(str(path))
    assert json.loads(text)["metadata"] == {}


def test_what_cannot_be_read_becomes_an_empty_notebook_with_the_reason(
    exporter: SubmissionExporter, tmp_path: Path
) -> None:
    """Does nbgrader go on, and the judge find the reason?"""
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"not a notebook")
    text, _ = exporter.from_filename(str(path))
    made = json.loads(text)
    assert made["cells"] == []
    assert "not a Jupyter notebook" in made["metadata"][RECORD]["refused"]


def test_the_second_pass_keeps_the_record(tmp_path: Path) -> None:
    """In nbgrader's second pass, over our own copy, is the record left alone?"""
    path = tmp_path / "a.ipynb"
    path.write_bytes(changed(metadata={RECORD: {"refused": "so it is"}}))
    text, _ = SubmissionExporter().from_filename(str(path))
    assert json.loads(text)["metadata"][RECORD]["refused"] == "so it is"
