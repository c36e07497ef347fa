"""The pictures of the playgrounds, from a second implementation of what they compute.

Where scripts do not run, a page shows these. The numbers are computed here in NumPy and
PyTorch, apart from the modules of ``book/_static/playgrounds/``; the tests compare the
two, so the pictures show what the playgrounds show first.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.style
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

Array = NDArray[np.float64]

# What each playground shows first.
RACERS: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "SGD": (torch.optim.SGD, {"lr": 0.95}),
    "Momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "Adam": (torch.optim.Adam, {"lr": 0.5}),
}
START, STEPS = (-7.0, 2.0), 60
LAYERS, WIDTH, SAMPLES, SEED = 10, 100, 100, 1
RATE, WARMUP, TOTAL = 0.1, 10, 100

_MARKS = {"SGD": "o-", "Momentum": "s--", "Adam": "^:"}


def valley(w: Tensor) -> Tensor:
    """f(x, y) = x²/20 + y², for w of shape (..., 2)."""
    return w[..., 0] ** 2 / 20 + w[..., 1] ** 2


def walk(
    optimizer: type[Optimizer],
    settings: dict[str, Any],
    start: tuple[float, float] = START,
    steps: int = STEPS,
) -> Array:
    """The points of an optimizer's walk through the valley, (steps + 1, 2)."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    rule = optimizer([w], **settings)
    points = [w.detach().clone()]
    for _ in range(steps):
        rule.zero_grad()
        valley(w).backward()
        rule.step()
        points.append(w.detach().clone())
    return torch.stack(points).numpy()


def mulberry32(seed: int, first: int, count: int) -> Array:
    """The ``count`` numbers from number ``first`` on in the stream of a seed."""
    with np.errstate(over="ignore"):  # arithmetic modulo 2³² is meant
        k = np.arange(first + 1, first + count + 1, dtype=np.uint32)
        a = np.uint32(seed % 2**32) + k * np.uint32(0x6D2B79F5)
        t = (a ^ (a >> np.uint32(15))) * (a | np.uint32(1))
        t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
        return (t ^ (t >> np.uint32(14))) / 2.0**32


class Stream:
    """A seed's uniform numbers, handed out in their order."""

    def __init__(self, seed: int) -> None:
        self.seed, self.used = seed, 0

    def uniform(self, count: int) -> Array:
        """The next ``count`` numbers, from [0, 1)."""
        self.used += count
        return mulberry32(self.seed, self.used - count, count)

    def normal(self, rows: int, columns: int) -> Array:
        """Normal numbers by Box and Muller's method, (rows, columns)."""
        pairs = (rows * columns + 1) // 2
        u, v = self.uniform(2 * pairs).reshape(pairs, 2).T
        r, angle = np.sqrt(-2 * np.log(1 - u)), 2 * np.pi * v
        both = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)
        return both.ravel()[: rows * columns].reshape(rows, columns)

    def spread_one(self, rows: int, columns: int) -> Array:
        """Uniform numbers of mean 0 and standard deviation 1, (rows, columns)."""
        u = self.uniform(rows * columns).reshape(rows, columns)
        return np.sqrt(3) * (2 * u - 1)


class Passed(NamedTuple):
    """Of each layer: its output, and the gradient with respect to its z."""

    h: list[Array]
    dz: list[Array]


def network(  # noqa: D417
    layers: int = LAYERS,
    width: int = WIDTH,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
    std: float = (1 / WIDTH) ** 0.5,
    seed: int = SEED,
    uniform: bool = False,
) -> Passed:
    """One pass through a random network and back, by PyTorch's automatic gradients.

    Args:
        std: the weights' standard deviation.
        uniform: whether their law is uniform, not normal.

    """
    stream = Stream(seed)
    x, dout = (stream.normal(SAMPLES, width) for _ in range(2))
    law = stream.spread_one if uniform else stream.normal
    signal = torch.tensor(x)
    zs, hs = [], []
    for _ in range(layers):
        z = (signal @ torch.tensor(std * law(width, width))).requires_grad_()
        signal = activation(z)
        zs.append(z)
        hs.append(signal.detach().numpy())
    dz = torch.autograd.grad(signal, zs, torch.tensor(dout))
    return Passed(hs, [each.numpy() for each in dz])


