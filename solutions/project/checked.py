"""The functions that you write, as the notebook's checks call them.

The decisions are plain Python and are checked as they are. What works on tensors gets
its numbers in NumPy arrays here, in double precision on the CPU, and gives a plain
number back: then a check needs no torch, wherever it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from project import monitors, regularization
from project.recipe import (
    choose,
    coarse_space,
    epochs_to_overfit,
    initial_loss_is_sane,
    next_space,
    read_curves,
    starting_rate,
)
from project.regularization import is_decayed
from project.schedule import learning_rate

__all__ = [
    "choose",
    "coarse_space",
    "epochs_to_overfit",
    "gradient_norm",
    "initial_loss_is_sane",
    "is_decayed",
    "learning_rate",
    "network_update_ratio",
    "next_space",
    "read_curves",
    "smoothed_loss",
    "starting_rate",
]

Array = NDArray[Any]


def gradient_norm(gradients: Sequence[Array]) -> Any:
    """Call `gradient_norm` of monitors.py: a list of arrays -> a number."""
    return _plain(monitors.gradient_norm([torch.from_numpy(g) for g in gradients]))


def network_update_ratio(before: Sequence[Array], after: Sequence[Array]) -> Any:
    """Call `update_ratio` of monitors.py: two lists of arrays -> a number.

    It has a name of its own here, since the course has another `update_ratio`: that
    of the optimizers assignment, for a single array.
    """
    old, new = ([torch.from_numpy(w) for w in each] for each in (before, after))
    return _plain(monitors.update_ratio(old, new))


def smoothed_loss(logits: Array, labels: Array, smoothing: float) -> Any:
    """Call `smoothed_loss` of regularization.py: (N, C), (N,), number -> a number.

    Raises ValueError if torch could not go back from the loss to the logits: then
    nothing would be learned from it.
    """
    x = torch.from_numpy(logits).requires_grad_()
    # As in training the logits are a result, which may be changed in place.
    loss = regularization.smoothed_loss(x.clone(), torch.from_numpy(labels), smoothing)
    if not (isinstance(loss, Tensor) and loss.requires_grad):
        raise ValueError(
            "the loss has lost its way back to the logits: compute it with functions "
            "of torch, and make no plain number or NumPy array of it"
        )
    return _plain(loss)


def _plain(value: Any) -> Any:
    """A tensor as NumPy has it, of shape () a number; all else as it is."""
    if not isinstance(value, Tensor):
        return value
    array = value.detach().cpu().numpy()
    return array if array.shape else np.float64(array).item()
