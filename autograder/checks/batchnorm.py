"""What is asked of batch normalization, forwards: of features and of channels.

Values are judged against the definitions in :mod:`autograder.oracles.batchnorm`.
Epsilon, the running statistics and the defaults are asked about in parts of their
own, with inputs on which nothing else can go wrong; elsewhere epsilon is too small to
be seen. The gradients are in :mod:`autograder.checks.batchnorm_backward`, layer
normalization in :mod:`autograder.checks.batchnorm_layer`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.comparing import expect_close, expect_shape, number_array, same
from autograder.exam import Check, Exam
from autograder.manners import expect_dtype
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.batchnorm import (
    BATCH,
    DEFAULT_EPS,
    DEFAULT_MOMENTUM,
    DEFAULT_SEEN,
    PLAIN,
    SEEN,
    SPATIAL,
    TINY,
    Array,
    Case,
    Entries,
    Norm,
    about_running,
    drawn_running,
    shuffled,
    with_running,
)

RUNNING = ("running_mean", "running_var")
EPS_INSIDE = "The variance gets eps added before the root is taken, in both modes"
MOMENTA = (0.8, 0.3, 0.99, 0.0, 1.0)
LARGE = 0.5  # an epsilon that would be seen if it got into the running statistics


def batch_param(exam: Exam, mode: str, running: Entries, **entries: Any) -> Entries:
    """A ``bn_param``: the short entries in any order, then the running statistics."""
    return {
        **shuffled(exam.rng, mode=mode, **entries),
        **shuffled(exam.rng, **running),
    }


def _forward_check(name: str, norm: Norm, group: str, over: str) -> Check:
    """The check of a forward function that keeps running statistics."""
    check = Check.of(f"{name}(x, gamma, beta, bn_param) -> out, cache", "batchnorm")
    train = _ask_in_train_mode(check, norm, group, over)
    _ask_in_test_mode(check, norm)
    _ask_about_running(check, norm, group)
    _ask_about_defaults(check, norm)
    _add_manners(check, norm, train)
    return check


def running_for(
    exam: Exam, case: Case, variances: tuple[float, float] = PLAIN
) -> Entries:
    """Running statistics that have nothing to do with those of the case."""
    return drawn_running(exam.rng, len(case.gamma), variances)


def _ask_in_train_mode(check: Check, norm: Norm, group: str, over: str) -> str:
    """Add the parts on the output in train mode; return the first one's title."""
    train = f"train mode: every {group} is normalized over {over}, then scaled"

    @check.part(train, weight=3)
    def _(exam: Exam) -> None:
        shapes = *norm.small, norm.square[0], norm.drawn_shape(exam.rng)
        cases = [norm.case(exam.rng, shape) for shape in shapes]
        for case in (*cases, norm.case_with_outliers(exam.rng)):
            running = running_for(exam, case)
            asked = batch_param(exam, "train", running, eps=TINY, momentum=0.7)
            out, _ = exam.call(*case, asked)
            with hinting(
                f"Each {group} has one mean and one (biased) variance, over {over}; "
                "gamma multiplies and beta is added afterwards"
            ):
                expect_close(out, norm.apply(*case, TINY), "out")

    @check.part("train mode: eps is added to the variance, inside the root")
    def _(exam: Exam) -> None:
        for eps, variances in SEEN:
            case = norm.case(exam.rng, norm.drawn_shape(exam.rng), variances)
            running = running_for(exam, case)
            out, _ = exam.call(*case, batch_param(exam, "train", running, eps=eps))
            with hinting(EPS_INSIDE):
                expect_close(out, norm.apply(*case, eps), "out")

    @check.part(
        f"train mode: a constant {group}, and a single number in each", needs=train
    )
    def _(exam: Exam) -> None:
        for case in (norm.constant_case(exam.rng), norm.single_case(exam.rng)):
            asked = batch_param(exam, "train", running_for(exam, case), eps=TINY)
            out, _ = exam.call(*case, asked)
            with hinting(
                f"Here a {group} has variance 0; eps keeps the division possible, "
                "and x − mean is 0"
            ):
                expect_close(out, norm.apply(*case, TINY), "out")

    return train


