"""What is asked of the project's first three decisions, made before any search.

A loss is close to ln C or far from it, a rate lowers the loss clearly or hardly at
all; where exactly the lines are drawn is asked as a matter of manners.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched, expect_value_error
from autograder.mishaps import Mismatch
from autograder.oracles.project import Question, answers
from autograder.oracles.tuning import as_number, as_truth
from autograder.oracles.tuning_pictures import Lines

initial = Check.of("initial_loss_is_sane(losses, classes) -> sane", "project")
overfit = Check.of("epochs_to_overfit(accuracies) -> epochs", "project")
start = Check.of("starting_rate(rates, losses) -> rate", "project")


# initial_loss_is_sane ----------------------------------------------------------------


def _around(rng: np.random.Generator, classes: int, factor: float) -> list[float]:
    """Five losses whose mean is ``factor`` times ln C, none far from it."""
    scatter = rng.uniform(-0.01, 0.01, 5)
    losses = math.log(classes) * (factor + scatter - scatter.mean())
    return [float(loss) for loss in losses]


def _expect_sane(exam: Exam, questions: list[Question]) -> None:
    found = [(asked, as_truth(got), q) for asked, got, q in answers(exam, questions)]
    for exam.asked, got, question in found:
        if got != question.right:
            losses, classes = question.arguments
            mean = sum(losses) / len(losses)
            raise Mismatch(
                f"returned {got}; expected {question.right}: {question.why} (their "
                f"mean is {mean:.4g}, and ln {classes} is {math.log(classes):.4g})"
            )


NEAR, FAR = "that is close to it", "that is far from it"
COUNTS = (2, 3, 10, 100, 1000)


@initial.part("a mean close to ln C is sane, half or twice of it is not", weight=2)
def _(exam: Exam) -> None:
    questions = []
    for classes in (*COUNTS, int(exam.rng.integers(11, 99))):
        below, above = exam.rng.uniform([0.2, 1.7], [0.6, 4.0])
        for factor, right in ((0.95, True), (1.05, True), (below, False)):
            losses = _around(exam.rng, classes, factor)
            questions.append(Question((losses, classes), right, NEAR if right else FAR))
        losses = _around(exam.rng, classes, above)
        questions.append(Question((losses, classes), False, FAR))
    _expect_sane(exam, questions)


@initial.part("the number of classes counts")
def _(exam: Exam) -> None:
    questions = []
    for one, other in [(2, 1000), (3, 60), (10, 1000), (1000, 10)]:
        losses = _around(exam.rng, one, 1.0)
        questions.append(Question((losses, one), True, NEAR))
        questions.append(Question((losses, other), False, FAR))
    _expect_sane(exam, questions)


@initial.part("the mean counts, and not one seed or another", weight=2)
def _(exam: Exam) -> None:
    questions = []
    for classes in (10, int(exam.rng.integers(20, 200))):
        level = math.log(classes)
        apart = np.array([0.75, 1.25, 0.8, 1.2, 1.0])
        high = np.array([1.0, 1.0, 1.0, 2.0, 1.9])
        mixed = (level * exam.rng.permutation(apart)).tolist()
        questions.append(Question((mixed, classes), True, "they scatter around it"))
        for first in (0, 3):
            losses = (level * np.roll(high, -first)).tolist()
            why = "two of the networks start far above it"
            questions.append(Question((losses, classes), False, why))
        low = np.array([1.0, 0.5, 0.55, 0.4, 0.45])
        losses = (level * exam.rng.permutation(low)).tolist()
        questions.append(Question((losses, classes), False, "only one is near it"))
        losses = [level * 1.04]
        questions.append(Question((losses, classes), True, NEAR))
    _expect_sane(exam, questions)


@initial.part("one loss that is NaN or infinite, and nothing is sane", weight=2)
def _(exam: Exam) -> None:
    questions = []
    for wrong in (math.nan, math.inf, -math.inf):
        classes = int(exam.rng.integers(4, 200))
        losses = _around(exam.rng, classes, 1.0)
        questions.append(Question((losses, classes), True, NEAR))
        for place in (0, 2, 4):
            spoiled = [*losses[:place], wrong, *losses[place + 1 :]]
            questions.append(Question((spoiled, classes), False, f"one is {wrong}"))
        questions.append(Question(([wrong], classes), False, f"it is {wrong}"))
    _expect_sane(exam, questions)


@initial.manner("the line is drawn 10 % from ln C")
def _(exam: Exam) -> None:
    questions = []
    for classes in (2, 10, int(exam.rng.integers(20, 900))):
        for factor, right in [
            (0.899, False),
            (0.901, True),
            (1.099, True),
            (1.101, False),
        ]:
            losses = _around(exam.rng, classes, factor)
            why = f"that is {factor:g} times it"
            questions.append(Question((losses, classes), right, why))
    _expect_sane(exam, questions)


@initial.manner("the answer is True or False")
def _(exam: Exam) -> None:
    for factor in (1.0, 2.0):
        answer = exam.call(_around(exam.rng, 10, factor), 10)
        if not isinstance(answer, (bool, np.bool_)):
            raise Mismatch(f"returned a {type(answer).__name__}; expected a bool")


# epochs_to_overfit -------------------------------------------------------------------


def _as_epoch(value: Any) -> int | None:
    """``value`` as an epoch, or None."""
    if value is None:
        return None
    number = as_number(value, "the number of epochs")
    if not math.isfinite(number) or number != round(number):
        raise Mismatch(f"returned {number}; expected a whole number, or None")
    return int(number)


def _climb(rng: np.random.Generator, epochs: int) -> list[float]:
    """Accuracies on the way to 1, never there: of a sample of 50 images."""
    return [int(known) / 50 for known in np.sort(rng.integers(5, 50, epochs))]


def _expect_epochs(exam: Exam, questions: list[Question]) -> None:
    found = [(asked, _as_epoch(got), q) for asked, got, q in answers(exam, questions)]
    for exam.asked, got, question in found:
        if got != question.right:
            raise Mismatch(f"returned {got}; expected {question.right}: {question.why}")


@overfit.part("the first epoch with an accuracy of 1, counted from 1", weight=2)
def _(exam: Exam) -> None:
    questions = []
    for stays in exam.rng.integers(1, 9, 4).tolist():
        before = _climb(exam.rng, int(exam.rng.integers(2, 12)))
        why = f"after {len(before)} epochs below 1 it is 1 to the end"
        asked = [*before, *[1.0] * stays]
        questions.append(Question((asked,), len(before) + 1, why))
    questions.append(Question(([1.0, 1.0, 1.0],), 1, "it is 1 from the start"))
    _expect_epochs(exam, questions)


@overfit.part("an accuracy of 1 that is lost again does not count", weight=2)
def _(exam: Exam) -> None:
    questions = []
    for _ in range(3):
        before = _climb(exam.rng, int(exam.rng.integers(2, 7)))
        lost = [1.0] * int(exam.rng.integers(1, 4)) + [0.98, 0.96]
        end = [1.0] * int(exam.rng.integers(1, 5))
        first = len(before) + len(lost) + 1
        questions.append(
            Question(([*before, *lost, *end],), first, "from there on it stays at 1")
        )
        questions.append(
            Question(([*before, *lost],), None, "the last accuracy is below 1")
        )
        questions.append(
            Question(([*before, 1.0, 0.98],), None, "the last accuracy is below 1")
        )
    _expect_epochs(exam, questions)


@overfit.part("never, if it never is 1", weight=2)
def _(exam: Exam) -> None:
    climb = _climb(exam.rng, 9)
    nearly = [*climb, 0.99, 0.995, 0.9999]
    reached = [*climb, 0.99, 1.0]
    _expect_epochs(
        exam,
        [
            Question((climb,), None, "no accuracy is 1"),
            Question((nearly,), None, "0.9999 is not 1: one image is not known yet"),
            Question(([*nearly, 0.9999],), None, "0.9999 is not 1"),
            Question((reached,), 11, "the last accuracy is 1"),
        ],
    )


@overfit.manner("no epoch at all is never")
def _(exam: Exam) -> None:
    _expect_epochs(exam, [Question(([],), None, "there is no epoch")])


@overfit.manner("the epoch is an int, and the accuracies are left as they were")
def _(exam: Exam) -> None:
    got = expect_untouched(exam, [0.5, 0.9, 1.0, 1.0])
    if type(got) is not int:
        raise Mismatch(f"returned a {type(got).__name__}; expected an int")


# starting_rate -----------------------------------------------------------------------

Curve = list[float]


def _curve(
    rng: np.random.Generator, end: float, count: int = 100, first: float = 0.0
) -> Curve:
    """``count`` losses with noise, from ``first`` to ``end`` times as much.

    The last tenth rests where it ends, but for 1 %; the second loss is a tenth more.
    """
    first = first or float(rng.uniform(2.0, 5.0))
    level = np.interp(np.arange(count) / count, [0, 0.75, 1], [1, end, end])
    level[1:] *= 1 + rng.uniform(-0.01, 0.01, count - 1)
    level[1] *= 1.1
    return [float(loss) for loss in first * level]


def _flat(rng: np.random.Generator, count: int = 100) -> Curve:
    """A loss that falls, and hardly."""
    first = float(rng.uniform(2.0, 3.0))
    return _curve(rng, float(rng.uniform(0.95, 0.98)), count, first)


def _falling(rng: np.random.Generator, count: int = 100) -> Curve:
    """A loss that falls far."""
    first = float(rng.uniform(2.0, 3.0))
    return _curve(rng, float(rng.uniform(0.2, 0.75)), count, first)


def _slow(rng: np.random.Generator, count: int = 100) -> Curve:
    """A loss that falls enough, and ends above where the others began."""
    return _curve(rng, float(rng.uniform(0.78, 0.82)), count, 5.0)


def _rates(rng: np.random.Generator, count: int) -> list[float]:
    """Increasing rates, a factor of 3 or so apart."""
    low = 10 ** rng.uniform(-4, -3)
    factors = rng.uniform(2.5, 4, count)
    return [float(f"{rate:.3g}") for rate in low * np.cumprod(factors)]


def _sweep(rates: list[float], losses: list[Curve], right: float, why: str) -> Question:
    words = f"rates={rates}, losses of {', '.join(str(len(c)) for c in losses)}"
    return Question((rates, losses), right, why, f"{words} iterations")


def _expect_rate(exam: Exam, questions: list[Question]) -> None:
    found = answers(exam, questions)
    for exam.asked, got, question in found:
        rates, losses = question.arguments
        number = as_number(got, "the rate")
        if not math.isclose(number, question.right, rel_tol=1e-5):
            place = rates.index(question.right)
            shown = {f"losses at {question.right:g}": losses[place]}
            if number in rates:
                shown[f"losses at {number:g}"] = losses[rates.index(number)]
            raise Mismatch(
                f"returned {number:.4g}; expected {question.right:.4g}: {question.why}",
                Lines("losses of a hundred iterations", shown),
            )


LARGEST = "the largest rate that clearly lowers the loss"


@start.part(LARGEST, weight=3)
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for count, good in [(6, 3), (5, 4), (4, 1), (7, 3)]:
        rates = _rates(rng, count)
        losses = [_flat(rng), *(_falling(rng) for _ in range(good))]
        # Beyond it the loss hardly falls, or rises.
        beyond = range(count - len(losses))
        losses += [_flat(rng) if i % 2 else _curve(rng, 3.0) for i in beyond]
        # The best loss is not at the largest rate.
        losses[good] = _slow(rng)
        why = "the larger ones do not lower the loss by a tenth"
        if good == count - 1:
            why = "it is the largest, and lowers the loss"
        questions.append(_sweep(rates, losses, rates[good], why))
    _expect_rate(exam, questions)


@start.part("rates in any order")
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for order, good in (([2, 0, 3, 1], 2), ([3, 2, 1, 0], 1), ([1, 2, 3, 0], 3)):
        rates = _rates(rng, 4)
        losses = [_flat(rng), *(_falling(rng) for _ in range(good - 1)), _slow(rng)]
        losses += [_curve(rng, 2.0) for _ in range(3 - good)]
        mixed = [rates[i] for i in order], [losses[i] for i in order]
        questions.append(_sweep(*mixed, rates[good], "the rates are in no order"))
    _expect_rate(exam, questions)


@start.part("a rate that diverged is never the answer", weight=2)
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for lost, good in ((math.nan, 1), (math.inf, 2), (-math.inf, 0)):
        rates = _rates(rng, 5)
        losses = [*(_falling(rng) for _ in range(good)), _slow(rng)]
        while len(losses) < len(rates):
            short = [*_curve(rng, 0.4)[:40], lost]  # the run was broken off
            whole = [*_curve(rng, 0.4)[:93], *[lost] * 7]
            losses.append(short if len(losses) % 2 else whole)
        why = f"at the larger ones the loss became {lost}"
        questions.append(_sweep(rates, losses, rates[good], why))
    _expect_rate(exam, questions)


@start.part("the mean of the last tenth decides, and not one loss", weight=2)
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for count in (100, 100, 40):
        rates = _rates(rng, 5)
        lucky, dip, unlucky = (_flat(rng, count) for _ in range(3))
        lucky[-1] *= 0.85
        unlucky = _slow(rng, count)
        unlucky[-1] = unlucky[0]
        # Below the line for half of the run, and back above it.
        middle = slice(count // 4, 3 * count // 4)
        dip[middle] = [0.5 * loss for loss in dip[middle]]
        losses = [_falling(rng, count), unlucky, lucky, dip, _flat(rng, count)]
        if count == 40:  # once more, in another order
            losses = [losses[-1], *losses[:2], dip, lucky]
        why = "at its end it is lower, whatever a single batch says"
        questions.append(_sweep(rates, losses, rates[losses.index(unlucky)], why))
    _expect_rate(exam, questions)


@start.part("each rate is compared with its own first loss")
def _(exam: Exam) -> None:
    rng, questions = exam.rng, []
    for firsts, ends, good in [
        ([5.0, 4.8, 5.0, 2.0], (0.97, 0.6, 0.65, 0.97), 2),
        ([2.0, 4.0, 2.1, 2.1], (0.6, 0.65, 0.97, 0.97), 1),
    ]:
        rates = _rates(rng, 4)
        losses = [_curve(rng, e, 100, f) for e, f in zip(ends, firsts, strict=True)]
        why = "at the larger ones the loss hardly falls from its own first value"
        questions.append(_sweep(rates, losses, rates[good], why))
    _expect_rate(exam, questions)


def _decided_by(count: int, last: int, end: float) -> Curve:
    """A loss whose mean over exactly the ``last`` iterations is ``end`` of the first.

    Over one iteration more or fewer it is more.
    """
    low = end if last == 1 else 0.5
    rest = (end * last - low) / max(last - 1, 1)
    before = [2.0, *[1.0] * (count - last - 2), 4.0]
    return [*before, 2.0 * low, *[2.0 * rest] * (last - 1)]


@start.manner("the line is drawn at 90 % of the first loss, over the last tenth")
def _(exam: Exam) -> None:
    questions = []
    for count, last in ((100, 10), (40, 4), (25, 2), (7, 1)):
        rates = _rates(exam.rng, 3)
        losses = [_decided_by(count, last, end) for end in (0.5, 0.899, 0.901)]
        why = f"the last tenth of {count} iterations is {last}"
        questions.append(_sweep(rates, losses, rates[1], why))
    _expect_rate(exam, questions)


@start.manner("where no rate lowers the loss it raises ValueError")
def _(exam: Exam) -> None:
    rng = exam.rng
    losses = [_flat(rng), _curve(rng, 1.5), [2.3, math.nan]]
    why = "no rate lowers the loss by a tenth"
    expect_value_error(exam, _rates(rng, 3), losses, why=why)


@start.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    rng = exam.rng
    rates, losses = _rates(rng, 3), [_falling(rng), _flat(rng), _falling(rng)]
    expect_close(expect_untouched(exam, rates[::-1], losses), rates[2], "the rate")
