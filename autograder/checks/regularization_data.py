"""What is asked of the kernels that prepare data: standardizing, balanced batches.

There is no right batch, only a law: as many samples of every class, and each sample of
a class as likely as any other. How many batches make an epoch, and whether a small
class is drawn again by going round or by chance, is the student's choice
(:mod:`autograder.oracles.regularization_batches`).
"""

from __future__ import annotations

import numpy as np

from autograder.comparing import expect_close, expect_shape
from autograder.exam import Check, Exam
from autograder.manners import expect_dtype, expect_untouched, expect_value_error
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.generators import expect_moved_on, two_in_a_row
from autograder.oracles.regularization_arrays import (
    NAMES,
    Array,
    arrays_in,
    expect_standardized,
    features,
    observe_arrays,
    standardized,
)
from autograder.oracles.regularization_batches import (
    CALLS,
    batches_in,
    drawn_labels,
    epoch,
    expect_fair,
    expect_new_company,
    imbalanced,
    read_batches,
)

# Standardizing -----------------------------------------------------------------------

standardize = Check.of(
    "standardize(train, val, test, more) -> arrays", "regularization"
)

TRAIN = "every feature of train gets mean 0 and deviation 1"


@standardize.part(TRAIN, weight=2)
def _(exam: Exam) -> None:
    exam.by_hand = True
    for n, d in [(9, 4), (6, 11), (30, 1), (23, 7)]:
        train, other = features(exam.rng, n, d), features(exam.rng, 5, d)
        got = arrays_in(exam.call(train, other), 2)
        observe_arrays(exam, got)
        expect_standardized(got[:1], [train])


@standardize.part("the other arrays get the mean and the deviation of train", weight=2)
def _(exam: Exam) -> None:
    exam.by_hand = True
    for n, d in [(8, 5), (25, 2)]:
        # One has other statistics, one the shape of train, one a single sample.
        for counts in [(n, n + 3, n), (n, 1)]:
            given = [features(exam.rng, count, d) for count in counts]
            got = arrays_in(exam.call(*given), len(given))
            observe_arrays(exam, got)
            expect_standardized(got, given)


@standardize.part("a feature that is constant in train stays finite", needs=TRAIN)
def _(exam: Exam) -> None:
    exam.by_hand = True
    train, other = features(exam.rng, 12, 6), features(exam.rng, 7, 6)
    constant = np.zeros(6, dtype=bool)
    constant[exam.rng.permutation(6)[:3]] = True
    # Their mean is exact, so that the deviation is 0 and no rounding error.
    train[:, constant] = [0.0, 3.0, -2.5]
    other[-1, constant] = [0.0, 3.0, -2.5]
    got = arrays_in(exam.call(train, other), 2)
    observe_arrays(exam, [part[:, ~constant] for part in got if part.ndim == 2])
    exam.observe("finite", [bool(np.isfinite(part).all()) for part in got])
    for part, given, what in zip(got, (train, other), ("train", "val"), strict=True):
        if part.shape == given.shape and not np.isfinite(part).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(part))[0])
            raise Mismatch(
                f"{what}{list(place)} is {part[place]}; feature {place[1]} is constant "
                "in train, so that its deviation is 0: what should divide it instead?"
            )
        expect_shape(part, given.shape, what)
    rest = [part[:, ~constant] for part in (*got, train, other)]
    expect_standardized(rest[:2], rest[2:], [f"{n}[:, others]" for n in NAMES])
    expect_close(got[0][:, constant], np.zeros((12, 3)), "train[:, constant]")


