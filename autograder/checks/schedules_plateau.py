"""What is asked of ``plateau``: reduce the rate when nothing improves any more.

Patience is read in two ways, both right for a function that keeps to one: it ends when
the number of epochs in vain reaches it (Keras), or exceeds it (PyTorch).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.comparing import expect_close, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import hinting
from autograder.oracles import schedules as oracle
from autograder.oracles.schedules import LIMITS, drawn, drawn_rate
from autograder.oracles.schedules_readings import Readings

plateau = Check.of(
    "plateau(metric_history, base_lr, factor, patience) -> rate", "schedules"
)
Asked = tuple[list[float], float, float, int]


def _expect_plateau(exam: Exam, asked: Sequence[Asked], hint: str) -> None:
    readings = Readings(list(LIMITS))
    for arguments in asked:
        expected = {limit: oracle.plateau(*arguments, limit) for limit in LIMITS}
        answer = exam.call(*arguments)
        with hinting(hint):
            readings.expect(answer, expected)


def _falling(rng: np.random.Generator, epochs: int, to: float) -> list[float]:
    """A history that improves at every epoch and ends at ``to``."""
    drops = np.cumsum(rng.uniform(0.2, 1.0, epochs - 1))
    return [round(to + float(drop), 3) for drop in drops[::-1]] + [to]


def _worse(rng: np.random.Generator, epochs: int, best: float) -> list[float]:
    """A history that never comes down to ``best``, rising and falling."""
    return [round(best + float(up), 3) for up in rng.uniform(0.2, 3.0, epochs)]


@plateau.part("one plateau", weight=2)
def _(exam: Exam) -> None:
    rng = exam.rng
    asked: list[Asked] = []
    settings = ((1, 0.5, 3, 1.0), (4, 2.0, 2, 1.0), (6, -10.0, 4, 1e-5))
    for epochs, best, patience, scale in settings:
        start = _falling(rng, epochs, best)
        flat = _worse(rng, patience + 2, best)
        base_lr, factor = scale * drawn_rate(rng), drawn(rng, 0.1, 0.6)
        lengths = (0, patience - 1, patience, patience + 1)
        asked += [(start + flat[:n], base_lr, factor, patience) for n in lengths]
        better = [best - 0.5, best - 1.0, best - 0.7]
        asked.append((start + flat[:-1] + better, base_lr, factor, patience))
    hint = "Count the epochs that brought no new best; at the limit, multiply by factor"
    _expect_plateau(exam, asked, hint)


@plateau.part("several plateaus")
def _(exam: Exam) -> None:
    rng = exam.rng
    asked: list[Asked] = []
    for epochs, scale, patience in ((1, 1.0, 2), (5, 1e6, 3), (3, 1.0, 1)):
        start = _falling(rng, epochs, 0.5)
        long = start + _worse(rng, 4 * patience + 4, 0.5)
        long = [scale * loss for loss in long]
        base_lr, factor = drawn_rate(rng), drawn(rng, 0.3, 0.8)
        cuts = range(epochs + patience, len(long) + 1, 2)
        asked += [(long[:n], base_lr, factor, patience) for n in cuts]
        again = [0.4 * scale, 0.3 * scale, *(2 * loss for loss in long[epochs:])]
        asked.append((long + again, base_lr, factor, patience))
    hint = "After a reduction the count begins again at 0"
    _expect_plateau(exam, asked, hint)


@plateau.part("better than the epoch before is not yet a new best")
def _(exam: Exam) -> None:
    swing = [1.0, 0.5, 0.9, 0.8, 0.7, 0.6, 0.95, 0.85]
    base_lr = drawn_rate(exam.rng)
    asked: list[Asked] = [
        (swing[:7], base_lr, 0.5, 3),
        (swing[:4], base_lr, 0.5, 4),
        (swing[:7], 0.7 * base_lr, 0.3, 2),
        ([8.0, 2.0, *(2.0 + loss for loss in swing)], base_lr, 0.1, 5),
    ]
    hint = "Compare each epoch with the best of all before it"
    _expect_plateau(exam, asked, hint)


@plateau.part("a new best starts the count again")
def _(exam: Exam) -> None:
    base_lr = drawn_rate(exam.rng)
    in_time = [1.0, 0.9, 1.2, 1.1, 0.8, 1.0, 1.3, 0.7, 0.9, 0.75, 0.6]
    late = [*in_time, 0.9, 0.8, 0.7, 0.65]
    asked: list[Asked] = [
        (in_time, base_lr, 0.5, 3),
        (late, base_lr, 0.5, 3),
        ([-loss for loss in (1, 0.5, 2, 1.5, 3, 2.5, 4, 3.5)], base_lr, 0.2, 2),
    ]
    hint = "Only epochs in vain that follow each other are counted together"
    _expect_plateau(exam, asked, hint)


@plateau.part("the best is kept when the rate falls")
def _(exam: Exam) -> None:
    base_lr = drawn_rate(exam.rng)
    down = [3.0, 0.5, 0.99, 0.98, 0.97, 0.96, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65]
    asked: list[Asked] = [
        ([3.0, 0.5, 0.9, 0.8, 0.6, 0.7, 0.9, 0.95, 0.85], base_lr, 0.5, 2)
    ]
    asked += [(down[:n], base_lr, 0.5, patience) for n, patience in ((9, 2), (12, 3))]
    hint = "A smaller rate does not make the best loss so far any worse"
    _expect_plateau(exam, asked, hint)


@plateau.part("as good as the best is no new best")
def _(exam: Exam) -> None:
    base_lr, best = drawn_rate(exam.rng), drawn(exam.rng, 0.2, 2.0)
    asked: list[Asked] = [
        ([best + 1.0, best, *[best] * ties], base_lr, 0.5, 3) for ties in (3, 4)
    ]
    asked += [([best, 2 * best, best, 2 * best, best, best], base_lr, 0.2, 4)]
    hint = "A loss that stands still at its best stands still"
    _expect_plateau(exam, asked, hint)


@plateau.manner("the rate falls when patience is reached, not when it is exceeded")
def _(exam: Exam) -> None:
    for patience in (2, 4):
        history = [2.0, 1.0, *_worse(exam.rng, patience, 1.0)]
        answer = exam.call(history, 0.3, 0.5, patience)
        with hinting("Libraries differ; in this course it is `reaches`, as in Keras"):
            expect_close(answer, 0.15, "the rate", loose_shape=True)


@plateau.manner("any loss below the best is a new best")
def _(exam: Exam) -> None:
    history = [1.0, 0.5, 0.6, 0.5 - 1e-6, 0.7, 0.8]
    answer = exam.call(history, 0.3, 0.5, 4)
    with hinting("A gain counts however small it is"):
        expect_close(answer, 0.3, "the rate", loose_shape=True)


@plateau.manner("before the first epoch")
def _(exam: Exam) -> None:
    answer = exam.call([], 0.3, 0.5, 2)
    with hinting("Without a history there is no plateau yet"):
        expect_close(answer, 0.3, "the rate", loose_shape=True)


@plateau.manner("the rate is a single number")
def _(exam: Exam) -> None:
    answer = exam.call([2.0, 1.0, 1.5, 1.2, 1.1, 1.3], 0.3, 0.5, 2)
    expect_shape(number_array(answer, "the rate"), (), "the rate")


@plateau.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, [3.0, 1.0, 2.0, 1.5, 1.0], 0.3, 0.5, 2)
