"""Checkpoints: all that a run needs to go on, in one file that holds no code.

The file is in the safetensors format: the tensors as raw bytes, and in its header,
as JSON, everything else. One file takes its name in one moment, so a checkpoint is
whole or it is not there, wherever the process was killed. Nothing is ever pickled.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     file = Path(folder) / "final-0000.safetensors"
...     save(file, {"epoch": 3, "weights": {"w": torch.ones(2)}, "best": float("inf")})
...     load(file)
{'epoch': 3, 'weights': {'w': tensor([1., 1.])}, 'best': inf}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from glob import escape
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from .files import replace_file

_TENSOR, _PAIRS, _TUPLE, _FLOAT = "$tensor", "$pairs", "$tuple", "$float"


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, or the file is not one."""


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state: nested dictionaries, lists and tuples of tensors and values.

    What `state_dict()` of modules, optimizers and gradient scalers returns will do,
    and so will the states of generators. Raises TypeError for any other object, and
    CheckpointError if the disk does not take the file.
    """
    tensors: dict[str, Tensor] = {}
    header = json.dumps(_packed(state, tensors), allow_nan=False)
    content = safetensors.torch.save(tensors, {"state": header})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # An older state is as good, only longer to go on from: the name need not last.
        replace_file(path, content, lasting=False)
    except OSError as error:
        raise CheckpointError(f"{path} is not written: {error.strerror}") from error


def load(path: Path) -> dict[str, Any] | None:
    """Return the state that was saved, its tensors on the CPU; None without a file.

    Raises CheckpointError if the file is damaged or not a checkpoint.
    """
    try:
        # Read once: `safe_open` opens the file twice, and another may be there by then
        content = path.read_bytes()
        end = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:end])["__metadata__"]["state"]
        return _unpacked(json.loads(header), safetensors.torch.load(content))
    except FileNotFoundError:
        return None
    except _BROKEN as error:
        raise CheckpointError(
            f"{path} is no checkpoint, or a damaged one ({error}); "
            "delete it, and its trial begins anew"
        ) from error


# What reading raises, each for a byte of its own that is wrong
_BROKEN = (OSError, SafetensorError, ValueError, LookupError, TypeError, RecursionError)


def remove(path: Path) -> None:
    """Delete a checkpoint, if it is there, and what killed processes left of it."""
    path.unlink(missing_ok=True)
    for leftover in path.parent.glob(f".{escape(path.name)}.*"):
        leftover.unlink(missing_ok=True)


def _packed(value: Any, tensors: dict[str, Tensor]) -> Any:
    """Return the value as JSON, its tensors moved to ``tensors`` and named there."""
    if isinstance(value, Tensor):
        name = str(len(tensors))
        last = _is_channels_last(value)
        # A copy of its own: the format knows neither strides nor shared memory
        tensors[name] = (
            value.detach().cpu().clone(memory_format=torch.contiguous_format)
        )
        return {_TENSOR: name, "channels_last": last}
    if isinstance(value, Mapping):
        pairs = [[key, _packed(entry, tensors)] for key, entry in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return dict(pairs)
        if all(isinstance(key, (int, str)) for key in value):
            return {_PAIRS: pairs}  # an optimizer's state counts its parameters
    if isinstance(value, list):
        return [_packed(entry, tensors) for entry in value]
    if isinstance(value, tuple):
        return {_TUPLE: [_packed(entry, tensors) for entry in value]}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_FLOAT: repr(float(value))}
    if value is None or type(value) in {bool, int, str}:
        return value
    raise TypeError(f"a checkpoint cannot hold {value!r}, a {type(value).__name__}")


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_unpacked(entry, tensors) for entry in value]
    if not isinstance(value, dict):
        return value
    if _TENSOR in value:
        tensor = tensors[value[_TENSOR]]
        if value["channels_last"]:
            return tensor.contiguous(memory_format=torch.channels_last)
        return tensor
    if _PAIRS in value:
        return {key: _unpacked(entry, tensors) for key, entry in value[_PAIRS]}
    if _TUPLE in value:
        return tuple(_unpacked(value[_TUPLE], tensors))
    if _FLOAT in value:
        return float(value[_FLOAT])
    return {key: _unpacked(entry, tensors) for key, entry in value.items()}


def _is_channels_last(tensor: Tensor) -> bool:
    """Tell whether images lie in memory pixel by pixel, all channels of one together.

    The sums over such a tensor depend on it in their last digit, so that a run which
    goes on must have it again.
    """
    return (
        tensor.ndim == 4
        and not tensor.is_contiguous()
        and tensor.is_contiguous(memory_format=torch.channels_last)
    )
