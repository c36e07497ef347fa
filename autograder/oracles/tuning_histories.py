"""Learning curves of every kind that ``diagnose`` tells apart.

Each kind is drawn so that any sensible rule sees it: the shape of the curves and the
level that they reach say the same. Noise is bounded: 0.006 in an accuracy, 0.5 % of
ln C in a loss. The rule of the notebook, with its thresholds, is asked about apart, in
a part of manners, with curves made of steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
History = dict[str, Any]
Draw = Callable[[np.random.Generator], History]

NOISE = 0.006
CLASSES = (10, 12, 20, 37, 50, 100, 200, 1000)


class Curves:
    """The four curves of a run, as they are drawn: losses in units of ln C."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.classes = int(rng.choice(CLASSES))
        self.epochs = int(rng.integers(20, 90))
        self.t = np.arange(self.epochs) / self.epochs  # from 0 to nearly 1
        self.chance = 1 / self.classes

    def uniform(self, low: float, high: float) -> float:
        """A level, or a share of the run."""
        return float(self.rng.uniform(low, high))

    def reach(self, start: float, end: float, tau: float, after: float = 0.0) -> Array:
        """From ``start`` to ``end`` at the pace ``tau``, once ``after`` has passed."""
        passed = np.maximum(self.t - after, 0.0)
        return end + (start - end) * np.exp(-passed / tau)

    def history(
        self, train_loss: Array, val_loss: Array, train_acc: Array, val_acc: Array
    ) -> History:
        """The curves with noise, losses as they would be recorded."""
        chance_loss = np.log(self.classes)
        noisy: dict[str, Any] = {}
        for name, loss in (("train_loss", train_loss), ("val_loss", val_loss)):
            noise = self.rng.uniform(-0.005, 0.005, self.epochs)
            noisy[name] = (chance_loss * np.maximum(loss + noise, 1e-4)).tolist()
        for name, accuracy in (("train_acc", train_acc), ("val_acc", val_acc)):
            noise = self.rng.uniform(-1, 1, self.epochs)
            noise *= np.minimum(NOISE, accuracy / 10)  # chance may be 0.001
            noisy[name] = np.clip(accuracy + noise, 0.0, 1.0).tolist()
        noisy["num_classes"] = self.classes
        return noisy


def _learned(
    rng: np.random.Generator,
    *,
    losses: tuple[float, float],
    accuracies: tuple[float, float],
    tau: float,
    after: float = 0.0,
    gaps: tuple[float, float] = (0.01, 0.025),
) -> History:
    """A run that comes to rest: validation follows training closely."""
    curves = Curves(rng)
    loss, accuracy = curves.uniform(*losses), curves.uniform(*accuracies)
    gap = curves.uniform(*gaps)
    return curves.history(
        curves.reach(1.0, loss, tau, after),
        curves.reach(1.0, loss + 0.03, tau, after),
        curves.reach(curves.chance, accuracy, tau, after),
        curves.reach(curves.chance, accuracy - gap, tau, after),
    )


def healthy(rng: np.random.Generator) -> History:
    """It learned what there is to learn, and came to rest near the top."""
    return _learned(
        rng,
        losses=(0.03, 0.07),
        accuracies=(0.98, 0.99),
        gaps=(0.004, 0.012),
        tau=float(rng.uniform(0.06, 0.1)),
    )


def plateau(rng: np.random.Generator) -> History:
    """It fell fast and has been going nowhere since, half way up."""
    return _learned(
        rng,
        losses=(0.3, 0.4),
        accuracies=(0.62, 0.74),
        tau=float(rng.uniform(0.05, 0.09)),
    )


def underfitting(rng: np.random.Generator) -> History:
    """It came to rest, and both accuracies are bad."""
    return _learned(
        rng,
        losses=(0.62, 0.72),
        accuracies=(0.22, 0.34),
        tau=float(rng.uniform(0.06, 0.1)),
    )


def bad_init(rng: np.random.Generator) -> History:
    """Flat at the loss of chance, then a drop."""
    return _learned(
        rng,
        losses=(0.04, 0.08),
        accuracies=(0.93, 0.98),
        tau=0.04,
        after=float(rng.uniform(0.4, 0.5)),
    )


def keep_training(rng: np.random.Generator) -> History:
    """Everything still gets better at the end."""
    curves = Curves(rng)
    way = curves.t ** curves.uniform(0.55, 0.65)
    loss, accuracy = curves.uniform(0.35, 0.45), curves.uniform(0.65, 0.78)
    train_loss = 1 + (loss - 1) * way
    train_acc = curves.chance + (accuracy - curves.chance) * way
    gap = curves.uniform(0.01, 0.025)
    return curves.history(
        train_loss, train_loss + 0.03 * way, train_acc, train_acc - gap * way
    )


def lr_too_small(rng: np.random.Generator) -> History:
    """It falls, steadily, and hardly at all."""
    curves = Curves(rng)
    loss = 1 - curves.uniform(0.015, 0.04) * curves.t
    accuracy = curves.chance * (1 + curves.uniform(0.2, 0.6) * curves.t)
    return curves.history(loss, loss + 0.002, accuracy, accuracy * 0.98)


def overfitting(rng: np.random.Generator) -> History:
    """Training goes to 0, validation turns round."""
    curves = Curves(rng)
    best, rise = curves.uniform(0.4, 0.5), curves.uniform(0.5, 0.9)
    turned = np.maximum(curves.t - 0.25, 0.0) / 0.75
    accuracy = curves.uniform(0.55, 0.66)
    return curves.history(
        curves.reach(1.0, 0.01, 0.1),
        curves.reach(1.0, best, 0.08) + rise * turned,
        curves.reach(curves.chance, 0.99, 0.1),
        curves.reach(curves.chance, accuracy, 0.08) - 0.03 * turned,
    )


def diverged(kind: str) -> Draw:
    """A run that went well, or never did, and then blew up, as ``kind`` says."""

    def draw(rng: np.random.Generator) -> History:
        history = healthy(rng)
        epochs = len(history["train_loss"])
        at = 0 if kind == "never" else int(rng.uniform(0.3, 0.7) * epochs)
        left = epochs - at
        value = {"inf": np.inf, "exploded": 1.0}.get(kind, np.nan)
        growth = np.geomspace(20.0, 10 ** rng.uniform(2.5, 5), left)
        blown = value * growth * np.log(history["num_classes"])
        for name in ("train_loss", "val_loss"):
            history[name][at:] = blown.tolist()
        for name in ("train_acc", "val_acc"):
            history[name][at:] = [1 / history["num_classes"]] * left
        return history

    return draw
