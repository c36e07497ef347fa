"""The manners of dropout's forward functions, of units and of weights alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Check, Exam
from autograder.manners import expect_dtype, expect_untouched, expect_value_error
from autograder.oracles.dropout import param
from autograder.oracles.masks import Array, often

Draw = Callable[[np.random.Generator], tuple[Array, ...]]


def ask_manners(check: Check, draw: Draw, plain: Callable[..., Array]) -> None:
    """Add the manners of a forward function.

    ``draw`` draws all arguments but the last; ``plain`` is the layer without drops.
    """

    @check.manner("p outside (0, 1] raises ValueError")
    def _(exam: Exam) -> None:
        given = draw(exam.rng)
        for p in (1.5, -0.25, 0.0):
            why = f"p = {p} is not a probability of keeping"
            expect_value_error(exam, *given, param(p), why=why)

    @check.manner("p = 1 drops nothing")
    def _(exam: Exam) -> None:
        given = draw(exam.rng)
        for mode in ("train", "test"):
            out, _ = exam.call(*given, param(1.0, mode))
            expect_close(out, plain(*given), "out")

    @check.manner("arguments are left as they were")
    def _(exam: Exam) -> None:
        given = draw(exam.rng)
        for mode in ("train", "test"):
            expect_untouched(exam, *given, param(often(exam.rng), mode))

    @check.manner("the dtype of x is kept")
    def _(exam: Exam) -> None:
        given = [each.astype(np.float32) for each in draw(exam.rng)]
        for mode in ("train", "test"):
            out, _ = exam.call(*given, param(often(exam.rng), mode))
            expect_dtype(out, np.float32, "out")
