"""What is asked of the first step of the workflow: is the initial loss sane?

Where people may differ, the questions leave room: a loss is close to ln C or far from
it. Where the notebook draws the line is asked as a matter of manners. The other steps
are asked about in ``tuning_search``, ``tuning_narrow``, ``tuning_range_test`` and
``tuning_diagnose`` beside this file.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.tuning import as_number, as_truth

Question = tuple[float, int, bool, str]  # loss, classes, right answer, why

initial = Check.of("expected_initial_loss(num_classes) -> loss", "tuning")
sane = Check.of("loss_after_init_is_sane(loss, num_classes) -> sane", "tuning")


# expected_initial_loss ---------------------------------------------------------------


@initial.part("the loss of a network that knows nothing")
def _(exam: Exam) -> None:
    rng = exam.rng
    counts = [*map(int, rng.integers(4, [9, 90, 900, 90_000])), 2, 3, 10, 1000]
    for count in counts:
        loss = as_number(exam.call(count), "the loss")
        hint = (
            "Which probability does it give to the right class, and what is its loss?"
        )
        with hinting(hint):
            expect_close(loss, math.log(count), "the loss")


@initial.manner("the loss is a plain number")
def _(exam: Exam) -> None:
    shape = np.shape(exam.call(10))
    if shape:
        raise Mismatch(f"returned an array of shape {shape}; expected a number")


# loss_after_init_is_sane -------------------------------------------------------------


def _many(rng: np.random.Generator) -> list[int]:
    """Numbers of classes from 10 to 1000.

    Where a loss of 105 classes is rounded to one decimal, 0.996 of it is too, to
    another.
    """
    drawn = [int(rng.integers(11, 99)), int(rng.integers(101, 999))]
    return [10, 100, 105, 1000, *drawn]


def _expect_answers(exam: Exam, questions: list[Question]) -> None:
    """Ask all the questions, each with its right answer; then judge the answers."""
    answers = []
    for loss, classes, _, _ in questions:
        answer = exam.call(loss, classes)
        answers.append((exam.asked, as_truth(answer)))
    for (asked, got), question in zip(answers, questions, strict=True):
        _, classes, right, why = question
        if got != right:
            exam.asked = asked
            raise Mismatch(
                f"returned {got}; expected {right}: {why}, and "
                f"ln {classes} is {math.log(classes):.4g}"
            )


NEAR, FAR = "that is close to it", "that is far from it"


@sane.part("close to ln C is sane, twice or half of it is not", weight=2)
def _(exam: Exam) -> None:
    questions: list[Question] = []
    for classes in _many(exam.rng):
        loss = math.log(classes)
        near = (0.996 * loss, 1.004 * loss)
        far = exam.rng.uniform([0.2, 2.2], [0.45, 4.0]) * loss
        others = (math.log10(classes), 1 / classes)
        questions += [(each, classes, True, NEAR) for each in near]
        questions += [(float(each), classes, False, FAR) for each in (*far, *others)]
    _expect_answers(exam, questions)


@sane.part("the number of classes counts")
def _(exam: Exam) -> None:
    pairs = [(2, 1000), (3, 60), (10, 1000), (1000, 10)]
    questions: list[Question] = []
    for one, other in pairs:
        loss = math.log(one)
        questions += [(loss, one, True, NEAR), (loss, other, False, FAR)]
    _expect_answers(exam, questions)


@sane.part("0, a negative loss, NaN and infinity are not sane", weight=2)
def _(exam: Exam) -> None:
    questions: list[Question] = []
    for classes in _many(exam.rng)[3:]:
        loss = math.log(classes)
        wrong = (math.nan, math.inf, -math.inf, -loss, 0.0, 50 * loss)
        questions.append((loss, classes, True, NEAR))
        questions += [(each, classes, False, FAR) for each in wrong]
    _expect_answers(exam, questions)


@sane.manner("the line is drawn 10 % from ln C")
def _(exam: Exam) -> None:
    sides = [(0.899, False), (0.901, True), (1.099, True), (1.101, False)]
    _expect_answers(
        exam,
        [
            (factor * math.log(classes), classes, right, f"that is {factor:g} times it")
            for classes in (2, 10, *_many(exam.rng)[4:])
            for factor, right in sides
        ],
    )


@sane.manner("the answer is True or False")
def _(exam: Exam) -> None:
    for loss in (math.log(10), 5.0):
        answer = exam.call(loss, 10)
        if not isinstance(answer, (bool, np.bool_)):
            raise Mismatch(f"returned a {type(answer).__name__}; expected a bool")
