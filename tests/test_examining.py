"""Do `examine` and `check` judge whatever they are given, and never crash?"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograder
from autograder import CheckFailed, catalog, check, examine, examining
from autograder.calling import Kept, LocalCallee
from autograder.checks import all_checks
from autograder.comparing import expect_close
from autograder.exam import Check, Exam, Observation, Signature
from autograder.gradients import expect_gradient
from autograder.mishaps import Mishap, Mismatch
from autograder.verdict import Outcome, Verdict
from tests.judge import RIGHT

NAME = "receptive_field"
NAMESPACE: dict[str, Any] = {}
exec(RIGHT, NAMESPACE)
right: Callable[..., Any] = NAMESPACE[NAME]


def examined(function: Any, seed: int | None = 1) -> Verdict:
    """The verdict on a function under the name ``receptive_field``."""
    return examine(NAME, {NAME: function}, seed=seed)


def test_right_work_passes() -> None:
    """Is a right function right, with all its points?"""
    verdict = examined(right)
    assert verdict.passed
    assert verdict.score == 1
    assert verdict.misconception is None
    assert verdict.topic == catalog()[NAME] == "pooling"


def _print_megabytes(layers: Any) -> None:
    while True:
        print("x" * 100_000)


def _endless(layers: Any) -> None:
    while True:
        pass


def _deeper(layers: Any) -> Any:
    return _deeper(layers)


class Sly:
    """An object that claims everything and can do nothing."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("evaluated")

    def __eq__(self, other: object) -> Any:
        raise RuntimeError("compared")

    def __len__(self) -> int:
        raise RuntimeError("measured")

    def __bool__(self) -> bool:
        raise RuntimeError("asked")

    __hash__ = None  # type: ignore[assignment]


def _itself() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


ODD = {
    "wrong": (lambda layers: -1, "expected"),
    "none": (lambda layers: None, "None"),
    "text": (lambda layers: "1", "a str"),
    "a view of its input": (lambda layers: layers, "a list"),
    "not a number": (lambda layers: float("nan"), "nan"),
    "infinity": (lambda layers: np.inf, "inf"),
    "objects": (lambda layers: np.array([None]), "dtype object"),
    "complex": (lambda layers: np.complex128(1j), "dtype complex128"),
    "a generator": (lambda layers: (yield 1), "a generator"),
    "an object of its own": (lambda _: Sly(), "Sly"),
    "a list of itself": (lambda _: _itself(), "a list"),
    "a huge integer": (lambda layers: 10**400, ""),
    "a crash": (lambda layers: 1 / 0, "raised ZeroDivisionError: division by zero"),
    "an exit": (lambda layers: sys.exit(0), "raised SystemExit"),
    "too few arguments": (lambda: 1, "raised TypeError"),
    "no end to its recursion": (_deeper, "RecursionError"),
    "megabytes of prints": (_print_megabytes, "remove the print calls"),
    "a class": (int, ""),
    "a built-in": (len, ""),
}  # fmt: skip


@pytest.mark.parametrize("how", ODD)
def test_odd_work_is_refused_with_a_reason(how: str) -> None:
    """Is it a failed verdict with a message one can read, and no exception?"""
    function, says = ODD[how]
    verdict = examined(function)
    assert not verdict.passed
    assert verdict.score < 1
    assert says in verdict.message
    assert verdict.message.startswith(f"{NAME}: not right yet")
    assert len(verdict.message) < 2000
    str(verdict), verdict._repr_html_(), verdict.as_json()


def test_an_endless_function_costs_one_time_limit() -> None:
    """Is it tried once, and everything after left untried?"""
    verdict = examine(NAME, {NAME: LocalCallee(_endless, seconds=0.2)}, seed=1)
    outcomes = [part.outcome for part in verdict.parts]
    assert outcomes[0] is Outcome.FAILED
    assert set(outcomes[1:]) == {Outcome.UNTRIED}
    assert "did not return within 0.2 s" in verdict.message


@pytest.mark.parametrize(
    ("namespace", "says"),
    [
        ({}, "is not defined: run the cell"),
        ({NAME: "text"}, "is a str, not a function"),
        ({NAME: None}, "is a NoneType, not a function"),
    ],
)
def test_what_is_not_there_is_said(namespace: dict[str, Any], says: str) -> None:
    """Is a missing function no crash?"""
    verdict = examine(NAME, namespace)
    assert (verdict.passed, verdict.score) == (False, 0)
    assert says in verdict.message


def test_a_missing_forward_partner_is_said() -> None:
    """Does a backward function without its forward say which one is missing?"""
    name = next(n for n, each in all_checks().items() if each.forward)
    verdict = examine(name, {name: lambda dout, cache: None})
    assert f"{all_checks()[name].forward} is not defined" in verdict.message


def test_an_unknown_name_is_a_key_error() -> None:
    """Is a misspelled name the caller's error, and no verdict?"""
    with pytest.raises(KeyError, match="catalog"):
        examine("receptive_fields", {})


