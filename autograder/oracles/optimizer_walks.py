"""Walking with an optimizer: drawn gradients, and the config handed back each time.

A walk follows the right path: the function gets the weights that are right, whatever
it returned, and its own config. So a mistake shows in every step that it touches, and
every function is asked the same. All steps are taken before the first is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.comparing import RTOL, expect_close, type_of
from autograder.exam import Exam
from autograder.mishaps import Mishap, Mismatch
from autograder.oracles.optimizers import Array, Past, Rule, State

Settings = dict[str, float]
LEFT_OUT = object()  # the call has no third argument
AS_SET = object()


@dataclass(frozen=True)
class Walk:
    """A start, a gradient a step, and the rules of which one must explain all steps.

    ``settings`` are those in force, ``given`` is the config of the first call if it
    is not simply settings and state. ``rates``, if any, are learning rates to set
    before each step.
    """

    rules: Sequence[Rule]
    w: Array
    gradients: Sequence[Array]
    settings: Settings
    start: State = field(default_factory=dict)
    other_start: State | None = None
    given: Any = AS_SET
    rates: Sequence[float] = ()

    @property
    def config(self) -> Any:
        """What the first call is given."""
        if self.given is AS_SET:
            return {**self.settings, **self.start}
        return self.given

    def past(self, step: int, w: Array, start: State) -> Past:
        """All that the step of that number (from 0) depends on."""
        rates = self.rates or [self.settings["learning_rate"]] * len(self.gradients)
        upto = step + 1
        return Past(w, self.gradients[:upto], rates[:upto], self.settings, start)


class Walker:
    """Takes a walk with the student's function, and judges it."""

    def __init__(self, exam: Exam, walk: Walk) -> None:
        self.exam = exam
        self.walk = walk
        self.place = walk.w
        self.config = walk.config
        self.pasts: list[Past] = []
        self.answers: list[tuple[str, Any]] = []
        exam.by_hand = True  # names in a config are the student's own business

    def step(self) -> None:
        """Call the function once, with the config that it returned before."""
        number, given = len(self.answers), self.config
        if self.walk.rates:
            given = {**given, "learning_rate": self.walk.rates[number]}
        arguments = [self.place, self.walk.gradients[number], given]
        if given is LEFT_OUT:
            arguments.pop()
        words = self._words(number)
        try:
            next_w, self.config = self.exam.call(*arguments)
        except (Mishap, Mismatch):
            self.judge()  # what went wrong before comes first
            self.exam.asked = words
            raise
        self.exam.observe("next_w", next_w)
        self.answers.append((words, next_w))
        self._expect_config(given, words)
        past = self.walk.past(number, self.place, self.walk.start)
        self.pasts.append(past)
        self.place = self.walk.rules[0](past)

    def _expect_config(self, given: Any, words: str) -> None:
        """A dictionary must come back; None may where none was given."""
        nothing = self.config is None and (given is None or given is LEFT_OUT)
        if not isinstance(self.config, dict) and not nothing:
            self.exam.asked = words
            kind = type_of(self.config)
            raise Mismatch(
                f"the second value is of type {kind}; expected config, the dictionary "
                "that the next call will be given"
            )

    def judge(self) -> None:
        """Raise a ``Mismatch`` unless one of the rules explains every answer."""
        found = [self._against(rule, start) for rule, start in self._readings()]
        if all(found):
            assert found[0] is not None
            self.exam.asked, mismatch = found[0]
            raise mismatch

    def _readings(self) -> list[tuple[Rule, State]]:
        readings = [(rule, self.walk.start) for rule in self.walk.rules]
        if self.walk.other_start is not None:
            readings += [(rule, self.walk.other_start) for rule in self.walk.rules]
        return readings

    def _against(self, rule: Rule, start: State) -> tuple[str, Mismatch] | None:
        """The first answer that ``rule`` does not explain, if there is one."""
        for step, (words, next_w) in enumerate(self.answers):
            past = self.walk.past(step, self.pasts[step].w, start)
            right = rule(past)
            try:
                expect_close(next_w, right, "next_w", rtol=_rtol(past.w, right))
            except Mismatch as mismatch:
                return words, mismatch
        return None

    def _words(self, number: int) -> str:
        name, shape = self.exam.check.name, self.walk.w.shape
        config = self.walk.config
        if config is LEFT_OUT:
            first = f"{name}(w {shape}, dw {shape})"
        else:
            first = f"{name}(w {shape}, dw {shape}, config={in_words(config)})"
        if number == 0:
            return first
        return f"{first} in step {number + 1} (config handed back)"


