"""The official CIFAR-10 archive, in its binary version: six files of records.

A record is 3073 bytes: the label, then the red, the green and the blue pixels of a
32×32 image, row by row. The files are read out of the archive by their names; nothing
is extracted, so that no path in it can point anywhere. (The *Python version* of the
archive consists of pickles, which run code when they are opened: it never is here.)

Reference: Krizhevsky (2009), Learning multiple layers of features from tiny images.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .dataset import DataError, Dataset, verified
from .download import Remote

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
FILES = {
    "train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    "test": ("test_batch.bin",),
}
FOLDER = "cifar-10-batches-bin"
RECORD = 1 + 3 * 32 * 32  # bytes


@dataclass(frozen=True)
class Cifar10:
    """Where the archive is, and how many records each of its files has."""

    remote: Remote
    count: int = 10_000


# Its author publishes the MD5 c32a1d4ab5d03f1284b67883e8d87530 of this file
OFFICIAL = Cifar10(
    Remote(
        url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        size=170_052_171,
        sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    )
)


def read(path: Path, part: str, count: int = OFFICIAL.count) -> Dataset:
    """Read the "train" or the "test" part of an archive, or of its unpacked files.

    path: the `.tar.gz`, or one of the `.bin` files beside each other in a folder, or
        that folder
    count: how many records each file must have

    Raises DataError if it is damaged, incomplete or something else.
    """
    if path.is_dir():
        contents = _unpacked(path, part, count)
    elif path.suffix == ".bin":
        contents = _unpacked(path.parent, part, count)
    else:
        contents = _packed(path, part, count)
    records = np.frombuffer(b"".join(contents), np.uint8).reshape(-1, RECORD)
    labels = torch.from_numpy(records[:, 0].astype(np.int64))
    # (N, 3072) -> (N, 3, 32, 32)
    images = torch.from_numpy(records[:, 1:].copy().reshape(-1, 3, 32, 32))
    return verified("cifar10", CLASSES, images, labels)


def _unpacked(folder: Path, part: str, count: int) -> list[bytes]:
    contents = []
    for name in FILES[part]:
        try:
            _check_size(folder / name, (folder / name).stat().st_size, count)
            contents.append((folder / name).read_bytes())
        except OSError as error:
            raise DataError(f"{folder / name}: {error.strerror}") from error
    return contents


def _packed(path: Path, part: str, count: int) -> list[bytes]:
    """Return the contents of the part's files, in their order."""
    wanted = {f"{FOLDER}/{name}": name for name in FILES[part]}
    found: dict[str, bytes] = {}
    pickles = False
    try:
        # As one stream, once from begin to end: only then gzip compares its checksum
        with gzip.open(path) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    pickles |= member.name.startswith("cifar-10-batches-py/")
                    name = wanted.get(member.name)
                    if name is None:
                        continue
                    if not member.isreg() or name in found:
                        raise DataError(f"{path}: {member.name} is no plain file")
                    _check_size(path / member.name, member.size, count)
                    file = archive.extractfile(member)
                    assert file is not None
                    found[name] = file.read()
            while stream.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        raise DataError(
            f"{path} is damaged, or no .tar.gz ({error}); delete it and fetch it anew"
        ) from error
    missing = [name for name in FILES[part] if len(found.get(name, b"")) == 0]
    if missing and pickles:
        raise DataError(
            f"{path} is the Python version, pickles, which are never opened here; "
            f"take the binary version, {OFFICIAL.remote.url}"
        )
    if missing:
        raise DataError(
            f"{path} has no {FOLDER}/{missing[0]}; it should be the binary version "
            f"of CIFAR-10, {OFFICIAL.remote.url}"
        )
    return [found[name] for name in FILES[part]]


def _check_size(file: Path, size: int, count: int) -> None:
    if size != count * RECORD:
        raise DataError(
            f"{file} has {size} bytes, not {count} records of {RECORD} bytes; "
            "fetch it anew"
        )
