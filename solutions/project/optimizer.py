"""The optimizers: SGD with Nesterov momentum, AdamW, and Muon for convolutions.

One optimizer object holds all parameters of a network, in groups: with weight decay
and without (`is_decayed` says which), and by their own learning rates. So whoever
steps, scales, clips or stores it need not know which optimizer it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from .config import Train
from .regularization import is_decayed

Tensors = list[Tensor]


def build(model: nn.Module, settings: Train) -> torch.optim.Optimizer:
    """Make the optimizer that the settings name, for the parameters of a network.

    The rate is set for each step by `set_rate`; here it is only begun with.

    Raises `ValueError` for an unknown name.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups: dict[tuple[bool, bool, float], Tensors] = {}
    for name, parameter in named:
        # convolutions are the hidden layers; the head, gains and biases are not Muon's
        kernel = settings.optimizer == "muon" and parameter.ndim == 4
        decayed = is_decayed(name, tuple(parameter.shape))
        factor = rate_factor(name, settings)
        groups.setdefault((kernel, decayed, factor), []).append(parameter)
    options = [
        {
            "params": parameters,
            "weight_decay": settings.weight_decay if decayed else 0.0,
            "rate_factor": factor,  # `set_rate` looks at it
            "orthogonal": kernel,  # only Muon looks at it
        }
        for (kernel, decayed, factor), parameters in groups.items()
    ]
    fused = named[0][1].device.type in ("cpu", "cuda")
    match settings.optimizer:
        case "sgd":
            return torch.optim.SGD(
                options,
                lr=settings.rate,
                momentum=settings.momentum,
                nesterov=settings.momentum > 0,
                fused=fused,
            )
        case "adamw":
            betas = (settings.momentum, 0.999)
            return torch.optim.AdamW(
                options, lr=settings.rate, betas=betas, fused=fused
            )
        case "muon":
            return Muon(
                options,
                lr=settings.rate,
                momentum=settings.momentum,
                unit_kernels=settings.unit_kernels,
                iterations=3,  # enough for the few hundred steps that Muon is for here
            )
    raise ValueError(f"no optimizer {settings.optimizer!r}: sgd, adamw or muon")


def rate_factor(name: str, settings: Train) -> float:
    """Tell by how much a parameter's learning rate differs from that of the kernels.

    Biases may learn faster, 64 times with SGD (D. Page, "How to Train Your ResNet 8:
    Bag of Tricks", 2019). With Muon the factors are also a change of units: the rate of
    kernels is the length of a step, that of all others is multiplied by a gradient.

    >>> rate_factor("net.head.weight", Train(head_rate=2.0))
    2.0
    """
    if ".head." in name:
        return settings.head_rate
    return settings.bias_rate if name.endswith("bias") else 1.0


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate for the next step: of each group, its multiple of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["rate_factor"]