@standardize.part("features of any scale", needs=TRAIN)
def _(exam: Exam) -> None:
    # A tenth: so much a number may do here that is added against a division by 0, of up
    # to 1e-4 to the deviation, or of 1e-7 under the root.
    exam.by_hand = True
    train, other = features(exam.rng, 11, 4), features(exam.rng, 6, 4)
    scale = exam.rng.permuted([1e-3, 1.0, 1e3, 1e5]) / np.std(train, axis=0)
    got = arrays_in(exam.call(train * scale, other * scale), 2)
    observe_arrays(exam, got)
    for part, given, name in zip(got, (train, other), NAMES, strict=False):
        expect_shape(part, given.shape, name)
        with hinting("Features may be as small as 0.001, and as large as 100 000"):
            expect_close(part, standardized(given, train, 0), name, rtol=0.1)


@standardize.part("train alone, or with any number of others", needs=TRAIN)
def _(exam: Exam) -> None:
    exam.by_hand = True
    for count in (1, 4):
        given = [features(exam.rng, n, 3) for n in (10, 4, 7, 2)[:count]]
        got = arrays_in(exam.call(*given), count)
        observe_arrays(exam, got)
        expect_standardized(got, given)


@standardize.manner("a tuple with one array for each argument")
def _(exam: Exam) -> None:
    given = [features(exam.rng, n, 3) for n in (10, 4)]
    for count in (1, 2):
        answer = exam.call(*given[:count])
        flat = isinstance(answer, (tuple, list)) and len(answer) == count
        if not flat or not all(isinstance(each, np.ndarray) for each in answer):
            said = "one array" if isinstance(answer, np.ndarray) else "something else"
            raise Mismatch(
                f"returned {said}; expected a tuple of {count}, so that a caller "
                "need not mind how many arrays there are"
            )


@standardize.manner("a feature that is constant in train is only shifted")
def _(exam: Exam) -> None:
    train, other = features(exam.rng, 8, 3), features(exam.rng, 5, 3)
    train[:, 1] = 2.0
    got = arrays_in(exam.call(train, other), 2)
    expect_shape(got[1], other.shape, "val")
    with hinting("Less train's mean, and divided by nothing"):
        expect_close(got[1][:, 1], other[:, 1] - 2.0, "val[:, 1]")


@standardize.manner("whole numbers are standardized too")
def _(exam: Exam) -> None:
    train, other = (exam.rng.integers(0, 256, (n, 5)) for n in (12, 4))
    got = arrays_in(exam.call(train.astype(np.uint8), other.astype(np.uint8)), 2)
    expect_standardized(got, [train, other])


@standardize.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, *(features(exam.rng, n, 4) for n in (9, 5, 3)))


@standardize.manner("the dtype of each array is kept")
def _(exam: Exam) -> None:
    given = [features(exam.rng, n, 4).astype(np.float32) for n in (9, 5)]
    answer = exam.call(*given)
    for each in answer if isinstance(answer, (tuple, list)) else [answer]:
        expect_dtype(each, np.float32, "an array")


# Balanced batches --------------------------------------------------------------------

balanced = Check.of(
    "balanced_batches(y, batch_size, rng) -> batches", "regularization", lazy=True
)

EQUAL = "every batch holds equally many samples of every class"


def _rngs(exam: Exam, count: int) -> list[np.random.Generator]:
    """``count`` generators in different states."""
    seeds = exam.rng.choice(2**31, count, replace=False)
    return [np.random.default_rng(int(seed)) for seed in seeds]


@balanced.part(EQUAL, weight=3)
def _(exam: Exam) -> None:
    exam.by_hand = True
    sizes: list[tuple[tuple[int, ...], int]] = [((17, 9, 4), 2), ((5, 30), 5)]
    for counts, share in [*sizes, ((8, 3, 4, 6, 21), 1), ((14,), 3)]:
        y = drawn_labels(exam.rng, counts)
        (rng,) = _rngs(exam, 1)
        epoch(exam, y, share * len(counts), rng)


@balanced.part("a class smaller than its share is drawn again", needs=EQUAL)
def _(exam: Exam) -> None:
    # Without its share of a class there can be no batch at all: that is taken too.
    exam.by_hand = True
    for counts, share in [((19, 2), 4), ((1, 12, 13), 3)]:
        y = drawn_labels(exam.rng, counts)
        (rng,) = _rngs(exam, 1)
        epoch(exam, y, share * len(counts), rng, may_be_none=True)


