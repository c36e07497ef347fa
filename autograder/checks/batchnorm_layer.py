"""What is asked of layer normalization, forwards.

The same questions as of batch normalization, where they make sense: there are no
running statistics, and training and testing are the same.
"""

from __future__ import annotations

import numpy as np

from autograder.checks.batchnorm import EPS_INSIDE, expect_left_alone
from autograder.comparing import expect_close, same
from autograder.exam import Check, Exam
from autograder.manners import expect_dtype
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.batchnorm import (
    DEFAULT_EPS,
    DEFAULT_SEEN,
    LAYER,
    SEEN,
    TINY,
    shuffled,
)

layernorm_forward = Check.of(
    "layernorm_forward(x, gamma, beta, ln_param) -> out, cache", "batchnorm"
)

NORMALIZED = "every sample is normalized over its features, then scaled"


@layernorm_forward.part(NORMALIZED, weight=3)
def _(exam: Exam) -> None:
    shapes = *LAYER.small, LAYER.square[0], LAYER.drawn_shape(exam.rng)
    cases = [LAYER.case(exam.rng, shape) for shape in shapes]
    for case in (*cases, LAYER.case_with_outliers(exam.rng)):
        out, _ = exam.call(*case, {"eps": TINY})
        with hinting(
            "Each sample has one mean and one (biased) variance, over its features; "
            "gamma and beta have an entry for each feature"
        ):
            expect_close(out, LAYER.apply(*case, TINY), "out")


@layernorm_forward.part("eps is added to the variance, inside the root")
def _(exam: Exam) -> None:
    for eps, variances in SEEN:
        case = LAYER.case(exam.rng, LAYER.drawn_shape(exam.rng), variances)
        out, _ = exam.call(*case, {"eps": eps})
        with hinting(EPS_INSIDE.partition(",")[0]):
            expect_close(out, LAYER.apply(*case, eps), "out")


@layernorm_forward.part("eps is 1e-5 where ln_param names none", weight=0.5)
def _(exam: Exam) -> None:
    for shape in (LAYER.small[0], LAYER.drawn_shape(exam.rng)):
        case = LAYER.case(exam.rng, shape, DEFAULT_SEEN)
        out, _ = exam.call(*case, {})
        with hinting("These numbers are small: their variance is about 1e-5 itself"):
            expect_close(out, LAYER.apply(*case, DEFAULT_EPS), "out")


@layernorm_forward.part("the same in training and testing", weight=0.5)
def _(exam: Exam) -> None:
    for mode in ("train", "test"):
        case = LAYER.case(exam.rng, LAYER.small[1])
        out, _ = exam.call(*case, shuffled(exam.rng, mode=mode, eps=TINY))
        with hinting("A sample needs no batch: nothing is remembered for testing"):
            expect_close(out, LAYER.apply(*case, TINY), "out")


@layernorm_forward.part("a constant sample, and a single feature", needs=NORMALIZED)
def _(exam: Exam) -> None:
    for case in (LAYER.constant_case(exam.rng), LAYER.single_case(exam.rng)):
        out, _ = exam.call(*case, {"eps": TINY})
        with hinting(
            "Here a sample has variance 0; eps keeps the division possible, "
            "and x − mean is 0"
        ):
            expect_close(out, LAYER.apply(*case, TINY), "out")


@layernorm_forward.manner("arguments are left as they were", needs=NORMALIZED)
def _(exam: Exam) -> None:
    case, asked = LAYER.case(exam.rng, LAYER.small[1]), {"eps": TINY}
    _, after = exam.call_with_arguments(*case, asked)
    expect_left_alone(case, after)
    if not same(asked, after[3], rtol=0.0):
        raise Mismatch("changed its argument ln_param in place; work on a copy instead")


@layernorm_forward.manner("the dtype of x is kept", needs=NORMALIZED)
def _(exam: Exam) -> None:
    case = LAYER.case(exam.rng, LAYER.small[1])
    out, _ = exam.call(*[each.astype(np.float32) for each in case], {"eps": 0.25})
    expect_dtype(out, np.float32, "out")