def _ask_in_test_mode(check: Check, norm: Norm) -> None:
    """Add the parts on test mode."""
    test = "test mode: the running statistics take the place of the batch's"

    @check.part(test, weight=2)
    def _(exam: Exam) -> None:
        for shape in (*norm.small, norm.single, norm.drawn_shape(exam.rng)):
            running = drawn_running(exam.rng, shape[1])
            case = about_running(exam.rng, shape, running)
            asked = batch_param(exam, "test", running, eps=TINY, momentum=0.7)
            out, _ = exam.call(*case, asked)
            with hinting(
                "In test mode a sample must not depend on its batch; "
                "gamma and beta act as in training"
            ):
                expect_close(out, with_running(case, running, TINY), "out")

    @check.part("test mode: eps is added to the running variance, inside the root")
    def _(exam: Exam) -> None:
        for eps, variances in SEEN:
            shape = norm.drawn_shape(exam.rng)
            running = drawn_running(exam.rng, shape[1], variances)
            case = about_running(exam.rng, shape, running)
            out, _ = exam.call(*case, batch_param(exam, "test", running, eps=eps))
            with hinting(EPS_INSIDE):
                expect_close(out, with_running(case, running, eps), "out")

    @check.part("test mode: the running statistics stay", weight=0.5, needs=test)
    def _(exam: Exam) -> None:
        for shape in norm.small[:2]:
            running = drawn_running(exam.rng, shape[1])
            case = about_running(exam.rng, shape, running)
            asked = batch_param(exam, "test", running, eps=LARGE, momentum=0.7)
            _, got = _left_behind(exam, *case, asked)
            for key, after in zip(RUNNING, got, strict=True):
                with hinting("A test must not leave a trace in the network"):
                    expect_close(
                        after, running[key], f"bn_param[{key!r}]", loose_shape=True
                    )


def _left_behind(exam: Exam, *arguments: Any) -> tuple[Any, list[Any]]:
    """Call: ``out``, and the running statistics in ``bn_param``, None if missing."""
    (out, _), after = exam.call_with_arguments(*arguments)
    held = after[3] if isinstance(after[3], dict) else {}
    got = [held.get(key) for key in RUNNING]
    exam.observe("running statistics", got)
    return out, got


def _expect_updated(
    exam: Exam,
    norm: Norm,
    case: Case,
    variances: tuple[float, float] = PLAIN,
    **entries: Any,
) -> None:
    """One call in train mode moves the running statistics as far as it should."""
    running = running_for(exam, case, variances)
    # Of the batch's sign: a mean that cancels to nearly 0 would be all rounding.
    signs = norm.statistics(case.x)[0]
    running["running_mean"] = np.copysign(running["running_mean"], signs)
    asked = batch_param(exam, "train", running, eps=LARGE, **entries)
    _, got = _left_behind(exam, *case, asked)
    momentum = entries.get("momentum", DEFAULT_MOMENTUM)
    for key, after, batch in zip(RUNNING, got, norm.statistics(case.x), strict=True):
        if after is None:
            raise Mismatch(f"left no {key!r} in bn_param; test mode will look for it")
        right = momentum * running[key] + (1 - momentum) * batch
        with hinting(
            f"That is momentum, here {momentum}, times what was there before the "
            "call, plus (1 − momentum) times what this batch has"
        ):
            expect_close(after, right, f"bn_param[{key!r}]", loose_shape=True)


def _ask_about_running(check: Check, norm: Norm, group: str) -> None:
    """Add the parts on what train mode leaves in ``bn_param``."""

    @check.part("train mode: bn_param keeps the running mean and variance", weight=2)
    def _(exam: Exam) -> None:
        shapes = *norm.small, norm.drawn_shape(exam.rng)
        for shape, momentum in zip(shapes, MOMENTA, strict=True):
            case = norm.case(exam.rng, shape)
            _expect_updated(exam, norm, case, momentum=momentum)
        small = norm.case(exam.rng, norm.small[1], DEFAULT_SEEN)
        _expect_updated(exam, norm, small, DEFAULT_SEEN, momentum=0.7)
        _expect_updated(exam, norm, norm.single_case(exam.rng), momentum=0.6)

    @check.part("the first batch: no running statistics yet", weight=0.5)
    def _(exam: Exam) -> None:
        for shape in (norm.drawn_shape(exam.rng), norm.small[0]):
            case = norm.case(exam.rng, shape)
            asked = shuffled(exam.rng, mode="train", eps=TINY)
            first = _started(exam, norm, case, asked, group)
            # Another layer of as many features begins in between.
            _started(exam, norm, norm.case(exam.rng, shape), asked, group)
            for key, one, again in zip(
                RUNNING, first, _started(exam, norm, case, asked, group), strict=True
            ):
                with hinting("Each layer begins anew, with arrays of its own"):
                    expect_close(again, one, f"bn_param[{key!r}] of an equal layer")


