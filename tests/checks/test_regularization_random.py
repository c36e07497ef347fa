"""Are crops and batches judged by their law, and by nothing else?"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from autograder import examine, examining
from autograder.checks import regularization_crops as crops
from autograder.mistakes import variants_of
from autograder.mistakes.regularization_batches import batches_in_rounds, members_of
from autograder.mistakes.regularization_crops import (
    coins,
    crops_drawn_at_once,
    cut,
    offsets,
)
from tests.checks.defects import Defect
from tests.checks.regularization_defects import DEFECTS, FLIP, OFFSET, PAIR, SAMPLE

CROP, BALANCED = "random_crop_flip", "balanced_batches"
SEEDS = {CROP: 8, BALANCED: 20}  # `make alarms` tries 10 000


@pytest.fixture(autouse=True)
def undiagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which mistake it is does not matter here, and takes most of the time."""
    monkeypatch.setattr(examining, "diagnose", lambda *_: None)


def failed(name: str, function: Any, seed: int) -> list[str]:
    """The core parts that the function fails."""
    verdict = examine(name, {name: function}, seed=seed)
    return [p.name for p in verdict.parts if p.core and p.outcome == "failed"]


@pytest.mark.parametrize("name", [CROP, BALANCED])
def test_right_variants_pass_under_many_seeds(name: str) -> None:
    """Does no right variant ever fail by chance?"""
    functions = itertools.cycle(variant.function for variant in variants_of(name))
    for seed, function in zip(range(100, 100 + SEEDS[name]), functions, strict=False):
        verdict = examine(name, {name: function}, seed=seed)
        assert verdict.passed, str(verdict)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda d: d.title.replace(" ", "_"))
def test_the_smallest_declared_defect_is_refused(defect: Defect) -> None:
    """Is a law off by just what is declared refused? `make alarms`: 1 000 seeds."""
    for seed in range(2):
        assert not examine(defect.of, {defect.of: defect.function}, seed=seed).passed


def test_the_declared_defects_are_no_larger_than_the_checks_say() -> None:
    """Do the sizes in the checks' comments hold?"""
    assert FLIP <= 0.11
    assert OFFSET <= 0.14
    assert PAIR <= 0.082
    assert SAMPLE <= 0.22
    assert crops.BANDS * crops.EACH <= 1.000001e-9


# Crops --------------------------------------------------------------------------------


def padded_with(mode: str) -> Any:
    """Right crops of images that are padded in another way."""

    def crop(x: Any, pad: int, rng: Any) -> Any:
        _, _, height, width = x.shape
        images = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode)
        out = np.empty_like(x)
        for n, image in enumerate(images):
            i, j = rng.integers(0, 2 * pad + 1, 2)
            out[n] = image[:, i : i + height, j : j + width]
            if rng.random() < 0.5:
                out[n] = out[n, :, :, ::-1].copy()
        return out

    return crop


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric"])
def test_the_border_is_a_matter_of_manners(mode: str) -> None:
    """Is another border than zeros right, and told?"""
    verdict = examine(CROP, {CROP: padded_with(mode)}, seed=2)
    assert verdict.passed, str(verdict)
    assert 0.9 <= verdict.score < 1
    assert "expected zeros" in verdict.message


@pytest.mark.parametrize("value", ["mean", "means", 1.0])
def test_another_constant_border_is_a_matter_of_manners(value: Any) -> None:
    """Is a padding with one value right, and told, but not one with several?"""

    def crop(x: Any, pad: int, rng: Any) -> Any:
        n = len(x)
        fill = {"mean": x.mean(), "means": x.mean(axis=(2, 3), keepdims=True)}
        law = offsets(pad, n, rng), offsets(pad, n, rng), coins(n, rng)
        inside = cut(np.ones(x.shape), pad, *law)
        return np.where(inside == 0, fill.get(value, 1.0), cut(x, pad, *law))

    verdict = examine(CROP, {CROP: crop}, seed=2)
    assert verdict.passed, str(verdict)
    assert "a value other than 0" in verdict.message