class Muon(torch.optim.Optimizer):
    """Steps along the momentum, made orthogonal; SGD with Nesterov momentum elsewhere.

    In a group with `orthogonal=True` a convolution's kernel (O, I, H, W) is a matrix
    with a row for each filter, (O, I·H·W). With gradient G, velocity V, momentum μ,
    rate η and weight decay λ,

        V ← μ V + (1 - μ) G ,    M = μ V + (1 - μ) G
        W ← (1 - η λ) W - η √max(1, rows/columns) · orthogonalize(M) .

    `torch.optim.Muon` does the same for matrices alone, in bfloat16; the tests compare.
    In other groups W ← W - η (G' + μ V) with V ← μ V + G' and G' = G + λ W.

    unit_kernels: before its step W is brought to the norm √rows, so that a filter is
        of length 1 on average. Behind a batch normalization the length of W does not
        change what the network computes, but while W grows, a step of one length turns
        it less and less: so the schedule alone decides how far a step turns it.
    iterations: of `orthogonalize`.

    What all kernels or all others need is computed for their whole list at once, by
    torch's `_foreach_` functions, and kernels of one shape are orthogonalized together:
    a GPU would otherwise wait for Python to name one small tensor after the other.

    Reference: K. Jordan and others, "Muon: An optimizer for hidden layers in neural
    networks", 2024, https://kellerjordan.github.io/posts/muon/; unit kernels and three
    iterations are those of its program for CIFAR-10 (see `model.py`).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        orthogonal: bool = True,
        unit_kernels: bool = False,
        iterations: int = 5,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "orthogonal": orthogonal,
            "unit_kernels": unit_kernels,
            "iterations": iterations,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not weights:
                continue
            for weight in weights:
                if not self.state[weight]:
                    self.state[weight]["velocity"] = torch.zeros_like(weight)
            gradients = [weight.grad for weight in weights]
            velocities = [self.state[weight]["velocity"] for weight in weights]
            update = self._orthogonal if group["orthogonal"] else self._nesterov
            update(weights, gradients, velocities, group)
        return loss

    @staticmethod
    def _orthogonal(
        weights: Tensors, gradients: Tensors, velocities: Tensors, group: dict[str, Any]
    ) -> None:
        rate, momentum = group["lr"], group["momentum"]
        torch._foreach_lerp_(velocities, gradients, 1 - momentum)
        moves = torch._foreach_lerp(gradients, velocities, momentum)
        if group["unit_kernels"]:
            norms = torch._foreach_norm(weights)
            torch._foreach_div_(norms, [len(weight) ** 0.5 for weight in weights])
            torch._foreach_clamp_min_(norms, 1e-7)  # for a kernel that is 0
            torch._foreach_div_(weights, norms)
        torch._foreach_mul_(weights, 1 - rate * group["weight_decay"])
        alike: dict[torch.Size, list[int]] = {}
        for place, weight in enumerate(weights):
            alike.setdefault(weight.shape, []).append(place)
        for places in alike.values():
            matrices = torch.stack([moves[place].flatten(1) for place in places])
            rows, columns = matrices.shape[1:]
            scale = max(1, rows / columns) ** 0.5
            for place, step in zip(
                places, orthogonalize(matrices, group["iterations"]), strict=True
            ):
                weight = weights[place]
                weight.sub_(step.view(weight.shape), alpha=rate * scale)

    @staticmethod
    def _nesterov(
        weights: Tensors, gradients: Tensors, velocities: Tensors, group: dict[str, Any]
    ) -> None:
        momentum = group["momentum"]
        pulled = torch._foreach_add(gradients, weights, alpha=group["weight_decay"])
        torch._foreach_mul_(velocities, momentum)
        torch._foreach_add_(velocities, pulled)
        torch._foreach_add_(pulled, velocities, alpha=momentum)
        torch._foreach_sub_(weights, pulled, alpha=group["lr"])


def orthogonalize(matrices: Tensor, iterations: int = 5) -> Tensor:
    """Bring the singular values of matrices near 1, by products of matrices alone.

    With M = U S Vᵀ this gives U S' Vᵀ. Each iteration maps every singular value s in
    (0, 1] to a s + b s³ + c s⁵; the coefficients (Jordan 2024) trade exactness at 1 for
    speed near 0. Five bring all but the smallest to between about 0.7 and 1.2; three
    leave those below 1/40 of the matrix's norm smaller than that.

    matrices: (n, R, C), n of one shape, which are computed together.

    Returns as many, of the same type. On a GPU it computes in bfloat16.

    >>> matrix = torch.diag(torch.tensor([3.0, 0.1]))[None]
    >>> bool((torch.linalg.svdvals(orthogonalize(matrix)) - 1).abs().max() < 0.35)
    True
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    dtype = torch.bfloat16 if matrices.device.type == "cuda" else matrices.dtype
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(dtype)  # the smaller Gram matrix
    # no singular value above 1
    x = x / torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(iterations):
        gram = x @ x.mT
        # a x + (b G + c G²) x
        x = torch.baddbmm(
            x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a
        )
    return (x.mT if tall else x).to(matrices.dtype)
