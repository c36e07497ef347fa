"""The same experiment under many seeds, side by side in one tensor.

Ten small networks cost little more than one when they are computed together: every
tensor gets a leading axis of length S, one entry for each replica, which has its own
split of the data, initial weights, order of batches and random masks. Replicas do not
touch one another: the loss is summed over them, so each gradient is its own.

Layers that work element by element, such as ``nn.ReLU`` and ``nn.Dropout``, need no
change; a linear layer becomes :class:`Linear`, and batch normalization
:class:`BatchNorm`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import lab
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Loss = Callable[[Tensor, Tensor], Tensor]
MakeOptimizer = Callable[[Iterable[nn.Parameter], float], torch.optim.Optimizer]


class Linear(nn.Module):
    """S independent linear layers: (S, N, D) -> (S, N, M)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)  # (S, D, M)
        self.bias = nn.Parameter(bias)  # (S, 1, M)

    def forward(self, x: Tensor) -> Tensor:
        """The S layers, each on its own input."""
        return torch.baddbmm(self.bias, x, self.weight)


class BatchNorm(nn.Module):
    """S independent ``nn.BatchNorm1d``: each replica's batch has its own statistics."""

    def __init__(self, n_replicas: int, n_features: int, **settings: float) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(n_replicas * n_features, **settings)

    def forward(self, x: Tensor) -> Tensor:
        """(S, N, D) -> (S, N, D)."""
        s, n, d = x.shape
        flat = self.norm(x.transpose(0, 1).reshape(n, s * d))
        return flat.reshape(n, s, d).transpose(0, 1)


def mlp(
    sizes: Sequence[int],
    seeds: Sequence[int],
    after: Callable[[], nn.Module] | None = None,
    activation: Callable[[], nn.Module] = nn.ReLU,
    std: Callable[[int, int], float] = lab.he,
    before: Callable[[int], nn.Module] | None = None,
) -> nn.Sequential:
    """``lab.mlp`` for every seed, with the same initial weights, in one network.

    ``before`` makes the layer between a hidden linear layer and its activation from
    the width, such as ``lambda width: BatchNorm(len(seeds), width)``.
    """
    singles = [lab.mlp(sizes, seed, None, activation, std) for seed in seeds]
    layers: list[nn.Module] = []
    for same in zip(*singles, strict=True):
        if isinstance(same[0], nn.Linear):
            weight = torch.stack([one.weight.detach().T for one in same])
            bias = torch.stack([one.bias.detach()[None] for one in same])
            layers.append(Linear(weight, bias))
        else:
            if before is not None:
                layers.append(before(layers[-1].weight.shape[2]))
            layers.append(same[0])
            if after is not None:
                layers.append(after())
    return nn.Sequential(*layers)


def stack(splits: Sequence[lab.Digits]) -> lab.Digits:
    """The same split of several seeds as one: ``x`` is (S, N, D), ``y`` (S, N)."""
    parts = (
        lab.Split(torch.stack([p.x for p in part]), torch.stack([p.y for p in part]))
        for part in zip(*splits, strict=True)
    )
    return lab.Digits(*parts)


def cross_entropy(z: Tensor, y: Tensor) -> Tensor:
    """The mean cross-entropy of each replica: (S, N, C), (S, N) -> (S,)."""
    return nn.functional.cross_entropy(z.transpose(1, 2), y, reduction="none").mean(
        dim=1
    )


def squared_error(z: Tensor, y: Tensor) -> Tensor:
    """The mean squared error of each replica: (S, N, 1), (S, N) -> (S,)."""
    return (z.squeeze(2) - y).square().mean(dim=1)


@torch.no_grad()
def losses(
    model: nn.Module, part: lab.Split, loss_fn: Loss = cross_entropy
) -> NDArray[np.float64]:
    """The loss of each replica in test mode."""
    model.eval()
    return loss_fn(model(part.x), part.y).double().numpy()


