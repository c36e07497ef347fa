"""The tuning workflow as other people write it, for the tests of its checks."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.calling import LocalCallee
from autograder.checks import all_checks
from autograder.exam import Exam
from autograder.mistakes import variants_of
from autograder.verdict import Outcome

TOPIC = sorted(name for name, check in all_checks().items() if check.topic == "tuning")

Function = Callable[..., Any]


def right(name: str) -> Function:
    """The first right variant of the catalog."""
    return variants_of(name)[0].function


def failures(name: str, function: Function, seed: int) -> dict[str, str]:
    """The messages of the core parts that failed, by title."""
    check = all_checks()[name]
    signatures = {each: one.signature for each, one in all_checks().items()}
    exam = Exam(check, {name: LocalCallee(function)}, signatures, seed)
    return {
        part.name: part.message
        for part in exam.run(core_only=True)
        if part.outcome is Outcome.FAILED
    }


# By strangers, from the contract -----------------------------------------------------


def ratio_sanity(loss, num_classes):
    """Compare by the ratio, and never raise."""
    ratio = loss / np.log(num_classes)
    return bool(0.8 < ratio < 1.25)


def twenty_percent(loss, num_classes):
    """A wider line than the notebook's."""
    return np.abs(loss - np.log(num_classes)) <= 0.2 * np.log(num_classes)


def scalar_draws(low, high, size, rng):
    """Draw one by one into an array made beforehand."""
    out = np.empty(size)
    for index in np.ndindex(out.shape):
        out[index] = np.power(10.0, rng.uniform(np.log10(low), np.log10(high)))
    return out


def list_of_draws(low, high, size, rng):
    """Nested lists in place of an array."""
    return np.exp(rng.uniform(math.log(low), math.log(high), size)).tolist()


def sixteen_log2(low, high, size, rng):
    """To base 2, by way of the generator's integers."""
    places = rng.integers(0, 2**53, size) / 2**53
    return np.exp2(np.log2(low) + places * (np.log2(high) - np.log2(low)))


def child_of_the_generator(low, high, size, rng):
    """Seed a generator of its own from the one handed over."""
    child = np.random.default_rng(rng.integers(2**63))
    return np.exp(child.uniform(np.log(low), np.log(high), size))


def search_in_lists(objective, space, trials, rng):
    """Pairs as lists, bounds in a wrapper of NumPy scalars."""
    found = []
    while len(found) < trials:
        config = {}
        for key in sorted(space):  # in another order than the space's
            kind, low, high = space[key]
            u = rng.random()
            logs = np.float64(low), np.float64(high)
            config[key] = (
                logs[0] ** (1 - u) * logs[1] ** u
                if kind == "log"
                else low + u * (high - low)
            )
        found.append([config, objective(config)])
    return found


def search_by_heap(objective, space, trials, rng):
    """Best first, by a heap with a counter; arrays of one entry as numbers."""
    heap: list[Any] = []
    for number in range(trials):
        config = {
            name: (
                np.exp(rng.uniform(np.log(low), np.log(high), 1))
                if scale == "log"
                else rng.uniform(low, high, 1)
            )
            for name, (scale, low, high) in space.items()
        }
        value = float(np.squeeze(objective(config)))
        heapq.heappush(heap, (math.isnan(value), value, number, config))
    return [(config, value) for _, value, _, config in sorted(heap)]


def narrow_with_numpy(space, results, keep):
    """Take columns, sort them by argsort, pad a little, clip."""
    values = np.array([value for _, value in results])
    order = np.argsort(np.where(np.isfinite(values), values, np.inf))[:keep]
    new = {}
    for name, (scale, low, high) in space.items():
        column = np.array([config[name] for config, _ in results])[order]
        start, end = column.min(), column.max()
        if scale == "log":
            start, end = start / 2, end * 2
        else:
            start, end = start - 0.05 * (high - low), end + 0.05 * (high - low)
        new[name] = [scale, np.clip(start, low, high), np.clip(end, low, high)]
    return new


def narrow_with_heap(space, results, keep):
    """The smallest by heapq, and a range of its own for one setting."""
    finite = [(v, i) for i, (_, v) in enumerate(results) if not np.isnan(v)]
    kept = [results[i][0] for _, i in heapq.nsmallest(keep, finite)]
    return {
        name: (
            scale,
            max(low, min(c[name] for c in kept)),
            min(high, max(c[name] for c in kept)),
        )
        for name, (scale, low, high) in space.items()
    }


def half_of_the_edge(lrs, losses):
    """Diverged is ten times the first loss; back off by two."""
    edge = lrs[-1]
    for i in range(len(lrs)):
        if not np.isfinite(losses[i]) or losses[i] > 10 * losses[0]:
            edge = lrs[i - 1]
            break
    return edge / 2


def tenth_of_the_edge(lrs, losses):
    """Diverged is four times the best of a smoothed loss, as in fastai."""
    smooth, best = losses[0], losses[0]
    for i, loss in enumerate(losses):
        smooth = 0.5 * smooth + 0.5 * loss
        if i and not smooth <= 4 * best:
            return np.float32(lrs[i - 1] / 10)
        best = min(best, smooth)
    return lrs[-1]


def one_step_before(lrs, losses):
    """Back off by two steps of the sweep, whatever their size."""
    lrs, losses = np.asarray(lrs), np.asarray(losses)
    bad = np.flatnonzero(~np.isfinite(losses) | (losses > 3 * losses[0]))
    return lrs[bad[0] - 3] if bad.size else lrs[-1]


STRANGERS: dict[str, list[Function]] = {
    "expected_initial_loss": [
        lambda c: np.float32(np.log(c)),
        lambda c: [np.log(c)][0],
    ],
    "loss_after_init_is_sane": [ratio_sanity, twenty_percent],
    "log_uniform": [scalar_draws, list_of_draws, sixteen_log2, child_of_the_generator],
    "random_search": [search_in_lists, search_by_heap],
    "narrow": [narrow_with_numpy, narrow_with_heap],
    "lr_range_test": [half_of_the_edge, tenth_of_the_edge, one_step_before],
    "diagnose": [variant.function for variant in variants_of("diagnose")],
}
