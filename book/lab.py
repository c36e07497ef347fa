"""What the chapters' experiments share: data, a small network, a training loop.

Chapters are executed in the folder ``book/`` and start with::

    import lab

    lab.setup()

Everything random takes a seed or a generator; nothing here sets a global one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import Markdown, display
from matplotlib.axes import Axes
from myst_nb import glue
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor, nn

# The book's colors by name, in the order of tuned.mplstyle (Okabe and Ito's palette).
BLUE, ORANGE, GREEN, PINK, AMBER, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
)
GREY = "#8A8F98"


def setup() -> None:
    """Use the book's figure style, and one thread, so that timings compare."""
    plt.style.use(Path(__file__).with_name("tuned.mplstyle"))
    torch.set_num_threads(1)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's own generator inside the block, and restore it afterwards.

    For layers that take no generator, such as ``nn.Dropout``.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


class Split(NamedTuple):
    """One part of the data: ``x`` is (N, 64) or (N, 1, 8, 8), ``y`` is (N,)."""

    x: Tensor
    y: Tensor


class Digits(NamedTuple):
    """The three parts of the digits data. ``test`` is for the last look only."""

    train: Split
    val: Split
    test: Split


@cache
def _load_digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return load_digits(return_X_y=True)


def digits(
    seed: int, n_train: int = 1000, n_val: int = 400, images: bool = False
) -> Digits:
    """Scikit-learn's 1797 handwritten digits, shuffled and split in three.

    Pixels (0 to 16) are standardized with one mean and one standard deviation, both
    of the training part alone.

    Args:
        seed: decides which images go to which part.
        n_train: size of the training part.
        n_val: size of the validation part; what is left is the test part.
        images: ``x`` as (N, 1, 8, 8) instead of (N, 64).

    """
    x, y = _load_digits()
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order], y[order]
    mean, std = x[:n_train].mean(), x[:n_train].std()
    x_all = torch.tensor((x - mean) / std, dtype=torch.float32)
    y_all = torch.tensor(y, dtype=torch.int64)
    if images:
        x_all = x_all.reshape(-1, 1, 8, 8)
    a, b = n_train, n_train + n_val
    return Digits(
        Split(x_all[:a], y_all[:a]),
        Split(x_all[a:b], y_all[a:b]),
        Split(x_all[b:], y_all[b:]),
    )


def he(n_in: int, _n_out: int) -> float:
    """The standard deviation √(2 / n_in) of He initialization.

    >>> he(200, 10)
    0.1
    """
    return math.sqrt(2 / n_in)


def mlp(
    sizes: Sequence[int],
    seed: int,
    after: Callable[[], nn.Module] | None = None,
    activation: Callable[[], nn.Module] = nn.ReLU,
    std: Callable[[int, int], float] = he,
) -> nn.Sequential:
    """A network of linear layers; biases begin at 0, weights normally distributed.

    Args:
        sizes: widths from input to output, such as ``(64, 100, 10)``.
        seed: decides the initial weights.
        after: makes the layer put behind each hidden activation, such as
            ``lambda: nn.Dropout(0.5)``.
        activation: makes each hidden layer's nonlinearity.
        std: gives the weights' standard deviation from ``n_in`` and ``n_out``.

    """
    generator = torch.Generator().manual_seed(int(seed))
    layers: list[nn.Module] = []
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        linear = nn.Linear(n_in, n_out)
        with torch.no_grad():
            linear.weight.normal_(0, std(n_in, n_out), generator=generator)
            linear.bias.zero_()
        layers.append(linear)
        if i < len(sizes) - 2:
            layers.append(activation())
            if after is not None:
                layers.append(after())
    return nn.Sequential(*layers)


@dataclass
class History:
    """What :func:`train` saw, one entry an epoch."""

    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_acc: list[float] = field(default_factory=list)


