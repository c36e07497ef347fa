"""The public interface: examine a function, check one in a notebook, list all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from autograder.calling import Callee, LocalCallee, own_globals
from autograder.checks import all_checks
from autograder.diagnosis import diagnose
from autograder.exam import Check, Exam
from autograder.verdict import CheckFailed, Outcome, Part, Verdict

DEFINED = "is defined"


def catalog() -> dict[str, str]:
    """Every function that can be examined, with its topic.

    >>> catalog()["max_pool_forward_naive"]
    'pooling'
    """
    return {name: check.topic for name, check in sorted(all_checks().items())}


def examine(
    name: str, namespace: Mapping[str, Any], *, seed: int | None = None
) -> Verdict:
    """Examine the function ``name`` found in ``namespace``.

    ``namespace`` maps names to callables: a backward function is examined together
    with its forward partner. ``seed`` draws the inputs; None takes a fresh one,
    which the verdict reports. Never raises because of what the function does;
    raises ``KeyError`` for a name that the course does not know.

    >>> verdict = examine("max_pool_forward_naive", {})
    >>> verdict.passed, verdict.score
    (False, 0.0)
    """
    try:
        check = all_checks()[name]
    except KeyError:
        raise KeyError(
            f"no check for {name!r}; autograder.catalog() lists what there is"
        ) from None
    seed = secrets.randbits(32) if seed is None else seed
    needed = [check.name] + ([check.forward] if check.forward else [])
    for wanted in needed:
        trouble = _unusable(wanted, namespace)
        if trouble:
            return refused(name, trouble, seed)
    callees = {wanted: _callee(namespace[wanted]) for wanted in needed}
    return _examine(check, callees, seed)


def check(*functions: Callable[..., Any], seed: int | None = None) -> None:
    """Examine each function, show its verdict, and raise ``CheckFailed`` if one fails.

    The cell that carries a function's points calls it: ``check(relu_forward)``.
    A backward function's forward partner is looked up where the function is defined.
    """
    if not functions:
        raise TypeError("check() needs at least one function: check(relu_forward)")
    verdicts = []
    for function in functions:
        name = getattr(function, "__name__", None)
        if not callable(function) or name not in all_checks():
            raise TypeError(
                f"check() takes the functions of the course, not {function!r}; "
                "autograder.catalog() lists them"
            )
        given = {getattr(f, "__name__", ""): f for f in functions}
        namespace = {**own_globals(function), **given, name: function}
        verdicts.append(examine(name, namespace, seed=seed))
    for verdict in verdicts:
        show(verdict)
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        raise CheckFailed(*failed)


def _examine(check: Check, callees: Mapping[str, Callee], seed: int) -> Verdict:
    signatures = {name: each.signature for name, each in all_checks().items()}
    exam = Exam(check, callees, signatures, seed)
    parts = exam.run()
    verdict = Verdict(check.name, check.topic, tuple(parts), seed=seed)
    if verdict.passed:
        return verdict
    if _true_to_own_forward(exam):
        return replace(
            verdict,
            parts=tuple(_carried(part) for part in parts),
            note=(
                f"Your {check.name} is the exact gradient of your own "
                f"{check.forward}, which is not right yet. The mistake is charged "
                f"there, once: this function has earned its points."
            ),
        )
    if exam.unforeseen:
        return verdict
    return replace(
        verdict, diagnosis=diagnose(check, signatures, seed, exam.observations)
    )


def _true_to_own_forward(exam: Exam) -> bool:
    """Whether only the forward partner is at fault."""
    check = exam.check
    if check.carry is None or check.forward is None:
        return False
    partner = all_checks()[check.forward]
    own = Exam(partner, exam.callees, exam.signatures, exam.seed)
    if all(part.outcome is Outcome.PASSED for part in own.run(core_only=True)):
        return False
    exam.asking_core = False
    try:
        check.carry(exam)
    except Exception:  # a value that nobody foresaw earns nothing, and ends nothing
        return False
    return True


def _carried(part: Part) -> Part:
    if not part.core or part.outcome is Outcome.PASSED:
        return part
    return replace(
        part,
        outcome=Outcome.PASSED,
        message="true to your own forward function",
        picture=None,
    )


def _unusable(name: str, namespace: Mapping[str, Any]) -> str:
    """Why ``namespace[name]`` cannot be called, or nothing."""
    if name not in namespace:
        return f"{name} is not defined: run the cell that defines it first"
    value = namespace[name]
    if not isinstance(value, Callee) and not callable(value):
        return f"{name} is a {type(value).__name__}, not a function"
    return ""


def _callee(value: Any) -> Callee:
    return value if isinstance(value, Callee) else LocalCallee(value)


def refused(name: str, reason: str, seed: int | None = None) -> Verdict:
    """The verdict on a function that could not be examined at all, with the reason."""
    check = all_checks()[name]
    parts = [Part(DEFINED, Outcome.FAILED, reason)]
    parts += [
        Part(aspect.title, Outcome.UNTRIED, "", aspect.core, aspect.weight)
        for aspect in check.aspects
    ]
    return Verdict(check.name, check.topic, tuple(parts), seed=seed)


def show(verdict: Verdict) -> None:
    """Show a verdict: rich in a notebook, plain elsewhere."""
    try:
        shell = get_ipython()  # type: ignore[name-defined]
    except NameError:
        print(verdict)
        return
    if shell is None or not hasattr(shell, "kernel"):
        print(verdict)
        return
    from IPython.display import display

    display(verdict)
