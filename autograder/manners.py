"""Questions of manners that several topics ask: they never decide ``passed``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.calling import Kept, Source
from autograder.comparing import number_array, same
from autograder.exam import Exam
from autograder.mishaps import Mishap, Mismatch

_NOT_COMPARED = (Kept, Source, np.random.Generator)


def expect_untouched(exam: Exam, *arguments: Any) -> Any:
    """Call the function and raise a ``Mismatch`` if it changed an argument in place.

    Caches are the student's own business, a generator is there to be drawn from, and
    a function handed over holds nothing. Returns the function's value.
    """
    value, after = exam.call_with_arguments(*arguments)
    names = exam.check.signature.parameters
    for name, given, left in zip(names, arguments, after, strict=False):
        if not isinstance(given, _NOT_COMPARED) and not same(given, left, rtol=0.0):
            raise Mismatch(
                f"changed its argument {name} in place; work on a copy instead"
            )
    return value


def expect_dtype(value: Any, dtype: type[np.floating[Any]], what: str) -> None:
    """Raise a ``Mismatch`` unless the array ``value`` has ``dtype``."""
    got = number_array(value, what).dtype
    if got != np.dtype(dtype):
        raise Mismatch(
            f"{what} has dtype {got} for an input of dtype {np.dtype(dtype)}; "
            "keep the input's dtype"
        )


def expect_value_error(exam: Exam, *arguments: Any, why: str) -> None:
    """Call the function and raise a ``Mismatch`` unless it raises a ``ValueError``.

    The error must carry a message; ``why`` says what is wrong with the arguments.
    """
    try:
        exam.call(*arguments)
    except Mishap as mishap:
        if mishap.kind != "ValueError":
            raise
        if mishap.message == "raised ValueError":
            raise Mismatch(
                f"raised a ValueError without a message; say what is wrong: {why}"
            ) from None
        return
    raise Mismatch(f"returned an answer; expected a ValueError, since {why}")
