"""Reading balanced batches, and judging whether every sample has its turn.

Within a class all samples are alike, so each place that a batch has for the class
falls to each of its n samples with probability 1 / n: whether they are drawn with
repetition, go round, or are left out when another class has run out. Chernoff's bound
for independent draws holds for draws without repetition too (Hoeffding 1963, section
6).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.calling import YIELDED
from autograder.comparing import number_array
from autograder.exam import Exam
from autograder.mishaps import Mismatch
from autograder.pictures import Band as BandPicture
from autograder.statistics import ALPHA, Band, grouped, proportion

Array = NDArray[Any]

CALLS = 48
COUNTS = (12, 9, 6)
BANDS = 4  # in the whole check, each shared out over the samples
EACH = ALPHA / BANDS
GROUPS = 12


def drawn_labels(rng: np.random.Generator, counts: tuple[int, ...]) -> Array:
    """Labels in random order, ``counts`` of each class; not 0, 1, 2, some below 0."""
    steps = rng.integers(2, 9, len(counts))
    values = rng.permutation(np.cumsum(steps) - int(rng.integers(3, 9)))
    return rng.permutation(np.repeat(values, counts))


def imbalanced(rng: np.random.Generator) -> Array:
    """Labels of three classes with 12, 9 and 6 samples."""
    return drawn_labels(rng, COUNTS)


def epoch(
    exam: Exam,
    y: Array,
    batch_size: int,
    rng: np.random.Generator,
    *,
    may_be_none: bool = False,
) -> list[Array]:
    """The batches of one call, each as an array of indices; raises a Mismatch."""
    answer = exam.call(y, batch_size, rng)
    return batches_in(exam, answer, y, batch_size, may_be_none=may_be_none)


def batches_in(
    exam: Exam, answer: Any, y: Array, batch_size: int, *, may_be_none: bool = False
) -> list[Array]:
    """The batches of an answer; what is wrong with them is recorded."""
    try:
        batches = read_batches(answer, y, batch_size, may_be_none=may_be_none)
    except Mismatch:
        exam.observe("batches", _kind(answer, y))
        raise
    exam.observe("batches", "balanced")
    return batches


def read_batches(
    answer: Any, y: Array, batch_size: int, *, may_be_none: bool = False
) -> list[Array]:
    """The batches as arrays of indices, if they are balanced; raises a Mismatch."""
    batches = _listed(answer)
    if not batches and not may_be_none:
        raise Mismatch("returned no batch at all")
    values = np.unique(y)
    share = batch_size // len(values)
    for place, batch in enumerate(batches):
        if batch.shape != (batch_size,):
            raise Mismatch(
                f"batch {place} of {len(batches)} has shape {batch.shape}; "
                f"expected ({batch_size},) indices"
            )
        wrong = (batch < 0) | (batch >= len(y))
        if wrong.any():
            raise Mismatch(
                f"batch {place} holds {int(batch[wrong][0])}; expected indices of "
                f"samples, from 0 to {len(y) - 1}"
            )
        counts = [int((y[batch] == value).sum()) for value in values]
        if set(counts) != {share}:
            held = ", ".join(
                f"{count} of class {value}"
                for count, value in zip(counts, values, strict=True)
            )
            raise Mismatch(f"batch {place} holds {held}; expected {share} of each")
    return batches


def _listed(answer: Any) -> list[Array]:
    """The batches as arrays of whole numbers, not yet judged."""
    if isinstance(answer, np.ndarray) and answer.ndim == 2:
        answer = list(answer)
    if not isinstance(answer, (tuple, list)):
        kind = "None" if answer is None else type(answer).__name__
        raise Mismatch(f"returned {kind}; expected a list of batches")
    if len(answer) >= YIELDED:
        raise Mismatch("never stops making batches; an epoch has an end")
    batches = []
    for place, batch in enumerate(answer):
        items = np.asarray(batch) if _of_numbers(batch) else batch
        indices = number_array(items, f"batch {place}")
        if indices.dtype.kind not in "iu" and indices.size:
            raise Mismatch(
                f"batch {place} holds numbers of dtype {indices.dtype}; "
                "expected indices: whole numbers"
            )
        batches.append(indices.astype(np.int64))
    return batches


def _of_numbers(batch: Any) -> bool:
    numbers = (int, float, np.integer, np.floating)
    return isinstance(batch, (list, tuple)) and all(
        isinstance(item, numbers) and not isinstance(item, bool) for item in batch
    )


def _kind(answer: Any, y: Array) -> Any:
    """What is wrong with the batches, in words that chance does not change."""
    try:
        batches = _listed(answer)
    except Mismatch as mismatch:
        return mismatch.message
    sizes = [len(batch) if batch.ndim == 1 else -1 for batch in batches]
    indices = np.concatenate([batch.reshape(-1) for batch in batches] or [y[:0]])
    in_range = bool(np.all((indices >= 0) & (indices < len(y))))
    labels = bool(np.isin(indices, y).all())
    if not in_range or labels:
        return ["sizes", sizes, "labels", labels]
    alone = [len(np.unique(y[batch])) == 1 for batch in batches]
    once = len(np.unique(indices)) == len(indices)
    rising = bool((np.diff(y[indices]) >= 0).all())
    spread = [np.unique(y[batch], return_counts=True)[1] for batch in batches]
    even = all(np.ptp(counts) <= 0 for counts in spread if counts.size)
    return [
        "sizes",
        sizes,
        "one class",
        all(alone),
        "rising",
        rising,
        "once",
        once,
        "even",
        even,
    ]


# Judging many epochs -----------------------------------------------------------------


def expect_fair(exam: Exam, y: Array, epochs: list[list[Array]]) -> None:
    """Raise a :class:`Mismatch` if a sample is drawn too often, or too seldom.

    Asked of the first batches, of the last ones and of all: a band each, its false
    alarm split over the samples. At 12 samples of a class and 4 batches an epoch
    n = 576 places, the share of a sample must lie between 0.014 and 0.18, and one
    that is 0.22 too high is refused with probability at least 1 - 1e-9, as is, for
    sure, a sample that is never drawn.
    """
    largest = y == _largest(y)
    runs = [np.concatenate(batches) for batches in epochs]
    in_order = [bool((np.diff(run[largest[run]]) > 0).all()) for run in runs]
    exam.observe("the largest class is in order", all(in_order))
    unfair: list[tuple[float, Band, str]] = []
    for which, of in [
        ("all batches", epochs),
        ("the first batches", [batches[:1] for batches in epochs]),
        ("the last batches", [batches[-1:] for batches in epochs]),
    ]:
        drawn = np.concatenate([batch for batches in of for batch in batches])
        before = len(unfair)
        for value in np.unique(y):
            members = np.flatnonzero(y == value)
            counts = np.bincount(drawn, minlength=len(y))[members]
            n, chance = int(counts.sum()), 1 / len(members)
            band = proportion(n, chance, "share of one sample", EACH / len(y))
            for member, count in zip(members, counts, strict=True):
                what = (
                    f"places for class {value} in {which} of {len(epochs)} epochs "
                    f"went to sample {member}, one of {len(members)}; it must lie"
                )
                if count / n not in band:
                    unfair.append((float(count / n), band, what))
        exam.observe(f"{which} are fair", len(unfair) == before)
    for share, band, what in unfair[:1]:
        raise Mismatch(
            f"{share:.3f} of {grouped(band.n)} {what} between {band.low:.3f} and "
            f"{band.high:.3f} (false alarm {band.alpha:.1g})",
            BandPicture(band.statistic, share, band.low, band.high),
        )


def expect_new_company(exam: Exam, y: Array, epochs: list[list[Array]]) -> None:
    """Raise a :class:`Mismatch` if the same samples always meet in a batch.

    The 3 of 12 samples in the first batch make at most 12 different groups in 48
    epochs by chance with a probability below 1e-37: 12 groups can be chosen in fewer
    than 1e23 ways, each group has a probability of at most 1/220. With fixed groups
    there are 4.
    """
    largest = _largest(y)
    groups = {
        tuple(sorted(int(index) for index in batches[0] if y[index] == largest))
        for batches in epochs
    }
    exam.observe("groups", min(len(groups), GROUPS + 1))
    if len(groups) <= GROUPS:
        raise Mismatch(
            f"in the first batch of {len(epochs)} epochs the samples of class "
            f"{largest} came in only {len(groups)} different groups: shuffle the "
            "samples, not only the batches"
        )


def _largest(y: Array) -> Any:
    """The class with the most samples."""
    values, counts = np.unique(y, return_counts=True)
    return values[counts.argmax()]
