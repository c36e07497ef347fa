"""Reading a safetensors file without its library: a JSON header, then raw numbers.

The format cannot hold code. What can be wrong is a length, an offset or a shape, so
each is checked before a byte is used.

Reference: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograder.project.reading import (
    MIB,
    Fields,
    RunError,
    decoded,
    parse_object,
    quoted,
    read_bytes,
)

FILE = 512 * MIB
HEADER = 4 * MIB
TENSORS = 5000
DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",  # the upper half of a single
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
    "BOOL": "<u1",
}

Tensors = dict[str, NDArray[np.generic]]


def read_weights(path: Path) -> Tensors:
    """The tensors of a safetensors file by name; raises RunError.

    bfloat16 becomes float32, which holds each of its numbers exactly.
    """
    content = read_bytes(path, FILE)
    name = path.name
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= length <= min(HEADER, len(content) - 8):
        raise RunError(f"{name} is not a safetensors file: its header has no end")
    text = decoded(content[8 : 8 + length], f"the header of {name}")
    header = Fields(parse_object(text, f"the header of {name}"), name)
    names = [key for key in header.values if key != "__metadata__"]
    if not 0 < len(names) <= TENSORS:
        raise RunError(f"{name} holds {len(names)} tensors; 1 to {TENSORS} are allowed")
    data = memoryview(content)[8 + length :]
    tensors: Tensors = {}
    taken: list[tuple[int, int]] = []
    for key in names:
        about = header.inner(key)
        dtype = np.dtype(DTYPES[about.text("dtype", *DTYPES)])
        shape = about.items("shape", 8)
        ends = about.items("data_offsets", 2)
        if not all(type(n) is int and 0 <= n <= FILE for n in (*shape, *ends)):
            raise RunError(f"{name}: the shape of {quoted(key)} is no shape")
        start, end = (*ends, 0, 0)[:2]
        if not start <= end <= len(data) or (
            end - start != math.prod(shape) * dtype.itemsize
        ):
            raise RunError(f"{name}: {quoted(key)} does not fill its place in the file")
        taken.append((start, end))
        array = np.frombuffer(data[start:end], dtype).reshape(shape)
        if about.text("dtype") == "BF16":
            array = (array.astype(np.uint32) << 16).view(np.float32)
        if about.text("dtype") == "BOOL":
            array = array != 0
        tensors[key] = array
    taken.sort()
    if any(a[1] > b[0] for a, b in pairwise(taken)):
        raise RunError(f"{name}: two tensors lie in one place")
    return tensors
