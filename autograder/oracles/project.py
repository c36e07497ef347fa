"""Definitions for the functions of the final project, written for clarity.

And a way to ask: all the questions of a part first, then the answers judged, so that
what is observed of a function does not end at its first wrong answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from autograder.comparing import Array
from autograder.exam import Exam
from autograder.oracles.gradients import Labels
from autograder.oracles.tuning import asking

# Some of the decays that the project is given, as functions of the share that is done.
DECAYS: dict[str, Callable[[float], float]] = {
    "fixed": lambda _: 1.0,
    "linear": lambda s: 1 - s,
    "cosine": lambda s: (1 + math.cos(math.pi * s)) / 2,
    "polynomial": lambda s: (1 - s) ** 2,
}


class Question(NamedTuple):
    """One call: its arguments, the right answer, why it is right, the call in words."""

    arguments: tuple[Any, ...]
    right: Any
    why: str = ""
    words: str = ""


class Answer(NamedTuple):
    """What one question brought: the call in words, the value, and the question."""

    asked: str
    got: Any
    question: Question


def answers(exam: Exam, questions: Iterable[Question]) -> list[Answer]:
    """Ask all the questions in turn; nothing is judged yet."""
    found = []
    for question in questions:
        words = question.words
        if words:
            got = asking(exam, f"{exam.check.name}({words})", *question.arguments)
        else:
            got = exam.call(*question.arguments)
        found.append(Answer(exam.asked, got, question))
    return found


def whole_norm(arrays: Iterable[Array]) -> float:
    """The length of all entries of all arrays, taken as one vector.

    >>> whole_norm([np.array([[3.0]]), np.array([4.0, 12.0])])
    13.0
    """
    return math.sqrt(math.fsum(float(x) ** 2 for array in arrays for x in array.flat))


def smoothed_cross_entropy(x: Array, y: Labels, smoothing: float) -> float:
    """The mean over the rows of -sum_c q_c log p_c: (N, C), (N,) -> number.

    p is the softmax of the row; q has smoothing / C at every class, and the rest of 1
    at the true one besides.

    >>> round(smoothed_cross_entropy(np.zeros((3, 2)), np.array([0, 1, 1]), 0.3), 6)
    0.693147
    """
    total = 0.0
    for row, k in zip(np.asarray(x, dtype=np.float64), y, strict=True):
        log_p = row - np.logaddexp.reduce(row)
        for c, each in enumerate(log_p):
            q = smoothing / len(row) + (1 - smoothing if c == k else 0.0)
            if q:
                total -= q * float(each)
    return total / len(x)


def rates_of_a_run(steps: int, peak: float, warm: int, decay: str) -> list[float]:
    """The rate at each of ``steps`` steps, of which the first ``warm`` are a warm-up.

    >>> rates_of_a_run(6, 4.0, 2, "linear")
    [2.0, 4.0, 4.0, 3.0, 2.0, 1.0]
    """
    rising = [peak * (i + 1) / warm for i in range(warm)]
    left = steps - warm
    return rising + [peak * DECAYS[decay](i / left) for i in range(left)]