@torch.no_grad()
def accuracies(model: nn.Module, part: lab.Split) -> NDArray[np.float64]:
    """Each replica's share of right answers in test mode, in percent."""
    model.eval()
    return 100 * (model(part.x).argmax(dim=2) == part.y).double().mean(dim=1).numpy()


def sgd(momentum: float = 0.9, weight_decay: float = 0.0) -> MakeOptimizer:
    """Makes SGD with momentum from parameters and a learning rate."""
    return lambda parameters, lr: torch.optim.SGD(
        parameters, lr=lr, momentum=momentum, weight_decay=weight_decay
    )


def train(
    model: nn.Module,
    data: lab.Digits,
    epochs: int,
    lr: float,
    optimizer: MakeOptimizer | None = None,
    batch_size: int = 50,
    seed: int = 0,
    loss_fn: Loss = cross_entropy,
    schedule: Callable[[int], float] | None = None,
    before_step: Callable[[nn.Module, int], None] | None = None,
    watch: lab.Split | None = None,
) -> NDArray[np.float64]:
    """Train all replicas at once.

    Args:
        model: takes (S, N, D).
        data: of S replicas, from :func:`stack`.
        epochs: passes over ``data.train``.
        lr: the learning rate.
        optimizer: makes the optimizer from the parameters and ``lr``; it must treat
            each entry of a parameter on its own, as all but those with a global norm
            do. SGD with momentum 0.9 if left out.
        batch_size: samples of each replica in a step.
        seed: decides the order of the samples and the random masks.
        loss_fn: gives a loss for each replica.
        schedule: the factor on ``lr`` at step t = 0, 1, ….
        before_step: called with the model and t when the gradients are there.
        watch: the part whose losses are returned, such as ``data.val``.

    Returns:
        The losses on ``watch`` in test mode after each epoch, (epochs, S); without
        ``watch`` an empty array.

    """
    x, y = data.train
    rows = torch.arange(len(x))[:, None]  # (S, 1)
    opt = (optimizer or sgd())(model.parameters(), lr)
    seen = []
    t = 0
    with lab.seeded(seed):
        for _ in range(epochs):
            model.train()
            order = torch.rand(y.shape[:2]).argsort(dim=1)  # a permutation a replica
            for i in order.split(batch_size, dim=1):  # (S, batch)
                if schedule is not None:
                    for group in opt.param_groups:
                        group["lr"] = lr * schedule(t)
                opt.zero_grad()
                loss_fn(model(x[rows, i]), y[rows, i]).sum().backward()
                if before_step is not None:
                    before_step(model, t)
                opt.step()
                t += 1
            if watch is not None:
                seen.append(losses(model, watch, loss_fn))
    model.eval()
    return np.array(seen)


class Result(NamedTuple):
    """What :func:`fair` found; arrays have one entry for each replica."""

    acc: NDArray[np.float64]  # test accuracy in percent; NaN for a regression
    loss: NDArray[np.float64]  # test loss
    lr: float  # the learning rate that was chosen
    model: nn.Module


def fair(
    make: Callable[[], nn.Module],
    data: lab.Digits,
    epochs: int = 50,
    rates: Sequence[float] = (0.02, 0.06),
    loss_fn: Loss = cross_entropy,
    **how: Any,
) -> Result:
    """Train with each learning rate; test the one that does best on validation data.

    Every side of a comparison gets as many ``rates`` to choose from and the same
    number of epochs. The choice is one for all replicas, by their mean loss. ``how``
    goes to :func:`train`.
    """
    best: tuple[float, float, nn.Module] | None = None
    for lr in rates:
        model = make()
        train(model, data, epochs, lr, loss_fn=loss_fn, **how)
        score = float(losses(model, data.val, loss_fn).mean())
        score = math.inf if math.isnan(score) else score  # it diverged
        if best is None or score < best[0]:
            best = score, lr, model
    if best is None:
        raise ValueError("rates must name at least one learning rate")
    _, lr, model = best
    is_class = loss_fn is cross_entropy
    acc = (
        accuracies(model, data.test) if is_class else np.full(len(data.test.x), np.nan)
    )
    return Result(acc, losses(model, data.test, loss_fn), lr, model)