def _rtol(w: Array, next_w: Array) -> float:
    """The tolerance relative to ``next_w`` that is RTOL of ``w`` where that is larger.

    A step may by chance end near 0: then the roundings are those of where it began.
    """
    ratio = np.abs(w).max() / max(np.abs(next_w).max(), 1e-300)
    return RTOL * max(1.0, float(ratio))


def in_words(config: Any) -> str:
    """A config with short numbers, and arrays by their shapes.

    >>> in_words({"learning_rate": 0.1, "m": np.ones((2, 3)), "t": 5})
    "{'learning_rate': 0.1, 'm': (2, 3), 't': 5}"
    """
    if not isinstance(config, dict):
        return repr(config)
    shown = [
        f"{name!r}: {value.shape if isinstance(value, np.ndarray) else f'{value:.4g}'}"
        for name, value in config.items()
    ]
    return f"{{{', '.join(shown)}}}"


# Drawing -----------------------------------------------------------------------------

# Ranges of each, so that no setting hides behind another of the same value: beta1 and
# beta2 never meet. What fades comes so near to 1 that a bound of one's own shows.
RANGES = {
    "learning_rate": [(0.05, 0.4), (0.6, 1.8)],
    "momentum": [(0.3, 0.7), (0.75, 0.97), (0.992, 0.995)],
    "decay_rate": [(0.3, 0.7), (0.75, 0.98), (0.992, 0.995)],
    "beta1": [(0.3, 0.6), (0.83, 0.95), (0.992, 0.995)],
    "beta2": [(0.65, 0.8), (0.97, 0.988), (0.996, 0.998)],
    "weight_decay": [(0.05, 0.3), (0.35, 0.5)],
}
TINY = (1e-10, 1e-8)  # where Adam's two readings of epsilon agree
# First the sizes that are usual, then one that shows a hidden clipping.
SIZES = (1.0, 0.4, 2.5, 1.2, 30.0, 0.8, 1.5)


def drawn(
    rng: np.random.Generator, names: Sequence[str], turn: int | None = None
) -> Settings:
    """A value for each setting; epsilon so small that it plays no role.

    Walks of successive ``turn`` take the ranges of a setting one after the other.
    """
    settings = {}
    for place, name in enumerate(names):
        if name == "epsilon":
            settings[name] = float(np.exp(rng.uniform(*np.log(TINY))))
        else:
            ranges = RANGES[name]
            which = int(rng.integers(len(ranges))) if turn is None else turn + place
            low, high = ranges[which % len(ranges)]
            settings[name] = round(float(rng.uniform(low, high)), 4)
    return settings


def gradient(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Array:
    """Entries of either sign between half and twice ``size``: none is near 0.

    So Adam's epsilon stays below 1e-6 of what it is added to, in every reading.
    """
    sign = rng.choice([-1.0, 1.0], shape)
    return np.asarray(sign * rng.uniform(0.5, 2.0, shape) * size)


def gradients(
    rng: np.random.Generator, shape: tuple[int, ...], steps: int
) -> list[Array]:
    """Gradients of ``steps`` steps, of sizes from 0.4 to 30."""
    return [gradient(rng, shape, size) for size in SIZES[:steps]]


def drawn_state(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> Any:
    """A state that may have come from gradients of size 1."""
    if name == "t":
        return int(rng.integers(2, 40))
    if name in {"cache", "v"}:
        return rng.uniform(0.5, 2.0, shape)
    return rng.standard_normal(shape)