@balanced.part("every sample of a class has the same chance", weight=2, needs=EQUAL)
def _(exam: Exam) -> None:
    # 12 + 9 + 6 samples, 3 of each class a batch, 48 epochs. See expect_fair.
    exam.by_hand = True
    y = imbalanced(exam.rng)
    epochs = [epoch(exam, y, 9, rng) for rng in _rngs(exam, CALLS)]
    expect_fair(exam, y, epochs)
    expect_new_company(exam, y, epochs)


@balanced.part("rng decides, and nothing else", weight=2, needs=EQUAL)
def _(exam: Exam) -> None:
    # Two fair epochs agree with a probability below 1e-9: 30 samples in a first pass.
    exam.by_hand = True
    y = drawn_labels(exam.rng, (30, 20))
    rngs = _rngs(exam, 12)
    first, after = (
        batches_in(exam, value, y, 10) for value in two_in_a_row(exam, y, 10, rngs[0])
    )
    asked = exam.asked
    epochs = [first, *(epoch(exam, y, 10, rng) for rng in rngs[1:])]
    repeated = _same(first, epoch(exam, y, 10, rngs[0]))
    others = [_same(first, other) for other in epochs[1:]]
    pairs = sum(
        _same(one, other)
        for place, one in enumerate(epochs)
        for other in epochs[:place]
    )
    exam.observe("the same state repeats", repeated)
    exam.observe("other states agree", (all(others), pairs > 0))
    exam.observe("two calls in a row alike", _same(first, after))
    if all(others):
        raise Mismatch(
            f"{len(rngs)} generators in different states gave the same batches; "
            "shuffle with rng"
        )
    if pairs:
        raise Mismatch("two generators in different states gave the same batches")
    if not repeated:
        raise Mismatch(
            "two generators in the same state gave different batches; draw with rng "
            "and with no other source of random numbers"
        )
    exam.asked = asked
    expect_moved_on(_same(first, after), "batches")


def _same(one: list[Array], other: list[Array]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@balanced.manner("an epoch shows every sample of the largest class")
def _(exam: Exam) -> None:
    for counts, share in [((17, 9, 4), 2), ((5, 30), 5)]:
        y = drawn_labels(exam.rng, counts)
        (rng,) = _rngs(exam, 1)
        batches = epoch(exam, y, share * len(counts), rng)
        values, sizes = np.unique(y, return_counts=True)
        largest = np.flatnonzero(y == values[sizes.argmax()])
        unseen = np.setdiff1d(largest, np.concatenate(batches))
        needed = -(-len(largest) // share)
        if len(unseen):
            raise Mismatch(
                f"{len(unseen)} of the largest class's {len(largest)} samples are in "
                f"none of the {len(batches)} batches"
            )
        if len(batches) != needed:
            raise Mismatch(f"made {len(batches)} batches; {needed} are enough")


@balanced.manner("batches are arrays of indices")
def _(exam: Exam) -> None:
    (rng,) = _rngs(exam, 1)
    batches = exam.call(drawn_labels(exam.rng, (5, 8)), 4, rng)
    if not all(isinstance(batch, np.ndarray) for batch in batches):
        raise Mismatch("a batch is no NumPy array; x[batch] reads best with one")


@balanced.manner("a batch that the classes cannot share raises ValueError")
def _(exam: Exam) -> None:
    y = drawn_labels(exam.rng, (9, 12, 7))
    (rng,) = _rngs(exam, 1)
    for size in (7, 2):
        why = f"3 classes cannot have equal shares of a batch of {size}"
        expect_value_error(exam, y, size, rng, why=why)


@balanced.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    (rng,) = _rngs(exam, 1)
    y = drawn_labels(exam.rng, (7, 4))
    batches = expect_untouched(exam, y, 4, rng)
    read_batches(batches, y, 4)