def test_the_seed_repeats_an_examination() -> None:
    """Does the seed that a verdict reports give the same verdict again?"""

    def nearly(layers: Any) -> Any:
        return right(layers) + (len(layers) > 2)

    first = examined(nearly, seed=None)
    again = examined(nearly, seed=first.seed)
    assert first == again
    assert first.seed is not None
    assert {examined(right, None).seed for _ in range(3)} != {first.seed}


def test_the_catalog_lists_every_check_with_its_topic() -> None:
    """Is it sorted, and is every topic a module of checks?"""
    found = catalog()
    assert list(found) == sorted(found)
    assert set(found) == set(all_checks())
    assert autograder.catalog() == found


# check --------------------------------------------------------------------------------


def named(function: Callable[..., Any], name: str = NAME) -> Callable[..., Any]:
    """The function under the name that `check` knows."""
    function.__name__ = name
    return function


def test_check_prints_and_passes(capsys: Any) -> None:
    """Is a right function's verdict shown, and nothing raised?"""
    check(right)
    assert f"{NAME}: right" in capsys.readouterr().out


def test_check_prints_and_raises(capsys: Any) -> None:
    """Does the error name the function, the part, what came and what was expected?"""
    with pytest.raises(CheckFailed) as failed:
        check(named(lambda layers: -1), seed=1)
    said = str(failed.value)
    shown = capsys.readouterr().out
    assert f"{NAME}: not right yet" in shown
    assert isinstance(failed.value, AssertionError)
    part = next(p for p in failed.value.verdicts[0].parts if p.outcome == "failed")
    for word in (NAME, part.name, "-1", "expected"):
        assert word in said
        assert word in shown


def test_check_of_several_shows_all_and_fails_for_one(capsys: Any) -> None:
    """Are all verdicts shown before the error, which speaks of the failed ones?"""
    with pytest.raises(CheckFailed) as failed:
        check(right, named(lambda layers: None), seed=1)
    assert len(failed.value.verdicts) == 1
    assert capsys.readouterr().out.count(f"{NAME}:") == 2


@pytest.mark.parametrize(
    "given", [(), ("receptive_field",), (3,), (named(lambda x: x, "helper"),), (len,)]
)
def test_check_of_something_else_is_a_type_error(given: tuple[Any, ...]) -> None:
    """Is it said what `check` takes?"""
    with pytest.raises(TypeError, match=r"check\(\)"):
        check(*given)


def test_check_finds_the_forward_partner_where_the_function_is_defined() -> None:
    """Need one name the backward function only?"""
    backward = next(n for n, each in all_checks().items() if each.forward)
    forward = all_checks()[backward].forward
    module = types.ModuleType("homework")
    exec(
        f"def {forward}(*a): raise NotImplementedError\n"
        f"def {backward}(dout, cache): return 1",
        module.__dict__,
    )
    with pytest.raises(CheckFailed, match="is not written yet"):
        check(getattr(module, backward))


def test_a_notebook_gets_the_rich_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Is it displayed in a kernel, and printed in a plain IPython?"""
    import IPython.display

    shown: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    kernel = types.SimpleNamespace(kernel=object())
    monkeypatch.setattr(examining, "get_ipython", lambda: kernel, raising=False)
    check(right)
    assert [verdict.name for verdict in shown] == [NAME]
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(examining, "get_ipython", lambda: None, raising=False)
    check(right)
    assert f"{NAME}: right" in capsys.readouterr().out


# The exam itself ----------------------------------------------------------------------


def asked_of(function: Any, *questions: Any, signature: str = "f(x) -> y") -> Exam:
    """An exam of ``function`` with the given questions, carried out by the tests."""
    made = Check.of(signature, "topic")
    for number, question in enumerate(questions):
        made.part(f"part {number}")(question)
    return Exam(made, {"f": LocalCallee(function)}, {"f": made.signature}, seed=0)


def test_an_error_in_a_question_fails_the_part() -> None:
    """Is a value that no part foresaw the student's failure, and not the end?"""

    def careless(exam: Exam) -> None:
        exam.call(np.ones(1))["no such key"]

    first, second = asked_of(lambda x: x, careless, lambda exam: None).run()
    assert first.outcome is Outcome.FAILED
    assert "could not be judged (IndexError" in first.message
    assert second.outcome is Outcome.PASSED


def test_a_part_that_needs_another_is_left_untried() -> None:
    """Is nothing charged twice that follows from one failure?"""
    made = Check.of("f(x) -> y", "topic")
    made.part("first")(lambda exam: expect_close(exam.call(1.0), 2.0, "y"))
    made.part("second", needs="first")(lambda exam: None)
    made.manner("third")(lambda exam: None)
    exam = Exam(made, {"f": LocalCallee(lambda x: x)}, {"f": made.signature}, seed=0)
    assert [part.outcome for part in exam.run()] == ["failed", "untried", "passed"]
    with pytest.raises(ValueError, match="has a part 'first' already"):
        made.part("first")
    with pytest.raises(ValueError, match="no earlier part is called 'zeroth'"):
        made.manner("fourth", needs="zeroth")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (3, "returned int; expected a tuple (y, cache)"),
        ((1, 2, 3), "returned 3 values; expected 2: (y, cache)"),
        ((1,), "returned 1 value"),
        (None, "returned NoneType"),
    ],
)
def test_as_many_values_as_the_contract_names(value: Any, says: str) -> None:
    """Is a tuple of the wrong length said as such?"""
    exam = asked_of(lambda x: value, signature="f(x) -> y, cache")
    with pytest.raises(Mismatch) as caught:
        exam.call(1.0)
    assert says in caught.value.message


