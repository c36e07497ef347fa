"""Reading what a student handed in, whatever it is."""

from __future__ import annotations

import shutil
import stat
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.converters import Autograde

from autograder.pipeline.beside import UnfitError, expect_fit

LARGEST = 20 * 1024**2  # bytes; an honest submission has a tenth of one per cent of it
NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
KEPT = ("nbgrader",)  # of a cell's metadata
RECORD = "tuned"  # the key of this grader's entry in a notebook's metadata


class UnreadableError(ValueError):
    """A submission that cannot be read as a notebook; the message is for its author."""


def read_submission(path: Path) -> NotebookNode:
    """The notebook in ``path``; raises :class:`UnreadableError`."""
    return parse_notebook(notebook_bytes(path))


def notebook_bytes(path: Path) -> bytes:
    """What ``path`` holds, if it may be a notebook; raises :class:`UnreadableError`."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise UnreadableError("this is a link, not a file: hand in the notebook itself")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("this is not a file: hand in the notebook itself")
    if status.st_size > LARGEST:
        raise UnreadableError(
            f"this file has {status.st_size >> 20} MiB; the limit is {LARGEST >> 20}. "
            "Clear the outputs (Edit, Clear Outputs of All Cells) and hand in again"
        )
    return path.read_bytes()


def parse_notebook(content: bytes) -> NotebookNode:
    """The notebook that ``content`` is; raises :class:`UnreadableError`."""
    try:
        read = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        notebook = _plain(read)
    except Exception as error:
        # nbformat raises dozens of kinds on broken files, among them bare Exceptions.
        raise UnreadableError(
            "this file is not a Jupyter notebook "
            f"({type(error).__name__}): open it in Jupyter, save it, hand in again"
        ) from None
    return notebook


def _plain(notebook: NotebookNode) -> NotebookNode:
    """What is read of a notebook: its cells' types, texts and nbgrader's metadata.

    A language, widgets, this grader's record are not a student's to say. And nbformat
    only logs what is invalid: honest tools write notebooks that its schema refuses.
    Later steps would stumble over ids, outputs and metadata that nobody needs. Raises
    where there is no cell to be made.
    """
    if not isinstance(notebook.metadata, dict):
        raise TypeError("metadata that are none")
    plain = new_notebook()
    for cell in notebook.cells:
        # A half of a surrogate pair can be read from JSON, and written nowhere.
        text = cell.source.encode("utf-8", "replace").decode("utf-8")
        made = NEW_CELL[cell.cell_type](text)
        made.metadata = {
            key: cell.metadata[key] for key in KEPT if key in cell.metadata
        }
        plain.cells.append(made)
    return plain


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """Reads a submission; one that cannot be read becomes an empty notebook.

    The reason is kept in the notebook's metadata, from where the judge tells the
    student. Of the metadata that come in, nothing is kept.
    """

    def __init__(self, config: Any = None, **kw: Any) -> None:
        super().__init__(config, **kw)
        self.unfit = ""  # what is wrong with the files beside the notebook
        if isinstance(self.parent, Autograde):
            # nbgrader has no hook that may keep it from copying what is handed in.
            self.parent.init_assignment = partial(self._copy, self.parent)

    def _copy(self, autograde: Autograde, assignment: str, student: str) -> None:
        """Let ``autograde`` copy what lies beside a notebook, or nothing if unfit."""
        course = autograde.coursedir
        submitted, graded, source = (
            Path(course.format_path(step, who, assignment))
            for step, who in (
                (course.submitted_directory, student),
                (course.autograded_directory, student),
                (course.source_directory, "."),
            )
        )
        self.unfit, ignored = "", course.ignore
        try:
            expect_fit(submitted, source)
        except UnfitError as error:
            self.unfit, course.ignore = str(error), ["*"]
        try:
            Autograde.init_assignment(autograde, assignment, student)
        finally:
            course.ignore = ignored
        # A student's file that was not handed in is there as it was released.
        for name in autograde.exclude_overwriting.get(assignment, []):
            if not self.unfit and not (graded / name).exists():
                (graded / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / name, graded / name)

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert the notebook in ``filename``, as nbconvert does."""
        preprocessors = [type(pp).__name__ for pp in self._preprocessors]
        if "RestoreCells" not in preprocessors:  # nbgrader's second pass, over our copy
            converted: tuple[str, dict[str, Any]] = super().from_filename(
                filename, resources, **kw
            )
            return converted
        try:
            if self.unfit:
                raise UnreadableError(self.unfit)
            notebook = read_submission(Path(filename))
        except UnreadableError as error:
            notebook = nbformat.v4.new_notebook()
            notebook.metadata[RECORD] = {"refused": str(error)}
        result: tuple[str, dict[str, Any]] = self.from_notebook_node(
            notebook, resources, **kw
        )
        return result
