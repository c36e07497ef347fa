"""What is asked of the normalization layers, backwards.

dx, dgamma and dbeta are asked for in parts of their own, by central differences of
the definitions in :mod:`autograder.oracles.batchnorm`: entry by entry on small
inputs, along random directions on larger ones. The step of a difference is a
hundred-thousandth of the spread of the input: where epsilon can be seen, x is small.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.batchnorm_carried import (
    PLACES,
    function_of,
    param,
    step,
    true_to_own_forward,
)
from autograder.comparing import RTOL, expect_shape, number_array
from autograder.exam import Check, Exam
from autograder.gradients import expect_gradient, expect_gradient_along
from autograder.manners import expect_dtype, expect_untouched
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.batchnorm import (
    BATCH,
    DEFAULT_EPS,
    DEFAULT_SEEN,
    LAYER,
    SEEN,
    SPATIAL,
    TINY,
    Array,
    Case,
    Norm,
)

DX = "dx, entry by entry"


def _answer(exam: Exam, norm: Norm, case: Case, eps: float | None) -> tuple[Array, Any]:
    """A dout, and what the function returns for it; None leaves eps to the default."""
    entries = {} if eps is None else {"eps": eps}
    dout = norm.upstream(exam.rng, case.x)
    _, cache = exam.forward(*case, param(exam, norm, case, **entries))
    return dout, exam.call(dout, cache)


def _expect(
    exam: Exam,
    norm: Norm,
    what: str,
    case: Case,
    eps: float,
    dout: Array,
    answer: Any,
    along: bool = False,
) -> None:
    """Raise a ``Mismatch`` unless the gradient ``what`` in the answer is right."""

    def apply(x: Array, gamma: Array, beta: Array) -> Array:
        return norm.apply(x, gamma, beta, eps)

    f, at = function_of(what, case, apply), case[PLACES[what]]
    got, h = answer[PLACES[what]], step(what, case)
    loose = what != "dx"
    if along:
        expect_gradient_along(got, f, at, dout, what, exam.rng, h=h, loose_shape=loose)
    else:
        expect_gradient(got, f, at, dout, what, h=h, loose_shape=loose)


def _backward_check(
    name: str, forward: str, norm: Norm, group: str, over: str
) -> Check:
    """The check of a backward function: for each gradient what can go wrong with it."""
    check = Check.of(
        f"{name}(dout, cache) -> dx, dgamma, dbeta", "batchnorm", forward=forward
    )
    _ask_for_parameters(check, norm)
    _ask_for_dx(
        check,
        norm,
        "x enters three times, by itself, through the mean and through the variance "
        f"over {over}, and gamma scaled all of it",
    )
    _ask_about_caches(check, norm, "dgamma", "dgamma")
    _ask_about_caches(check, norm, "dx", DX)
    _ask_where_nothing_varies(check, norm, group)
    _add_manners(check, norm)
    check.carried_forward(true_to_own_forward(norm))
    return check


def _ask_for_parameters(check: Check, norm: Norm) -> None:
    """Add the parts on dbeta and dgamma."""
    of = "channel" if norm is SPATIAL else "feature"
    hints = {
        "dbeta": f"beta[j] was added to every out of {of} j: what flows back adds up",
        "dgamma": f"gamma[j] multiplied every normalized x of {of} j: it all adds up",
    }

    def gradient_of(what: str) -> None:
        @check.part(what)
        def _(exam: Exam) -> None:
            for shape in (*norm.small, norm.square[0], norm.drawn_shape(exam.rng)):
                case = norm.case(exam.rng, shape)
                dout, answer = _answer(exam, norm, case, TINY)
                with hinting(hints[what]):
                    _expect(exam, norm, what, case, TINY, dout, answer)

    for what in hints:
        gradient_of(what)

    @check.part("dgamma where eps counts", weight=0.5, needs="dgamma")
    def _(exam: Exam) -> None:
        for shape, (eps, variances) in zip(norm.small, SEEN, strict=True):
            case = norm.case(exam.rng, shape, variances)
            dout, answer = _answer(exam, norm, case, eps)
            with hinting("gamma multiplied the normalized x of the forward call"):
                _expect(exam, norm, "dgamma", case, eps, dout, answer)


def _ask_for_dx(check: Check, norm: Norm, hint: str) -> None:
    """Add the parts on dx, and on the cache."""

    @check.part(DX, weight=3)
    def _(exam: Exam) -> None:
        for shape in (*norm.small, norm.square[0]):
            case = norm.case(exam.rng, shape)
            dout, answer = _answer(exam, norm, case, TINY)
            with hinting(hint):
                _expect(exam, norm, "dx", case, TINY, dout, answer)

    @check.part("dx along random directions, in larger batches")
    def _(exam: Exam) -> None:
        for shape in (norm.drawn_shape(exam.rng), norm.drawn_shape(exam.rng)):
            case = norm.case(exam.rng, shape)
            dout, answer = _answer(exam, norm, case, TINY)
            with hinting(hint):
                _expect(exam, norm, "dx", case, TINY, dout, answer, along=True)

    @check.part("dx where eps counts")
    def _(exam: Exam) -> None:
        shapes = *norm.small, norm.square[0]
        asked = *SEEN, (None, DEFAULT_SEEN)
        for shape, (eps, variances) in zip(shapes, asked, strict=True):
            case = norm.case(exam.rng, shape, variances)
            dout, answer = _answer(exam, norm, case, eps)
            used = DEFAULT_EPS if eps is None else eps
            with hinting(
                f"Here the variance is no larger than {variances[1]:g} and eps is "
                f"{used:g}: backward must count it as forward did"
            ):
                _expect(exam, norm, "dx", case, used, dout, answer)


def _ask_about_caches(check: Check, norm: Norm, what: str, first: str) -> None:
    """Add the part on two caches; ``first`` is the part that it rests on."""

    @check.part(f"{what}: each cache belongs to its own call", weight=0.25, needs=first)
    def _(exam: Exam) -> None:
        cases = [norm.case(exam.rng, norm.small[0]) for _ in range(2)]
        caches = [
            exam.forward(*case, param(exam, norm, case, eps=TINY))[1] for case in cases
        ]
        for case, cache in zip(cases, caches, strict=True):
            dout = norm.upstream(exam.rng, case.x)
            answer = exam.call(dout, cache)
            with hinting("Two forward calls came first; only the cache tells which"):
                _expect(exam, norm, what, case, TINY, dout, answer)


def _ask_where_nothing_varies(check: Check, norm: Norm, group: str) -> None:
    """Add the part on variances of 0."""

    @check.part(f"dx of a constant {group}, and of a single number", needs=DX)
    def _(exam: Exam) -> None:
        case = norm.constant_case(exam.rng)
        dout, answer = _answer(exam, norm, case, 0.5)
        with hinting(f"The variance of one {group} is 0, and eps is 0.5"):
            _expect(exam, norm, "dx", case, 0.5, dout, answer)
        case = norm.single_case(exam.rng)
        dout, answer = _answer(exam, norm, case, 0.5)
        got = number_array(answer[0], "dx")
        expect_shape(got, case.x.shape, "dx")
        # The terms that cancel are of this size, and so is their rounding.
        terms = float(np.abs(case.gamma / np.sqrt(0.5) * dout).max())
        if not np.abs(got).max() <= RTOL * terms:
            raise Mismatch(
                f"dx is {float(got.flat[0]):.6g} at its first entry, but the mean of "
                "one number is that number: out is beta whatever x is, so dx is 0"
            )


def _add_manners(check: Check, norm: Norm) -> None:
    """Plain shapes, arguments left alone, the dtype kept."""

    @check.manner("dgamma and dbeta have the shape of gamma")
    def _(exam: Exam) -> None:
        case = norm.case(exam.rng, norm.small[1])
        _, answer = _answer(exam, norm, case, TINY)
        for what in ("dgamma", "dbeta"):
            got = number_array(answer[PLACES[what]], what)
            expect_shape(got, case.gamma.shape, what)

    @check.manner("arguments are left as they were")
    def _(exam: Exam) -> None:
        case = norm.case(exam.rng, norm.small[1])
        _, cache = exam.forward(*case, param(exam, norm, case, eps=TINY))
        expect_untouched(exam, norm.upstream(exam.rng, case.x), cache)

    @check.manner("the dtype of x and dout is kept")
    def _(exam: Exam) -> None:
        case = norm.case(exam.rng, norm.small[1])
        asked = param(exam, norm, case, eps=0.25)
        dout = norm.upstream(exam.rng, case.x).astype(np.float32)
        _, cache = exam.forward(*[each.astype(np.float32) for each in case], asked)
        for what, got in zip(PLACES, exam.call(dout, cache), strict=True):
            expect_dtype(got, np.float32, what)


_BATCH = (BATCH, "feature", "the samples of the batch")
batchnorm_backward = _backward_check("batchnorm_backward", "batchnorm_forward", *_BATCH)
batchnorm_backward_alt = _backward_check(
    "batchnorm_backward_alt", "batchnorm_forward", *_BATCH
)
spatial_batchnorm_backward = _backward_check(
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    SPATIAL,
    "channel",
    "the batch, its rows and columns",
)
layernorm_backward = _backward_check(
    "layernorm_backward",
    "layernorm_forward",
    LAYER,
    "sample",
    "the features of the sample",
)
