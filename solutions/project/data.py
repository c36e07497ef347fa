"""The data: loaded, checked, cached and split, the test part apart from the rest.

>>> digits = load("digits", "train")
>>> tuple(digits.images.shape), digits.classes[:3]
((1438, 1, 8, 8), ('0', '1', '2'))
>>> held = fold(digits, share=0.2, seed=0)
>>> len(held.train_labels), len(held.validation_labels)
(1150, 288)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import archive, download, jpeg
from .dataset import DataError, Dataset, cache_folder, cached, verified

__all__ = ["DataError", "Dataset", "Fold", "fold", "load", "split"]

PARTS = ("train", "test")
_TEST_SHARE, _TEST_SEED = 0.2, 20_000_101  # of the digits: never to be changed


@dataclass(frozen=True)
class Fold:
    """Images to train on and images to choose by, both of the training part.

    train_images, validation_images: (N, channels, height, width), uint8
    train_labels, validation_labels: (N,), int64
    classes, name, fingerprint: of the data set that was split
    """

    train_images: Tensor
    train_labels: Tensor
    validation_images: Tensor
    validation_labels: Tensor
    classes: tuple[str, ...]
    name: str
    fingerprint: str

    def to(self, device: torch.device) -> Fold:
        """Return the same fold with its tensors on a device, copied if need be."""
        moved = {
            name: tensor.to(device)
            for name, tensor in vars(self).items()
            if isinstance(tensor, Tensor)
        }
        return replace(self, **moved)


def load(
    source: str,
    part: str,
    cache: Path | None = None,
    *,
    cifar10: archive.Cifar10 = archive.OFFICIAL,
) -> Dataset:
    """Load one part of a data set; the other is not looked at.

    source: "digits", which come with scikit-learn; "cifar10", fetched at the first
        time; or the path of the CIFAR-10 archive or of JPEG streams in an `.npz` file
    part: "train" or "test"
    cache: a folder for what was fetched and decoded; by default that of the user
    cifar10: where the archive is, and how long its files are

    Raises DataError if the data cannot be had or are not what they should be.
    """
    if part not in PARTS:
        raise ValueError(f"{part} is no part of a data set; there are {PARTS}")
    if source == "digits":
        return _digits(part)
    folder = cache or cache_folder()
    try:
        if source == "cifar10":
            remote = cifar10.remote
            return cached(
                folder / f"cifar10-{part}-{remote.sha256}.safetensors",
                lambda: archive.read(
                    download.fetch(remote, folder), part, cifar10.count
                ),
            )
        return _file(Path(source).expanduser(), part, folder, cifar10.count)
    except OSError as error:
        raise DataError(f"{error.filename or source}: {error.strerror}") from error


def _file(path: Path, part: str, folder: Path, count: int) -> Dataset:
    """Load a part of a file, whose kind its first bytes tell."""
    if not path.exists():
        raise DataError(
            f"{path} is not there; data are digits, cifar10, or the path of "
            "cifar-10-binary.tar.gz or of JPEG streams in an .npz file"
        )
    if path.is_dir() or path.suffix == ".bin":
        return archive.read(path, part, count)  # as fast as any cache
    with path.open("rb") as file:
        start = file.read(2)
    key = download.sha256(path)
    target = folder / f"{path.stem[:40]}-{part}-{key}.safetensors"
    if start == b"\x1f\x8b":  # gzip
        return cached(target, lambda: archive.read(path, part, count))
    if start == b"PK":  # zip, which an .npz file is
        return cached(target, lambda: jpeg.read(path, part))
    raise DataError(
        f"{path} is neither a .tar.gz nor an .npz file; its first bytes are {start!r}"
    )


def _digits(part: str) -> Dataset:
    """Return the digits of scikit-learn, of which a fixed fifth is the test part."""
    from sklearn.datasets import load_digits  # takes a second: only where needed

    digits = load_digits()
    # (N, 8, 8) in 0 … 16 -> (N, 1, 8, 8) in 0 … 255
    images = torch.from_numpy(np.rint(digits.images * (255 / 16)).astype(np.uint8))
    labels = torch.from_numpy(digits.target.astype(np.int64))
    chosen = split(labels, _TEST_SHARE, _TEST_SEED)[PARTS.index(part)]
    classes = tuple(map(str, digits.target_names))
    return verified("digits", classes, images[chosen, None], labels[chosen])


def split(labels: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Split all indices in two, so that each class has its share in the second.

    labels: (N,)
    share: of the second part, 0 < share < 1
    seed: of the choice; the same seed makes the same one

    Returns the two parts: int64 indices, disjoint, together all N; each in random
    order, so that any beginning of it mixes the classes. The second has share · N of
    them, rounded, and share · n of the n of each class, rounded up or down.

    Raises ValueError if one part would be empty.

    >>> first, second = split(torch.tensor([0] * 10 + [1] * 10), share=0.2, seed=0)
    >>> sorted((second >= 10).tolist())
    [False, False, True, True]
    """
    rng = np.random.default_rng(seed)
    found, counts = np.unique(labels.numpy(), return_counts=True)
    total = round(share * len(labels))
    if not 0 < total < len(labels):
        raise ValueError(f"{share} of {len(labels)} images: one part would be empty")
    # Rounded down, and the images that are missing from the largest remainders
    sizes = np.floor(share * counts).astype(int)
    remainders = share * counts - sizes
    sizes[np.argsort(-remainders, kind="stable")[: total - sizes.sum()]] += 1
    first, second = [], []
    for label, size in zip(found, sizes, strict=True):
        members = rng.permutation(np.flatnonzero(labels.numpy() == label))
        second.append(members[:size])
        first.append(members[size:])
    in_order = np.concatenate(first), np.concatenate(second)
    mixed = [torch.from_numpy(rng.permutation(part)) for part in in_order]
    return mixed[0], mixed[1]


def fold(dataset: Dataset, share: float, seed: int) -> Fold:
    """Hold back a share of a training part to choose by, by `split`."""
    train, validation = split(dataset.labels, share, seed)
    return Fold(
        train_images=dataset.images[train],
        train_labels=dataset.labels[train],
        validation_images=dataset.images[validation],
        validation_labels=dataset.labels[validation],
        classes=dataset.classes,
        name=dataset.name,
        fingerprint=dataset.fingerprint,
    )