def composed() -> Array:
    """η₀(t + 1)/W while t < W, then half a cosine, for each step."""
    t = np.arange(TOTAL)
    after = RATE / 2 * (1 + np.cos(np.pi * (t - WARMUP) / (TOTAL - WARMUP)))
    return np.where(t < WARMUP, RATE * (t + 1) / WARMUP, after)


def race_picture() -> Figure:
    """The valley with three walks, and their losses."""
    figure = Figure(figsize=(5.2, 5.4))
    above, below = figure.subplots(2, 1)
    for level in (0.05, 0.3, 1, 2, 4, 7, 11):
        # x²/20 + y² = c is an ellipse with the axes 2√(20c) and 2√c.
        size = 2 * (20 * level) ** 0.5, 2 * level**0.5
        above.add_patch(Ellipse((0, 0), *size, fill=False, color="#C4C1B7"))
    for name, (rule, settings) in RACERS.items():
        points = walk(rule, settings)
        losses = valley(torch.tensor(points))
        above.plot(*points.T, _MARKS[name], lw=1.5, markevery=slice(0, 40), ms=2.5)
        below.semilogy(losses, _MARKS[name], lw=1.5, markevery=10, ms=5, label=name)
    above.plot(0, 0, "k+", markersize=10)
    below.minorticks_off()
    above.set(xlabel="x", ylabel="y", xlim=(-9, 5), ylim=(-3.5, 3.5))
    below.set(xlabel="step", ylabel="loss")
    below.legend()
    return figure


def depth_picture() -> Figure:
    """Standard deviations by layer, and histograms of four layers."""
    h, dz = network()
    shown = [0, 3, 6, 9]
    figure = Figure(figsize=(5.2, 4.8))
    axes = figure.subplot_mosaic([["spread"] * 4, shown], height_ratios=[2, 1])
    layers = range(1, LAYERS + 1)
    top = axes["spread"]
    top.semilogy(layers, [each.std() for each in h], "o-", label="activations")
    top.semilogy(layers, [each.std() for each in dz], "s--", label="gradients")
    top.minorticks_off()
    top.set(xlabel="layer", ylabel="standard deviation", ylim=(0.1, 1))
    top.legend()
    for layer in shown:
        axis = axes[layer]
        axis.hist(h[layer].ravel(), bins=31, range=(-1, 1), histtype="stepfilled")
        axis.set(xlim=(-1, 1), yticks=[])
        axis.set_title(f"layer {layer + 1}", loc="center", size=11, weight="normal")
    return figure


def schedule_picture() -> Figure:
    """The composed schedule."""
    figure = Figure()
    axis = figure.subplots()
    axis.plot(composed())
    axis.axvspan(0, WARMUP, color="#E3E1DA", alpha=0.6, label="warm-up")
    axis.set(xlabel="step t", ylabel="learning rate", xlim=(0, TOTAL), ylim=(0, None))
    axis.legend()
    return figure


PICTURES = {
    "optimizer-race": race_picture,
    "depth-explorer": depth_picture,
    "schedule-composer": schedule_picture,
}


def save(name: str, path: Path, style: Path) -> None:
    """Draw the picture of a playground as SVG, the same bytes each time."""
    text = io.StringIO()
    own = {"svg.hashsalt": name, "svg.fonttype": "path"}
    with matplotlib.style.context([style, own]):
        PICTURES[name]().savefig(text, format="svg", metadata={"Date": None})
    # A tenth of a point is exact enough, and half of the bytes.
    short = re.sub(
        r' (?:d|x|y)="[^"]*"',
        lambda found: re.sub(r"(\.\d)\d+|(?<=\d) \n", r"\1", found[0]),
        text.getvalue(),
    )
    path.write_text(short, encoding="utf-8")
