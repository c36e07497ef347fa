"""What is handed in beside a notebook: the topic's package, the folder of a run.

nbgrader copies all that lies beside a notebook, and follows every link. So nothing is
copied before all of it has been looked at.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from autograder.sandbox.limits import MIB

RUN = "run"  # the folder in which the project keeps what it found
FILES, BYTES, LONGEST = 500, 64 * MIB, 200  # files and folders, bytes, characters


class UnfitError(ValueError):
    """Files that cannot be taken along; the message is for their author."""


def expect_fit(folder: Path, released: Path) -> None:
    """Raise :class:`UnfitError` unless all beside the notebook in ``folder`` is fit.

    ``released`` holds the assignment's own files, which replace those handed in. The
    notebook itself is looked at where it is read.
    """
    if folder.is_symlink():
        raise UnfitError("this is a link: hand in the folder itself")
    names = [name for name in _listed(folder) if name != f"{folder.name}.ipynb"]
    for name, mode in _below(folder, names):
        own = released / name
        if own.is_dir() != stat.S_ISDIR(mode) and own.exists():
            kinds = ("file", "folder") if own.is_dir() else ("folder", "file")
            raise UnfitError(
                f"{_shown(name)} is a {kinds[0]} where the assignment has a {kinds[1]}"
            )


@contextmanager
def private_copy(folder: Path, topic: str) -> Iterator[Path | None]:
    """Lend a copy of what a notebook of ``topic`` in ``folder`` may read.

    It holds the package ``topic`` and, where there is one, the folder of a run; where
    there is no such package, None is lent. Raises :class:`UnfitError`.
    """
    package = folder / topic
    if package.is_symlink() or not package.is_dir():
        yield None
        return
    names = [name for name in (topic, RUN) if os.path.lexists(folder / name)]
    with tempfile.TemporaryDirectory(prefix="tuned-") as made:
        for name, mode in _below(folder, names):
            copy = Path(made, name)
            if stat.S_ISDIR(mode):
                copy.mkdir()
                copy.chmod(0o755)  # for the sandbox's own user, whatever the umask
            else:
                with open(folder / name, "rb", opener=_follow_no_link) as file:
                    copy.write_bytes(file.read(BYTES))
                copy.chmod(0o644)
        yield Path(made)


def _below(folder: Path, names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield name and mode of ``names`` in ``folder`` and of everything below them.

    Raises :class:`UnfitError` at the first that is too much, or neither file nor
    folder.
    """
    waiting = sorted(names, reverse=True)
    count = size = 0
    while waiting:
        name = waiting.pop()
        status = (folder / name).lstat()
        is_folder = stat.S_ISDIR(status.st_mode)
        if not is_folder and not stat.S_ISREG(status.st_mode):
            raise UnfitError(
                f"{_shown(name)} is a link or no file at all: hand in plain files"
            )
        count += 1
        size += 0 if is_folder else status.st_size
        if count > FILES:
            raise UnfitError(f"more than {FILES} files lie beside the notebook")
        if size > BYTES:
            raise UnfitError(
                f"the files beside the notebook have more than {BYTES // MIB} MiB"
            )
        if len(name) > LONGEST:
            raise UnfitError(f"the path {_shown(name[:60])}... is too long")
        yield name, status.st_mode
        if is_folder:
            found = _listed(folder / name)
            waiting += sorted((f"{name}/{each}" for each in found), reverse=True)


def _listed(folder: Path) -> list[str]:
    """The names in ``folder``, as many as decide whether they are too many."""
    with os.scandir(folder) as found:
        return [entry.name for entry in islice(found, FILES + 2)]


def _follow_no_link(path: str, flags: int) -> int:
    # Neither does it wait for the other end of a pipe.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _shown(name: str) -> str:
    r"""A file's name that does no harm in a terminal.

    >>> _shown("a\x1b[2Jb\udcff")
    'a?[2Jb?'
    """
    return "".join(each if each.isprintable() else "?" for each in name)
