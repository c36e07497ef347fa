"""What is asked of the project's regularization: whom decay spares, and the loss.

``smoothed_loss`` is the cross-entropy of PyTorch with ``label_smoothing``: the true
class keeps its part of what is spread over *all* classes. Near logits of 1e4 the
questions are such as single precision holds exactly.
"""

from __future__ import annotations

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.gradients import Array, Labels, eighths, labels
from autograder.oracles.project import Question, answers, smoothed_cross_entropy
from autograder.oracles.tuning import as_truth

decayed = Check.of("is_decayed(name, shape) -> decayed", "project")
smoothed = Check.of("smoothed_loss(logits, labels, smoothing) -> loss", "project")


# is_decayed --------------------------------------------------------------------------

Parameter = tuple[str, tuple[int, ...], bool]


def _sizes(rng: np.random.Generator, count: int) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(2, 65, count))


def _weights(rng: np.random.Generator) -> list[Parameter]:
    """Matrices and kernels, under the names that networks give them."""
    names = ["head.weight", "layers.3.weight", "fc.weight", "0.weight"]
    matrices = [(name, _sizes(rng, 2), True) for name in names]
    kernels = ["conv.weight", "blocks.1.0.weight", "stem.0.weight"]
    images = [(name, (*_sizes(rng, 2), 3, 3), True) for name in kernels]
    others = [("conv1d.weight", (*_sizes(rng, 2), 3), True)]
    pointwise = [("shortcut.0.weight", (*_sizes(rng, 2), 1, 1), True)]
    return [*matrices, *images, *others, *pointwise]


def _biases(rng: np.random.Generator) -> list[Parameter]:
    names = ["head.bias", "layers.3.bias", "conv.bias", "norm1.bias", "0.bias"]
    return [(name, _sizes(rng, 1), False) for name in names]


def _scales(rng: np.random.Generator) -> list[Parameter]:
    """Scales of normalizations: where the network is a list, no name tells."""
    names = ["norm1.weight", "blocks.1.norm.weight", "bn2.weight", "shortcut.1.weight"]
    return [(name, _sizes(rng, 1), False) for name in [*names, "layers.4.weight"]]


def _expect_decayed(exam: Exam, parameters: list[Parameter], why: str) -> None:
    mixed = [parameters[int(i)] for i in exam.rng.permutation(len(parameters))]
    questions = [Question((name, shape), right) for name, shape, right in mixed]
    found = [(asked, as_truth(got), q) for asked, got, q in answers(exam, questions)]
    for exam.asked, got, question in found:
        if got != question.right:
            raise Mismatch(f"returned {got}; expected {question.right}: {why}")


@decayed.part("matrices and kernels are decayed, biases are not", weight=2)
def _(exam: Exam) -> None:
    parameters = [*_weights(exam.rng), *_biases(exam.rng)]
    _expect_decayed(exam, parameters, "weights shrink, what shifts a unit does not")


@decayed.part("scales of normalizations are not decayed", weight=2)
def _(exam: Exam) -> None:
    parameters = [*_weights(exam.rng), *_scales(exam.rng)]
    why = "a scale of a normalization has one entry a channel, and is no matrix"
    _expect_decayed(exam, parameters, why)


@decayed.part("the size does not count")
def _(exam: Exam) -> None:
    rng = exam.rng
    parameters: list[Parameter] = [
        ("fc.weight", (1, 1), True),
        ("head.weight", (2, 1), True),
        ("conv.weight", (1, 1, 1, 1), True),
        ("head.bias", (int(rng.integers(10_000, 90_000)),), False),
        ("norm.weight", (int(rng.integers(10_000, 90_000)),), False),
        ("head.bias", (1,), False),
        ("norm.weight", (1,), False),
    ]
    _expect_decayed(exam, parameters, "what kind of parameter it is decides")


@decayed.manner("the answer is True or False")
def _(exam: Exam) -> None:
    for name, shape in (("fc.weight", (3, 4)), ("fc.bias", (4,))):
        answer = exam.call(name, shape)
        if not isinstance(answer, (bool, np.bool_)):
            raise Mismatch(f"returned a {type(answer).__name__}; expected a bool")


# smoothed_loss -----------------------------------------------------------------------

HUGE = 1e4
COARSE = 2e-3  # in single precision a sum of 1e4 and a small number is 5e-4 off
PLAIN = "no smoothing: the cross-entropy, averaged over the batch"
# N and C
BATCHES = [(5, 7), (1, 3), (6, 2), (4, 4), (9, 10)]


def _batch(rng: np.random.Generator, n: int, c: int) -> tuple[Array, Labels]:
    return rng.uniform(-2, 2, (n, c)), labels(rng, n, c, "int64")


def _expect_loss(
    exam: Exam, cases: list[tuple[Array, Labels, float]], hint: str, rtol: float = 1e-5
) -> None:
    questions = [Question(case, smoothed_cross_entropy(*case)) for case in cases]
    found = answers(exam, questions)
    for exam.asked, got, question in found:
        with hinting(hint):
            expect_close(got, question.right, "the loss", rtol=rtol, loose_shape=True)


@smoothed.part(PLAIN, weight=2)
def _(exam: Exam) -> None:
    cases = [(*_batch(exam.rng, *batch), 0.0) for batch in BATCHES]
    _expect_loss(exam, cases, "The mean of -log of the true class's softmax")


@smoothed.part("smoothing is shared by all classes, the true one too", weight=3)
def _(exam: Exam) -> None:
    amounts = [0.1, *exam.rng.uniform(0.05, 0.6, 3).round(2).tolist(), 0.9]
    cases = [
        (*_batch(exam.rng, *batch), amount)
        for batch, amount in zip(BATCHES, amounts, strict=True)
    ]
    hint = "Each of the C classes gets smoothing / C, the true one the rest besides"
    _expect_loss(exam, cases, hint)


@smoothed.part("logits of 10 000 and of -10 000", needs=PLAIN, weight=2)
def _(exam: Exam) -> None:
    rng = exam.rng
    shifts = rng.permutation([HUGE, -HUGE, 0.0, 100.0])[:, None]
    cases = [
        (eighths(rng, (5, 4)) + HUGE, labels(rng, 5, 4, "int64"), 0.1),
        (eighths(rng, (5, 4)) - HUGE, labels(rng, 5, 4, "int64"), 0.0),
        # A row far below the others must not vanish beside them.
        (eighths(rng, (4, 3)) + shifts, labels(rng, 4, 3, "int64"), 0.2),
    ]
    hint = "What may be taken off all logits of a row without changing its softmax?"
    _expect_loss(exam, cases, hint, COARSE)


@smoothed.part("a class that is all but impossible", needs=PLAIN)
def _(exam: Exam) -> None:
    cases = []
    for smoothing in (0.0, 0.1, 0.3):
        x, y = eighths(exam.rng, (3, 5)), labels(exam.rng, 3, 5, "int64")
        x[np.arange(3), (y + (smoothing > 0)) % 5] -= 500.0
        cases.append((x, y, smoothing))
    hint = "A tiny softmax is rounded to 0, but its logarithm need not go through it"
    _expect_loss(exam, cases, hint, COARSE)


@smoothed.manner("the loss is one number")
def _(exam: Exam) -> None:
    x, y = _batch(exam.rng, 4, 3)
    got = exam.call(x, y, 0.1)
    expect_close(got, smoothed_cross_entropy(x, y, 0.1), "the loss")


@smoothed.manner("arguments are left as they were")
def _(exam: Exam) -> None:
    expect_untouched(exam, *_batch(exam.rng, 4, 3), 0.1)
