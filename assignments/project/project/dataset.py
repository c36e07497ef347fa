"""Labeled images, verified, with a fingerprint; and their cache on the disk."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from .files import replace_file


class DataError(RuntimeError):
    """The data cannot be had, or is not what it should be; says what to do."""


@dataclass(frozen=True)
class Dataset:
    """Labeled images.

    name: of the data, such as "digits"
    classes: the names of the C classes
    images: (N, channels, height, width), uint8
    labels: (N,), int64, from 0 to C - 1
    fingerprint: SHA-256 over the bytes of images and labels, in hexadecimal digits
    """

    name: str
    classes: tuple[str, ...]
    images: Tensor
    labels: Tensor
    fingerprint: str


def verified(
    name: str, classes: tuple[str, ...], images: Tensor, labels: Tensor
) -> Dataset:
    """Return the data set of these tensors, or raise DataError if they do not fit.

    >>> images, labels = torch.zeros(3, 1, 8, 8, dtype=torch.uint8), torch.arange(3)
    >>> verified("tiny", ("a", "b", "c"), images, labels).fingerprint[:8]
    '6da00034'
    >>> verified("tiny", ("a", "b"), images, labels)
    Traceback (most recent call last):
    project.dataset.DataError: tiny: image 2 has label 2, but there are 2 classes
    """
    if images.dtype != torch.uint8 or images.ndim != 4 or images.numel() == 0:
        raise DataError(
            f"{name}: images should be uint8 of shape (N, C, H, W), not "
            f"{images.dtype} of shape {tuple(images.shape)}"
        )
    if labels.dtype != torch.int64 or labels.shape != images.shape[:1]:
        raise DataError(
            f"{name}: there should be {len(images)} labels of type int64, not "
            f"{labels.dtype} of shape {tuple(labels.shape)}"
        )
    outside = ((labels < 0) | (labels >= len(classes))).nonzero()
    if len(outside):
        first = int(outside[0])
        raise DataError(
            f"{name}: image {first} has label {int(labels[first])}, but there are "
            f"{len(classes)} classes"
        )
    images, labels = images.contiguous(), labels.contiguous()
    return Dataset(name, classes, images, labels, fingerprint(images, labels))


def fingerprint(images: Tensor, labels: Tensor) -> str:
    """Return the SHA-256 over the bytes of the images, then of the labels.

    The labels count as 64-bit numbers, the lowest byte first.
    """
    digest = hashlib.sha256(images.contiguous().numpy())
    digest.update(labels.contiguous().numpy().astype("<i8"))
    return digest.hexdigest()


def cache_folder() -> Path:
    """Return where caches belong: $XDG_CACHE_HOME/tuned, or ~/.cache/tuned."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path there is to be ignored, says the XDG specification
    return (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "tuned"


def cached(path: Path, build: Callable[[], Dataset]) -> Dataset:
    """Return the data set that the file holds; build it, and keep it there, if none.

    A damaged file is built anew. A cache that cannot be written is done without.
    """
    try:
        return _stored(path)
    except FileNotFoundError:
        pass
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, DataError):
        print(f"{path} is damaged and is made anew", file=sys.stderr)
    made = build()
    header = {
        "name": made.name,
        "classes": json.dumps(made.classes),
        "fingerprint": made.fingerprint,
    }
    tensors = {"images": made.images, "labels": made.labels}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, safetensors.torch.save(tensors, header))
    except OSError as error:
        print(f"{path} is not written: {error.strerror}", file=sys.stderr)
    return made


def _stored(path: Path) -> Dataset:
    """Return the data set of a cache file; any of many errors if it is not whole."""
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
        images, labels = file.get_tensor("images"), file.get_tensor("labels")
    classes = tuple(map(str, json.loads(header["classes"])))
    found = verified(header["name"], classes, images, labels)
    if found.fingerprint != header["fingerprint"]:
        raise DataError(f"{path} holds other data than were written to it")
    return found
