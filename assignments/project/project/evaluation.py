"""What a network is worth on images that it does not learn from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


@torch.no_grad()
def evaluate(
    model: nn.Module, images: Tensor, labels: Tensor, batch_size: int
) -> tuple[float, float]:
    """Measure loss and accuracy of a network on images that it does not learn from.

    images, labels: (N, C, H, W) uint8 and (N,), on any device, at least one.
    batch_size: how many the network is given at once; of no influence on the result,
        but for rounding.

    Returns the mean cross-entropy in nats and the share of correct answers.
    """
    where = next(model.parameters()).device
    sums = torch.zeros(2, device=where)
    training = model.training
    model.eval()
    for some, theirs in zip(
        images.split(batch_size), labels.split(batch_size), strict=True
    ):
        target = theirs.to(where)
        logits = model(some.to(where)).float()
        loss = functional.cross_entropy(logits, target, reduction="sum")
        sums += torch.stack([loss, (logits.argmax(1) == target).sum()])
    model.train(training)
    loss, accuracy = (sums / len(labels)).tolist()
    return loss, accuracy
