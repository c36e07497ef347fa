"""What a training run leaves behind: numbers of each epoch, and the whole as a record.

These are the ledger's words; its file has one `Trial` a line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from . import device

OUTCOMES = ("finished", "diverged", "pruned", "out of memory")


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Losses are in nats, accuracies between 0 and 1. A run that diverges ends with an
    epoch whose validation loss is not finite.
    """

    epoch: int  # from 1
    steps: int  # taken in this epoch
    rate: float  # the learning rate at the last of them
    train_loss: float  # mean over the images as the network saw them: augmented,
    train_accuracy: float  # with smoothed labels, while it changed
    validation_loss: float  # of the network at the end, without any of that
    validation_accuracy: float
    gradient_norm: float  # before clipping; mean over the epoch's measured steps
    update_ratio: float  # mean over the same steps
    seconds: float  # of training and validation


@dataclass
class Trial:
    """One training run, as the ledger records it."""

    id: str
    step: str
    settings: dict[str, Any]
    seed: int
    data: dict[str, Any]
    device: str
    started: str
    batch_size_used: int
    rate_used: float
    record: str = "trial"
    space: dict[str, Any] | None = None
    epochs: list[Epoch] = field(default_factory=list)
    outcome: str = "finished"  # one of OUTCOMES
    parameters: int = 0
    images: int = 0  # training images seen, in all epochs together
    ended: str = ""
    seconds: float = 0.0  # of work: a pause between two sessions does not count
    versions: dict[str, str] = field(default_factory=device.versions)

    def __post_init__(self) -> None:
        # The trained network, if it was to be kept. No field, so not in the record.
        self.model: nn.Module | None = None


class Pruned(Exception):  # noqa: N818 - it is not an error
    """Raised by the watch of a run that is not worth going on with."""
