"""What is asked of the two monitors of the final project, which watch every step.

Both are lengths over all parameters of a network together. ``network_update_ratio`` is
what ``update_ratio`` in ``project/monitors.py`` is called where it is checked: the
course has another function of that name, for a single array.
"""

from __future__ import annotations

import numpy as np

from autograder.comparing import Array, expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import hinting
from autograder.oracles.project import Question, answers, whole_norm

Shape = tuple[int, ...]
NETWORKS: list[list[Shape]] = [
    [(3, 4), (4,), (4, 2), (2,)],
    [(2, 3, 2, 2), (2,), (2,), (5, 2)],
    [(1,), (1, 1), (3, 1), (1, 4), (2, 2, 2)],
    [(6,)],
    [(2, 5)],
]

gradients = Check.of("gradient_norm(gradients) -> norm", "project")
ratio = Check.of("network_update_ratio(before, after) -> ratio", "project")


def _arrays(
    rng: np.random.Generator, shapes: list[Shape], length: float
) -> list[Array]:
    """Arrays of a given whole length, each of a size of its own, means not 0."""
    sizes = rng.permutation(np.geomspace(0.3, 3, len(shapes)))
    arrays = [
        size * (rng.standard_normal(shape) + 0.5)
        for size, shape in zip(sizes, shapes, strict=True)
    ]
    factor = length / whole_norm(arrays)
    return [factor * array for array in arrays]


def _shapes(arrays: list[Array]) -> str:
    return ", ".join(str(array.shape) for array in arrays)


# gradient_norm -----------------------------------------------------------------------

LENGTH = "one length over all entries of all arrays"


def _lengths(exam: Exam, lengths: list[float], hint: str) -> None:
    questions = []
    for shapes, length in zip(NETWORKS, lengths, strict=False):
        arrays = _arrays(exam.rng, shapes, length)
        words = f"gradients of shapes {_shapes(arrays)}"
        questions.append(Question((arrays,), length, "", words))
    found = answers(exam, questions)
    for exam.asked, got, question in found:
        with hinting(hint):
            expect_close(got, question.right, "the norm", loose_shape=True)


@gradients.part(LENGTH, weight=3)
def _(exam: Exam) -> None:
    lengths = np.exp(exam.rng.uniform(np.log(0.3), np.log(50), len(NETWORKS)))
    _lengths(exam, lengths.tolist(), "All arrays together are one long vector")


@gradients.part("gradients that have nearly vanished, or explode", needs=LENGTH)
def _(exam: Exam) -> None:
    low, high = exam.rng.uniform(1, 9, 2)
    hint = "This is what the norm is watched for: add nothing, and clip nothing"
    _lengths(exam, [1e-9 * low, 1e9 * high, 1e-7 * high, 1e6 * low, 1.0], hint)


@gradients.part("gradients of 0", needs=LENGTH)
def _(exam: Exam) -> None:
    arrays = [np.zeros((2, 3)), np.zeros(3)]
    got = exam.call(arrays)
    expect_close(got, 0.0, "the norm", rtol=1e-9, loose_shape=True)
    partly = [np.zeros((2, 3)), exam.rng.uniform(1, 2, 3)]
    got = exam.call(partly)
    expect_close(got, whole_norm(partly), "the norm", loose_shape=True)


@gradients.manner("the norm is a number")
def _(exam: Exam) -> None:
    got = exam.call(_arrays(exam.rng, NETWORKS[0], 7.0))
    expect_close(got, 7.0, "the norm")


@gradients.manner("the gradients are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, _arrays(exam.rng, NETWORKS[0], 7.0))


# network_update_ratio ----------------------------------------------------------------

RATIO = "the length of the whole update over that of the whole network"


def _step(
    rng: np.random.Generator, shapes: list[Shape], length: float, share: float
) -> tuple[list[Array], list[Array]]:
    """Parameters of the given whole length, and after an update of that share."""
    before = _arrays(rng, shapes, length)
    update = _arrays(rng, shapes, share * length)
    return before, [w + dw for w, dw in zip(before, update, strict=True)]


def _ratios(exam: Exam, cases: list[tuple[float, float]], rtol: float = 1e-5) -> None:
    questions = []
    for shapes, (length, share) in zip(NETWORKS, cases, strict=False):
        before, after = _step(exam.rng, shapes, length, share)
        words = f"before and after, each of shapes {_shapes(before)}"
        questions.append(Question((before, after), share, "", words))
    found = answers(exam, questions)
    for exam.asked, got, question in found:
        with hinting("Two lengths, each over all entries of all arrays"):
            right = question.right
            expect_close(got, right, "the ratio", rtol=rtol, loose_shape=True)


@ratio.part(RATIO, weight=3)
def _(exam: Exam) -> None:
    usual = [(3.0, 0.4), (40.0, 0.07), (0.8, 2.5), (7.0, 0.9), (200.0, 0.2)]
    cases = [(n, share * float(exam.rng.uniform(0.8, 1.25))) for n, share in usual]
    _ratios(exam, cases)


@ratio.part("a healthy update, a thousandth of the network", needs=RATIO)
def _(exam: Exam) -> None:
    # In single precision such a difference keeps four digits at best.
    _ratios(exam, [(5.0, 1e-3), (0.9, 1e-3), (30.0, 1e-3)], rtol=1e-3)


@ratio.part("biases that begin at 0 are no trouble", needs=RATIO)
def _(exam: Exam) -> None:
    before, after = _step(exam.rng, NETWORKS[0], 4.0, 0.3)
    for place in (1, 3):
        before[place] = np.zeros_like(before[place])
    update = [new - old for old, new in zip(before, after, strict=True)]
    got = exam.call(before, after)
    with hinting("A single array of zeros has no ratio; the network has one"):
        right = whole_norm(update) / whole_norm(before)
        expect_close(got, right, "the ratio", loose_shape=True)


@ratio.part("no update, and parameters that were all given up", needs=RATIO)
def _(exam: Exam) -> None:
    before = _arrays(exam.rng, NETWORKS[0], 2.0)
    for factor, right in ((1, 0.0), (0, 1.0), (-1, 2.0)):
        got = exam.call(before, [factor * w for w in before])
        with hinting("The update is after - before"):
            rtol = 1e-7 if right == 0 else 1e-5  # no floor of 1e-8 either
            expect_close(got, right, "the ratio", rtol=rtol, loose_shape=True)


@ratio.manner("the ratio is a number")
def _(exam: Exam) -> None:
    got = exam.call(*_step(exam.rng, NETWORKS[0], 2.0, 0.5))
    expect_close(got, 0.5, "the ratio")


@ratio.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, *_step(exam.rng, NETWORKS[0], 2.0, 0.5))
