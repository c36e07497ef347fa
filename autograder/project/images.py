"""The images that a result is measured on: read by the grader, from its own copy."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograder.project.reading import MIB

# The digits of scikit-learn, of which the course sets a fixed fifth apart.
TEST_SHARE, TEST_SEED = 0.2, 20_000_101
DIGITS = "233feecd74a5a545bca729c6eef18b8720a8e62a7383aaf80ad91981c781278a"
DIGITS_TRAIN = 1438
ROW = 1 + 3 * 32 * 32  # bytes of an image in CIFAR-10's archive, its label first
LARGEST = 4096 * MIB


class ImagesError(ValueError):
    """The images to measure on cannot be had; the message is for the teacher."""


@dataclass(frozen=True)
class Labeled:
    """Images with their labels.

    ``images`` are uint8 (N, C, H, W), ``labels`` int64 (N,) from 0 to ``classes`` - 1.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: int

    def __len__(self) -> int:
        return len(self.labels)


def test_images(source: str) -> Labeled:
    """The test images of ``source``; raises :class:`ImagesError`.

    ``digits`` are those of scikit-learn, of which the course's fixed fifth is taken.
    A path leads to CIFAR-10's binary archive (or its ``test_batch.bin``), to JPEG
    streams in an ``.npz``, or to an ``.npz`` of arrays ``images``, uint8 (N, H, W) or
    (N, H, W, C) or (N, C, H, W), and ``labels``.
    """
    if source == "digits":
        return digits("test")
    path = Path(source).expanduser()
    if not path.is_file():
        raise ImagesError(
            f"no file {source}: --data is digits, CIFAR-10's archive, or an .npz file"
        )
    if path.stat().st_size > LARGEST:
        raise ImagesError(f"{path.name} is larger than {LARGEST // MIB} MiB")
    try:
        if path.suffix == ".npz":
            return _npz(path)
        return _cifar(path.stem, _archive(path))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, ImagesError):
            raise
        raise ImagesError(f"{path.name} cannot be read: {error}") from None
    except tarfile.TarError as error:
        raise ImagesError(f"{path.name} is no archive: {error}") from None


def digits(part: str) -> Labeled:
    """The training or the test part of scikit-learn's digits, as the course splits."""
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise ImagesError(
            "the digits come with scikit-learn, which is missing"
        ) from None
    found = load_digits()
    images = np.rint(found.images * (255 / 16)).astype(np.uint8)
    labels = found.target.astype(np.int64)
    chosen = _split(labels, TEST_SHARE, TEST_SEED)[part == "test"]
    return Labeled("digits", images[chosen, None], labels[chosen], 10)


def fingerprint(data: Labeled) -> str:
    """SHA-256 over the bytes of the images, then of the labels as 64-bit numbers."""
    digest = hashlib.sha256(np.ascontiguousarray(data.images).tobytes())
    digest.update(np.ascontiguousarray(data.labels).astype("<i8").tobytes())
    return digest.hexdigest()


def _split(
    labels: NDArray[np.int64], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The stratified division of the project's guide; part of the ledger's contract."""
    rng = np.random.default_rng(seed)
    found, counts = np.unique(labels, return_counts=True)
    total = round(share * len(labels))
    sizes = np.floor(share * counts).astype(int)
    remainders = share * counts - sizes
    sizes[np.argsort(-remainders, kind="stable")[: total - sizes.sum()]] += 1
    first, second = [], []
    for label, size in zip(found, sizes, strict=True):
        members = rng.permutation(np.flatnonzero(labels == label))
        second.append(members[:size])
        first.append(members[size:])
    return (
        rng.permutation(np.concatenate(first)),
        rng.permutation(np.concatenate(second)),
    )


def _npz(path: Path) -> Labeled:
    with np.load(path, allow_pickle=False) as file:
        if "test_jpeg" in file:
            streams, offsets = file["test_jpeg"], file["test_offsets"]
            images = np.stack(
                [
                    _decoded(streams[start:end].tobytes())
                    for start, end in pairwise(offsets)
                ]
            )
            return _checked(path.stem, images, file["test_labels"])
        if "images" not in file or "labels" not in file:
            raise ImagesError(f"{path.name} has no arrays named images and labels")
        return _checked(path.stem, file["images"], file["labels"])


def _decoded(stream: bytes) -> NDArray[np.uint8]:
    """A JPEG as (H, W, C)."""
    from PIL import Image

    with Image.open(io.BytesIO(stream), formats=["JPEG"]) as image:
        return np.asarray(image.convert("RGB"))


def _archive(path: Path) -> bytes:
    if path.suffix == ".bin":
        return path.read_bytes()
    with tarfile.open(path) as archive:
        member = next((m for m in archive if m.name.endswith("test_batch.bin")), None)
        file = archive.extractfile(member) if member else None
        if file is None:
            raise ImagesError(f"{path.name} holds no test_batch.bin")
        return file.read(LARGEST)


def _cifar(name: str, content: bytes) -> Labeled:
    if not content or len(content) % ROW:
        raise ImagesError(f"{name} is not CIFAR-10's: {len(content)} bytes")
    rows = np.frombuffer(content, np.uint8).reshape(-1, ROW)
    return _checked(name, rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0])


def _checked(
    name: str, images: NDArray[np.generic], labels: NDArray[np.generic]
) -> Labeled:
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or not images.size:
        raise ImagesError(
            f"{name}: images are {images.dtype} {images.shape}, not uint8 of shape "
            "(N, H, W), (N, H, W, C) or (N, C, H, W)"
        )
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        raise ImagesError(
            f"{name}: labels are {labels.dtype} {labels.shape}, not {len(images)} "
            "whole numbers"
        )
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[3] in (1, 3) and images.shape[1] not in (1, 3):
        images = np.moveaxis(images, 3, 1)
    whole = labels.astype(np.int64)
    if whole.min() < 0 or whole.max() > 100_000:
        raise ImagesError(f"{name}: labels must count from 0")
    return Labeled(
        name, np.ascontiguousarray(images, np.uint8), whole, int(whole.max()) + 1
    )
