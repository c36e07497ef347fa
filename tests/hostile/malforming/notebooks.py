"""Reading and writing a notebook as plain JSON, valid or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def notebook_in(folder: Path) -> Path:
    """The notebook that is handed in with ``folder``."""
    return folder / f"{folder.name}.ipynb"


def opened(folder: Path) -> dict[str, Any]:
    """The notebook in ``folder``."""
    made: dict[str, Any] = json.loads(notebook_in(folder).read_text("utf-8"))
    return made


def save(folder: Path, made: Any) -> None:
    """Make ``made`` the notebook in ``folder``, whatever it is."""
    notebook_in(folder).write_text(json.dumps(made), "utf-8")


def graded_cells(made: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells that carry points."""
    cells = made["cells"]
    return [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade")]
