"""How a check is written, and how it is carried out.

A check belongs to one function and is a list of parts; each part is a small
function that asks one question of the student's function and raises a
``Mismatch`` when the answer is no. Parts draw their inputs from ``exam.rng``,
never depend on what the student returned, and never mind what came before:
so the same seed asks a known mistake the very same questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.calling import Callee, Kept
from autograder.comparing import same
from autograder.mishaps import Mishap, Mismatch
from autograder.verdict import Outcome, Part
from autograder.wording import value_in_words

Question = Callable[["Exam"], None]

# For these it does not matter what the function was called with.
NEVER_CALLED = {"missing", "NotImplementedError"}


@dataclass(frozen=True)
class Signature:
    """A function's name, its parameters and what it returns.

    A ``lazy`` function may yield its results: they arrive as a list.

    >>> Signature.parse("relu_forward(x) -> out, cache").returns
    ('out', 'cache')
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[str, ...]
    lazy: bool = False

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read ``name(a, b) -> c, d``."""
        found = re.fullmatch(r"(\w+)\(([\w, ]*)\) -> ([\w, ]+)", text)
        if found is None:
            raise ValueError(f"not of the form `name(a, b) -> c`: {text!r}")
        name, parameters, returns = found.groups()
        split = re.compile(r",\s*").split
        return cls(name, tuple(filter(None, split(parameters))), tuple(split(returns)))

    @property
    def opaque(self) -> tuple[int, ...]:
        """Positions in the returned tuple that are the student's own business."""
        return tuple(i for i, name in enumerate(self.returns) if name == "cache")


@dataclass(frozen=True)
class Aspect:
    """One part of a check before it is carried out."""

    title: str
    ask: Question
    core: bool = True
    weight: float = 1.0
    needs: str | None = None  # title of a part without which this one is worth nothing


@dataclass
class Check:
    """Everything that is asked of one function.

    ``forward`` names the partner that a backward function needs. ``carry`` decides
    whether a backward function is true to the student's own, wrong, forward
    function: it raises unless it is.
    """

    signature: Signature
    topic: str
    forward: str | None = None
    aspects: list[Aspect] = field(default_factory=list)
    carry: Question | None = None

    @classmethod
    def of(
        cls,
        signature: str,
        topic: str,
        forward: str | None = None,
        *,
        lazy: bool = False,
    ) -> Check:
        """A check for ``name(a, b) -> c, d``; parts are added by decorators.

        A ``lazy`` function may yield what it returns, one item after the other.
        """
        return cls(replace(Signature.parse(signature), lazy=lazy), topic, forward)

    @property
    def name(self) -> str:
        """The function's name."""
        return self.signature.name

    def part(
        self, title: str, *, weight: float = 1.0, needs: str | None = None
    ) -> Callable[[Question], Question]:
        """Add a core part: all of them must hold for the function to pass."""
        return self._add(title, core=True, weight=weight, needs=needs)

    def manner(
        self, title: str, *, weight: float = 1.0, needs: str | None = None
    ) -> Callable[[Question], Question]:
        """Add a question of manners: together worth at most a tenth."""
        return self._add(title, core=False, weight=weight, needs=needs)

    def carried_forward(self, question: Question) -> Question:
        """Set the question that credits a backward true to a wrong forward."""
        self.carry = question
        return question

    def _add(
        self, title: str, core: bool, weight: float, needs: str | None
    ) -> Callable[[Question], Question]:
        titles = {aspect.title for aspect in self.aspects}
        if title in titles:
            raise ValueError(f"{self.name} has a part {title!r} already")
        if needs is not None and needs not in titles:
            raise ValueError(f"{self.name}: no earlier part is called {needs!r}")

        def add(question: Question) -> Question:
            self.aspects.append(Aspect(title, question, core, weight, needs))
            return question

        return add


class Diverged(Exception):  # noqa: N818 - a signal to the diagnosis
    """A known mistake answered otherwise than the student's function."""


@dataclass(frozen=True)
class Observation:
    """What one call in a core part gave, for telling mistakes apart.

    ``tolerance`` of None compares returned values; a number is how far two
    measured values of the same law may lie apart.
    """

    label: str
    value: Any
    tolerance: float | None = None

    def agrees(self, other: Observation) -> bool:
        """Whether both come from functions that behave alike."""
        if self.label != other.label:
            return False
        if self.tolerance is None or other.tolerance is None:
            return same(self.value, other.value)
        apart = abs(self.value - other.value)
        return bool(apart <= max(self.tolerance, other.tolerance))


