"""Images kept as JPEG streams in an `.npz` file: a smaller copy of CIFAR-10.

For each part, "train" and "test", the file holds three arrays: `*_jpeg`, the bytes of
all streams one after the other, `*_offsets`, where each begins (and, last, where all
end), and `*_labels`; and, for both, the names of the `classes`. JPEG loses a little of
each image, so figures measured on a copy compare with figures on the same copy only.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from .dataset import DataError, Dataset, verified

SHAPE = (32, 32, 3)  # height, width, colors
LARGEST = 1 << 30  # bytes of all arrays, unpacked
CHUNK = 500  # images that a thread decodes at a time


def read(path: Path, part: str) -> Dataset:
    """Read and decode the "train" or the "test" part of such a file.

    Raises DataError if it is damaged or something else; pickled arrays are refused.
    """
    stream, offsets, labels, classes = _arrays(path, part)
    images = np.empty((len(labels), *SHAPE), np.uint8)

    def decode(start: int) -> int:
        end = min(start + CHUNK, len(images))
        for index in range(start, end):
            one = stream[offsets[index] : offsets[index + 1]].tobytes()
            images[index] = _decoded(one, f"{path}: {part} image {index}")
        return end - start

    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        tqdm(total=len(images), unit="images", desc="decoding", disable=None) as bar,
    ):
        work = [pool.submit(decode, start) for start in range(0, len(images), CHUNK)]
        try:
            for done in work:
                bar.update(done.result())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    # (N, H, W, C) -> (N, C, H, W)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    return verified(
        path.stem, classes, pixels, torch.from_numpy(labels.astype(np.int64))
    )


def _arrays(
    path: Path, part: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return the stream, offsets, labels and class names, each checked by itself."""
    keys = (f"{part}_jpeg", f"{part}_offsets", f"{part}_labels", "classes")
    try:
        with zipfile.ZipFile(path) as file:
            if sum(member.file_size for member in file.infolist()) > LARGEST:
                raise DataError(f"{path} would need more than {LARGEST} bytes")
        with np.load(path, allow_pickle=False) as arrays:
            stream, offsets, labels, classes = (arrays[key] for key in keys)
    except KeyError as error:
        raise DataError(
            f"{path} holds no array {error}; JPEG streams are {', '.join(keys)}"
        ) from error
    except _BROKEN as error:
        raise DataError(f"{path} is damaged, or no .npz file ({error})") from error
    _check(stream.dtype == np.uint8 and stream.ndim == 1, path, keys[0], "bytes")
    _check(labels.dtype.kind in "iu" and labels.ndim == 1, path, keys[2], "numbers")
    _check(len(labels) > 0, path, keys[2], "at least one")
    _check(classes.dtype.kind == "U" and classes.ndim == 1, path, "classes", "names")
    shape = (len(labels) + 1,)
    right = offsets.dtype.kind in "iu" and offsets.shape == shape
    _check(right, path, keys[1], f"{shape[0]} numbers, one more than the labels")
    # Compared, not subtracted: a difference of unsigned numbers is never negative
    right = offsets[0] == 0 and offsets[-1] == len(stream)
    right = right and bool((offsets[:-1] < offsets[1:]).all())
    _check(right, path, keys[1], f"ascending from 0 to {len(stream)}")
    return stream, offsets, labels, tuple(str(name) for name in classes)


# What zipfile and NumPy raise, each for a byte of its own that is wrong
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def _check(right: bool, path: Path, key: str, wanted: str) -> None:
    if not right:
        raise DataError(f"{path} is not JPEG streams: {key} should be {wanted}")


def _decoded(stream: bytes, place: str) -> np.ndarray:
    """Return the pixels of a JPEG stream, (32, 32, 3)."""
    try:
        with Image.open(io.BytesIO(stream), formats=("JPEG",)) as image:
            height, width, colors = SHAPE
            if image.size != (width, height) or len(image.getbands()) != colors:
                raise DataError(
                    f"{place} is {image.width}×{image.height}, {image.mode}; it "
                    f"should be {width}×{height}, RGB"
                )
            return np.asarray(image)
    except DataError:
        raise
    except Exception as error:  # Pillow raises many kinds for a broken stream
        raise DataError(f"{place} is no JPEG, or damaged ({error})") from error
