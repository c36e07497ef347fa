"""The machine: which device is used, in which precision, and what it is called.

>>> describe(torch.device("cpu"))[:5], sorted(versions())
('cpu: ', ['numpy', 'project', 'python', 'torch'])
"""

from __future__ import annotations

import platform
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

import numpy as np
import torch

from . import __version__


class DeviceError(RuntimeError):
    """The device that was asked for is not there."""


def choose(name: str) -> torch.device:
    """Return the device of that name; "auto" is cuda, or mps, or cpu.

    Raises `DeviceError` if this machine, or this build of torch, has none.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind, present in there.items() if present)
    if not there.get(name, False):
        raise DeviceError(
            f"device {name}: torch {torch.__version__} finds none on this machine; "
            f"it has {', '.join(kind for kind, present in there.items() if present)}"
        )
    return torch.device(name)


def arithmetic(precision: str, device: torch.device) -> torch.dtype:
    """Return the type in which networks compute.

    "auto" on cuda is bfloat16, float16 on GPUs before Ampere, which would only emulate
    it; elsewhere it is float32. In float16 the loss has to be scaled, see `train.py`.
    """
    if precision != "auto":
        return {
            "float32": torch.float32,
            "bfloat16": torch.bfloat16,
            "float16": torch.float16,
        }[precision]
    if device.type != "cuda":
        return torch.float32
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if native else torch.float16


def fastest_convolutions(device: torch.device) -> AbstractContextManager[None]:
    """Let cuDNN time its algorithms on each shape that is new, and take the fastest."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, benchmark=True)


@cache
def describe(device: torch.device) -> str:
    """Return the kind of the device and its maker's name for it."""
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    name = platform.processor() or platform.machine()
    try:
        # on Linux only this file knows more than the architecture
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{device.type}: {name}"


def versions() -> dict[str, str]:
    """Return the versions of what the numbers depend on."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "project": __version__,
    }
