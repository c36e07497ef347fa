"""Answers that may follow one reading of a contract or another, but not both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograder.comparing import expect_close, expect_shape, number_array, same
from autograder.mishaps import Mismatch


class Readings:
    """The readings that all answers so far agree with."""

    def __init__(self, names: Sequence[str]) -> None:
        self.alive = list(names)

    def expect(self, answer: Any, expected: dict[str, float]) -> None:
        """Strike out the readings that ``answer`` contradicts; raise if none is left.

        ``expected`` is the right answer under each reading.
        """
        got = number_array(answer, "the rate")
        if got.size != 1:
            expect_shape(got, (), "the rate")
        rate = got.item()
        found: dict[str, Mismatch] = {}
        for name in self.alive:
            try:
                expect_close(rate, expected[name], "the rate")
            except Mismatch as mismatch:
                found[name] = mismatch
        if len(found) == len(self.alive):
            first, *others = self.alive
            message = found[first].message
            for other in others:
                if not same(expected[first], expected[other]):
                    message += f", or {expected[other]:.6g} by `{other}`"
            raise Mismatch(message)
        self.alive = [name for name in self.alive if name not in found]