def _started(
    exam: Exam, norm: Norm, case: Case, asked: Entries, group: str
) -> list[Array]:
    """Copies of what a first batch leaves in ``bn_param``, if it can be used."""
    features = case[0].shape[1]
    out, got = _left_behind(exam, *case, asked)
    expect_close(out, norm.apply(*case, TINY), "out")
    started: list[Array] = []
    for key, after in zip(RUNNING, got, strict=True):
        if after is None:
            raise Mismatch(f"left no {key!r} in bn_param for the next call")
        numbers = number_array(after, f"bn_param[{key!r}]")
        if numbers.size != features or not np.isfinite(numbers).all():
            raise Mismatch(
                f"left a {key!r} of shape {numbers.shape} in bn_param; "
                f"expected {features} finite numbers, one for each {group}"
            )
        started.append(numbers.astype(np.float64))
    return started


def _ask_about_defaults(check: Check, norm: Norm) -> None:
    """Add the parts on what holds where ``bn_param`` is silent."""

    @check.part("eps is 1e-5 where bn_param names none", weight=0.5)
    def _(exam: Exam) -> None:
        shape = norm.drawn_shape(exam.rng)
        running = drawn_running(exam.rng, shape[1], DEFAULT_SEEN)
        case = norm.case(exam.rng, shape, DEFAULT_SEEN)
        out, _ = exam.call(*case, batch_param(exam, "train", running))
        with hinting("These numbers are small: their variance is about 1e-5 itself"):
            expect_close(out, norm.apply(*case, DEFAULT_EPS), "out")
        case = about_running(exam.rng, shape, running)
        out, _ = exam.call(*case, batch_param(exam, "test", running))
        with hinting("The running variance is about 1e-5 itself"):
            expect_close(out, with_running(case, running, DEFAULT_EPS), "out")

    @check.part("momentum is 0.9 where bn_param names none", weight=0.5)
    def _(exam: Exam) -> None:
        for shape in norm.small[:2]:
            _expect_updated(exam, norm, norm.case(exam.rng, shape))


def _add_manners(check: Check, norm: Norm, train: str) -> None:
    """Zeros to start from, plain shapes, arguments left alone, the dtype kept."""

    def first_call(exam: Exam) -> tuple[Case, list[Any]]:
        case = norm.case(exam.rng, norm.small[1])
        asked = shuffled(exam.rng, mode="train", eps=TINY, momentum=0.75)
        return case, _left_behind(exam, *case, asked)[1]

    @check.manner("running statistics that are missing start at 0", needs=train)
    def _(exam: Exam) -> None:
        case, got = first_call(exam)
        for key, after, batch in zip(
            RUNNING, got, norm.statistics(case.x), strict=True
        ):
            with hinting("That is (1 − momentum) times what the batch has, plus 0"):
                expect_close(
                    after, 0.25 * batch, f"bn_param[{key!r}]", loose_shape=True
                )

    @check.manner("the running statistics have the shape of gamma", needs=train)
    def _(exam: Exam) -> None:
        case, got = first_call(exam)
        for key, after in zip(RUNNING, got, strict=True):
            what = f"bn_param[{key!r}]"
            expect_shape(number_array(after, what), case.gamma.shape, what)

    @check.manner("the other arguments are left as they were", needs=train)
    def _(exam: Exam) -> None:
        for mode in ("train", "test"):
            running = drawn_running(exam.rng, norm.small[1][1])
            case = norm.case(exam.rng, norm.small[1])
            asked = batch_param(exam, mode, running, eps=0.25, momentum=0.75)
            _, after = exam.call_with_arguments(*case, asked)
            expect_left_alone(case, after)
            for key in ("mode", "eps", "momentum"):
                left = after[3].get(key) if isinstance(after[3], dict) else None
                if not same(asked[key], left, rtol=0.0):
                    raise Mismatch(f"changed bn_param[{key!r}]; leave it as it was")

    @check.manner("the dtype of x is kept", needs=train)
    def _(exam: Exam) -> None:
        for mode in ("train", "test"):
            single = [
                each.astype(np.float32) for each in norm.case(exam.rng, norm.small[1])
            ]
            running = {
                key: value.astype(np.float32)
                for key, value in drawn_running(exam.rng, norm.small[1][1]).items()
            }
            out, _ = exam.call(*single, batch_param(exam, mode, running, eps=0.25))
            expect_dtype(out, np.float32, "out")


def expect_left_alone(case: Case, after: tuple[Any, ...]) -> None:
    """Raise a ``Mismatch`` unless x, gamma and beta are as they were handed over."""
    for name, given, left in zip(Case._fields, case, after, strict=False):
        if not same(given, left, rtol=0.0):
            raise Mismatch(
                f"changed its argument {name} in place; work on a copy instead"
            )


batchnorm_forward = _forward_check(
    "batchnorm_forward", BATCH, "feature", "the samples of the batch"
)
spatial_batchnorm_forward = _forward_check(
    "spatial_batchnorm_forward", SPATIAL, "channel", "the batch, its rows and columns"
)
