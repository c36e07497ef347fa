"""Right schedules as strangers write them, and what must not be taken for one."""

from __future__ import annotations

import bisect
import functools
import math

import numpy as np

from autograder.checks import all_checks

TOPIC = [name for name, check in all_checks().items() if check.topic == "schedules"]
OF_A_STEP = [name for name in TOPIC if name not in {"warmup", "plateau", "scale_lr"}]


def right(name: str):
    """The most obvious right function of that name."""
    return RIGHT[name]


def warmup(t, base_lr, warmup_steps, after):
    """Grow by shares, for numbers and arrays."""
    growth = base_lr * (t + 1) / max(warmup_steps, 1)
    return np.where(t < warmup_steps, growth, after(np.maximum(t - warmup_steps, 0)))


def plateau(metric_history, base_lr, factor, patience):
    """Reduce when the count reaches patience."""
    rate, best, waited = base_lr, math.inf, 0
    for metric in metric_history:
        waited = 0 if metric < best else waited + 1
        best = min(best, metric)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rate


RIGHT = {
    "fixed": lambda t, lr: np.full(np.shape(t), lr),
    "step": lambda t, lr, g, s: lr * g ** (t // s),
    "multistep": lambda t, lr, g, m: lr * g ** np.searchsorted(m, t, "right"),
    "exponential": lambda t, lr, g: lr * g**t,
    "inverse": lambda t, lr, g, p: lr * (1 + g * t) ** -p,
    "polynomial": lambda t, lr, p, total: lr * (1 - t / total) ** p,
    "linear": lambda t, lr, total: lr * (1 - t / total),
    "sigmoid": lambda t, lr, g, s: lr / (1 + np.exp(-g * (t - s))),
    "cosine": lambda t, lr, total: lr / 2 * (1 + np.cos(np.pi * t / total)),
    "inverse_sqrt": lambda t, lr: lr / np.sqrt(t + 1),
    "warmup": warmup,
    "plateau": plateau,
    "scale_lr": lambda lr, base, batch: lr * batch / base,
}


def entrywise(function):
    """A function of one step, made one of arrays by NumPy."""

    @functools.wraps(function)
    def wrapped(t, *parameters):
        return np.vectorize(lambda one: function(one, *parameters))(t)

    return wrapped


def by_branch(function):
    """A function of one step that treats arrays in a branch of their own."""

    def wrapped(t, *parameters):
        if isinstance(t, np.ndarray):
            rates = [function(int(one), *parameters) for one in t.flatten()]
            return np.asarray(rates).reshape(t.shape)
        return function(t, *parameters)

    return wrapped


def walked(t, lr, g, s):
    """Step by step, as a training loop does it."""
    for past in range(1, int(t) + 1):
        if past % s == 0:
            lr = lr * g
    return lr


def stable_sigmoid(t, lr, g, s):
    """Two branches, one for each sign."""
    z = g * (t - s)
    return lr / (1 + math.exp(-z)) if z >= 0 else lr * math.exp(z) / (1 + math.exp(z))


def windows(history, lr, factor, patience):
    """Patience as a deadline that every new best postpones."""
    best, deadline = float("inf"), patience
    for epoch, loss in enumerate(history):
        if loss < best:
            best, deadline = loss, epoch + patience
        elif epoch >= deadline:
            lr, deadline = lr * factor, epoch + patience
    return lr


def as_torch(history, lr, factor, patience):
    """PyTorch's class with a relative threshold, as it is by default."""
    best, bad = math.inf, 0
    for loss in history:
        threshold = best - 1e-4 * abs(best) if math.isfinite(best) else best
        if loss < threshold:
            best, bad = loss, 0
        else:
            bad += 1
        if bad > patience:
            lr, bad = lr * factor, 0
    return np.float64(lr)


def by_mask(t, base_lr, warmup_steps, after):
    """Fill two masks, either of which may be empty."""
    steps = np.atleast_1d(np.asarray(t))
    rates = np.zeros(steps.shape)
    growing = steps < warmup_steps
    rates[growing] = base_lr * (steps[growing] + 1) / max(warmup_steps, 1)
    rates[~growing] = after(steps[~growing] - warmup_steps)
    return rates.reshape(np.shape(t))[()]


STRANGERS = [
    ("fixed", by_branch(lambda t, lr: lr)),
    ("fixed", lambda t, lr: lr),  # against manners only
    ("fixed", lambda t, lr: np.asarray(lr)),
    ("fixed", lambda t, lr: np.ones_like(t, dtype=np.float32) * np.float32(lr)),
    ("step", by_branch(walked)),
    ("step", lambda t, lr, g, s: lr * g ** (t // s)
        if isinstance(t, (int, np.integer)) else
        np.array([lr * g ** (one // s) for one in t.ravel()]).reshape(t.shape)),
    ("step", entrywise(lambda t, lr, g, s: lr * g ** math.floor(t / s))),
    ("step", lambda t, lr, g, s: lr * np.power(g, np.floor_divide(t, s))),
    ("step", lambda t, lr, g, s: np.array([lr]) * g ** (t // s) if np.ndim(t) == 0
        else lr * g ** (t // s)),  # (1,) for a number: against manners only
    ("multistep", lambda t, lr, g, m: lr * g ** np.digitize(t, np.array(m, int))),
    ("multistep", lambda t, lr, g, m: lr * g ** sum(t >= one for one in m)),
    ("multistep", entrywise(lambda t, lr, g, m: lr * g ** bisect.bisect_right(m, t))),
    ("multistep", by_branch(
        lambda t, lr, g, m: lr * math.prod(g for one in m if one <= t))),
    ("exponential", by_branch(
        lambda t, lr, g: math.prod([lr, *(g for _ in range(t))]))),
    ("exponential", lambda t, lr, g: lr * np.power(g, t)),
    ("exponential", lambda t, lr, g: np.multiply(lr, g ** np.array(t, dtype=float))),
    ("exponential", entrywise(lambda t, lr, g: lr * math.pow(g, t))),
    ("inverse", lambda t, lr, g, p: lr / (1 + g * t) ** p),
    ("inverse", lambda t, lr, g, p: lr * np.exp(-p * np.log1p(g * np.asarray(t)))),
    ("polynomial", lambda t, lr, p, total: lr * np.power((total - t) / total, p)),
    ("polynomial", lambda t, lr, p, total: lr * (1 - t * (1 / total)) ** p),
    ("polynomial", lambda t, lr, p, total:
        np.float32(lr) * np.float32(1 - t / total) ** np.float32(p)
        if np.ndim(t) == 0 else
        (lr * (1 - t.astype(np.float32) / total) ** p).astype(np.float32)),
    ("linear", lambda t, lr, total: np.linspace(lr, 0, total + 1)[t]),
    ("linear", lambda t, lr, total: lr - t * (lr / total)),
    ("linear", lambda t, lr, total: (total - t) * (lr / total)),
    ("linear", lambda t, lr, total: np.maximum(0.0, lr * (1 - t / total))),
    ("cosine", lambda t, lr, total:
        (lr * (1 + np.cos(np.pi * np.arange(total + 1) / total)) / 2)[t]),
    ("cosine", entrywise(
        lambda t, lr, total: 0.5 * lr * (1 + math.cos(math.pi * t / total)))),
    ("cosine", lambda t, lr, total:
        0 + (lr - 0) * (1 + np.cos(np.deg2rad(180 * t / total))) / 2),
    ("sigmoid", by_branch(stable_sigmoid)),
    ("sigmoid", lambda t, lr, g, s: lr * np.exp(-np.logaddexp(0, -g * (t - s)))),
    ("inverse_sqrt", lambda t, lr: lr * (1 + t) ** (-1 / 2)),
    ("inverse_sqrt", entrywise(lambda t, lr: lr / math.sqrt(t + 1))),
    ("warmup", entrywise(
        lambda t, lr, w, after: lr * t / w if t < w else after(t - w))),
    ("warmup", by_mask),
    ("warmup", lambda t, lr, w, after: lr * (t / w) if t <= w else after(t - w)),
    ("warmup", lambda t, lr, w, after: [lr * (i + 1) / w for i in range(w)][int(t)]
        if t < w else np.float32(after(np.array(t - w)))),
    ("warmup", lambda t, lr, w, after:
        np.interp(t, [0, w], [0, lr]) if t < w else after(t - w)),
    ("plateau", windows),
    ("plateau", as_torch),
    ("plateau", lambda *a: np.array(plateau(*a))),
    ("plateau", lambda h, lr, f, p: plateau(np.array(h), lr, f, p + 1)),
    ("scale_lr", lambda lr, base, batch: lr / base * batch),
    ("scale_lr", lambda lr, base, batch: np.array(lr) * (batch / base)),
]  # fmt: skip
