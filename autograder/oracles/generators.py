"""Does a function draw from the generator it is given, or from a copy of it?

Who draws from a copy leaves the caller's generator where it was: two layers of a
network, drawn one after the other, come out equal. So a function is called twice, the
second time with the generator as the first call left it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exam import Exam
from autograder.mishaps import Mismatch


def two_in_a_row(exam: Exam, *arguments: Any) -> tuple[Any, Any]:
    """What two calls give, one after the other, with the one generator given.

    Compare what was drawn, not the generator's state: ``rng.spawn`` leaves that alone,
    and yet the next child draws other numbers. Raises a :class:`Mismatch` if the first
    call leaves no generator behind.
    """
    (place,) = (
        i for i, each in enumerate(arguments) if isinstance(each, np.random.Generator)
    )
    first, left = exam.call_with_arguments(*arguments)
    rng = left[place] if place < len(left) else None
    if not isinstance(rng, np.random.Generator):
        exam.observe("rng is left as", type(rng).__name__)
        raise Mismatch("put something else in the place of rng; only draw from it")
    return first, exam.call(*arguments[:place], rng, *arguments[place + 1 :])


def expect_moved_on(alike: bool, what: str) -> None:
    """Raise a :class:`Mismatch` if two calls in a row are ``alike``.

    ``what`` says of what each call gave the same, as in "weights". The caller records
    the finding, for telling mistakes apart.
    """
    if alike:
        raise Mismatch(
            f"two calls, one after the other, with the same generator gave the same "
            f"{what}: draw from rng itself, so that it moves on, and not from a copy"
        )