class Exam:
    """One carrying-out of a check: calls the function and keeps what it saw.

    ``expected`` are observations of another function: the exam stops with
    :class:`Diverged` at the first that differs.
    """

    def __init__(
        self,
        check: Check,
        callees: Mapping[str, Callee],
        signatures: Mapping[str, Signature],
        seed: int,
        expected: list[Observation] | None = None,
    ) -> None:
        self.check = check
        self.callees = callees
        self.signatures = signatures
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.observations: list[Observation] = []
        self.expected = expected
        self.asked = ""  # the last call, in words
        self._forward_asked = ""
        self.asking_core = True
        self.by_hand = False  # this part observes measurements, not returned values
        self.unforeseen = False  # something came back that no part can judge

    # What parts use ------------------------------------------------------------

    def call(self, *arguments: Any, name: str | None = None) -> Any:
        """Call the function (or the partner ``name``) with copies of ``arguments``.

        Returns its value; where the contract names several, a tuple of them, with
        a cache wrapped so that only the student's functions can read it.
        """
        return self._call(name or self.check.name, arguments)[0]

    def call_with_arguments(self, *arguments: Any) -> tuple[Any, tuple[Any, ...]]:
        """Like :meth:`call`, and the arguments as the call left them."""
        return self._call(self.check.name, arguments, want_arguments=True)

    def _call(
        self, name: str, arguments: tuple[Any, ...], want_arguments: bool = False
    ) -> tuple[Any, tuple[Any, ...]]:
        signature = self.signatures[name]
        own = name == self.check.name
        words = _in_words(signature, arguments)
        before = self._forward_asked if own and self._forward_asked else ""
        self.asked = f"{words} after {before}" if before else words
        self._forward_asked = "" if own else words
        try:
            reply = self.callees[name].invoke(
                arguments, signature.opaque, want_arguments, signature.lazy
            )
            value = _unpack(reply.value, signature)
        except (Mishap, Mismatch) as trouble:
            if own:
                self.observe(f"{name} failed", _what_failed(trouble))
            raise
        if own and not self.by_hand:
            self.observe(name, _visible(value))
        return value, reply.arguments

    def forward(self, *arguments: Any) -> Any:
        """Call the student's own forward function, for its cache."""
        assert self.check.forward is not None
        return self.call(*arguments, name=self.check.forward)

    def observe(self, label: str, value: Any, tolerance: float | None = None) -> None:
        """Record something by which mistakes can be told apart (core parts only)."""
        if not self.asking_core:
            return
        seen = Observation(label, value, tolerance)
        place = len(self.observations)
        self.observations.append(seen)
        if self.expected is not None and (
            place >= len(self.expected) or not seen.agrees(self.expected[place])
        ):
            raise Diverged

    def measure(self, label: str, value: float, tolerance: float) -> None:
        """Record a statistic; a like function's differs by at most ``tolerance``."""
        self.observe(label, value, tolerance)

    # Carrying out ---------------------------------------------------------------

    def run(self, *, core_only: bool = False) -> list[Part]:
        """Ask every part in turn and return the results."""
        results: dict[str, Part] = {}
        stopped = False
        for number, aspect in enumerate(self.check.aspects):
            if core_only and not aspect.core:
                continue
            outcome, message, picture = Outcome.UNTRIED, "", None
            needed = results.get(aspect.needs) if aspect.needs else None
            if not stopped and (needed is None or needed.outcome is Outcome.PASSED):
                try:
                    self.ask(aspect, number)
                    outcome = Outcome.PASSED
                except Mismatch as mismatch:
                    outcome, picture = Outcome.FAILED, mismatch.picture
                    message = f"{self.asked}: {mismatch.message}"
                except Mishap as mishap:
                    outcome, stopped = Outcome.FAILED, mishap.fatal
                    called = self.asked
                    if mishap.kind in NEVER_CALLED:
                        called = called.partition("(")[0]
                    message = f"{called} {mishap.message}"
                except Diverged:
                    raise
                except Exception as error:
                    # A value that no part foresaw is the student's failure, never
                    # the end of the examination. No known mistake does that.
                    if self.expected is not None:
                        raise Diverged from None
                    self.unforeseen = True
                    outcome = Outcome.FAILED
                    message = (
                        f"{self.asked} returned something that could not be judged "
                        f"({type(error).__name__}: {str(error)[:200]})"
                    )
            results[aspect.title] = Part(
                aspect.title, outcome, message, aspect.core, aspect.weight, picture
            )
        return list(results.values())

    def ask(self, aspect: Aspect, number: int) -> None:
        """Ask one part, with random numbers of its own."""
        self.rng = np.random.default_rng([self.seed, number])
        self.asking_core = aspect.core
        self.by_hand = False
        self.asked, self._forward_asked = self.check.name, ""
        aspect.ask(self)


def _unpack(value: Any, signature: Signature) -> Any:
    """Check that as many values came back as the contract names."""
    names = signature.returns
    if len(names) == 1:
        return value
    wanted = f"({', '.join(names)})"
    if not isinstance(value, (tuple, list)):
        raise Mismatch(f"returned {type(value).__name__}; expected a tuple {wanted}")
    if len(value) != len(names):
        count = "1 value" if len(value) == 1 else f"{len(value)} values"
        raise Mismatch(f"returned {count}; expected {len(names)}: {wanted}")
    return tuple(value)


def _what_failed(trouble: Mishap | Mismatch) -> str:
    """How a call failed, so that two functions that fail alike give the same.

    An exception's text counts with its type: a TypeError about a float size is not
    a TypeError about an argument too many.
    """
    if isinstance(trouble, Mishap) and trouble.text:
        return f"{trouble.kind}: {trouble.text}"
    return trouble.kind if isinstance(trouble, Mishap) else str(trouble)


def _visible(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(None if isinstance(item, Kept) else item for item in value)
    return value


def _in_words(signature: Signature, arguments: tuple[Any, ...]) -> str:
    shown = []
    for name, value in zip(signature.parameters, arguments, strict=False):
        if isinstance(value, np.ndarray):
            shown.append(f"{name} {value.shape}")
        elif isinstance(value, (Kept, np.random.Generator)):
            shown.append(name)
        else:
            shown.append(f"{name}={value_in_words(value)}")
    return f"{signature.name}({', '.join(shown)})"
