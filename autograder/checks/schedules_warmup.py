"""What is asked of ``warmup`` and of ``scale_lr``.

A warm-up is read in two ways, both right for a function that keeps to one: at t = 0 the
rate is 0, or it is one share of the growth already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.calling import Source
from autograder.comparing import expect_close, expect_shape, number_array, same
from autograder.exam import Check, Exam
from autograder.mishaps import Mishap, Mismatch, hinting
from autograder.oracles import schedules as oracle
from autograder.oracles.schedules import KINDS, RAMPS, at_each, drawn_rate
from autograder.oracles.schedules_readings import Readings

# Warm-up -----------------------------------------------------------------------------

warmup = Check.of("warmup(t, base_lr, warmup_steps, after) -> rate", "schedules")
Setting = tuple[float, int, Source]  # base_lr, warmup_steps, after

EXPONENTIAL = "lambda t: {lr!r} * 0.8 ** t"
COSINE = "lambda t: {lr!r} * (1 + np.cos(np.pi * t / 60)) / 2"
ROOT = "lambda t: {lr!r} / np.sqrt(np.maximum(t, 0) + 1)"


def _settings(rng: np.random.Generator) -> list[Setting]:
    """Warm-ups of several lengths; what follows begins at base_lr and decays."""
    asked = [(0.3, 5, EXPONENTIAL), (3e-5, 8, ROOT), (0.8, 1, EXPONENTIAL)]
    asked.append((drawn_rate(rng), int(rng.integers(10, 40)), COSINE))
    return [(lr, steps, Source(text.format(lr=lr))) for lr, steps, text in asked]


def _expect_warmup(
    exam: Exam, asked: Sequence[tuple[Setting, Sequence[int]]], hint: str
) -> None:
    readings = Readings(list(RAMPS))
    for (base_lr, steps, after), times in asked:
        given = (base_lr, steps, after.compiled())
        for place, t in enumerate(times):
            expected = {ramp: oracle.warmup(t, *given, ramp) for ramp in RAMPS}
            kind = KINDS[place % len(KINDS)]
            answer = exam.call(kind(t), base_lr, steps, after)
            with hinting(hint):
                readings.expect(answer, expected)


@warmup.part("the rate grows in equal shares", weight=2)
def _(exam: Exam) -> None:
    asked = [
        (
            setting,
            sorted({0, 1, setting[1] // 2, setting[1] - 2} & {*range(setting[1])}),
        )
        for setting in _settings(exam.rng)
    ]
    hint = "Each of the warmup_steps steps adds base_lr / warmup_steps"
    _expect_warmup(exam, asked, hint)


@warmup.part("the schedule that follows", weight=2)
def _(exam: Exam) -> None:
    asked = []
    for setting in _settings(exam.rng):
        later = exam.rng.integers(2, 50, 3)
        asked.append((setting, [setting[1] + int(t) for t in later]))
    hint = "`after` counts its own steps, and they begin at 0 when the warm-up ends"
    _expect_warmup(exam, asked, hint)


@warmup.part("the joint of the two")
def _(exam: Exam) -> None:
    asked = [
        (setting, (setting[1] - 1, setting[1], setting[1] + 1))
        for setting in _settings(exam.rng)
    ]
    hint = "The first rate after the warm-up is after(0), at t = warmup_steps"
    _expect_warmup(exam, asked, hint)


@warmup.manner("arrays of steps")
def _(exam: Exam) -> None:
    readings = Readings(list(RAMPS))
    for base_lr, steps, after in _settings(exam.rng)[1:]:
        given = (base_lr, steps, after.compiled())
        for shape in ((2 * steps + 3,), (2, 3)):
            t = exam.rng.integers(0, 2 * steps + 3, shape)
            t.flat[:3] = steps, steps - 1, steps + 1
            answer = exam.call(t, base_lr, steps, after)
            expected = {ramp: at_each(oracle.warmup, t, *given, ramp) for ramp in RAMPS}
            with hinting("np.where chooses for each entry of an array"):
                _expect_either(readings, answer, expected, t.shape)


def _expect_either(
    readings: Readings, answer: Any, expected: dict[str, Any], shape: tuple[int, ...]
) -> None:
    """Compare entry by entry, so that two readings can be told in a message."""
    got = number_array(answer, "the rate")
    expect_shape(got, shape, "the rate")
    for index in np.ndindex(shape):
        at = {name: float(rates[index]) for name, rates in expected.items()}
        readings.expect(got[index], at)


@warmup.manner("no warm-up: warmup_steps of 0")
def _(exam: Exam) -> None:
    after = Source(EXPONENTIAL.format(lr=0.3))
    for t in (0, 1, 7):
        with hinting("Then `after` is the whole schedule"):
            answer = exam.call(t, 0.3, 0, after)
            expect_close(answer, 0.3 * 0.8**t, "the rate", loose_shape=True)


# It divides by zero at the steps that it must not be asked about.
NONE_BEFORE = "lambda t: 0.3 / np.sqrt(t + 1) if np.all(np.asarray(t) >= 0) else 1 / 0"


@warmup.manner("`after` is only asked about its own steps")
def _(exam: Exam) -> None:
    for t in (0, 2, 4, 5):
        try:
            exam.call(t, 0.3, 5, Source(NONE_BEFORE))
        except Mishap as mishap:
            if mishap.kind != "ZeroDivisionError":
                raise
            raise Mismatch(
                "asked `after` about a step before its first: not every schedule "
                "has an answer there"
            ) from None


@warmup.manner("`after` may begin at any rate")
def _(exam: Exam) -> None:
    for start in (0.1, 0.7):
        readings = Readings(list(RAMPS))
        after = Source(f"lambda t: {start!r} * 0.8 ** t")
        for t in (2, 4, 5, 7):
            given = (0.3, 5, after.compiled())
            expected = {ramp: oracle.warmup(t, *given, ramp) for ramp in RAMPS}
            with hinting("The growth leads to base_lr, whatever follows"):
                readings.expect(exam.call(t, 0.3, 5, after), expected)


@warmup.manner("the first step is not wasted on a rate of 0")
def _(exam: Exam) -> None:
    for base_lr, steps, after in _settings(exam.rng):
        answer = exam.call(0, base_lr, steps, after)
        with hinting("In this course the first rate is one share: (t + 1) / steps"):
            expect_close(answer, base_lr / steps, "the rate", loose_shape=True)


@warmup.manner("a single step gives a single number")
def _(exam: Exam) -> None:
    base_lr, steps, after = _settings(exam.rng)[0]
    for t in (1, steps + 1):
        rate = number_array(exam.call(t, base_lr, steps, after), "the rate")
        expect_shape(rate, (), "the rate")


@warmup.manner("an array of steps is left as it was", needs="arrays of steps")
def _(exam: Exam) -> None:
    t = np.arange(9)
    _, left = exam.call_with_arguments(t, *_settings(exam.rng)[0])
    if not same(t, left[0], rtol=0.0):
        raise Mismatch("changed its argument t in place; work on a copy instead")


# Batch size --------------------------------------------------------------------------

scale_lr = Check.of("scale_lr(base_lr, base_batch, batch) -> rate", "schedules")


def _expect_scaled(exam: Exam, asked: Sequence[tuple[float, int, int]]) -> None:
    for base_lr, base_batch, batch in asked:
        answer = exam.call(base_lr, base_batch, batch)
        right = batch * (base_lr / base_batch)
        with hinting("Twice the batch, twice the rate"):
            expect_close(answer, right, "the rate", loose_shape=True)


@scale_lr.part("larger batches")
def _(exam: Exam) -> None:
    base = int(exam.rng.integers(20, 300))
    drawn_batch = base + int(exam.rng.integers(1, 3 * base))
    asked = [(0.3, 10, 17), (0.1, 256, 8192), (0.02, 128, 256), (3e-6, 96, 240)]
    _expect_scaled(exam, [*asked, (drawn_rate(exam.rng), base, drawn_batch)])


@scale_lr.part("smaller batches")
def _(exam: Exam) -> None:
    base = int(exam.rng.integers(20, 300))
    drawn_batch = int(exam.rng.integers(1, base))
    asked = [(0.1, 256, 32), (0.02, 128, 1), (0.3, 96, 80), (3e-6, 10, 7)]
    _expect_scaled(exam, [*asked, (drawn_rate(exam.rng), base, drawn_batch)])


@scale_lr.manner("the rate is a single number")
def _(exam: Exam) -> None:
    answer = exam.call(0.1, 256, 1024)
    expect_shape(number_array(answer, "the rate"), (), "the rate")