def batches(n: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """The indices 0 … n−1 in a fresh random order, ``size`` at a time."""
    yield from torch.randperm(n, generator=generator).split(size)


def train(
    model: nn.Module,
    data: Digits,
    epochs: int,
    lr: float = 0.1,
    momentum: float = 0.9,
    batch_size: int = 100,
    seed: int = 0,
    weight_decay: float = 0.0,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
    evaluate: bool = True,
) -> History:
    """SGD with momentum; after each epoch the losses in test mode.

    ``seed`` decides the order of the batches and the dropout masks.
    """
    history = History()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=lr, momentum=momentum, weight_decay=weight_decay
    )
    order = torch.Generator().manual_seed(seed)
    with seeded(seed):
        for _ in range(epochs):
            model.train()
            for i in batches(len(data.train.x), batch_size, order):
                optimizer.zero_grad()
                loss_fn(model(data.train.x[i]), data.train.y[i]).backward()
                optimizer.step()
            if evaluate:
                history.train_loss.append(loss_of(model, data.train, loss_fn))
                history.val_loss.append(loss_of(model, data.val, loss_fn))
                history.val_acc.append(accuracy(model, data.val))
    model.eval()
    return history


@torch.no_grad()
def loss_of(
    model: nn.Module,
    part: Split,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
) -> float:
    """The mean loss in test mode."""
    model.eval()
    return float(loss_fn(model(part.x), part.y))


@torch.no_grad()
def accuracy(model: nn.Module, part: Split) -> float:
    """The share of right answers in test mode, in percent."""
    model.eval()
    return 100 * float((model(part.x).argmax(dim=1) == part.y).double().mean())


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimal(value: float, digits: int) -> str:
    """A number with ``digits`` decimals, a true minus sign and no negative zero.

    >>> decimal(-0.4996, 2), decimal(-0.0004, 2)
    ('−0.50', '0.00')
    """
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def powers(text: str) -> str:
    r"""The text with each ``4e-16`` written as a reader writes it.

    >>> powers("off by 4e-16, or 1.4e+02, or 1e-08")
    'off by 4\xa0×\xa010⁻¹⁶, or 1.4\xa0×\xa010², or 10⁻⁸'
    >>> powers("2e+00")
    '2'
    """

    def power(found: re.Match[str]) -> str:
        if int(found[2]) == 0:
            return found[1]
        raised = "10" + str(int(found[2])).translate(_SUPERSCRIPTS)
        if found[1] == "1":
            return raised
        return f"{found[1]}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{raised}"

    return re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]\d+)(?!\w)", power, text)


class Summary(NamedTuple):
    """Mean, standard deviation (n − 1) and number of several runs."""

    mean: float
    std: float
    n: int

    def text(self, digits: int = 2, unit: str = "") -> str:
        """As in ``97.1 ± 0.4 %`` (a no-break space before the unit)."""
        unit = f"\N{NO-BREAK SPACE}{unit}" if unit else ""
        mean, std = decimal(self.mean, digits), decimal(self.std, digits)
        return f"{mean}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{std}{unit}"


def summary(values: Sequence[float] | NDArray[np.float64]) -> Summary:
    r"""Mean, standard deviation and number of ``values``.

    >>> summary([1.0, 2.0, 3.0]).text(1)
    '2.0\xa0±\xa01.0'
    """
    array = np.asarray(values, dtype=np.float64)
    return Summary(float(array.mean()), float(array.std(ddof=1)), len(array))


def strip(ax: Axes, groups: Mapping[str, Sequence[float]], color: str = BLUE) -> None:
    """A row for each group: one dot a run, and a bar at the mean."""
    for row, values in enumerate(groups.values()):
        jitter = np.linspace(-0.16, 0.16, len(values))
        ax.plot(values, row + jitter, "o", color=color, alpha=0.55, mew=0)
        ax.plot([np.mean(values)] * 2, [row - 0.32, row + 0.32], color="#2B2F36")
    ax.set_yticks(range(len(groups)), groups.keys())
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show a table, as Markdown, with powers of ten written out."""
    lines = [head, ["---"] * len(head), *rows]
    text = "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
    display(Markdown(powers(text)))


def say(name: str, value: object, digits: int = 2, unit: str = "") -> None:
    """Glue ``value`` under ``name`` for ``{glue:text}``, and show nothing.

    A :class:`Summary` or a list of numbers becomes ``mean ± std``, a float gets
    ``digits`` decimals, anything else its ``str``, with powers of ten written out.
    """
    if isinstance(value, (list, tuple, np.ndarray)) and not isinstance(value, Summary):
        value = summary(value)
    if isinstance(value, Summary):
        text = value.text(digits, unit)
    elif isinstance(value, (float, np.floating)):
        text = decimal(float(value), digits)
        text += f"\N{NO-BREAK SPACE}{unit}" if unit else ""
    else:
        text = powers(str(value)) + (f"\N{NO-BREAK SPACE}{unit}" if unit else "")
    glue(name, text, display=False)
