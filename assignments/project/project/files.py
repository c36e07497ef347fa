"""Files that are either whole or not there, and locks between processes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no flock: there, run one process at a time
    fcntl = None


def replace_file(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write a file so that at any moment either the old or the new one is there.

    The bytes go to a temporary file in the same folder, which is made durable and
    then takes the name. Killed at any point, this leaves the old file, whole.

    lasting: wait until the new name is on the disk, too; otherwise a loss of power
        within the next seconds may bring the old file back, whole as ever.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     replace_file(Path(folder) / "a.txt", b"whole")
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.txt']
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if lasting:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make durable what a folder says about its files: their names."""
    with suppress(OSError):  # not every system opens folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def locked(descriptor: int) -> Iterator[None]:
    """Hold the lock of an open file: who else wants it waits. Death releases it."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def lock_beside(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` by a small file beside it, which stays there.

    Were it removed, one process could lock the old file and another its successor.
    """
    name = path.with_name(f".{path.name}.lock")
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with locked(descriptor):
            yield
    finally:
        os.close(descriptor)