def test_a_cache_may_be_in_a_list() -> None:
    """Is `return [out, cache]` as good as a tuple?"""
    exam = asked_of(lambda x: [x, "cache"], signature="f(x) -> y, cache")
    y, cache = exam.call(1.0)
    assert y == 1.0
    assert isinstance(cache, Kept)


def test_the_gradient_engine_inside_an_exam() -> None:
    """Do the engine's findings become failed parts with the call in words?"""

    def ask(exam: Exam) -> None:
        x = exam.rng.standard_normal((2, 2))
        expect_gradient(exam.call(x), np.sin, x, 1.0, "dx")

    (part,) = asked_of(lambda x: np.cos(x) * 2.001, ask).run()
    assert part.message.startswith("f(x (2, 2)): dx[")
    (part,) = asked_of(np.cos, ask).run()
    assert part.outcome is Outcome.PASSED


@pytest.mark.parametrize("text", ["f", "f(x)", "f(x) -> ", "f x -> y", "f(*x) -> y"])
def test_a_signature_is_a_name_its_parameters_and_its_values(text: str) -> None:
    """Is anything else an error of the check's author?"""
    with pytest.raises(ValueError, match="not of the form"):
        Signature.parse(text)


def test_observations_agree_within_the_larger_tolerance() -> None:
    """Are measurements compared by their spread, and values by value?"""
    one = Observation("rate", 0.50, 0.01)
    assert one.agrees(Observation("rate", 0.52, 0.03))
    assert not one.agrees(Observation("rate", 0.52, 0.01))
    assert not one.agrees(Observation("mean", 0.50, 0.01))
    assert not Observation("f", 1).agrees(Observation("f", 2))


def test_a_backward_that_crashes_the_last_question_earns_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If crediting a backward meets a value nobody foresaw, is that no exception?"""
    name = next(n for n, each in all_checks().items() if each.carry)
    forward = all_checks()[name].forward
    assert forward is not None

    def unforeseen(exam: Exam) -> None:
        raise IndexError("nobody foresaw it")

    monkeypatch.setattr(all_checks()[name], "carry", unforeseen)
    wrong = {forward: lambda *a: (np.ones(1), 0), name: lambda dout, cache: np.ones(1)}
    verdict = examine(name, wrong, seed=1)
    assert not verdict.passed
    assert verdict.note == ""


def test_a_backward_true_to_a_wrong_forward_earns_its_points(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is the forward's mistake charged once, and only where the forward is wrong?"""
    name = next(n for n, each in all_checks().items() if each.carry)
    forward = all_checks()[name].forward
    assert forward is not None
    monkeypatch.setattr(all_checks()[name], "carry", lambda exam: None)
    wrong = {forward: lambda *a: (np.ones(1), 0), name: lambda dout, cache: np.ones(1)}
    verdict = examine(name, wrong, seed=1)
    assert verdict.passed
    assert f"gradient of your own {forward}" in verdict.message
    passing = [part for part in verdict.parts if part.core]
    assert {part.message for part in passing} == {"true to your own forward function"}
    monkeypatch.setattr(all_checks()[forward], "aspects", [])
    assert not examine(name, wrong, seed=1).passed


def test_mishaps_have_kinds() -> None:
    """Does a mishap keep what it is looked up by?"""
    assert Mishap("timeout", "too long", fatal=True).kind == "timeout"


def test_a_message_tells_dictionaries_and_lists_legibly() -> None:
    """Are arrays told by their shapes, fractions rounded, and nothing cut in two?"""

    def asked(*arguments: Any) -> str:
        exam = asked_of(lambda x: x, signature="f(x) -> y")
        exam.call(*arguments)
        return exam.asked

    held = {
        "mode": "train",
        "eps": 1e-8,
        "momentum": 0.7,
        "running_mean": np.linspace(0, 1, 50),
        "running_var": np.ones(50),
    }
    assert asked(held) == (
        "f(x={'mode': 'train', 'eps': 1e-08, 'momentum': 0.7, "
        "'running_mean': (50,), 'running_var': (50,)})"
    )
    assert asked([np.ones((2, 3)), 1 / 3, np.float64(0.25), (1,), [], True, None]) == (
        "f(x=[(2, 3), 0.3333, 0.25, (1,), [], True, None])"
    )
    assert asked(1 / 3) == f"f(x={1 / 3!r})"
    text = asked({"train_loss": [1 / k for k in range(3, 60)], "val_loss": [0.5]})
    assert "'train_loss': [0.3333, 0.25, 0.2, " in text
    assert "..." in text
    assert text.endswith("'val_loss': [0.5]})")
    assert len(asked([1 / k for k in range(3, 999)])) < 150
