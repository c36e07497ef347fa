"""The moving average of a network's weights, which is often better than the last ones.

Reference: B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by
averaging", 1992, https://doi.org/10.1137/0330046.
"""

from __future__ import annotations

import copy

import torch
from torch import nn


class Average:
    """A copy of a network that follows it, weights and statistics."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model)
        self.decay = decay
        # These tensors share their memory with both networks for as long as they live.
        states = self.model.state_dict().values(), model.state_dict().values()
        self.pairs = list(zip(*states, strict=True))

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Move towards the present weights, after the step of that number, from 1."""
        decay = average_decay(self.decay, step)
        for old, new in self.pairs:
            if old.is_floating_point():
                old.lerp_(new, 1 - decay)  # a ← d a + (1 - d) w
            else:
                old.copy_(new)


def average_decay(decay: float, step: int) -> float:
    """Return the decay of the average at a step, counted from 1.

    While there is little to average, the first weights must not weigh much.

    >>> [round(average_decay(0.9, step), 2) for step in (1, 10, 1000)]
    [0.09, 0.5, 0.9]
    """
    return min(decay, step / (step + 10))
