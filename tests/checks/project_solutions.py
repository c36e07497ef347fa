"""The project's functions as other people write them, for the tests of their checks."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.checks import all_checks
from autograder.mistakes import variants_of
from autograder.oracles.project import DECAYS

TOPIC = sorted(name for name, check in all_checks().items() if check.topic == "project")

Function = Callable[..., Any]


def right(name: str) -> Function:
    """The first right variant of the catalog."""
    return variants_of(name)[0].function


def torch_norm(gradients):
    """The total norm as PyTorch's clipping reports it."""
    return torch.nn.utils.get_total_norm(list(map(torch.tensor, gradients))).item()


def hypot_norm(gradients):
    """All entries in one list, and math.hypot."""
    return math.hypot(*(float(x) for g in gradients for x in g.ravel()))


def flat_ratio(before, after):
    """Both networks as vectors, subtracted there."""
    a = torch.nn.utils.parameters_to_vector(map(torch.tensor, before))
    b = torch.nn.utils.parameters_to_vector(map(torch.tensor, after))
    return ((b - a).norm() / a.norm()).item()


def lambda_rate(step, steps, peak, warmup, decay):
    """A factor, as torch's LambdaLR takes it."""
    warm = int(warmup * steps + 0.5)
    rise = (step + 1) / warm if step < warm else 1.0
    done = max(0, step - warm) / (steps - warm)
    return peak * rise * DECAYS[decay](done)


def two_dimensions(name, shape):
    """As nanoGPT groups its parameters."""
    return np.ndim(np.empty(shape)) >= 2


def torch_loss(logits, labels, smoothing):
    """PyTorch's own."""
    x, y = torch.tensor(logits), torch.tensor(labels)
    loss = torch.nn.functional.cross_entropy(x, y, label_smoothing=smoothing)
    return loss.numpy()


def kl_loss(logits, labels, smoothing):
    """By the divergence from soft targets, and their entropy."""
    x = torch.tensor(logits, dtype=torch.float64)
    n, c = x.shape
    q = torch.full((n, c), smoothing / c, dtype=torch.float64)
    q[torch.arange(n), torch.tensor(labels)] += 1 - smoothing
    entropy = -torch.special.xlogy(q, q).sum() / n
    log_p = torch.log_softmax(x, 1)
    kl = torch.nn.functional.kl_div(log_p, q, reduction="batchmean")
    return (kl + entropy).item()


def sane_with_numpy(losses, classes):
    """By np.isclose, relative to what is expected."""
    return np.isclose(np.mean(losses), np.log(classes), rtol=0.1, atol=0)


def overfit_by_takewhile(accuracies):
    """Count what is known at the end, backwards."""
    known = list(itertools.takewhile(lambda a: a == 1, reversed(accuracies)))
    return len(accuracies) - len(known) + 1 if known else None


def rate_with_numpy(rates, losses):
    """Sorted pairs, means by NumPy."""
    best = None
    for rate, curve in sorted(zip(rates, losses, strict=True)):
        tail = np.array(curve[-(len(curve) // 10 or 1) :])
        if np.isfinite(tail).all() and tail.mean() / curve[0] < 0.9:
            best = rate
    if best is None:
        raise ValueError("nothing works")
    return best


def coarse_in_decades(rate):
    """By powers of ten."""
    up = math.log10(3)
    middle = math.log10(rate)
    ends = (10 ** (middle - 1), 10 ** (middle + up))
    return {"rate": ("log", *ends), "weight_decay": ("log", 1e-6, 1e-2)}


def next_with_a_heap(space, trials, keep):
    """The best by insertion into a sorted list, logs by base 2."""
    best: list[Any] = []
    for number, (config, loss) in enumerate(trials):
        if abs(loss) < math.inf:
            bisect.insort(best, (loss, number, config))
    new, moved = {}, False
    for name, (scale, low, high) in space.items():
        a, x, b = (math.log2(v) for v in (low, best[0][2][name], high))
        down, up = x - a < 0.05 * (b - a), b - x < 0.05 * (b - a)
        new[name] = (scale, low * (0.1 if down else 1), high * (10.0 if up else 1))
        moved = moved or down or up
    if not moved:
        for name in space:
            tried = [c[name] for _, _, c in best[:keep]]
            new[name] = ("log", min(tried), max(tried))
    return new, moved


def choose_by_loop(trials):
    """One pass, with the best so far."""
    best, least = None, math.inf
    for config, losses in trials:
        if sum(losses) - sum(losses) == 0 and losses[-1] < least:
            best, least = config, losses[-1]
    if best is None:
        raise ValueError("all diverged")
    return best


STRANGERS: dict[str, list[Function]] = {
    "gradient_norm": [torch_norm, hypot_norm],
    "network_update_ratio": [flat_ratio],
    "learning_rate": [lambda_rate],
    "is_decayed": [two_dimensions],
    "smoothed_loss": [torch_loss, kl_loss],
    "initial_loss_is_sane": [sane_with_numpy],
    "epochs_to_overfit": [overfit_by_takewhile],
    "starting_rate": [rate_with_numpy],
    "coarse_space": [coarse_in_decades],
    "next_space": [next_with_a_heap],
    "read_curves": [],
    "choose": [choose_by_loop],
}
