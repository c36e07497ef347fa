"""Files that are no files, and what lies beside the notebook."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.pipeline.admission import LARGEST
from tests.hostile.malforming.notebooks import notebook_in

if TYPE_CHECKING:
    from tests.hostile.classroom import Classroom

MIB = 1024**2


def link_to_secret(folder: Path, room: Classroom) -> None:
    """Hand in a link to a file in the grader's home."""
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to(room.home / ".ssh" / "id_rsa")


def link_to_solution(folder: Path, room: Classroom) -> None:
    """Hand in a link to the source notebook, which holds the solution."""
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to(
        room.course.source / folder.name / f"{folder.name}.ipynb"
    )


def link_to_itself(folder: Path, _: Classroom) -> None:
    """Hand in a link that leads to itself."""
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to(notebook_in(folder))


def link_to_device(folder: Path, _: Classroom) -> None:
    """Hand in a link to the file that never ends."""
    notebook_in(folder).unlink()
    notebook_in(folder).symlink_to("/dev/zero")


def pipe(folder: Path, _: Classroom) -> None:
    """Hand in a pipe: who opens it waits for ever."""
    notebook_in(folder).unlink()
    os.mkfifo(notebook_in(folder))


def links_beside(folder: Path, room: Classroom) -> None:
    """Lay links to the gradebook and the home folder beside the notebook."""
    (folder / "gradebook.db").symlink_to(
        room.course.root / "classroom" / "gradebook.db"
    )
    (folder / "home").symlink_to(room.home)


def another_folder(folder: Path, room: Classroom) -> None:
    """Hand in a link to another student's folder as one's own."""
    victim, (topic, _) = next(iter(room.ordinary.items()))
    notebook_in(folder).unlink()
    folder.rmdir()
    folder.symlink_to(room.course.submitted / victim / topic)


def endless_folders(folder: Path, _: Classroom) -> None:
    """Nest three hundred folders in one another."""
    inner = folder
    for _number in range(300):
        inner /= "d"
        inner.mkdir()


def many_files(folder: Path, _: Classroom) -> None:
    """Lay two thousand files beside the notebook."""
    for number in range(2000):
        (folder / f"{number}.txt").touch()


def large_files(folder: Path, _: Classroom) -> None:
    """Lay a file beside the notebook that claims a tebibyte and holds nothing."""
    (folder / "data.bin").touch()
    os.truncate(folder / "data.bin", 1024**4)


def large_notebook(folder: Path, _: Classroom) -> None:
    """Hand in one byte more than is read."""
    os.truncate(notebook_in(folder), LARGEST + 1)


def misnamed(folder: Path, _: Classroom) -> None:
    """Hand in under a name that the course does not ask for."""
    notebook_in(folder).rename(folder / f"{folder.name}.ipynb.exe")


def names_that_command(folder: Path, _: Classroom) -> None:
    """Name files like options, like commands and like control characters."""
    for name in ("--force", "-rf", "$(touch left-by-hostile)", "a\nb", "\x1b[2J", "*"):
        (folder / name).write_text("x")


def name_of_no_text(folder: Path, _: Classroom) -> None:
    """Name a file by a byte that is no text."""
    (folder / os.fsdecode(b"\xff.txt")).write_text("x")


def modules_beside(folder: Path, _: Classroom) -> None:
    """Lay modules beside the notebook that bear the names of the grader's own."""
    evil = "raise SystemExit('imported a file of a student')\n"
    for name in ("numpy", "autograder", "nbgrader_config", "sitecustomize", "json"):
        (folder / f"{name}.py").write_text(evil)
    (folder / "conftest.py").write_text(evil)


def timestamp(folder: Path, _: Classroom) -> None:
    """Claim a time of handing in that no calendar knows."""
    (folder / "timestamp.txt").write_text("99999-99-99 99:99:99 never\n")


def zip_bomb(folder: Path, _: Classroom) -> None:
    """Hand in a zip archive under the notebook's name: 1 MiB that holds 1 GiB."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"../{folder.name}.ipynb", "w") as file,
    ):
        for _number in range(1024):
            file.write(bytes(MIB))
    notebook_in(folder).write_bytes(data.getvalue())


def gzip_bomb(folder: Path, _: Classroom) -> None:
    """Compress 64 MiB of spaces around the notebook."""
    data = notebook_in(folder).read_bytes() + b" " * (64 * MIB)
    notebook_in(folder).write_bytes(gzip.compress(data))


def zip_beside(folder: Path, room: Classroom) -> None:
    """Lay an archive beside the notebook whose entries lead out of the folder."""
    with zipfile.ZipFile(folder / "work.zip", "w") as archive:
        archive.writestr("../../../left-by-hostile.txt", "x")
        archive.writestr(str(room.home / "left-by-hostile.txt"), "x")
