"""The optimizers: SGD with Nesterov momentum, AdamW, and Muon for convolutions.

One optimizer object holds all parameters of a network, in groups: with weight decay
and without (`is_decayed` says which). So whoever steps, scales, clips or stores it
need not know which optimizer it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from .config import Train
from .regularization import is_decayed


def build(model: nn.Module, settings: Train) -> torch.optim.Optimizer:
    """Make the optimizer that the settings name, for the parameters of a network.

    The rate is set for each step by `set_rate`; here it is only begun with.

    Raises `ValueError` for an unknown name.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in named:
        # convolutions are the hidden layers; the head, gains and biases are not Muon's
        kernel = settings.optimizer == "muon" and parameter.ndim == 4
        decayed = is_decayed(name, tuple(parameter.shape))
        groups.setdefault((kernel, decayed), []).append(parameter)
    options = [
        {
            "params": parameters,
            "weight_decay": settings.weight_decay if decayed else 0.0,
            "orthogonal": kernel,  # only Muon looks at it
        }
        for (kernel, decayed), parameters in groups.items()
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
            return Muon(options, lr=settings.rate, momentum=settings.momentum)
    raise ValueError(f"no optimizer {settings.optimizer!r}: sgd, adamw or muon")


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of all parameters for the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


class Muon(torch.optim.Optimizer):
    """Steps along the momentum, made orthogonal; SGD with Nesterov momentum elsewhere.

    In a group with `orthogonal=True` a convolution's kernel (O, I, H, W) is a matrix
    with a row for each filter, (O, I·H·W). With gradient G, velocity V, momentum μ,
    rate η and weight decay λ,

        V ← μ V + (1 - μ) G ,    M = μ V + (1 - μ) G
        W ← (1 - η λ) W - η √max(1, rows/columns) · orthogonalize(M) .

    `torch.optim.Muon` does the same for matrices alone, in bfloat16; the tests compare.
    In other groups W ← W - η (G' + μ V) with V ← μ V + G' and G' = G + λ W.

    Reference: K. Jordan and others, "Muon: An optimizer for hidden layers in neural
    networks", 2024, https://kellerjordan.github.io/posts/muon/.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        orthogonal: bool = True,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "orthogonal": orthogonal,
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
            update = self._orthogonal if group["orthogonal"] else self._nesterov
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["velocity"] = torch.zeros_like(weight)
                update(weight, weight.grad, state["velocity"], group)
        return loss

    @staticmethod
    def _orthogonal(
        weight: Tensor, gradient: Tensor, velocity: Tensor, group: dict[str, Any]
    ) -> None:
        rate, momentum = group["lr"], group["momentum"]
        velocity.lerp_(gradient, 1 - momentum)
        matrix = gradient.lerp(velocity, momentum).flatten(1)  # (O, I·H·W)
        scale = max(1, matrix.shape[0] / matrix.shape[1]) ** 0.5
        weight.mul_(1 - rate * group["weight_decay"])
        weight.sub_(orthogonalize(matrix).view(weight.shape), alpha=rate * scale)

    @staticmethod
    def _nesterov(
        weight: Tensor, gradient: Tensor, velocity: Tensor, group: dict[str, Any]
    ) -> None:
        momentum = group["momentum"]
        gradient = gradient.add(weight, alpha=group["weight_decay"])
        velocity.mul_(momentum).add_(gradient)
        weight.sub_(gradient.add(velocity, alpha=momentum), alpha=group["lr"])


def orthogonalize(matrix: Tensor) -> Tensor:  # (R, C) -> (R, C)
    """Bring all singular values of a matrix near 1, by products of matrices alone.

    With M = U S Vᵀ this gives U S' Vᵀ with S' between about 0.7 and 1.2. Each of five
    iterations maps every singular value s in (0, 1] to a s + b s³ + c s⁵; the
    coefficients (Jordan 2024) trade exactness at 1 for speed near 0.

    >>> matrix = torch.diag(torch.tensor([3.0, 0.1]))
    >>> bool((torch.linalg.svdvals(orthogonalize(matrix)) - 1).abs().max() < 0.35)
    True
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    dtype = torch.bfloat16 if matrix.device.type == "cuda" else matrix.dtype
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).to(dtype)  # the smaller Gram matrix
    x = x / x.norm().clamp(min=1e-7)  # no singular value above 1
    for _ in range(5):
        gram = x @ x.T
        # a x + (b G + c G²) x
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.T if tall else x).to(matrix.dtype)