@pytest.mark.parametrize("name", [CROP, BALANCED])
def test_children_of_the_generator_are_right(name: str) -> None:
    """May a function draw from a child that it spawns, since the next is another?"""
    function = variants_of(name)[0].function
    for seed in range(2):
        assert failed(name, lambda a, b, r: function(a, b, r.spawn(1)[0]), seed) == []


def channels_apart(x: Any, pad: int, rng: Any) -> Any:
    """Every channel has a crop of its own."""
    planes = x.reshape(-1, 1, *x.shape[2:])
    return crops_drawn_at_once(planes, pad, rng).reshape(x.shape)


def images_exchanged(x: Any, pad: int, rng: Any) -> Any:
    """Right crops in another order."""
    return crops_drawn_at_once(x, pad, rng)[::-1]


def pad_of_two(x: Any, pad: int, rng: Any) -> Any:
    """A padding of 2, whatever is asked for."""
    return crops_drawn_at_once(x, min(pad, 2), rng)


def pad_of_at_least_two(x: Any, pad: int, rng: Any) -> Any:
    """A padding of 2 even where 1 is asked for."""
    return crops_drawn_at_once(x, max(pad, 2) if pad else 0, rng)


def cropped_to_positive(x: Any, pad: int, rng: Any) -> Any:
    """Right crops, clipped as pixels are."""
    return np.clip(crops_drawn_at_once(x, pad, rng), 0, None)


def every_second_mirrored(x: Any, pad: int, rng: Any) -> Any:
    """No coin at all."""
    n = len(x)
    flips = np.arange(n) % 2 == 0
    return cut(x, pad, offsets(pad, n, rng), offsets(pad, n, rng), flips)


def mirrored_when_moved_right(x: Any, pad: int, rng: Any) -> Any:
    """The coin is the column offset's last bit, and a coin."""
    n = len(x)
    columns = offsets(pad, n, rng)
    flips = np.where(columns == pad, rng.random(n) < 0.5, columns > pad)
    return cut(x, pad, offsets(pad, n, rng), columns, flips)


def thousand_seeds(x: Any, pad: int, rng: Any) -> Any:
    """Of the generator's state only a digit is used."""
    return crops_drawn_at_once(x, pad, np.random.default_rng(rng.integers(10)))


def last_image_untouched(x: Any, pad: int, rng: Any) -> Any:
    """The loop ends one too early."""
    out = x.copy()
    out[:-1] = crops_drawn_at_once(x[:-1], pad, rng)
    return out


def single_images_untouched(x: Any, pad: int, rng: Any) -> Any:
    """A batch of one comes back as it was."""
    return x.copy() if len(x) == 1 else crops_drawn_at_once(x, pad, rng)


def pad_of_four_at_most(x: Any, pad: int, rng: Any) -> Any:
    """A padding of 4, however large it should be."""
    return crops_drawn_at_once(x, min(pad, 4), rng)


def chained(x: Any, pad: int, rng: Any) -> Any:
    """The row offset of an image is the column offset of the one before."""
    n = len(x)
    columns = offsets(pad, n + 1, rng)
    return cut(x, pad, columns[:-1], columns[1:], rng.random(n) < 0.5)


def checkered(x: Any, pad: int, rng: Any) -> Any:
    """Both offsets together decide about mirroring, neither alone does."""
    n = len(x)
    rows, columns = offsets(pad, n, rng), offsets(pad, n, rng)
    coins = rng.random(n) < 0.5 if pad == 0 else (rows + columns) % 2 == 0
    return cut(x, pad, rows, columns, coins)


def seeded_by_the_state(x: Any, pad: int, rng: Any) -> Any:
    """A generator made from the caller's state, which stays where it is."""
    seed = rng.bit_generator.state["state"]["state"]
    return crops_drawn_at_once(x, pad, np.random.default_rng(seed))


