"""How many operations a training step takes, and how many a device could do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch
from torch.utils.flop_counter import FlopCounterMode

if TYPE_CHECKING:
    from project.config import Settings
    from project.data import Fold

_H100 = "https://www.nvidia.com/en-us/data-center/h100/"
_H200 = "https://www.nvidia.com/en-us/data-center/h200/"
_HOPPER = "NVIDIA H100 Tensor Core GPU Architecture, white paper, 2022, table 2"
_A100 = "https://www.nvidia.com/en-us/data-center/a100/"
_T4 = "https://www.nvidia.com/en-us/data-center/tesla-t4/"

# Of a name that CUDA gives: 10^12 operations a second, on dense matrices (a datasheet
# that counts zeros of "sparse" ones gives twice as many), in (16 bits, TF32, float32),
# and the source. The first name that fits counts.
PEAKS: tuple[tuple[str, tuple[float, float | None, float], str], ...] = (
    (r"\bH200 NVL\b", (835.5, 417.5, 60), _H200),
    (r"\bH200\b", (989.5, 494.5, 67), _H200),
    (r"\bH100 NVL\b", (835.5, 417.5, 60), _H100),
    (r"\bH100 PCIe\b", (756, 378, 51), _HOPPER),
    (r"\bH100\b.*\bHBM3\b", (989.5, 494.5, 67), _H100),
    (r"\bA100\b", (312, 156, 19.5), _A100),
    (r"\bT4\b", (65, None, 8.1), _T4),
)


def peak(name: str, dtype: torch.dtype, tf32: bool) -> tuple[float, str] | None:
    """Return operations a second that a device could do, and where that is written.

    name: the device's, as CUDA has it; a part of a GPU (MIG) is no such device.
    dtype: in which a network computes.
    tf32: whether convolutions in float32 may round their input to TF32.

    Returns None for a device, or a type on it, that is not in the table.

    >>> peak("NVIDIA H100 80GB HBM3", torch.bfloat16, tf32=True)[0]
    989500000000000.0
    >>> peak("NVIDIA GH200 480GB", torch.bfloat16, tf32=True)
    >>> peak("Tesla T4", torch.bfloat16, tf32=True)
    """
    if "MIG" in name:
        return None
    for pattern, (half, tensor, single), source in PEAKS:
        if re.search(pattern, name):
            if dtype == torch.float32:
                return 1e12 * (tensor if tf32 and tensor else single), source
            if dtype == torch.bfloat16 and not tensor:
                return None  # before Ampere no GPU computes in it
            return 1e12 * half, source
    return None


def operations(settings: Settings, fold: Fold) -> tuple[float, float]:
    """Count the floating-point operations of training.

    Those of matrix products and convolutions, forward and backward, a product and a
    sum being two; all others are few. Nothing is computed for it: shapes suffice.

    Returns those of the network for one image, and those of the optimizer for a step.
    """
    from project import model, optimizer
    from project.regularization import smoothed_loss

    shape = (settings.train.batch_size, *fold.train_images.shape[1:])
    net = model.build(
        settings.model.name,
        settings.model.width,
        channels=shape[1],
        size=shape[2],
        classes=len(fold.classes),
    ).to("meta")
    stepping = optimizer.build(net, settings.train)
    images = torch.empty(shape, dtype=torch.uint8, device="meta")
    labels = torch.empty(shape[0], dtype=torch.int64, device="meta")
    net.train()
    with FlopCounterMode(display=False) as network:
        smoothed_loss(net(images), labels, settings.train.label_smoothing).backward()
    with FlopCounterMode(display=False) as step:
        stepping.step()
    return network.get_total_flops() / shape[0], step.get_total_flops()
