"""Two numbers that say how a training run feels: what pushes, and how far it moves.

The engine measures them on a few steps of each epoch and writes their means into the
ledger. Both stay on the device: a call of `.item()` here would make the GPU wait.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def gradient_norm(gradients: Sequence[Tensor]) -> Tensor:
    """Measure how long the gradient is, all parameters together.

    The norm is that of one long vector which holds the entries of all gradients; the
    sum of the norms of its pieces is something else.

    Given
    gradients: tensors of any shapes on one device, at least one

    Returns the Euclidean norm, a tensor of shape () on that device; not finite if an
    entry is not
    """
    ### BEGIN SOLUTION
    # ‖g‖ = √(Σ ‖gᵢ‖²), a norm of norms
    norms = [torch.linalg.vector_norm(gradient) for gradient in gradients]
    return torch.linalg.vector_norm(torch.stack(norms))
    ### END SOLUTION


def update_ratio(before: Sequence[Tensor], after: Sequence[Tensor]) -> Tensor:
    """Measure how far a step moved the weights, in units of their own size.

    ratio = ‖after - before‖ / ‖before‖, each norm over all parameters together.
    Near 1e-3 is usual; far below, the network hardly learns, far above, it forgets.

    Given
    before: the parameters before a step, tensors of any shapes, not all 0
    after: the same parameters after it, in the same order

    Returns the ratio, a tensor of shape () on their device
    """
    ### BEGIN SOLUTION
    moves = [new - old for new, old in zip(after, before, strict=True)]
    return gradient_norm(moves) / gradient_norm(before)
    ### END SOLUTION
