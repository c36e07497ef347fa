"""Mistakes and right variants of balanced batches."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.mistakes import mistake, variant

Array = NDArray[Any]
Rng = np.random.Generator

BATCHES = "balanced_batches"


def members_of(y: Array, batch_size: int) -> tuple[list[Array], int]:
    """The indices of each class, and the share of each in a batch."""
    classes = [np.flatnonzero(y == value) for value in np.unique(y)]
    if batch_size % len(classes):
        raise ValueError(f"{len(classes)} classes cannot share {batch_size} places")
    return classes, batch_size // len(classes)


def in_batches(rows: list[Array], share: int) -> list[Array]:
    """Batches of ``share`` entries of each row, as long as the rows last."""
    steps = range(0, len(rows[0]), share)
    return [np.concatenate([row[i : i + share] for row in rows]) for i in steps]


def shuffled_round(members: Array, count: int, rng: Rng) -> Array:
    """``count`` members, each before any comes again, in a new order every round."""
    rounds = -(-count // len(members))
    return np.concatenate([rng.permutation(members) for _ in range(rounds)])[:count]


@variant(BATCHES)
def batches_in_rounds(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    classes, share = members_of(y, batch_size)
    count = -(-max(map(len, classes)) // share) * share
    return in_batches([shuffled_round(each, count, rng) for each in classes], share)


@variant(BATCHES)
def batches_by_chance(y: Array, batch_size: int, rng: Rng) -> list[list[int]]:
    classes, share = members_of(y, batch_size)
    batches = []
    for _ in range(len(y) // batch_size or 1):
        batch = [int(rng.choice(each)) for each in classes for _ in range(share)]
        rng.shuffle(batch)
        batches.append(batch)
    return batches


@variant(BATCHES)
def batches_yielded_one_by_one(y: Array, batch_size: int, rng: Rng) -> Iterator[Array]:
    classes, share = members_of(y, batch_size)
    rounds = -(-max(map(len, classes)) // share)
    decks = [rng.permutation(each) for each in classes]
    for number in range(rounds):
        places = np.arange(number * share, (number + 1) * share)
        yield rng.permutation(
            np.concatenate([np.take(d, places, mode="wrap") for d in decks])
        )


@variant(BATCHES)
def batches_until_a_class_runs_out(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    classes, share = members_of(y, batch_size)
    count = min(map(len, classes)) // share * share
    return in_batches([rng.permutation(each)[:count] for each in classes], share)


@mistake(
    BATCHES,
    title="the samples are shuffled, the classes not balanced",
    hint="Count the classes in a batch: the rare one is as rare there as in y.",
    see="regularization-imbalance",
)
def only_shuffled(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    order = rng.permutation(len(y))
    return [order[i : i + batch_size] for i in range(0, len(y), batch_size)]


@mistake(
    BATCHES,
    title="the samples are sorted by class, and cut into batches",
    hint="Then most batches know one class only: what will each step forget?",
    see="regularization-imbalance",
)
def sorted_and_cut(y: Array, batch_size: int, _: Rng) -> list[Array]:
    order = np.argsort(y, kind="stable")
    return [order[i : i + batch_size] for i in range(0, len(y), batch_size)]


@mistake(
    BATCHES,
    title="the classes are balanced on the average only",
    hint="Rare samples drawn with a greater probability are balanced in the long run. "
    "Count one batch.",
    see="regularization-imbalance",
)
def balanced_on_average(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    _, inverse, counts = np.unique(y, return_inverse=True, return_counts=True)
    p = 1 / counts[inverse] / len(counts)
    rounds = -(-len(y) // batch_size)
    return [rng.choice(len(y), batch_size, p=p) for _ in range(rounds)]


@mistake(
    BATCHES,
    title="nothing is shuffled: every epoch has the same batches",
    hint="What is rng for?",
    see="regularization-shuffle",
)
def never_shuffled(y: Array, batch_size: int, _: Rng) -> list[Array]:
    classes, share = members_of(y, batch_size)
    count = -(-max(map(len, classes)) // share) * share
    return in_batches([np.resize(each, count) for each in classes], share)


@mistake(
    BATCHES,
    title="only the order of the batches is random, not what they hold",
    hint="Shuffle the samples of each class before you cut them into batches.",
    see="regularization-shuffle",
)
def only_batches_shuffled(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    batches = never_shuffled(y, batch_size, rng)
    return [batches[place] for place in rng.permutation(len(batches))]


@mistake(
    BATCHES,
    title="classes are taken to be called 0, 1, 2, …",
    hint="Ask y which classes there are; labels may be any numbers.",
    see="regularization-imbalance",
)
def classes_from_zero(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    names = range(len(np.unique(y)))
    share = batch_size // len(names)
    classes = [np.flatnonzero(y == name) for name in names]
    count = -(-max(map(len, classes)) // share) * share
    return in_batches([rng.choice(each, count) for each in classes], share)


@mistake(
    BATCHES,
    title="the last batch is smaller than the others",
    hint="When the largest class does not fill its last share, where can the missing "
    "samples come from?",
    see="regularization-oversample",
)
def smaller_last_batch(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    classes, share = members_of(y, batch_size)
    count = max(map(len, classes))
    return in_batches([shuffled_round(each, count, rng) for each in classes], share)


@mistake(
    BATCHES,
    title="a class that is smaller than its share of a batch raises an error",
    hint="Drawing without replacement ends with the last sample. A rare class must "
    "be drawn again.",
    see="regularization-oversample",
)
def small_classes_raise(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    classes, share = members_of(y, batch_size)
    rounds = -(-max(map(len, classes)) // share)
    return [
        np.concatenate([rng.choice(each, share, replace=False) for each in classes])
        for _ in range(rounds)
    ]


@mistake(
    BATCHES,
    title="each class fills a whole batch_size",
    hint="All classes together make one batch: how large is the share of each?",
    see="regularization-imbalance",
)
def batch_size_for_each_class(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    classes = len(np.unique(y))
    return batches_in_rounds(y, batch_size * classes, rng)


@mistake(
    BATCHES,
    title="the labels are returned, not the indices of the samples",
    hint="A batch must say which samples it holds: x[batch] and y[batch] follow.",
    see="regularization-imbalance",
)
def labels_for_indices(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    return [y[batch] for batch in batches_in_rounds(y, batch_size, rng)]


@mistake(
    BATCHES,
    title="not everything is drawn from rng",
    hint="Then no experiment can be repeated. Draw everything from rng.",
    see="regularization-shuffle",
)
def own_generator(y: Array, batch_size: int, _: Rng) -> list[Array]:
    return batches_in_rounds(y, batch_size, np.random.default_rng())


@mistake(
    BATCHES,
    title="rng is not used: every call draws the same",
    hint="A fixed seed inside the function makes all epochs alike. Draw everything "
    "from rng.",
    see="regularization-shuffle",
)
def batches_of_a_fixed_seed(y: Array, batch_size: int, _: Rng) -> list[Array]:
    return batches_in_rounds(y, batch_size, np.random.default_rng(0))


@mistake(
    BATCHES,
    title="rng is copied, and never moves on",
    hint="The next epoch has the same batches. Draw from rng itself.",
    see="regularization-shuffle",
)
def batches_from_a_copy(y: Array, batch_size: int, rng: Rng) -> list[Array]:
    return batches_in_rounds(y, batch_size, copy.deepcopy(rng))
