"""Notebooks that are none, or of a form that nobody expects."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from tests.hostile.malforming.notebooks import graded_cells, notebook_in, opened, save

if TYPE_CHECKING:
    from tests.hostile.classroom import Classroom

MIB = 1024**2


def truncated(folder: Path, _: Classroom) -> None:
    """Keep the first half of the file."""
    data = notebook_in(folder).read_bytes()
    notebook_in(folder).write_bytes(data[: len(data) // 2])


def deep_json(folder: Path, _: Classroom) -> None:
    """Nest a hundred thousand lists in one another."""
    notebook_in(folder).write_bytes(b"[" * 100_000 + b"]" * 100_000)


def long_number(folder: Path, _: Classroom) -> None:
    """Write a whole number of a million digits, which takes long to read."""
    text = notebook_in(folder).read_text("utf-8").rstrip()
    notebook_in(folder).write_text(f'{text[:-1]}, "x": {"9" * MIB}}}', "utf-8")


def not_json_numbers(folder: Path, _: Classroom) -> None:
    """Write NaN and Infinity where the points and the format stand."""
    made = opened(folder)
    for cell in graded_cells(made):
        cell["metadata"]["nbgrader"]["points"] = float("inf")
    made["nbformat_minor"] = float("nan")
    save(folder, made)


def megabyte_line(folder: Path, _: Classroom) -> None:
    """Add a cell that is one line of four megabytes."""
    made = opened(folder)
    cell = copy.deepcopy(made["cells"][0])
    cell.update(id="long", source=f"x = '{'a' * (4 * MIB)}'", metadata={})
    cell.update(cell_type="code", outputs=[], execution_count=None)
    save(folder, {**made, "cells": [*made["cells"], cell]})


def many_cells(folder: Path, _: Classroom) -> None:
    """Add twenty thousand empty cells."""
    made = opened(folder)
    made["cells"] += [
        {"cell_type": "markdown", "id": f"n{i}", "metadata": {}, "source": ""}
        for i in range(20_000)
    ]
    save(folder, made)


def byte_order_mark(folder: Path, _: Classroom) -> None:
    """Begin with the mark that some editors of Windows write."""
    path = notebook_in(folder)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def utf16(folder: Path, _: Classroom) -> None:
    """Save in UTF-16."""
    path = notebook_in(folder)
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))


def latin1(folder: Path, _: Classroom) -> None:
    """Save a comment in Latin-1, which is no UTF-8."""
    path = notebook_in(folder)
    path.write_bytes(path.read_bytes().replace(b'"cells"', b'"\xe9": 1, "cells"', 1))


def null_bytes(folder: Path, _: Classroom) -> None:
    """Write a zero byte into the source of each answer."""
    made = opened(folder)
    for cell in made["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = ["\0", *cell["source"]]
    save(folder, made)


def half_surrogates(folder: Path, _: Classroom) -> None:
    """Put halves of characters, which no file takes, into every cell."""
    made = opened(folder)
    for cell in made["cells"]:
        cell["source"] = [*cell["source"], "\n# \ud800"]
    save(folder, made)


def format_2(folder: Path, _: Classroom) -> None:
    """Claim the format of 2010, which has no cells."""
    made = opened(folder)
    made.update(nbformat=2, nbformat_minor=0)
    save(folder, made)


def format_3(folder: Path, _: Classroom) -> None:
    """Save in the format of 2011, with worksheets."""
    made = nbformat.read(notebook_in(folder), 4)
    save(folder, nbformat.convert(made, 3))


def format_99(folder: Path, _: Classroom) -> None:
    """Claim a format of the future."""
    made = opened(folder)
    made.update(nbformat=99, nbformat_minor=99)
    save(folder, made)


def cells_of_no_form(folder: Path, _: Classroom) -> None:
    """Replace the cells by values of every other type."""
    save(folder, {**opened(folder), "cells": [1, None, "x", [], {}, {"cell_type": 7}]})


def sources_of_no_form(folder: Path, _: Classroom) -> None:
    """Give the answers a dictionary as their text."""
    made = opened(folder)
    for cell in made["cells"]:
        cell["source"] = {"text": 1}
    save(folder, made)


def other_kernel(folder: Path, _: Classroom) -> None:
    """Ask for a shell as the kernel and the language."""
    made = opened(folder)
    kernel = {"name": "bash", "display_name": "Bash", "language": "bash"}
    made["metadata"] = {"kernelspec": kernel, "language_info": {"name": "bash"}}
    save(folder, made)


def kernel_path(folder: Path, room: Classroom) -> None:
    """Name a kernel by a path to a specification beside the notebook."""
    (folder / "mine").mkdir()
    mark = room.tmp / "left-by-hostile-kernel"
    spec = {"argv": ["touch", str(mark)], "display_name": "x", "language": "python"}
    (folder / "mine" / "kernel.json").write_text(json.dumps(spec))
    made = opened(folder)
    made["metadata"]["kernelspec"] = {"name": f"../../{folder}/mine"}
    save(folder, made)