def no_padding_of_zero(x: Any, pad: int, rng: Any) -> Any:
    """Cuts off the padding by a slice that is empty at pad = 0."""
    if pad == 0:
        return x[:, :, 0:-pad, 0:-pad]
    return crops_drawn_at_once(x, pad, rng)


WRONG_CROPS = [
    channels_apart,
    images_exchanged,
    pad_of_two,
    pad_of_at_least_two,
    cropped_to_positive,
    every_second_mirrored,
    mirrored_when_moved_right,
    thousand_seeds,
    no_padding_of_zero,
    last_image_untouched,
    single_images_untouched,
    pad_of_four_at_most,
    chained,
    checkered,
    seeded_by_the_state,
]


@pytest.mark.parametrize("wrong", WRONG_CROPS)
def test_a_wrong_crop_is_refused(wrong: Any) -> None:
    """Is a function refused that is no random crop and flip of every image?"""
    for seed in range(2):
        assert failed(CROP, wrong, seed)


# Batches ------------------------------------------------------------------------------


def as_rows(y: Any, batch_size: int, rng: Any) -> Any:
    """All batches in one matrix."""
    return np.array(batches_in_rounds(y, batch_size, rng))


def as_tuples(y: Any, batch_size: int, rng: Any) -> Any:
    """A tuple of tuples of NumPy's numbers."""
    return tuple(tuple(each) for each in batches_in_rounds(y, batch_size, rng))


def one_batch(y: Any, batch_size: int, rng: Any) -> Any:
    """An epoch of a single batch."""
    return batches_in_rounds(y, batch_size, rng)[:1]


@pytest.mark.parametrize("right", [as_rows, as_tuples, one_batch])
def test_batches_may_be_wrapped_and_counted_otherwise(right: Any) -> None:
    """Is every container right, and every number of batches?"""
    for seed in range(5):
        assert failed(BALANCED, right, seed) == []


def forever(y: Any, batch_size: int, rng: Any) -> Any:
    """Batches without an end."""
    while True:
        yield from batches_in_rounds(y, batch_size, rng)


def shuffled_once(y: Any, batch_size: int, rng: Any) -> Any:
    """The same shuffle in each call, then other batches first."""
    batches = batches_in_rounds(y, batch_size, np.random.default_rng(0))
    return [batches[place] for place in rng.permutation(len(batches))]


def largest_class_in_order(y: Any, batch_size: int, rng: Any) -> Any:
    """Only the classes that are drawn again are shuffled."""
    classes, share = members_of(y, batch_size)
    largest = max(map(len, classes))
    columns = []
    for each in classes:
        order = each if len(each) == largest else rng.permutation(each)
        columns.append(np.resize(order, -(-largest // share) * share))
    rows = range(0, len(columns[0]), share)
    return [np.concatenate([c[i : i + share] for c in columns]) for i in rows]


def two_classes(y: Any, batch_size: int, rng: Any) -> Any:
    """Fails where there is a single class."""
    if len(np.unique(y)) == 1:
        raise IndexError("no second class")
    return batches_in_rounds(y, batch_size, rng)


def stays(y: Any, batch_size: int, rng: Any) -> Any:
    """A generator made from the caller's state, which stays where it is."""
    seed = rng.bit_generator.state["state"]["state"]
    return batches_in_rounds(y, batch_size, np.random.default_rng(seed))


def empty(*_: Any) -> Any:
    """No batches where a class is small, none elsewhere."""
    return []


@pytest.mark.parametrize(
    "wrong",
    [forever, shuffled_once, largest_class_in_order, empty, two_classes, stays],
)
def test_wrong_batches_are_refused(wrong: Any) -> None:
    """Are batches refused that never end, or in which chance has no say?"""
    for seed in range(4):
        assert failed(BALANCED, wrong, seed)


def test_an_endless_epoch_is_named() -> None:
    """Does the message say that the batches never end?"""
    verdict = examine(BALANCED, {BALANCED: forever}, seed=0)
    assert "never stops" in verdict.message
